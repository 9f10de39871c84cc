import type { LocalDate } from '../../kernel/local-date.ts';
import { Exact, roundToMinor } from '../../kernel/rounding.ts';
import { USUAL_SUPPLY, type SupplyTerms } from './supply-rules.ts';
import { vatRate } from './vat-rates.ts';
import type { VatParties, VatTreatment } from './vat-rules.ts';

/*
 * Prices that have VAT in them.
 *
 * What the customer pays is exact, and net and VAT are its parts. Of all that is priced so at one rate
 *
 *     VAT = round(gross × rate / (100 + rate)),  net = gross − VAT
 *
 * Where there is a net whose VAT by BR-CO-17 (net × rate, rounded) comes to that gross, it is this one; of some amounts there is none
 * (at 23 % no net comes to 0.03), and then the VAT is within a cent of net × rate, as EN 16931's own rule of rounding, the Polish VAT
 * act (Art. 106e(7)) and the Czech one (§ 37) let it be. Nets of lines are differences of the net so far, so they add up to it.
 *
 * Who owes no VAT here pays the price without the rate of the seller's own country; a seller who charges none keeps all of it.
 */

/** VAT that is in an amount, in minor units. */
export function vatInMinor(grossMinor: bigint, ratePercent: string): bigint {
  const rate = new Exact(ratePercent);
  return roundToMinor(new Exact(grossMinor.toString()).mul(rate).div(rate.add(100)), 0);
}

export function netInMinor(grossMinor: bigint, ratePercent: string): bigint {
  return grossMinor - vatInMinor(grossMinor, ratePercent);
}

/** Nets of amounts that have VAT of one rate in them, in order: they add up to the net of the sum. */
export function netsInMinor(grosses: readonly bigint[], ratePercent: string): bigint[] {
  let soFar = 0n;
  return grosses.map((gross) => {
    const before = netInMinor(soFar, ratePercent);
    soFar += gross;
    return netInMinor(soFar, ratePercent) - before;
  });
}

/**
 * The rate in per cent that is taken out of a price with VAT in it, for a buyer who is treated so, or whose treatment is not clear yet:
 * none where what is sold has none at home.
 */
export function rateInPrice(
  treatment: VatTreatment,
  seller: VatParties['seller'],
  taxPoint: LocalDate,
  supply: SupplyTerms = USUAL_SUPPLY,
): string {
  if (treatment.ok && treatment.category === 'S') return treatment.rate;
  if (seller.scheme === 'exempt' || supply.kind === 'exempt') return '0';
  return vatRate(seller.country, supply.rateClass, taxPoint) ?? '0';
}
