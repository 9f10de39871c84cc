import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, compareRatios, multiply, ratio, ratioFrom, ratioText, roundUp, subtract } from './ratio.ts';
import { roundRatio } from './rounding.ts';

const anyRatio = fc
  .tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.bigInt({ min: 1n, max: 10n ** 6n }))
  .map(([numerator, denominator]) => ratio(numerator, denominator));

describe('fractions', () => {
  it.each([
    ['19.95', '399/20'],
    ['-0.0125', '-1/80'],
    ['12', '12'],
    ['0', '0'],
    ['4/6', '2/3'],
  ])('%s is %s', (text, exact) => {
    expect(ratioText(ratioFrom(text))).toBe(exact);
  });

  it.each(['', '1,5', '1e3', '.5', '1/', 'x'])('%s is none', (text) => {
    expect(() => ratioFrom(text)).toThrow(RangeError);
  });

  it('have no denominator of nothing and none below it', () => {
    expect(() => ratio(1, 0)).toThrow(RangeError);
    expect(ratio(1, -3)).toEqual({ numerator: -1n, denominator: 3n });
  });

  it('add up exactly, however many and in whatever order', () => {
    fc.assert(
      fc.property(fc.array(anyRatio, { maxLength: 60 }), (all) => {
        const forth = all.reduce(add, ratio(0));
        const back = all.toReversed().reduce(add, ratio(0));
        expect(compareRatios(forth, back)).toBe(0);
        expect(compareRatios(all.reduce(subtract, forth), ratio(0))).toBe(0);
      }),
    );
  });

  it('are written and read again as they are', () => {
    fc.assert(
      fc.property(anyRatio, anyRatio, (one, other) => {
        const product = multiply(one, other);
        expect(compareRatios(ratioFrom(ratioText(product)), product)).toBe(0);
      }),
    );
  });

  it.each([
    ['1/200', 1n],
    ['-1/200', -1n],
    ['0.0049999999', 0n],
    ['1/3', 33n],
    ['2/3', 67n],
    ['-2/3', -67n],
    ['1999/200', 1000n],
  ])('%s is %s cents, half away from zero', (text, cents) => {
    expect(roundRatio(ratioFrom(text), 2)).toBe(cents);
  });

  it.each([
    ['1', 1n],
    ['1.0001', 2n],
    ['0', 0n],
    ['99/100', 1n],
  ])('%s begins %s', (text, whole) => {
    expect(roundUp(ratioFrom(text))).toBe(whole);
  });
});
