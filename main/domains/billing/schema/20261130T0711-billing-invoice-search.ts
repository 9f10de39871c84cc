import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** What finds an invoice among tens of thousands without reading their documents, and what is open of one without reading entries. */
export const billingInvoiceSearch: SchemaStep = {
  id: '20261130T0711-billing-invoice-search',
  async up(to) {
    await to.run(
      'create index invoice_by_number on invoice ((year * 1000000000 + seq), id)',
      'create index invoice_by_gross on invoice (gross_minor, id)',
      // All that a list compares: it is gone through instead of rows that hold whole documents.
      `create index invoice_narrow on invoice (number, customer_name, gross_minor, net_minor, issued_on, due_on, currency,
        document_type, customer_id, credits_id, year, seq, id)`,
      'drop index ledger_line_by_document',
      'create index ledger_line_by_document on ledger_line (document_id, debit, credit, amount_minor)',
    );
  },
};
