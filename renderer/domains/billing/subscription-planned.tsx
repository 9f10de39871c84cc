import './billing.css';
import { useState } from 'react';
import IconArrowBackUp from '@tabler/icons-react/dist/esm/icons/IconArrowBackUp.mjs';
import type { SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';
import type { ResultOf } from '../../client/operation-types.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatDay, formatMinor } from '../../ui/format.ts';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.ts';
import { plannedWords, subscriptionName } from './subscription-words.ts';

type Planned = ResultOf<'billing.subscriptionPlanned'>['rows'][number];

/** `credited 120.00, charged 240.00`, net; what would be charged without it, too. */
export function movedWords({ lines, instead }: Pick<Planned, 'lines' | 'instead'>): string {
  const sum = (of: Planned['lines']): bigint =>
    of.reduce((all, { net }) => all + BigInt(net.amountMinor), 0n);
  const credited = sum(lines.filter(({ net }) => net.amountMinor.startsWith('-')));
  const charged = sum(lines.filter(({ net }) => !net.amountMinor.startsWith('-')));
  const left = sum(instead);
  const parts = [
    credited === 0n ? '' : `credited ${formatMinor(-credited)}`,
    charged === 0n ? '' : `charged ${formatMinor(charged)}`,
    left === 0n ? '' : `not charged ${formatMinor(left)}`,
  ].filter(Boolean);
  return parts.length === 0 ? 'nothing moves on that day' : parts.join(', ');
}

/** What is decided about a subscription and not charged yet: what, from when on, what money moves then, and taking it back. */
export function SubscriptionPlanned({ row }: { row: SubscriptionRow }) {
  const found = useQuery(
    'billing.subscriptionPlanned',
    { subscriptionId: row.id },
    { topics: ['subscription', 'billing-day', 'plan'] },
  );
  const mayBill = useMay('billing.write');
  const [taken, setTaken] = useState<Planned | null>(null);
  if (!found.data)
    return found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : <Skeleton />;
  const { rows } = found.data;
  return (
    <>
      <h3>
        Planned <span className="ik-meta">nothing of it moves before its day is over</span>
      </h3>
      {rows.length === 0 ? (
        <p className="ik-none">Nothing is planned: all that was decided is in effect and charged.</p>
      ) : (
        <table className="ik-tb ik-planned" aria-label="Planned">
          <colgroup>
            <col style={{ width: 84 }} />
            <col />
            <col style={{ width: 92 }} />
            <col style={{ width: 128 }} />
          </colgroup>
          <thead>
            <tr>
              <th>From</th>
              <th>What</th>
              <th className="ik-num">Net, {row.price.currency}</th>
              <th>
                <span className="ik-sr">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={one.event.seq}>
                <td className="ik-tn">{formatDay(one.event.on)}</td>
                <td title={`${plannedWords(one.event)}: ${movedWords(one)}`}>
                  {plannedWords(one.event)}
                  <div className="ik-t2 ik-xs ik-el">{movedWords(one)}</div>
                </td>
                <td className="ik-num">{formatMinor(one.difference.amountMinor)}</td>
                <td>
                  <ActionButton
                    size="sm"
                    icon={IconArrowBackUp}
                    reason={mayBill ?? one.whyKept}
                    onClick={() => {
                      setTaken(one);
                    }}
                  >
                    Take back…
                  </ActionButton>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {taken === null ? null : (
        <TakeBackDialog
          row={row}
          planned={taken}
          onClose={() => {
            setTaken(null);
          }}
        />
      )}
    </>
  );
}

function TakeBackDialog(props: { row: SubscriptionRow; planned: Planned; onClose: () => void }) {
  const { row, planned, onClose } = props;
  const environment = useEnvironmentName();
  const takeBack = useCommand('billing.subscriptionTakeBack');
  const { seq, on } = planned.event;
  const words = plannedWords(planned.event);
  const confirm = async (): Promise<void> => {
    if (!(await takeBack.run({ subscriptionId: row.id, seq }))) return;
    toast('ok', 'Taken back', `${subscriptionName(row)}: ${words}`);
    onClose();
  };
  return (
    <ConfirmDialog
      title={`Take back what is planned for ${subscriptionName(row)}`}
      environment={environment}
      action="Take it back"
      width={520}
      busy={takeBack.pending}
      problem={takeBack.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>
        <b>{words}</b>, from {formatDay(on)}: {movedWords(planned)}.
      </p>
      <p>
        It goes on as if this had never been decided: nothing was charged or credited for it, and nothing will
        be. Its history keeps that it was decided and taken back; usage that waits because of it is charged on
        its own day.
      </p>
    </ConfirmDialog>
  );
}
