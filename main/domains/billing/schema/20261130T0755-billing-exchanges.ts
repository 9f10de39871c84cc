import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Money of one currency that settled an invoice in another one: what links its two entries, and by which rates. */
export const billingExchanges: SchemaStep = {
  id: '20261130T0755-billing-exchanges',
  async up(to) {
    await to.run(
      `create table exchange (
        id text primary key, company_id text not null references company (id), customer_id text not null,
        invoice_id text not null references invoice (id), reference text not null, received_on text not null,
        paid_currency text not null, paid_minor bigint not null check (paid_minor > 0),
        currency text not null, converted_minor bigint not null, settled_minor bigint not null check (settled_minor > 0),
        rate_source text not null, rate_day text not null, quotes text not null,
        paid_entry_id text not null unique references ledger_entry (id),
        settled_entry_id text not null unique references ledger_entry (id), recorded_at_ms bigint not null,
        check (paid_currency <> currency), unique (company_id, reference))`,
      'create index exchange_by_invoice on exchange (invoice_id)',
      `insert into ledger_account (code, side, name) values
        ('exchange', 'debit', 'Exchange between currencies'), ('exchange-differences', 'debit', 'Exchange differences')`,
    );
    await appendOnly(to, 'exchange');
  },
};
