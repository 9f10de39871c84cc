import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localDate } from '../../kernel/local-date.ts';
import { Exact } from '../../kernel/rounding.ts';
import { plainPrice, priceInForce, priceUnits } from './price-rules.ts';

describe('prices', () => {
  it.each([
    ['0', 0n, '0'],
    ['12', 120_000_000_000n, '12'],
    ['12.50', 125_000_000_000n, '12.5'],
    ['012.500', 125_000_000_000n, '12.5'],
    ['0.0000000001', 1n, '0.0000000001'],
    ['999999999999.9999999999', 9_999_999_999_999_999_999_999n, '999999999999.9999999999'],
  ])('%s is %s units and reads %s', (price, units, plain) => {
    expect(priceUnits(price)).toBe(units);
    expect(plainPrice(price)).toBe(plain);
  });

  it('keeps every value exactly', () => {
    fc.assert(
      fc.property(fc.nat(999_999), fc.nat(9_999_999), (whole, decimals) => {
        const price = `${whole}.${decimals}`;
        expect(new Exact(plainPrice(price)).eq(price)).toBe(true);
        expect(new Exact(priceUnits(price).toString()).eq(new Exact(price).mul(1e10))).toBe(true);
      }),
    );
  });

  const versions = [
    { currency: 'EUR', validFrom: '2026-01-01', setAtMs: 1, perMonth: '10' },
    { currency: 'EUR', validFrom: '2026-08-01', setAtMs: 2, perMonth: '12' },
    { currency: 'EUR', validFrom: '2026-08-01', setAtMs: 3, perMonth: '13' },
    { currency: 'PLN', validFrom: '2026-03-01', setAtMs: 1, perMonth: '45' },
  ] as const;

  it.each([
    ['EUR', '2025-12-31', undefined],
    ['EUR', '2026-01-01', '10'],
    ['EUR', '2026-07-31', '10'],
    ['EUR', '2026-08-01', '13'],
    ['EUR', '2030-01-01', '13'],
    ['PLN', '2026-02-28', undefined],
    ['PLN', '2026-03-01', '45'],
    ['CZK', '2026-03-01', undefined],
  ] as const)('in %s on %s the price is %s', (currency, day, perMonth) => {
    expect(priceInForce(versions, currency, localDate(day))?.perMonth).toBe(perMonth);
    expect(priceInForce(versions.toReversed(), currency, localDate(day))?.perMonth).toBe(perMonth);
  });
});
