import { Link } from 'wouter';
import type { AdvanceFacts } from '../../../shared/domains/billing/advance-contract.ts';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay } from '../../ui/format.ts';

const KINDS = { invoice: 'Settled by', 'credit-note': 'Credited by' } as const;

/** What took of an advance invoice, and what is left of it. */
export function AdvanceUses({ advance }: { advance: AdvanceFacts }) {
  const { currency } = advance.left;
  return (
    <>
      {advance.uses.length === 0 ? (
        <p className="ik-none">No invoice has settled it yet: the customer’s next one does so by itself.</p>
      ) : null}
      <table className="ik-tb">
        {advance.uses.length === 0 ? null : (
          <thead>
            <tr>
              <th>What</th>
              <th>Document</th>
              <th>Issued</th>
              <th className="ik-num">VAT</th>
              <th className="ik-num">Gross</th>
            </tr>
          </thead>
        )}
        <tbody>
          {advance.uses.map((use) => (
            <tr key={use.invoiceId}>
              <td>{KINDS[use.kind]}</td>
              <td>
                <Link href={`/invoices/${use.invoiceId}`} className="ik-link">
                  {use.number}
                </Link>
              </td>
              <td className="ik-tn">{formatDay(use.issuedOn)}</td>
              <td className="ik-num">
                <MoneyText money={use.vat} withoutCurrency />
              </td>
              <td className="ik-num">
                <MoneyText money={use.gross} withoutCurrency />
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td colSpan={4}>Left, {currency}</td>
            <td className="ik-num ik-strong">
              <MoneyText money={advance.left} withoutCurrency />
            </td>
          </tr>
        </tfoot>
      </table>
    </>
  );
}
