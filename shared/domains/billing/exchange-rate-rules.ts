import { addDays, type LocalDate } from '../../kernel/local-date.ts';
import { Exact, roundToMinor } from '../../kernel/rounding.ts';

/**
 * ECB: euro foreign exchange reference rates, units of a currency for 1 EUR. NBP: table A of Narodowy Bank Polski, zlotys for 1 unit
 * of a currency.
 */
export type RateSource = 'ECB' | 'NBP';
export const BASE_OF_SOURCE: Readonly<Record<RateSource, string>> = { ECB: 'EUR', NBP: 'PLN' };

/** From the first day on which its own currency was no more the euro's; earlier ones are not needed any more. */
const OWN_CURRENCIES: Readonly<Record<string, readonly [currency: string, untilExclusive: string]>> = {
  PL: ['PLN', '9999-12-31'],
  CZ: ['CZK', '9999-12-31'],
  HU: ['HUF', '9999-12-31'],
  RO: ['RON', '9999-12-31'],
  DK: ['DKK', '9999-12-31'],
  SE: ['SEK', '9999-12-31'],
  // Council Regulation (EU) 2025/1409: the euro from 2026 on.
  BG: ['BGN', '2026-01-01'],
};

/** Currency in which a member state is owed its VAT (directive 2006/112/EC, Art. 230). */
export function vatCurrencyOf(country: string, day: LocalDate): string {
  const own = OWN_CURRENCIES[country];
  return own !== undefined && day < own[1] ? own[0] : 'EUR';
}

/**
 * Whose rate counts, and the latest day it may be of. Poland: the mid rate of NBP of the last working day before the tax point (ustawa o
 * VAT, art. 31a(1)). Else the last rate that the ECB had published by the tax point, which every member state accepts (directive
 * 2006/112/EC, Art. 91(2)).
 */
export function rateWanted(
  vatCurrency: string,
  taxPoint: LocalDate,
): { readonly source: RateSource; readonly latest: LocalDate } {
  return vatCurrency === 'PLN'
    ? { source: 'NBP', latest: addDays(taxPoint, -1) }
    : { source: 'ECB', latest: taxPoint };
}

/** Whether no rates are ever published on that day: Saturdays and Sundays. */
export function isWeekend(day: LocalDate): boolean {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return weekday === 0 || weekday === 6;
}

/** A published rate: `1 of = rate in`. */
export interface Quote {
  readonly of: string;
  readonly rate: string;
  readonly in: string;
}

export function quoteOf(source: RateSource, currency: string, rate: string): Quote {
  const base = BASE_OF_SOURCE[source];
  return source === 'ECB' ? { of: base, rate, in: currency } : { of: currency, rate, in: base };
}

/** An amount in another currency by quotes one after the other, rounded once; both have two minor digits. */
export function convertedMinor(amountMinor: bigint, from: string, quotes: readonly Quote[]): bigint {
  let amount = new Exact(amountMinor.toString());
  let currency = from;
  for (const quote of quotes) {
    amount = quote.of === currency ? amount.mul(quote.rate) : amount.div(quote.rate);
    currency = quote.of === currency ? quote.in : quote.of;
  }
  return roundToMinor(amount, 0);
}
