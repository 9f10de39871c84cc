import './billing.css';
import { useState } from 'react';
import type { AccountEntryKind } from '../../../shared/domains/billing/ledger-rules.ts';
import { addDays, addMonths, firstOfMonth, localDate } from '../../../shared/kernel/local-date.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay } from '../../ui/format.ts';
import { Skeleton } from '../../ui/skeleton.tsx';
import { EntryCells } from './entry-cells.tsx';
import { ExchangeRecordDialog } from './exchange-record-dialog.tsx';
import { useCustomerDays } from './use-day-state.ts';

const KINDS: Readonly<Record<AccountEntryKind, string>> = {
  invoice: 'Invoice',
  'credit-note': 'Credit note',
  'write-off': 'Written off',
  payment: 'Payment',
  refund: 'Refund',
  exchange: 'Payment, exchanged',
};

/** Statement of account of this month and the eleven before it: what was owed, every entry, what is owed. */
export function CustomerStatement(props: { customerId: string; mayBill: string | null }) {
  const { customerId } = props;
  const [isAsked, setAsked] = useState(false);
  const today = localDate(useCustomerDays(customerId).companyToday);
  const period = { start: addMonths(firstOfMonth(today), -11), endExclusive: addDays(today, 1) };
  const found = useQuery(
    'billing.customerStatement',
    { customerId, ...period },
    { topics: ['invoice', 'payment'] },
  );
  return (
    <section>
      <h3>
        Statement of account <span className="ik-meta">since {formatDay(period.start)}</span>
        <span className="ik-end">
          <ActionButton
            size="sm"
            kind="ghost"
            reason={props.mayBill}
            onClick={() => {
              setAsked(true);
            }}
          >
            Paid in another currency…
          </ActionButton>
        </span>
      </h3>
      {found.error && !found.data ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : null}
      {!found.data && !found.error ? <Skeleton rows={3} /> : null}
      {found.data?.accounts.length === 0 ? <p className="ik-none">Nothing was booked.</p> : null}
      {found.data?.accounts.map((account) => (
        <table key={account.currency} className="ik-tb">
          <colgroup>
            <col style={{ width: 92 }} />
            <col style={{ width: 76 }} />
            <col />
            <col style={{ width: 80 }} />
            <col style={{ width: 84 }} />
          </colgroup>
          <thead>
            <tr>
              <th>Booked</th>
              <th>What</th>
              <th>By</th>
              <th className="ik-num">Amount</th>
              <th className="ik-num">Owed, {account.currency}</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <td colSpan={4}>Before</td>
              <td className="ik-num">
                <MoneyText money={account.opening} withoutCurrency />
              </td>
            </tr>
            {account.entries.map((entry, at) => (
              <tr key={at}>
                <EntryCells {...entry} what={KINDS[entry.kind]} documentId={entry.invoiceId} />
                <td className="ik-num">
                  <MoneyText money={entry.balance} withoutCurrency />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ))}
      {isAsked ? (
        <ExchangeRecordDialog
          customerId={customerId}
          onClose={() => {
            setAsked(false);
          }}
        />
      ) : null}
    </section>
  );
}
