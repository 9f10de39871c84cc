import type { Currency } from '../../kernel/money.ts';

const OWN: Readonly<Record<string, Currency>> = { PL: 'PLN', CZ: 'CZK', HU: 'HUF', RO: 'RON', US: 'USD' };

/** The currency people of a country most likely pay in: its own where it is one of ours, the euro otherwise. */
export function currencyOfCountry(country: string): Currency {
  return OWN[country] ?? 'EUR';
}
