import { useState } from 'react';
import { Link } from 'wouter';
import type { HeldUsageRow } from '../../../shared/domains/metering/metering-contract.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/chips.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount, formatDay } from '../../ui/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
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
const AT_ONCE = 500;

/** Usage that nobody could be charged for when it came, why, and what a person does about it. */
export function HeldUsagePanel() {
  const [state, setState] = useState<State>('held');
  const found = useQuery('metering.heldUsageList', { state, limit: 100 }, { topics: ['held-usage'] });
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
                setAsked({ rows: rows.slice(0, AT_ONCE), to: 'dismiss' });
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
      {found.data && rows.length === 0 ? <p className="ik-none">{NONE[state]}</p> : null}
      {rows.length > 0 ? (
        <table className="ik-tb">
          <colgroup>
            <col style={{ width: 92 }} />
            <col style={{ width: 120 }} />
            <col style={{ width: 96 }} />
            <col />
            <col style={{ width: 200 }} />
          </colgroup>
          <thead>
            <tr>
              <th>Day</th>
              <th>Meter</th>
              <th className="ik-num">Quantity</th>
              <th>Why</th>
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
                  {row.quantity} <span className="ik-u">{row.unit}</span>
                </td>
                <td className="ik-el" title={row.sentence}>
                  {row.sentence}{' '}
                  {row.customerId ? (
                    <Link href={`/customers/${row.customerId}`} className="ik-link">
                      {row.customer}
                    </Link>
                  ) : null}
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
      {found.data?.nextCursor ? (
        <p className="ik-sm ik-t2">
          The first {rows.length} are shown; the others follow once these are decided.
        </p>
      ) : null}
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
