import { expect, it } from 'vitest';
import { localDate } from '../../kernel/local-date.ts';
import { convertedMinor, quoteOf, rateWanted, vatCurrencyOf } from './exchange-rate-rules.ts';

it.each([
  ['PL', '2026-10-01', 'PLN'],
  ['CZ', '2026-10-01', 'CZK'],
  ['DE', '2026-10-01', 'EUR'],
  ['BG', '2025-12-31', 'BGN'],
  ['BG', '2026-01-01', 'EUR'],
])('VAT of %s on %s is owed in %s', (country, day, currency) => {
  expect(vatCurrencyOf(country, localDate(day))).toBe(currency);
});

it.each([
  ['PLN', 'NBP', '2026-09-29'],
  ['CZK', 'ECB', '2026-09-30'],
  ['EUR', 'ECB', '2026-09-30'],
])(
  'of a tax point on 30 September %s takes the rate of the %s, of %s at the latest',
  (currency, source, latest) => {
    expect(rateWanted(currency, localDate('2026-09-30'))).toEqual({ source, latest });
  },
);

it.each([
  ['zlotys for euros', 10_000n, 'EUR', [quoteOf('NBP', 'EUR', '4.2613')], 42_613n],
  ['half a grosz away from zero', 1n, 'EUR', [quoteOf('NBP', 'EUR', '4.5')], 5n],
  ['and below zero', -1n, 'EUR', [quoteOf('NBP', 'EUR', '4.5')], -5n],
  ['euros for zlotys', 42_613n, 'PLN', [quoteOf('ECB', 'PLN', '4.2613')], 10_000n],
  [
    'korunas for zlotys, over the euro, rounded once',
    42_613n,
    'PLN',
    [quoteOf('ECB', 'PLN', '4.2613'), quoteOf('ECB', 'CZK', '24.335')],
    243_350n,
  ],
] as const)('%s', (_what, amount, from, quotes, converted) => {
  expect(convertedMinor(amount, from, quotes)).toBe(converted);
});
