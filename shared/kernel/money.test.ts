import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addMoney, money, moneyFromMajor, moneyFromWire, moneyToDecimalText, moneyToWire } from './money.ts';

test.each([
  ['1.005', 101n],
  ['1.004999999999999999999999999999', 100n],
  ['-1.005', -101n],
  ['0.5', 50n],
  ['123456789012.345', 12345678901235n],
  ['0', 0n],
])('%s EUR is %s cents: half goes away from zero', (major, minor) => {
  expect(moneyFromMajor(major, 'EUR').amountMinor).toBe(minor);
});

test('money survives the wire and its decimal text', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (minor) => {
      const value = money(minor, 'PLN');
      expect(moneyFromWire(moneyToWire(value))).toEqual(value);
      expect(moneyFromMajor(moneyToDecimalText(value), 'PLN')).toEqual(value);
    }),
  );
});

test('amounts of two currencies are never added', () => {
  expect(() => addMoney(money(1n, 'EUR'), money(1n, 'PLN'))).toThrow('cannot add PLN to EUR');
});
