import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Documents, final from the moment they are there; their numbers, and what they are made of. */
export const billingInvoices: SchemaStep = {
  id: '20261122T1042-billing-invoices',
  async up(to) {
    await to.run(
      // Counts up inside the transaction that issues the document: a number exists if and only if its document does.
      `create table document_series (
        company_id text not null references company (id), document_type text not null, year bigint not null,
        last_seq bigint not null, last_issued_on text not null, primary key (company_id, document_type, year))`,
      `create table invoice (
        id text primary key, company_id text not null references company (id), document_type text not null,
        year bigint not null, seq bigint not null, number text not null, customer_id text not null,
        customer_name text not null, currency text not null, issued_on text not null, due_on text not null,
        period_start text not null, period_end_exclusive text not null, net_minor bigint not null,
        vat_minor bigint not null, gross_minor bigint not null check (gross_minor = net_minor + vat_minor),
        document text not null, hash text not null, entry_id text not null references ledger_entry (id),
        issued_at_ms bigint not null,
        unique (company_id, document_type, year, seq), unique (company_id, number))`,
      'create index invoice_by_customer on invoice (customer_id, issued_on)',
      'create index invoice_by_issue on invoice (issued_on, id)',
      'create index invoice_by_due on invoice (due_on, id)',
      `create table invoice_charge (
        charge_id text primary key references charge (id), invoice_id text not null references invoice (id),
        line_no bigint not null)`,
      'create index invoice_charge_by_invoice on invoice_charge (invoice_id)',
      `create table invoice_file (
        invoice_id text not null references invoice (id), language text not null, layout text not null,
        sha256 text not null, bytes bigint not null, primary key (invoice_id, language))`,
    );
    for (const table of ['invoice', 'invoice_charge', 'invoice_file']) await appendOnly(to, table);
  },
};
