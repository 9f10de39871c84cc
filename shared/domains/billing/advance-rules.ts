import type { VatSubtotal } from './invoice-rules.ts';
import { vatInMinor } from './price-vat-rules.ts';
import { vatKey } from './vat-key-rules.ts';

/*
 * Money received ahead is taxed when it comes (directive 2006/112/EC, Art. 65): an advance invoice takes the VAT out of what was received
 *
 *     VAT = round(gross × rate / (100 + rate))
 *
 * (the Polish VAT act, Art. 106f(1)(3); the Czech one, § 37). The invoice of the supply states all of it, and of each rate what advances
 * had taxed already: the rest is taxed with it (Art. 106f(3)). Whatever rounding leaves over is in that rest, so that advances and invoice
 * come to the VAT of the whole supply, rate by rate, to the cent. What is taken of an advance, by invoices or by credit notes, is cumulative:
 *
 *     VAT of a part = VAT(taken with it) − VAT(taken before)
 *
 * so that the parts come to the advance exactly.
 */

/** An advance invoice, all of one category and rate, and what of its gross is taken already. Minor units. */
export interface Advance {
  readonly vatCategory: VatSubtotal['vatCategory'];
  readonly vatRate: string;
  readonly grossMinor: bigint;
  readonly takenMinor: bigint;
}

/** A part of an advance's gross, with its VAT. */
export interface AdvancePart {
  readonly netMinor: bigint;
  readonly vatMinor: bigint;
  readonly grossMinor: bigint;
}

export function advanceLeftMinor({ grossMinor, takenMinor }: Advance): bigint {
  return grossMinor - takenMinor;
}

/** The next part that is taken of an advance. */
export function advancePart({ vatRate, takenMinor }: Advance, grossMinor: bigint): AdvancePart {
  const vatMinor = vatInMinor(takenMinor + grossMinor, vatRate) - vatInMinor(takenMinor, vatRate);
  return { netMinor: grossMinor - vatMinor, vatMinor, grossMinor };
}

/** VAT that is in what is left of an advance: none where that is less than half a cent of it. */
export function advanceVatLeftMinor(advance: Advance): bigint {
  return advancePart(advance, advanceLeftMinor(advance)).vatMinor;
}

/**
 * What an invoice settles of advances, in their order: of each as much as is left of it, and of what the invoice comes to at its rate, and
 * as a whole, which is less where it takes something back at another rate. Nothing is settled of one whose category or rate the invoice has not.
 */
export function settledOf<A extends Advance>(
  vat: readonly VatSubtotal[],
  advances: readonly A[],
): (AdvancePart & { readonly advance: A })[] {
  const room = new Map(vat.map((group) => [vatKey(group), group.baseMinor + group.vatMinor]));
  let due = [...room.values()].reduce((sum, gross) => sum + gross, 0n);
  return advances.flatMap((advance) => {
    const ofRate = room.get(vatKey(advance)) ?? 0n;
    const most = due < ofRate ? due : ofRate;
    const left = advanceLeftMinor(advance);
    const grossMinor = left < most ? left : most;
    if (grossMinor <= 0n) return [];
    room.set(vatKey(advance), ofRate - grossMinor);
    due -= grossMinor;
    return [{ advance, ...advancePart(advance, grossMinor) }];
  });
}

/** What is left to tax of an invoice at each rate after the advances it settles. */
export function restOf(
  vat: readonly VatSubtotal[],
  settled: readonly (AdvancePart & Pick<VatSubtotal, 'vatCategory' | 'vatRate'>)[],
): VatSubtotal[] {
  return vat.map((group) => {
    const mine = settled.filter((part) => vatKey(part) === vatKey(group));
    return {
      ...group,
      baseMinor: mine.reduce((left, part) => left - part.netMinor, group.baseMinor),
      vatMinor: mine.reduce((left, part) => left - part.vatMinor, group.vatMinor),
    };
  });
}
