import { Link } from 'wouter';
import type { ResultOf } from '../../client/operation-types.ts';
import { VatNationalWords } from './vat-national-words.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay, formatMinor } from '../../ui/format.ts';

type Settled = ResultOf<'billing.invoicePreview'>['settles'];

/** Parts of advance invoices that an invoice settles, each with what it taxed already; and what is left to pay where that is known. */
export function SettledAdvances(props: {
  settles: Settled;
  due?: ResultOf<'billing.invoicePreview'>['due'];
}) {
  return (
    <>
      <table className="ik-tb" aria-label="Advances it settles">
        <thead>
          <tr>
            <th>Advance invoice</th>
            <th>Paid on</th>
            <th className="ik-num">Net</th>
            <th className="ik-num">VAT</th>
            <th className="ik-num">Gross</th>
          </tr>
        </thead>
        <tbody>
          {props.settles.map((part) => (
            <tr key={part.advanceId}>
              <td>
                <Link href={`/invoices/${part.advanceId}`} className="ik-link">
                  {part.number}
                </Link>
              </td>
              <td className="ik-tn">{formatDay(part.receivedOn)}</td>
              <td className="ik-num">{formatMinor(part.net.amountMinor)}</td>
              <td className="ik-num">{formatMinor(part.vat.amountMinor)}</td>
              <td className="ik-num">{formatMinor(part.gross.amountMinor)}</td>
            </tr>
          ))}
        </tbody>
        {props.due ? (
          <tfoot>
            <tr>
              <td colSpan={4}>Left to pay, {props.due.currency}</td>
              <td className="ik-num ik-strong">
                <MoneyText money={props.due} withoutCurrency />
              </td>
            </tr>
          </tfoot>
        ) : null}
      </table>
      {props.settles.map(({ advanceId, number, vatNational }) =>
        vatNational === null ? null : (
          <VatNationalWords key={advanceId} national={vatNational} words={`${number}: VAT`} />
        ),
      )}
    </>
  );
}
