import { useState } from 'react';
import { Link } from 'wouter';
import IconReceipt from '@tabler/icons-react/dist/esm/icons/IconReceipt.mjs';
import type { ResultOf } from '../../client/operation-types.ts';
import { Segments } from '../../ui/chips.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { formatMinor } from '../../ui/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { RevenueChart } from '../../ui/revenue-chart.tsx';

type Money = ResultOf<'system.overview'>['money'][number];

/** Of a company where there are several: their money is never one sum. */
const nameOf = ({ company, currency }: Money): string =>
  company === '' ? currency : `${company} ${currency}`;

const monthName = new Intl.DateTimeFormat('en-GB', { month: 'long', timeZone: 'UTC' });
const monthShort = new Intl.DateTimeFormat('en-US', { month: 'short', timeZone: 'UTC' });
const monthDate = (month: string): Date => new Date(`${month.slice(0, 7)}-01T00:00:00Z`);
/** For the chart only: a float is good enough for a bar. */
const major = (amountMinor: string): number => Number(amountMinor) / 100;

function changeWords(money: Money): string {
  const [before, last] = money.months.slice(-2);
  if (!before || !last || major(before.revenueNet.amountMinor) === 0) return 'first month';
  const change = major(last.revenueNet.amountMinor) / major(before.revenueNet.amountMinor) - 1;
  const sign = change < 0 ? '−' : '+';
  return `${sign}${Math.abs(change * 100).toFixed(1)} % on ${monthName.format(monthDate(before.month))}`;
}

function shareWords(part: string, whole: string): string {
  return major(whole) > 0
    ? `${Math.round((major(part) / major(whole)) * 100)} % of receivables`
    : 'nothing is owed';
}

function Figures({ money }: { money: Money }) {
  const last = money.months.at(-1);
  return (
    <div className="ik-figs">
      <div>
        <span className="ik-xs ik-t3">
          {last ? monthName.format(monthDate(last.month)) : 'Revenue'}
          {last && !last.final ? ', draft' : ''}
        </span>
        <b>{last ? formatMinor(last.revenueNet.amountMinor) : '0.00'}</b>
        <span className="ik-xs ik-t2">{changeWords(money)}</span>
      </div>
      <div>
        <span className="ik-xs ik-t3">Receivables</span>
        <b>{formatMinor(money.receivables.amountMinor)}</b>
        <span className="ik-xs ik-t2">{money.currency}</span>
      </div>
      <div>
        <span className="ik-xs ik-t3">Overdue</span>
        <b>{formatMinor(money.overdue.amountMinor)}</b>
        <span className="ik-xs ik-t2">
          {shareWords(money.overdue.amountMinor, money.receivables.amountMinor)}
        </span>
      </div>
    </div>
  );
}

/** Net revenue by month of supply and what was owed at its end, in one currency; never two currencies in one sum. */
export function RevenuePanel({ money }: { money: readonly Money[] }) {
  const [chosen, setChosen] = useState('');
  const shown = money.find((each) => nameOf(each) === chosen) ?? money[0];
  if (!shown) {
    return (
      <Panel title="Revenue and receivables">
        <EmptyState
          icon={IconReceipt}
          title="No revenue yet"
          action={
            <Link href="/customers/new" className="ik-link">
              Add a customer
            </Link>
          }
        >
          Revenue by month and what is owed to you, once a plan is sold to a customer and a day is charged.
        </EmptyState>
      </Panel>
    );
  }
  const amounts = shown.months.flatMap((month) => [month.revenueNet, month.receivables, month.overdue]);
  const thousands = amounts.some((amount) => major(amount.amountMinor) >= 20_000);
  const drawn = ({ amountMinor }: { amountMinor: string }): number =>
    major(amountMinor) / (thousands ? 1000 : 1);
  return (
    <Panel
      title="Revenue and receivables"
      meta={`${thousands ? 'thousand ' : ''}${shown.currency}${money.length > 1 ? '' : ', revenue net, owed with VAT'}`}
      actions={
        money.length > 1 ? (
          <Segments
            label="Currency"
            value={nameOf(shown)}
            options={money.map((each) => ({ value: nameOf(each), label: nameOf(each) }))}
            onChange={setChosen}
          />
        ) : undefined
      }
    >
      <Figures money={shown} />
      <RevenueChart
        label={`Revenue by month of supply, receivables and overdue at its end, in ${shown.currency}`}
        barLabel="Revenue"
        bars={shown.months.map((month) => ({
          label: monthShort.format(monthDate(month.month)),
          value: drawn(month.revenueNet),
          draft: !month.final,
        }))}
        lines={[
          { label: 'Receivables', values: shown.months.map((month) => drawn(month.receivables)), colour: 2 },
          { label: 'Overdue', values: shown.months.map((month) => drawn(month.overdue)), colour: 3 },
        ]}
      />
    </Panel>
  );
}

/** What is owed, by currency. */
export function ReceivablesPanel({ money }: { money: readonly Money[] }) {
  return (
    <Panel
      title="Receivables"
      meta="by currency"
      actions={
        <Link href={`/invoices?query=${encodeURIComponent('state:overdue')}`} className="ik-link">
          Overdue invoices
        </Link>
      }
    >
      {money.length === 0 ? (
        <p className="ik-pb ik-t2 ik-sm">Nothing was invoiced yet.</p>
      ) : (
        <table className="ik-tb">
          <colgroup>
            <col style={{ width: 56 }} />
            <col />
            <col />
            <col />
          </colgroup>
          <thead>
            <tr>
              <th>
                <span className="ik-sr">Currency</span>
              </th>
              <th className="ik-num">Not due</th>
              <th className="ik-num">Overdue</th>
              <th className="ik-num">Total</th>
            </tr>
          </thead>
          <tbody>
            {money.map((each) => (
              <tr key={nameOf(each)}>
                <td className="ik-t2">{nameOf(each)}</td>
                <td className="ik-num">
                  {formatMinor(BigInt(each.receivables.amountMinor) - BigInt(each.overdue.amountMinor))}
                </td>
                <td className={each.overdue.amountMinor === '0' ? 'ik-num' : 'ik-num ik-warn'}>
                  <MoneyText money={each.overdue} withoutCurrency />
                </td>
                <td className="ik-num ik-med">
                  <MoneyText money={each.receivables} withoutCurrency />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
