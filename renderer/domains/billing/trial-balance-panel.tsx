import { useState } from 'react';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import IconScale from '@tabler/icons-react/dist/esm/icons/IconScale.mjs';
import { ACCOUNTS } from '../../../shared/domains/billing/ledger-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { ResultOf } from '../../client/operation-types.ts';
import { useQuery } from '../../client/use-query.ts';
import { DateField } from '../../ui/date-field.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay, formatMinor } from '../../ui/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { companyAsked } from '../companies/company-choice.tsx';
import { useBillingToday } from './use-day-state.ts';

type Row = ResultOf<'billing.trialBalance'>['rows'][number];

function accountName(account: string): string {
  return (ACCOUNTS as Readonly<Record<string, { name: string }>>)[account]?.name ?? account;
}

function Currency({ currency, rows }: { currency: string; rows: readonly Row[] }) {
  const sum = (side: 'debit' | 'credit'): bigint =>
    rows.reduce((total, row) => total + BigInt(row[side].amountMinor), 0n);
  const balances = sum('debit') === sum('credit');
  const amount = (money: Row['debit']) =>
    money.amountMinor === '0' ? (
      <span className="ik-t3">–</span>
    ) : (
      <MoneyText money={money} withoutCurrency />
    );
  return (
    <table className="ik-tb ik-balance">
      <colgroup>
        <col />
        <col style={{ width: 180 }} />
        <col style={{ width: 180 }} />
      </colgroup>
      <thead>
        <tr>
          <th>
            <span>
              {currency}
              {balances ? (
                <StateLabel tone="ok" icon={IconCircleCheck} word="debits equal credits" />
              ) : (
                <StateLabel tone="bad" icon={IconCircleX} word="debits and credits differ" strong />
              )}
            </span>
          </th>
          <th className="ik-num">Debit</th>
          <th className="ik-num">Credit</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.account}>
            <td>{accountName(row.account)}</td>
            <td className="ik-num">{amount(row.debit)}</td>
            <td className="ik-num">{amount(row.credit)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <td>Total {currency}</td>
          <td className="ik-num">{formatMinor(sum('debit'))}</td>
          <td className="ik-num">{formatMinor(sum('credit'))}</td>
        </tr>
      </tfoot>
    </table>
  );
}

/** What every account stands at at the end of a day, one table per currency: currencies are never added. */
export function TrialBalancePanel({ companyId }: { companyId?: string | undefined }) {
  const today = useBillingToday(companyId);
  const [chosen, setChosen] = useState<string | null>(null);
  const asOf = chosen ?? today;
  const found = useQuery(
    'billing.trialBalance',
    { asOf: asOf as LocalDate, ...companyAsked(companyId) },
    { topics: ['billing-day', 'invoice', 'payment'] },
  );
  const currencies = [...Map.groupBy(found.data?.rows ?? [], (row) => row.debit.currency)];
  return (
    <Panel
      title="Trial balance"
      meta={`at the end of ${formatDay(asOf)}`}
      actions={
        <span style={{ width: 132 }}>
          <DateField
            aria-label={`Balance at the end of ${formatDay(asOf)}`}
            value={asOf}
            onChange={setChosen}
          />
        </span>
      }
    >
      {found.error && !found.data ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : null}
      {!found.data && !found.error ? <Skeleton rows={5} /> : null}
      {found.data && currencies.length === 0 ? (
        <EmptyState icon={IconScale} title="Nothing is posted yet">
          Every charged day and every invoice is an entry that debits one account and credits another; their
          balances stand here, by currency.
        </EmptyState>
      ) : null}
      {currencies.map(([currency, rows]) => (
        <Currency key={currency} currency={currency} rows={rows} />
      ))}
    </Panel>
  );
}
