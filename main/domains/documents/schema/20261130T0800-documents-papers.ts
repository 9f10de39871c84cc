import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Documents that post nothing, with series of their own. */
export const documentsPapers: SchemaStep = {
  id: '20261130T0800-documents-papers',
  async up(to) {
    await to.run(
      `create table paper_series (
        company_id text not null references company (id), kind text not null, year bigint not null,
        last_seq bigint not null, last_issued_on text not null, primary key (company_id, kind, year))`,
      `create table paper (
        id text primary key, company_id text not null references company (id), kind text not null,
        year bigint not null, seq bigint not null, number text not null, customer_id text not null,
        customer_name text not null, currency text not null, issued_on text not null, amount_minor bigint not null,
        subject_id text, document text not null, hash text not null, issued_at_ms bigint not null,
        unique (company_id, kind, year, seq), unique (company_id, number))`,
      // A payment has one receipt.
      'create unique index paper_by_subject on paper (kind, subject_id)',
      'create index paper_by_customer on paper (customer_id, issued_on)',
      'create index paper_by_issue on paper (issued_on, id)',
      `create table paper_invoice (
        paper_id text primary key references paper (id), invoice_id text not null unique references invoice (id))`,
      `create table paper_file (
        paper_id text primary key references paper (id), sha256 text not null, bytes bigint not null)`,
    );
    for (const table of ['paper', 'paper_invoice', 'paper_file']) await appendOnly(to, table);
  },
};
