import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ACCOUNTS,
  chargesPosting,
  creditPosting,
  invoicePosting,
  moving,
  recognitionPosting,
  type Account,
  type LedgerLine,
} from './ledger-rules.ts';

/** What the lines add to each account, on its own side. */
function balances(lines: readonly LedgerLine[]): Partial<Record<Account, bigint>> {
  const found: Partial<Record<Account, bigint>> = {};
  const add = (account: Account, side: 'debit' | 'credit', amount: bigint): void => {
    found[account] = (found[account] ?? 0n) + (ACCOUNTS[account].side === side ? amount : -amount);
  };
  for (const line of lines) {
    add(line.debit, 'debit', line.amountMinor);
    add(line.credit, 'credit', line.amountMinor);
  }
  return found;
}

describe('postings', () => {
  it('a day of charges is earned and unbilled', () => {
    expect(balances(chargesPosting({ earnedMinor: 1234n, deferredMinor: 0n }))).toEqual({
      revenue: 1234n,
      unbilled: 1234n,
    });
  });

  it('what is charged for days to come is deferred, and earned as they close', () => {
    const charged = chargesPosting({ earnedMinor: 100n, deferredMinor: 2900n });
    expect(balances(charged)).toEqual({ revenue: 100n, deferred: 2900n, unbilled: 3000n });
    expect(balances([...charged, ...recognitionPosting(2900n)])).toEqual({
      revenue: 3000n,
      deferred: 0n,
      unbilled: 3000n,
    });
  });

  it('a credit note takes revenue that was had, and what was to come', () => {
    expect(balances(creditPosting({ earnedMinor: -100n, deferredMinor: -200n }, -69n))).toEqual({
      revenue: -100n,
      deferred: -200n,
      'vat-payable': -69n,
      receivables: -369n,
    });
  });

  it('an invoice turns unbilled into receivables and owes its VAT', () => {
    expect(balances(invoicePosting(1000n, 230n))).toEqual({
      unbilled: -1000n,
      receivables: 1230n,
      'vat-payable': 230n,
    });
  });

  it('nothing is posted for nothing', () => {
    expect(chargesPosting({ earnedMinor: 0n, deferredMinor: 0n })).toEqual([]);
    expect(invoicePosting(100n, 0n)).toHaveLength(1);
  });

  it('every line has two sides and a positive amount, whatever the sign', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -1_000_000n, max: 1_000_000n }), (amount) => {
        for (const line of moving('revenue', 'unbilled', amount)) {
          expect(line.amountMinor > 0n).toBe(true);
          expect(line.debit).not.toBe(line.credit);
        }
        expect(balances(moving('revenue', 'unbilled', amount)).revenue ?? 0n).toBe(amount);
      }),
    );
  });
});
