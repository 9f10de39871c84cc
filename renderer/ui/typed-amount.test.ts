import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMinor } from './format.ts';
import { numberFault, readMoney, readNumber, typedNumber } from './typed-amount.ts';

const price = { decimals: 10 };

describe('an amount of money', () => {
  it.each([
    ['1500', 150_000n],
    ['1500.5', 150_050n],
    ['1500,50', 150_050n],
    ['1 500,50', 150_050n],
    ['1\u00a0500,50', 150_050n],
    ['1\u202f234\u202f567', 123_456_700n],
    ['1,500.50', 150_050n],
    ['1.500,50', 150_050n],
    ['1,234,567.89', 123_456_789n],
    ['1.234.567', 123_456_700n],
    ['0.5', 50n],
    ['007', 700n],
    [' 12 ', 1200n],
  ])('%j is %s', (text, amountMinor) => {
    expect(readMoney(text, 'EUR')).toEqual({ ok: true, amountMinor });
  });

  it.each([
    ['1,500', /can be 1500 or 1\.500/],
    ['1.500', /write 1500\.00 or 1\.50\.$/],
    ['12,345', /write 12345\.00 or at most 2 decimals/],
    ['01,500', /can be 1500 or 1\.500: write 1500\.00 or 1\.50\.$/],
    ['0.345', /At most 2 decimals/],
    ['12.3456', /At most 2 decimals/],
    ['1,50,000', /not a number/],
    ['1.500,', /not a number/],
    ['12.', /not a number/],
    ['.5', /not a number/],
    ['1 50', /not a number/],
    ['1.234,567.89', /not a number/],
    ['ten', /not a number/],
    ['1e3', /not a number/],
    ['12 EUR', /not a number/],
    ['-3', /Not below 0/],
    ['', /Write an amount/],
    ['1234567890123', /too much/],
  ])('%j is refused with why', (text, why) => {
    const read = readMoney(text, 'EUR');
    expect(read.ok ? '' : read.fault).toMatch(why);
  });

  it('below 0 where that is asked for, with a minus of any kind', () => {
    for (const text of ['-3', '−3', '–3,00'])
      expect(readMoney(text, 'EUR', { isSigned: true })).toEqual({ ok: true, amountMinor: -300n });
    expect(readMoney('-0', 'EUR', { isSigned: true })).toEqual({ ok: true, amountMinor: 0n });
  });

  it('as any screen shows it is read as that amount', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 13n), 10n ** 13n), (minor) => {
        expect(readMoney(formatMinor(minor), 'PLN', { isSigned: true })).toEqual({
          ok: true,
          amountMinor: minor,
        });
      }),
    );
  });
});

describe('what is said of a number of two meanings can be written as it says', () => {
  it.each([
    [0, '1,500', '1500'],
    [1, '1,500', '1500.0 or 1.5'],
    [1, '1,550', '1550.0 or at most 1 decimal'],
    [2, '01,500', '1500.00 or 1.50'],
    [3, '1,500', '1500.00 or 1.50'],
    [10, '1,505', '1505.00 or 1.5050'],
  ])('with %i decimals %s is %s', (decimals, text, written) => {
    const said = numberFault(text, { decimals }) ?? '';
    expect(said).toContain(`: write ${written}`);
    for (const advised of said.match(/(?<=write |or )[\d.]+(?=[. ])/g)?.slice(1) ?? [])
      expect(numberFault(advised.replace(/\.$/, ''), { decimals })).toBeNull();
  });
});

describe('a price with more decimals', () => {
  it.each([
    ['0.0125', '0.0125'],
    ['0,0125', '0.0125'],
    ['12,1250', '12.1250'],
    ['0.125', '0.125'],
  ])('%j is %s', (text, plain) => {
    expect(readNumber(text, price)).toEqual({ ok: true, plain });
  });

  it('with three decimals is shown so that it is read as it was', () => {
    expect(readNumber('1.125', price).ok).toBe(false);
    expect(readNumber(typedNumber('1.125'), price)).toEqual({ ok: true, plain: '1.1250' });
    expect(typedNumber('0.125')).toBe('0.125');
    expect(typedNumber('12.5')).toBe('12.5');
  });

  it('that is not typed has no fault', () => {
    expect(numberFault(' ', price)).toBeNull();
    expect(numberFault('2.5', { decimals: 0 })).toBe('A whole number.');
  });
});
