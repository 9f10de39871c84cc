import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Lines that a person charges, and lines of a voided invoice that are charged again. */
export const billingChargesByHand: SchemaStep = {
  id: '20261130T0710-billing-charges-by-hand',
  async up(to) {
    await to.run(
      // What a customer's lines of no subscription stand under: one, whoever writes the first of them.
      `create unique index subscription_by_hand on subscription (customer_id, company_id, currency)
        where charged = 'by-hand'`,
      // Whose key is the invoice: its lines are charged again once.
      `create table billed_again (
        invoice_id text primary key references invoice (id), entry_id text not null unique references ledger_entry (id),
        day text not null, made_at_ms bigint not null)`,
    );
    await appendOnly(to, 'billed_again');
  },
};
