import type { VatTreatment } from './vat-rules.ts';

/** How what is supplied of one product is taxed. */
export interface ProductTreatment {
  /** '' of what is of no product. */
  readonly product: string;
  readonly vat: Extract<VatTreatment, { ok: true }>;
}

/**
 * Why no one invoice can be of all of these; undefined where it can. Outside the scope of VAT stands alone (EN 16931, BR-O-11 to BR-O-14),
 * and an invoice is of VAT that is owed to one state: what is declared through the one-stop shop is not owed to the seller's own.
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
  return owedApart(all.filter(({ vat }) => vat.category === 'S' || vat.category === 'Z'));
}

/** A private person may be taxed in one state for services, and have goods sent to another. */
function owedApart(taxed: readonly ProductTreatment[]): string | undefined {
  const byState = [...Map.groupBy(taxed, ({ vat }) => vat.owedIn ?? '')].toSorted(([a], [b]) =>
    a < b ? 1 : -1,
  );
  if (byState.length < 2) return undefined;
  const owed = byState.map(([state, of], at) => {
    const whose = at === 0 ? `the VAT of ${namesOf(of)} is owed` : `that of ${namesOf(of)}`;
    return state === '' ? `${whose} where the seller is` : `${whose} in ${state} (one-stop shop)`;
  });
  return `${owed.join(', ')}: ${ADVICE}`;
}

const ADVICE = 'invoice them one after the other, by product';

function namesOf(all: readonly ProductTreatment[]): string {
  const names = all.map(({ product }) => (product === '' ? 'what is of no product' : product));
  return [...new Set(names)].toSorted().join(', ');
}
