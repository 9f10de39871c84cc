import './billing.css';
import type { ResultOf } from '../../client/operation-types.ts';
import { MoneyText } from '../../ui/figures.tsx';
import { formatMinor } from '../../ui/format.ts';
import { VatNationalWords } from './vat-national-words.tsx';
import { formatPrice, formatQuantity } from '../catalog/price-words.ts';

type Body = Pick<
  ResultOf<'billing.invoicePreview'>,
  'lines' | 'vatLines' | 'vatNational' | 'notes' | 'net' | 'vat' | 'gross'
> &
  // A credit note settles nothing.
  Partial<Pick<ResultOf<'billing.invoicePreview'>, 'settles'>>;

/** UNTDID 5305, as EN 16931 names the categories. */
const CATEGORY_WORDS = {
  S: 'at a rate',
  Z: 'zero rate',
  AE: 'reverse charge',
  E: 'exempt',
  O: 'outside the scope',
  G: 'export',
  K: 'to a business in the EU',
} as const;

/** Lines of an invoice or of its preview; amounts in the one currency its totals name. */
export function InvoiceLines({ lines }: { lines: Body['lines'] }) {
  return (
    <table className="ik-tb">
      <colgroup>
        <col style={{ width: 28 }} />
        <col />
        <col style={{ width: 92 }} />
        <col style={{ width: 76 }} />
        <col style={{ width: 56 }} />
        <col style={{ width: 92 }} />
      </colgroup>
      <thead>
        <tr>
          <th>No</th>
          <th>Description</th>
          <th className="ik-num">Quantity</th>
          <th className="ik-num">Unit price</th>
          <th className="ik-num">VAT</th>
          <th className="ik-num">Net</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.lineNo}>
            <td className="ik-t3 ik-tn">{line.lineNo}</td>
            <td title={`${line.description}, ${line.detail}`}>
              {line.description}
              <span className="ik-line-detail ik-el">{line.detail}</span>
            </td>
            <td className="ik-num">
              {formatQuantity(line.quantity)} <span className="ik-u">{line.unit}</span>
            </td>
            <td className="ik-num">{formatPrice(line.unitPrice)}</td>
            <td className="ik-num">
              {line.vatRate} <span className="ik-u">%</span>
            </td>
            <td className="ik-num">{formatMinor(line.net.amountMinor)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** VAT by category and rate, and the totals: net, VAT, gross. */
export function InvoiceTotals({ body }: { body: Body }) {
  const { currency } = body.gross;
  return (
    <>
      <table className="ik-tb">
        <thead>
          <tr>
            <th>VAT</th>
            <th className="ik-num">Base</th>
            <th className="ik-num">VAT</th>
            <th className="ik-num">Gross</th>
          </tr>
        </thead>
        <tbody>
          {body.vatLines.map((line) => (
            <tr key={`${line.vatCategory} ${line.vatRate}`}>
              <td>
                {line.vatRate} % <span className="ik-t3">{CATEGORY_WORDS[line.vatCategory]}</span>
              </td>
              <td className="ik-num">{formatMinor(line.base.amountMinor)}</td>
              <td className="ik-num">{formatMinor(line.vat.amountMinor)}</td>
              <td className="ik-num">
                {formatMinor(BigInt(line.base.amountMinor) + BigInt(line.vat.amountMinor))}
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td>Total {currency}</td>
            <td className="ik-num">{formatMinor(body.net.amountMinor)}</td>
            <td className="ik-num">{formatMinor(body.vat.amountMinor)}</td>
            <td className="ik-num ik-strong">
              <MoneyText money={body.gross} withoutCurrency />
            </td>
          </tr>
        </tfoot>
      </table>
      {body.vatNational ? (
        <VatNationalWords
          national={body.vatNational}
          words={body.settles?.length ? 'VAT left to tax' : 'VAT'}
        />
      ) : null}
      {body.notes.map((note) => (
        <p key={note} className="ik-sm ik-t2" style={{ marginTop: 8 }}>
          {note}
        </p>
      ))}
    </>
  );
}
