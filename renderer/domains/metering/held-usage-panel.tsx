import { useState } from 'react';
import { Link } from 'wouter';
import type { HeldUsageRow } from '../../../shared/domains/metering/metering-contract.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/chips.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount, formatDatesIn, formatDay } from '../../ui/format.ts';
import { Pager, usePager } from '../../ui/pager.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { formatQuantity } from '../catalog/price-words.ts';
import { HeldUsageDialog } from './held-usage-dialog.tsx';

type State = HeldUsageRow['state'];
const STATES: readonly { readonly value: State; readonly label: string }[] = [
  { value: 'held', label: 'Waiting' },
  { value: 'charged', label: 'Charged' },
  { value: 'dismissed', label: 'Dismissed' },
];
const NONE: Readonly<Record<State, string>> = {
  held: 'Nothing waits: all usage that was told is on somebody’s bill.',
  charged: 'Nobody has charged any yet.',
  dismissed: 'Nobody has dismissed any yet.',
};
/** Rows of a page: as many are dismissed at once, so that nobody decides on what was not seen. */
const SHOWN = 50;

/** Usage that nobody could be charged for when it came, why, and what a person does about it. */
export function HeldUsagePanel() {
  const [inAddress, setState] = useAddressParam('held', 'held');
  const state = STATES.find(({ value }) => value === inAddress)?.value ?? 'held';
  const pager = usePager(state);
  const found = useQuery(
    'metering.heldUsageList',
    { state, limit: SHOWN, ...(pager.cursor !== undefined && { cursor: pager.cursor }) },
    { topics: ['held-usage'] },
  );
  const may = useMay('metering.write');
  const [asked, setAsked] = useState<{ rows: readonly HeldUsageRow[]; to: 'charge' | 'dismiss' }>();
  const rows = found.data?.rows ?? [];
  return (
    <Panel
      title="Held usage"
      meta={found.data ? formatCount(found.data.total) : undefined}
      actions={
        <>
          <Segments label="Which held usage" value={state} options={STATES} onChange={setState} />
          {state === 'held' && rows.length > 1 ? (
            <ActionButton
              size="sm"
              reason={may}
              onClick={() => {
                setAsked({ rows, to: 'dismiss' });
              }}
            >
              {`Dismiss these ${rows.length}…`}
            </ActionButton>
          ) : null}
        </>
      }
    >
      {found.error && !found.data ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : null}
      {!found.data && !found.error ? <Skeleton rows={4} /> : null}
      {found.data?.total === 0 ? <p className="ik-none">{NONE[state]}</p> : null}
      {rows.length > 0 ? (
        <table className="ik-tb">
          <colgroup>
            <col style={{ width: 92 }} />
            <col style={{ width: 120 }} />
            <col style={{ width: 112 }} />
            <col />
            <col style={{ width: 160 }} />
            <col style={{ width: 176 }} />
          </colgroup>
          <thead>
            <tr>
              <th>Day</th>
              <th>Meter</th>
              <th className="ik-num">Quantity</th>
              <th>Why</th>
              <th>Customer</th>
              <th>{state === 'held' ? 'What to do' : 'Decided'}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id}>
                <td className="ik-tn">{formatDay(row.day)}</td>
                <td className="ik-el" title={`Event ${row.id}`}>
                  {row.meter}
                </td>
                <td className="ik-num">
                  {formatQuantity(row.quantity)} <span className="ik-u">{row.unit}</span>
                </td>
                <td title={row.sentence} style={{ whiteSpace: 'normal', paddingBlock: 6 }}>
                  {formatDatesIn(row.sentence)}
                </td>
                <td className="ik-el">
                  {row.customerId ? (
                    <Link href={`/customers/${row.customerId}`} className="ik-link">
                      {row.customer}
                    </Link>
                  ) : (
                    <span className="ik-t3">nobody’s</span>
                  )}
                </td>
                <td>
                  {state === 'held' ? (
                    <span className="ik-row">
                      <ActionButton
                        size="sm"
                        reason={may}
                        onClick={() => {
                          setAsked({ rows: [row], to: 'charge' });
                        }}
                      >
                        Charge…
                      </ActionButton>
                      <ActionButton
                        size="sm"
                        reason={may}
                        onClick={() => {
                          setAsked({ rows: [row], to: 'dismiss' });
                        }}
                      >
                        Dismiss…
                      </ActionButton>
                    </span>
                  ) : (
                    <span className="ik-t2" title={row.note}>
                      {row.decidedBy}
                      {row.note === '' ? '' : `: ${row.note}`}
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {found.data ? <Pager {...found.data} pager={pager} shown={rows.length} many="held usage" /> : null}
      {found.error && found.data ? (
        <Button size="sm" onClick={found.refetch}>
          Read again
        </Button>
      ) : null}
      {asked ? (
        <HeldUsageDialog
          {...asked}
          onClose={() => {
            setAsked(undefined);
          }}
        />
      ) : null}
    </Panel>
  );
}
