/**
 * How an invoice stands, by the ledger: `open` and `overdue` while something is owed; settled by money (`paid`), by credit notes
 * (`credited`) or by giving up what was left (`written-off`). A credit note has no state of its own. An advance invoice is an `advance`
 * while something of it is on no invoice, then `used-up`, or `credited` where all of it was taken back.
 */
export const INVOICE_STATES = [
  'open',
  'overdue',
  'paid',
  'credited',
  'written-off',
  'credit-note',
  'advance',
  'used-up',
] as const;
export type InvoiceState = (typeof INVOICE_STATES)[number];
