import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Who sells, what runs, and what each day of it came to. */
export const billingCompanyAndCharges: SchemaStep = {
  id: '20261122T1040-billing-company-and-charges',
  async up(to) {
    await to.run(
      `create table company (
        id text primary key, name text not null, street text not null, postcode text not null, city text not null,
        country text not null, vat_id text not null unique, iban text not null, bic text not null, email text not null,
        footer text not null, number_format text not null, payment_days bigint not null, time_zone text not null,
        created_at_ms bigint not null)`,
      // Changed by every closing of a day; changing it is the lock of all that must not happen while a day closes.
      `create table billing_calendar (company_id text primary key references company (id), closed_until text)`,
      `create table billed_day (
        company_id text not null references company (id), day text not null, subscriptions bigint not null,
        charges bigint not null, closed_at_ms bigint not null, primary key (company_id, day))`,
      `create table subscription (
        id text primary key, company_id text not null references company (id), customer_id text not null,
        plan_id text not null, plan_name text not null, price_id text not null, vm_id text not null,
        vm_name text not null, currency text not null, per_month text not null, per_vcpu_hour text not null,
        per_gib_hour text not null, starts_on text not null, ends_on text, created_at_ms bigint not null,
        check (ends_on is null or ends_on >= starts_on))`,
      'create unique index subscription_running_by_vm on subscription (vm_id) where ends_on is null',
      'create index subscription_by_vm on subscription (vm_id, starts_on)',
      'create index subscription_by_customer on subscription (customer_id, starts_on)',
      'create index subscription_by_plan on subscription (plan_id, starts_on)',
      'create index subscription_by_start on subscription (starts_on, id)',
      `create table charge (
        id text primary key, company_id text not null references company (id),
        subscription_id text not null references subscription (id), customer_id text not null,
        component text not null, day text not null, reason text not null,
        numerator bigint not null, denominator bigint not null check (denominator > 0), unit_price text not null,
        currency text not null, amount_minor bigint not null, entry_id text, posted_at_ms bigint not null,
        check ((amount_minor = 0) = (entry_id is null)),
        unique (subscription_id, component, day, reason))`,
      'create index charge_by_customer on charge (customer_id, day)',
      'create index charge_by_entry on charge (entry_id)',
    );
    await appendOnly(to, 'charge');
    await appendOnly(to, 'billed_day');
  },
};
