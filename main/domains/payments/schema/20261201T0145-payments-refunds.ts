import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** What of payments was paid back, and what of that came back. */
export const paymentsRefunds: SchemaStep = {
  id: '20261201T0145-payments-refunds',
  async up(to) {
    await to.run(
      `create table payment_refund (
        id text primary key, payment_id text not null references payment (id),
        company_id text not null references company (id), amount_minor bigint not null check (amount_minor > 0),
        paid_on text not null, reference text not null, iban text not null, note text not null,
        entry_id text not null unique references ledger_entry (id), recorded_at_ms bigint not null,
        unique (company_id, reference))`,
      'create index payment_refund_by_payment on payment_refund (payment_id)',
      `create table payment_refund_reversal (
        refund_id text primary key references payment_refund (id), reason text not null, booked_on text not null,
        entry_id text not null unique references ledger_entry (id), reversed_at_ms bigint not null)`,
    );
    for (const table of ['payment_refund', 'payment_refund_reversal']) await appendOnly(to, table);
  },
};
