import type { BillingRunDetail } from '../../../shared/domains/runs/runs-contract.ts';
import { MoneyText } from '../../ui/figures.tsx';
import { formatCount } from '../../ui/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { percentText } from './run-figures.tsx';
import { sidesOf } from './run-words.ts';

/** For the eye only: a float is good enough for a per cent. */
function changeOf(now: string, before: string): number | null {
  return Number(before) === 0 ? null : ((Number(now) - Number(before)) / Math.abs(Number(before))) * 100;
}

/** What would be posted, or was, by currency: invoices less credit notes where there are some; beside what those customers were invoiced the last time. */
export function RunTotals({ run }: { run: BillingRunDetail }) {
  if (run.totals.length === 0) return null;
  const sides = sidesOf(run);
  const hasCredits = run.totals.some(({ credits }) => credits > 0);
  return (
    <Panel>
      <table className="ik-tb" aria-label="Totals by currency">
        <colgroup>
          <col style={{ width: 128 }} />
          <col style={{ width: 68 }} />
          {hasCredits ? (
            <>
              <col />
              <col style={{ width: 88 }} />
              <col />
            </>
          ) : null}
          <col />
          <col />
          <col />
          <col />
          <col style={{ width: 80 }} />
        </colgroup>
        <thead>
          <tr>
            <th>Totals by currency</th>
            <th className="ik-num">Invoices</th>
            {hasCredits ? (
              <>
                <th className="ik-num">Invoiced</th>
                <th className="ik-num">Credit notes</th>
                <th className="ik-num">Credited</th>
              </>
            ) : null}
            <th className="ik-num">Net</th>
            <th className="ik-num">VAT</th>
            <th className="ik-num">Gross</th>
            <th className="ik-num">{sides.isMonth ? `${sides.before} gross` : 'Gross before'}</th>
            <th className="ik-num">Change</th>
          </tr>
        </thead>
        <tbody>
          {run.totals.map((total) => {
            const change = changeOf(total.gross.amountMinor, total.before.amountMinor);
            return (
              <tr key={total.currency}>
                <td className="ik-med">{total.currency}</td>
                <td className="ik-num">{formatCount(total.invoices)}</td>
                {hasCredits ? (
                  <>
                    <td className="ik-num">
                      <MoneyText money={total.invoiced} withoutCurrency />
                    </td>
                    <td className="ik-num">{formatCount(total.credits)}</td>
                    <td className={total.credits === 0 ? 'ik-num' : 'ik-num ik-bad'}>
                      <MoneyText money={total.credited} withoutCurrency />
                    </td>
                  </>
                ) : null}
                <td className="ik-num">
                  <MoneyText money={total.net} withoutCurrency />
                </td>
                <td className="ik-num">
                  <MoneyText money={total.vat} withoutCurrency />
                </td>
                <td className="ik-num ik-strong">
                  <MoneyText money={total.gross} withoutCurrency />
                </td>
                <td className="ik-num ik-t2">
                  <MoneyText money={total.before} withoutCurrency />
                </td>
                <td className="ik-num">
                  {change === null ? (
                    <span className="ik-t3">–</span>
                  ) : (
                    <>
                      {percentText(change)} <span className="ik-u">%</span>
                    </>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
}
