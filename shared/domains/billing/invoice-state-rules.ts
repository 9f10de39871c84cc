/**
 * How an invoice stands, by the ledger: `open` and `overdue` while something is owed; settled by money (`paid`), by credit notes
 * (`credited`) or by giving up what was left (`written-off`). A credit note has no state of its own.
 */
export const INVOICE_STATES = ['open', 'overdue', 'paid', 'credited', 'written-off', 'credit-note'] as const;
export type InvoiceState = (typeof INVOICE_STATES)[number];
