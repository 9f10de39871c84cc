import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Credit notes, which are documents of a series of their own that name the invoice they take from, and what was given up. */
export const billingCreditNotes: SchemaStep = {
  id: '20261129T1730-billing-credit-notes',
  async up(to) {
    await to.run(
      `alter table company add column credit_number_format text not null default 'CN {year}/{month}/{seq:4}'`,
      // Whose invoices have those letters already gets others.
      `update company set credit_number_format = 'KOR {year}/{month}/{seq:4}' where number_format like '%CN%'`,
      'alter table invoice add column credits_id text references invoice (id)',
      // Counts the credit notes of one invoice from 1: two that are made at once cannot both be the next one.
      'alter table invoice add column credit_no bigint',
      'create unique index invoice_by_credited on invoice (credits_id, credit_no)',
      `create table write_off (
        id text primary key, company_id text not null references company (id),
        invoice_id text not null references invoice (id), customer_id text not null, currency text not null,
        amount_minor bigint not null check (amount_minor > 0), reason text not null, booked_on text not null,
        entry_id text not null unique references ledger_entry (id), written_at_ms bigint not null)`,
      'create index write_off_by_invoice on write_off (invoice_id)',
      `insert into ledger_account (code, side, name) values ('write-offs', 'debit', 'Write-offs')`,
    );
    await appendOnly(to, 'write_off');
  },
};
