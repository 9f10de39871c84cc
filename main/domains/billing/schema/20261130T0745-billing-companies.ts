import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Several companies that sell, one of them the default one; days close per company and billing zone. */
export const billingCompanies: SchemaStep = {
  id: '20261130T0745-billing-companies',
  async up(to) {
    await to.run(
      'alter table company add column is_default bigint not null default 0',
      // There was one before.
      'update company set is_default = 1 where id = (select id from company order by created_at_ms, id limit 1)',
      `update customer set company_id = (select id from company where is_default = 1)
        where exists (select 1 from company)`,
      'create unique index company_default on company (is_default) where is_default = 1',
      // Empty: the company's own zone.
      `alter table subscription add column billing_zone text not null default ''`,
      'alter table billing_calendar rename to billing_calendar_before',
      `create table billing_calendar (
        company_id text not null references company (id), billing_zone text not null, closed_until text,
        primary key (company_id, billing_zone))`,
      `insert into billing_calendar (company_id, billing_zone, closed_until)
        select company_id, '', closed_until from billing_calendar_before`,
      'drop table billing_calendar_before',
      'alter table billed_day rename to billed_day_before',
      `create table billed_day (
        company_id text not null references company (id), billing_zone text not null, day text not null,
        subscriptions bigint not null, charges bigint not null, closed_at_ms bigint not null,
        primary key (company_id, billing_zone, day))`,
      `insert into billed_day (company_id, billing_zone, day, subscriptions, charges, closed_at_ms)
        select company_id, '', day, subscriptions, charges, closed_at_ms from billed_day_before`,
      'drop table billed_day_before',
      'create index invoice_by_company on invoice (company_id, issued_on, id)',
    );
    if (to.kind === 'postgres') await to.run('drop function billed_day_append_only()');
    await appendOnly(to, 'billed_day');
  },
};
