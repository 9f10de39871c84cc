/**
 * The accounts of the ledger, one set per currency. `debit` accounts grow by debits (what we have or are owed), `credit`
 * accounts by credits (what we owe or earned).
 */
export const ACCOUNTS = {
  /** Invoiced and not yet paid. */
  receivables: { side: 'debit', name: 'Receivables' },
  /** Supplied day by day and not yet invoiced (accrued revenue). */
  unbilled: { side: 'debit', name: 'Unbilled receivables' },
  cash: { side: 'debit', name: 'Cash and bank' },
  /** What came in one currency for what is owed in another: two balances that cancel by the rates of their day. */
  exchange: { side: 'debit', name: 'Exchange between currencies' },
  /** Lost (below 0: won) because rates of two days differ. */
  'exchange-differences': { side: 'debit', name: 'Exchange differences' },
  /** Owed to the state on what was paid ahead, and not yet part of an invoice (advance-rules.ts). */
  'advance-vat': { side: 'debit', name: 'VAT on advances' },
  /** Given up: invoiced, and never to be paid. */
  'write-offs': { side: 'debit', name: 'Write-offs' },
  /** Paid, and on no invoice yet: owed to customers. */
  advances: { side: 'credit', name: 'Advances received' },
  /** Charged for days to come: owed as a service, and revenue as they close (deferral-rules.ts). */
  deferred: { side: 'credit', name: 'Deferred revenue' },
  'vat-payable': { side: 'credit', name: 'VAT payable' },
  revenue: { side: 'credit', name: 'Revenue' },
} as const;
export type Account = keyof typeof ACCOUNTS;

/** What an entry is of that stands on a customer's account: whatever shows or prints an account has words for each. */
export const ACCOUNT_ENTRY_KINDS = [
  'invoice',
  'credit-note',
  'write-off',
  'payment',
  'refund',
  'exchange',
] as const;
export type AccountEntryKind = (typeof ACCOUNT_ENTRY_KINDS)[number];

/** What an entry of the ledger is of. */
export type EntryKind = 'charges' | 'recognition' | 'advance-invoice' | AccountEntryKind;

/**
 * One line moves an amount from the credited to the debited account. Since no line can be written with one side only, every
 * entry balances by its form; nothing has to be checked at the end of a transaction.
 */
export interface LedgerLine {
  readonly debit: Account;
  readonly credit: Account;
  /** More than 0, in minor units. */
  readonly amountMinor: bigint;
}

/** A line for an amount of either sign: a negative one moves back. None for zero. */
export function moving(from: Account, to: Account, amountMinor: bigint): readonly LedgerLine[] {
  if (amountMinor === 0n) return [];
  return amountMinor > 0n
    ? [{ debit: to, credit: from, amountMinor }]
    : [{ debit: from, credit: to, amountMinor: -amountMinor }];
}

/** A net amount in minor units: what of it is earned, and what is for days to come. */
export interface PartlyEarned {
  readonly earnedMinor: bigint;
  readonly deferredMinor: bigint;
}

/** A day's charges: owed by customers though not yet invoiced; earned, or deferred where they are for days to come. */
export function chargesPosting(of: PartlyEarned): readonly LedgerLine[] {
  return [
    ...moving('revenue', 'unbilled', of.earnedMinor),
    ...moving('deferred', 'unbilled', of.deferredMinor),
  ];
}

/** What was deferred is earned, as the day it is for closes. */
export function recognitionPosting(amountMinor: bigint): readonly LedgerLine[] {
  return moving('revenue', 'deferred', amountMinor);
}

/**
 * An invoice: what was unbilled becomes a receivable, and its VAT is owed to the state.
 *
 * @param of.chargedMinor what its charges were posted at, its net unless it is said. Where prices have VAT in them, only the invoice tells
 * for good how much of them is net: the difference is earned, or not earned, with it.
 * @param of.advanceVatMinor what of its VAT the advance invoices it settles had taxed already: only the rest is owed from now on.
 */
export function invoicePosting(
  netMinor: bigint,
  vatMinor: bigint,
  of: { readonly chargedMinor?: bigint | undefined; readonly advanceVatMinor?: bigint } = {},
): readonly LedgerLine[] {
  const { chargedMinor = netMinor, advanceVatMinor = 0n } = of;
  return [
    ...moving('unbilled', 'receivables', chargedMinor),
    ...moving('revenue', 'receivables', netMinor - chargedMinor),
    ...moving('vat-payable', 'receivables', vatMinor - advanceVatMinor),
    ...moving('advance-vat', 'receivables', advanceVatMinor),
  ];
}

/** An advance invoice: VAT is owed from the day the money is documented; the customer has all of the money with us still. */
export function advancePosting(vatMinor: bigint): readonly LedgerLine[] {
  return moving('vat-payable', 'advance-vat', vatMinor);
}

/**
 * A credit note, whose amounts are those it takes back (below 0): less revenue, had or to come, less VAT, less is owed to us.
 *
 * @param settledMinor what of its net was taken back from revenue before, by repairs that stood unbilled
 */
export function creditPosting(net: PartlyEarned, vatMinor: bigint, settledMinor = 0n): readonly LedgerLine[] {
  return [
    ...moving('unbilled', 'receivables', settledMinor),
    ...moving('revenue', 'receivables', net.earnedMinor),
    ...moving('deferred', 'receivables', net.deferredMinor),
    ...moving('vat-payable', 'receivables', vatMinor),
  ];
}

/** What is given up is no receivable any more. Its VAT stays owed: taking that back needs a credit note. */
export function writeOffPosting(amountMinor: bigint): readonly LedgerLine[] {
  return moving('receivables', 'write-offs', amountMinor);
}

/** Money that came in: the customer has it with us until it stands on an invoice. */
export function paymentPosting(amountMinor: bigint): readonly LedgerLine[] {
  return moving('advances', 'cash', amountMinor);
}

/** A part of a payment that is put on an invoice. */
export function allocationPosting(amountMinor: bigint): readonly LedgerLine[] {
  return moving('receivables', 'advances', amountMinor);
}

/** The same the other way round. */
export function reversed(lines: readonly LedgerLine[]): readonly LedgerLine[] {
  return lines.map(({ debit, credit, amountMinor }) => ({ debit: credit, credit: debit, amountMinor }));
}
