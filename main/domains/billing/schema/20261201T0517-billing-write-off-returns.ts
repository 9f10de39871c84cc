import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** What credit notes take back of what was given up of their invoices: one row for each note that does. */
export const billingWriteOffReturns: SchemaStep = {
  id: '20261201T0517-billing-write-off-returns',
  async up(to) {
    await to.run(
      `create table write_off_return (
        credit_note_id text primary key references invoice (id), invoice_id text not null references invoice (id),
        amount_minor bigint not null check (amount_minor > 0), booked_on text not null,
        entry_id text not null unique references ledger_entry (id))`,
      'create index write_off_return_by_invoice on write_off_return (invoice_id)',
    );
    await appendOnly(to, 'write_off_return');
  },
};
