import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Payments, what of them stands on which invoice, and those that were taken back. */
export const payments: SchemaStep = {
  id: '20261130T0745-payments',
  async up(to) {
    await to.run(
      `create table payment (
        id text primary key, company_id text not null references company (id), customer_id text not null,
        customer_name text not null, currency text not null, amount_minor bigint not null check (amount_minor > 0),
        received_on text not null, reference text not null, note text not null,
        entry_id text not null unique references ledger_entry (id), recorded_at_ms bigint not null,
        unique (company_id, reference))`,
      'create index payment_by_day on payment (received_on, id)',
      'create index payment_by_customer on payment (customer_id, received_on)',
      // The number makes two who allocate at once one after the other.
      `create table payment_allocation (
        payment_id text not null references payment (id), allocation_no bigint not null,
        invoice_id text not null references invoice (id), amount_minor bigint not null check (amount_minor > 0),
        booked_on text not null, entry_id text not null unique references ledger_entry (id),
        primary key (payment_id, allocation_no))`,
      'create index payment_allocation_by_invoice on payment_allocation (invoice_id)',
      `create table payment_reversal (
        payment_id text primary key references payment (id), reason text not null, booked_on text not null,
        entry_id text not null unique references ledger_entry (id), reversed_at_ms bigint not null)`,
      `insert into ledger_account (code, side, name) values ('advances', 'credit', 'Advances received')`,
    );
    for (const table of ['payment', 'payment_allocation', 'payment_reversal']) await appendOnly(to, table);
  },
};
