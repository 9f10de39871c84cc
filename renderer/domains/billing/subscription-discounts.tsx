import './billing.css';
import { useState } from 'react';
import type { SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { Segments } from '../../ui/chips.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatDay } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';
import { ChangePreview } from './change-preview.tsx';
import { discountsStanding, type StandingDiscount } from './standing-discounts.ts';
import { subscriptionState } from './subscription-state.ts';
import { discountWords, subscriptionName } from './subscription-words.ts';

type When = 'day' | 'period-end';
const WHEN: readonly { value: When; label: string }[] = [
  { value: 'period-end', label: 'At the end of the period' },
  { value: 'day', label: 'On a day' },
];

/** Discounts of a subscription that are given or will be, each with the day it ends; nothing where there are none. */
export function SubscriptionDiscounts({ row }: { row: SubscriptionRow }) {
  const found = useQuery(
    'billing.subscriptionHistory',
    { subscriptionId: row.id },
    { topics: ['subscription'] },
  );
  const mayBill = useMay('billing.write');
  const [ending, setEnding] = useState<StandingDiscount | null>(null);
  if (!found.data) return found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : null;
  const standing = discountsStanding(found.data.rows, row.today);
  if (standing.length === 0) return null;
  const hasEnded = subscriptionState(row).word === 'Ended';
  return (
    <>
      <h3>
        Discounts <span className="ik-meta">those for a number of periods end by themselves</span>
      </h3>
      <table className="ik-tb" aria-label="Discounts">
        <colgroup>
          <col style={{ width: 84 }} />
          <col />
          <col style={{ width: 104 }} />
          <col style={{ width: 92 }} />
        </colgroup>
        <thead>
          <tr>
            <th>From</th>
            <th>Discount</th>
            <th>Ends on</th>
            <th>
              <span className="ik-sr">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {standing.map((one) => (
            <tr key={one.discount.id}>
              <td className="ik-tn">{formatDay(one.from)}</td>
              <td>
                {discountWords(one.discount)} <span className="ik-t3">{one.discount.id}</span>
              </td>
              <td className="ik-tn">{one.to === null ? null : formatDay(one.to)}</td>
              <td>
                <ActionButton
                  size="sm"
                  reason={mayBill ?? whyNot(one, { today: row.today, hasEnded })}
                  onClick={() => {
                    setEnding(one);
                  }}
                >
                  End it…
                </ActionButton>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {ending === null ? null : (
        <DiscountEndDialog
          row={row}
          standing={ending}
          onClose={() => {
            setEnding(null);
          }}
        />
      )}
    </>
  );
}

function whyNot(
  { to, from }: StandingDiscount,
  { today, hasEnded }: { readonly today: string; readonly hasEnded: boolean },
): string | null {
  if (hasEnded) return 'The subscription has ended.';
  if (to !== null) return `It ends on ${formatDay(to)} already: take that back under Planned.`;
  return from > today ? `It begins on ${formatDay(from)}: take it back under Planned.` : null;
}

function DiscountEndDialog(props: { row: SubscriptionRow; standing: StandingDiscount; onClose: () => void }) {
  const { row, standing, onClose } = props;
  const { discount } = standing;
  const environment = useEnvironmentName();
  const run = useCommand('billing.subscriptionChange');
  const [when, setWhen] = useState<When>('period-end');
  const [chosen, setChosen] = useState<string | null>(null);
  const day = chosen ?? row.today;
  const input = {
    subscriptionId: row.id,
    change: { do: 'discount-end' as const, discountId: discount.id },
    on: when === 'period-end' ? ('period-end' as const) : localDate(day),
  };
  const confirm = async (): Promise<void> => {
    const made = await run.run(input);
    if (!made) return;
    toast(
      'ok',
      'Discount ends',
      `${subscriptionName(row)}: ${discountWords(discount)}, ${formatDay(made.on)}`,
    );
    onClose();
  };
  return (
    <ConfirmDialog
      title={`End a discount of ${subscriptionName(row)}`}
      environment={environment}
      action="End the discount"
      width={640}
      busy={run.pending}
      problem={run.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>
        <b>{discountWords(discount)}</b> ({discount.id}), from {formatDay(standing.from)}. What is charged
        with it stands; what is paid in advance from that day on, and what is in arrears and ends after it, is
        without it.
      </p>
      <div style={{ margin: '12px 0' }}>
        <Segments label="When" value={when} options={WHEN} onChange={setWhen} />
      </div>
      {when === 'day' ? <DateField label="First day without it" value={day} onChange={setChosen} /> : null}
      <ChangePreview input={input} />
    </ConfirmDialog>
  );
}
