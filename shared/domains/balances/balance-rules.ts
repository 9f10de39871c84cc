/** How a customer pays: ahead, from a balance that its days burn, or after the invoice, up to a limit. */
export type PaymentMode = 'prepaid' | 'postpaid';

export const BALANCE_STATES = ['ok', 'low', 'exhausted', 'over-limit'] as const;
export type BalanceState = (typeof BALANCE_STATES)[number];

/** What is told when a balance comes to another state; `recovered` when it is well again. */
export const BALANCE_EVENTS = ['low', 'exhausted', 'over-limit', 'recovered'] as const;
export type BalanceEventKind = (typeof BALANCE_EVENTS)[number];

export interface BalanceTerms {
  readonly mode: PaymentMode;
  /** Prepaid: low at this much or less; null: never low before it is exhausted. Minor units. */
  readonly lowMinor: bigint | null;
  /** Postpaid: the most that may be owed; null: no limit. Minor units. */
  readonly creditLimitMinor: bigint | null;
}

/** What a customer paid ahead and owes, in minor units of one currency. */
export interface Standing {
  /** Paid and on no invoice yet. */
  readonly advancesMinor: bigint;
  /** Invoiced and not paid. */
  readonly receivablesMinor: bigint;
  /** Charged and not invoiced, with the VAT that will be on it. */
  readonly unbilledGrossMinor: bigint;
}

/** What is left of what was paid; below 0: what is owed, invoiced or not. */
export function balanceMinor(of: Standing): bigint {
  return of.advancesMinor - of.receivablesMinor - of.unbilledGrossMinor;
}

export function stateOf(balance: bigint, terms: BalanceTerms): BalanceState {
  if (terms.mode === 'postpaid') {
    return terms.creditLimitMinor !== null && -balance > terms.creditLimitMinor ? 'over-limit' : 'ok';
  }
  if (balance <= 0n) return 'exhausted';
  return terms.lowMinor !== null && balance <= terms.lowMinor ? 'low' : 'ok';
}

/** What is told of a change of state; nothing where it stays. */
export function eventOf(was: BalanceState, now: BalanceState): BalanceEventKind | null {
  if (was === now) return null;
  return now === 'ok' ? 'recovered' : now;
}

/** The amount that a state is about: the threshold, the limit, or 0. */
export function boundMinor(state: BalanceState, terms: BalanceTerms): bigint {
  if (state === 'over-limit') return terms.creditLimitMinor ?? 0n;
  return state === 'low' ? (terms.lowMinor ?? 0n) : 0n;
}

/**
 * What a day burned: how much less is left than was there before it and came in on it. What a credit note gives back makes it less, and
 * may make it fall below 0.
 */
export function burnedMinor(before: DayEnd, after: DayEnd): bigint {
  return before.balanceMinor + (after.paidMinor - before.paidMinor) - after.balanceMinor;
}

/** At the end of a day: all that was ever paid, and what is left of it. */
export interface DayEnd {
  readonly paidMinor: bigint;
  readonly balanceMinor: bigint;
}

export const NOTHING_PAID: DayEnd = { paidMinor: 0n, balanceMinor: 0n };
