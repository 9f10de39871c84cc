import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exchangeOf, exchangePostings } from './exchange-posting-rules.ts';
import type { Account, LedgerLine } from './ledger-rules.ts';

const quotes = [{ of: 'EUR', rate: '4.25', in: 'PLN' }];

function moved(lines: readonly LedgerLine[], account: Account): bigint {
  return lines.reduce(
    (sum, { debit, credit, amountMinor }) =>
      sum + (debit === account ? amountMinor : credit === account ? -amountMinor : 0n),
    0n,
  );
}

describe('a payment in another currency', () => {
  it.each([
    ['what it comes to', 430_00n, false, { convertedMinor: 425_00n, settledMinor: 425_00n }, 0n],
    ['all that is open, at a loss', 430_00n, true, { convertedMinor: 425_00n, settledMinor: 430_00n }, 5_00n],
    [
      'all that is open, at a gain',
      420_00n,
      true,
      { convertedMinor: 425_00n, settledMinor: 420_00n },
      -5_00n,
    ],
  ] as const)('of 100.00 EUR at 4.25 settles %s', (_what, openMinor, settlesAll, expected, difference) => {
    const made = exchangeOf({ paidMinor: 100_00n, from: 'EUR', quotes, openMinor, settlesAll });
    expect(made).toEqual({ paidMinor: 100_00n, ...expected });
    expect(moved(exchangePostings(made).settled, 'exchange-differences')).toBe(difference);
  });

  it('is two entries: the exchange has what was paid in one currency and gave what it comes to in the other', () => {
    const above = fc.bigInt({ min: 1n, max: 10_000_000n });
    fc.assert(
      fc.property(above, above, above, (paidMinor, convertedMinor, settledMinor) => {
        const { paid, settled } = exchangePostings({ paidMinor, convertedMinor, settledMinor });
        expect(moved(paid, 'cash')).toBe(paidMinor);
        expect(moved(paid, 'exchange')).toBe(-paidMinor);
        expect(moved(settled, 'exchange')).toBe(convertedMinor);
        expect(moved(settled, 'receivables')).toBe(-settledMinor);
        expect(moved(settled, 'exchange-differences')).toBe(settledMinor - convertedMinor);
        for (const line of [...paid, ...settled]) expect(line.amountMinor > 0n).toBe(true);
      }),
    );
  });
});
