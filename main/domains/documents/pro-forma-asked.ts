import { isSameVat } from '../../../shared/domains/billing/vat-key-rules.ts';
import type { ProForma } from './paper-forms.ts';
import type { PaperAdvance } from './paper-store.ts';

/** Of which products a pro forma asks; undefined where it was issued before that was kept. */
export function productsAsked({ ofProducts, productIds }: ProForma): readonly string[] | undefined {
  return ofProducts?.map(({ productId }) => productId) ?? productIds;
}

/** What a pro forma asks for of a product. */
export function askedMinor({ grossMinor, ofProducts }: ProForma, productId?: string): bigint {
  return BigInt(ofProducts?.find((of) => of.productId === productId)?.grossMinor ?? grossMinor);
}

/**
 * What a pro forma asks for and no advance invoice stands for, in minor units: of all of it, or of a product. The invoice settles an advance
 * of whatever it has at the advance's rate, so of a product it is also no more than is left at its rate, whichever products of that rate
 * advance invoices were for.
 */
export function stillAskedMinor(
  proForma: ProForma,
  advances: readonly PaperAdvance[],
  productId?: string,
): bigint {
  const less = (minor: bigint, some: readonly PaperAdvance[]): bigint =>
    some.reduce((rest, { standingMinor }) => rest - standingMinor, minor);
  const whole = less(BigInt(proForma.grossMinor), advances);
  const asked = proForma.ofProducts?.find((of) => of.productId === productId);
  if (asked === undefined) return whole;
  const ofRate = proForma.vatLines
    .filter((line) => isSameVat(line, asked))
    .reduce((sum, line) => sum + BigInt(line.baseMinor) + BigInt(line.vatMinor), 0n);
  const atRate = less(
    ofRate,
    advances.filter((advance) => isSameVat(advance, asked)),
  );
  return [whole, atRate, askedMinor(proForma, productId)].reduce((least, minor) =>
    minor < least ? minor : least,
  );
}
