import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRatios, ratio, ratioFrom, ratioText } from '../../kernel/ratio.ts';
import { priceQuantity } from './tier-rules.ts';

const bands = [
  { upTo: '10', price: '1', flat: '0' },
  { upTo: '100', price: '0.5', flat: '2' },
  { upTo: null, price: '0.1', flat: '5' },
];

describe('tiers', () => {
  it.each([
    ['graduated', '0', '0'],
    ['graduated', '10', '10'],
    ['graduated', '10.5', '49/4'],
    ['graduated', '100', '57'],
    ['graduated', '100.1', '6201/100'],
    ['volume', '0', '0'],
    ['volume', '10', '10'],
    ['volume', '10.5', '29/4'],
    ['volume', '100', '52'],
    ['volume', '101', '151/10'],
  ] as const)('%s of %s is %s', (tiers, quantity, amount) => {
    expect(ratioText(priceQuantity({ tiers, bands }, ratioFrom(quantity)).amount)).toBe(amount);
  });

  it('say each step', () => {
    const { steps } = priceQuantity({ tiers: 'graduated', bands }, ratioFrom('101'));
    expect(steps).toEqual([
      { above: '0', upTo: '10', quantity: '10', price: '1', flat: '0', amount: '10' },
      { above: '10', upTo: '100', quantity: '90', price: '0.5', flat: '2', amount: '47' },
      { above: '100', upTo: null, quantity: '1', price: '0.1', flat: '5', amount: '51/10' },
    ]);
  });

  it.each([
    ['0', '0'],
    ['0.001', '3'],
    ['99.999', '3'],
    ['100', '3'],
    ['100.001', '6'],
    ['1000', '30'],
  ])('packages of 100: %s are %s', (quantity, amount) => {
    const pricing = { tiers: 'package', package: '100', price: '3' } as const;
    expect(ratioText(priceQuantity(pricing, ratioFrom(quantity)).amount)).toBe(amount);
  });

  it('graduated never costs less for more', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(100_000), (one, more) => {
        const of = (units: number): ReturnType<typeof ratio> =>
          priceQuantity({ tiers: 'graduated', bands }, ratio(units, 100)).amount;
        expect(compareRatios(of(one), of(one + more))).toBeLessThanOrEqual(0);
      }),
    );
  });
});
