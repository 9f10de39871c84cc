import { isOwedAbroad, type VatTreatment } from './vat-rules.ts';

/** How what is supplied of one product is taxed. */
export interface ProductTreatment {
  /** '' of what is of no product. */
  readonly product: string;
  readonly vat: Extract<VatTreatment, { ok: true }>;
}

/**
 * Why no one invoice can be of all of these; undefined where it can. Outside the scope of VAT stands alone (EN 16931, BR-O-11 to BR-O-14),
 * and VAT that is declared through the one-stop shop is owed to another state than the seller's own.
 */
export function reasonForApart(all: readonly ProductTreatment[]): string | undefined {
  const parted = (isOne: (of: ProductTreatment) => boolean): readonly [string, string] | undefined => {
    const [ones, others] = [all.filter(isOne), all.filter((each) => !isOne(each))];
    return ones.length === 0 || others.length === 0 ? undefined : [namesOf(ones), namesOf(others)];
  };
  const outside = parted(({ vat }) => vat.category === 'O');
  if (outside !== undefined) {
    const [one, other] = outside;
    return `${one} is outside the scope of VAT and ${other} is not, which cannot stand on one invoice (EN 16931, BR-O-11): ${ADVICE}`;
  }
  const taxed = all.filter(({ vat }) => vat.category === 'S' || vat.category === 'Z');
  const abroad = taxed.filter(({ vat }) => isOwedAbroad(vat.note));
  if (abroad.length === 0 || abroad.length === taxed.length) return undefined;
  const home = taxed.filter((each) => !abroad.includes(each));
  return `the VAT of ${namesOf(abroad)} is owed where the customer lives (one-stop shop), that of ${namesOf(home)} where the seller is: ${ADVICE}`;
}

const ADVICE = 'invoice them one after the other, by product';

function namesOf(all: readonly ProductTreatment[]): string {
  const names = all.map(({ product }) => (product === '' ? 'what is of no product' : product));
  return [...new Set(names)].toSorted().join(', ');
}
