import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Rates that tax offices accept, as their sources published them, and how a company is taxed. */
export const billingVatAndRates: SchemaStep = {
  id: '20261129T1815-billing-vat-and-rates',
  async up(to) {
    await to.run(
      `alter table company add column vat_scheme text not null default 'standard'`,
      `alter table company add column consumers_abroad text not null default 'held'`,
      `create table exchange_rate (
        source text not null check (source in ('ECB', 'NBP')), currency text not null, day text not null,
        rate text not null, imported_at_ms bigint not null, primary key (source, currency, day))`,
      // Days of a file: what lies within and has no rate was no day of publication.
      `create table exchange_rate_file (
        id text primary key, source text not null, first_day text not null, last_day text not null,
        rates bigint not null, imported_at_ms bigint not null)`,
      'create index exchange_rate_file_by_days on exchange_rate_file (source, last_day, first_day)',
    );
    for (const table of ['exchange_rate', 'exchange_rate_file']) await appendOnly(to, table);
  },
};
