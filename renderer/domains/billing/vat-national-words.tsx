import type { ResultOf } from '../../client/operation-types.ts';
import { formatDay, formatMinor } from '../../ui/format.ts';

type National = NonNullable<ResultOf<'billing.invoicePreview'>['vatNational']>;

/** The same VAT in the currency of the seller's state, with the rate it follows from; each by itself where there are several. */
export function VatNationalWords({ national, words }: { national: National; words: string }) {
  const { currency } = national;
  if (national.parts.length === 0) {
    return (
      <p className="ik-sm ik-t2" style={{ marginTop: 8 }}>
        {words} in {currency}: {rated(national)}
      </p>
    );
  }
  return national.parts.map((part, at) => (
    <p key={at} className="ik-sm ik-t2" style={{ marginTop: 8 }}>
      VAT of {formatMinor(part.of.amountMinor)} {part.of.currency} in {currency}: {rated(part)}
    </p>
  ));
}

function rated({
  amount,
  quotes,
  source,
  day,
}: Pick<National, 'amount' | 'quotes' | 'source' | 'day'>): string {
  return `${amount} (${quotes.join(', ')}, ${source}, ${formatDay(day)})`;
}
