import { Link } from 'wouter';
import type { PaymentDetail } from '../../../shared/domains/payments/payments-contract.ts';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay } from '../../ui/format.ts';

/** Advance invoices issued for a payment, with what of each no invoice has settled. */
export function PaymentAdvances({ payment }: { payment: PaymentDetail }) {
  if (payment.advances.length === 0) return <p className="ik-none">None is issued for it.</p>;
  return (
    <table className="ik-tb">
      <thead>
        <tr>
          <th>Advance invoice</th>
          <th>Issued</th>
          <th className="ik-num">Gross</th>
          <th className="ik-num">Left</th>
        </tr>
      </thead>
      <tbody>
        {payment.advances.map((each) => (
          <tr key={each.invoiceId}>
            <td>
              <Link href={`/invoices/${each.invoiceId}`} className="ik-link">
                {each.number}
              </Link>
            </td>
            <td className="ik-tn">{formatDay(each.issuedOn)}</td>
            <td className="ik-num">
              <MoneyText money={each.gross} />
            </td>
            <td className="ik-num">
              <MoneyText money={each.left} withoutCurrency />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
