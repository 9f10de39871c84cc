import type { Currency } from '../../kernel/money.ts';
import { convertedMinor, type Quote } from './exchange-rate-rules.ts';
import { moving, type LedgerLine } from './ledger-rules.ts';

/** Money of one currency that settles what is owed in another one, in minor units. */
export interface Exchange {
  readonly paidMinor: bigint;
  /** What it comes to by the rates. */
  readonly convertedMinor: bigint;
  /** What it settles; more or less than it comes to: the rest is an exchange difference. */
  readonly settledMinor: bigint;
}

/** What is paid, by published rates, and what of the invoice it settles. */
export function exchangeOf(of: {
  readonly paidMinor: bigint;
  readonly from: Currency;
  readonly quotes: readonly Quote[];
  readonly openMinor: bigint;
  /** All that is open, whatever it comes to. */
  readonly settlesAll: boolean;
}): Exchange {
  const converted = convertedMinor(of.paidMinor, of.from, of.quotes);
  return {
    paidMinor: of.paidMinor,
    convertedMinor: converted,
    settledMinor: of.settlesAll ? of.openMinor : converted,
  };
}

/**
 * Its two entries, one per currency, each of which balances by itself: what came in is given to the exchange, which gives what it comes to.
 * By the same rates the two balances of the account `exchange` cancel.
 */
export function exchangePostings(of: Exchange): {
  readonly paid: readonly LedgerLine[];
  readonly settled: readonly LedgerLine[];
} {
  const smaller = of.settledMinor < of.convertedMinor ? of.settledMinor : of.convertedMinor;
  return {
    paid: moving('exchange', 'cash', of.paidMinor),
    settled: [
      ...moving('receivables', 'exchange', smaller),
      ...moving('receivables', 'exchange-differences', of.settledMinor - smaller),
      ...moving('exchange-differences', 'exchange', of.convertedMinor - smaller),
    ],
  };
}
