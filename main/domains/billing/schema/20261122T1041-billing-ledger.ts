import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Double entry: a line cannot be written without both its accounts, so whatever is in here balances. */
export const billingLedger: SchemaStep = {
  id: '20261122T1041-billing-ledger',
  async up(to) {
    await to.run(
      `create table ledger_account (
        code text primary key, side text not null check (side in ('debit', 'credit')), name text not null)`,
      `create table ledger_entry (
        id text primary key, company_id text not null references company (id), currency text not null,
        booked_on text not null, kind text not null, source text not null, memo text not null,
        posted_at_ms bigint not null, unique (company_id, source))`,
      'create index ledger_entry_by_day on ledger_entry (currency, booked_on)',
      `create table ledger_line (
        entry_id text not null references ledger_entry (id), line_no bigint not null,
        debit text not null references ledger_account (code), credit text not null references ledger_account (code),
        amount_minor bigint not null check (amount_minor > 0), customer_id text, document_id text,
        primary key (entry_id, line_no), check (debit <> credit))`,
      'create index ledger_line_by_customer on ledger_line (customer_id)',
      'create index ledger_line_by_document on ledger_line (document_id)',
      `insert into ledger_account (code, side, name) values
        ('receivables', 'debit', 'Receivables'), ('unbilled', 'debit', 'Unbilled receivables'),
        ('cash', 'debit', 'Cash and bank'), ('vat-payable', 'credit', 'VAT payable'), ('revenue', 'credit', 'Revenue')`,
    );
    for (const table of ['ledger_account', 'ledger_entry', 'ledger_line']) await appendOnly(to, table);
  },
};
