import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Which own company a customer belongs to, and how it is billed. */
export const customersBillingProfile: SchemaStep = {
  id: '20261130T0744-customers-billing-profile',
  async up(to) {
    await to.run(
      // The first company always has this id, also where it is set up after the customer; that of an older store is asked by the step
      // billing-companies.
      `alter table customer add column company_id text not null default 'com_1'`,
      `alter table customer add column billing_zone text not null default ''`,
      `alter table customer add column tax_country text not null default ''`,
      // JSON, see billing-profile.ts.
      `alter table customer add column tax_evidence text not null default '[]'`,
      `alter table customer add column postal text not null default 'null'`,
      `create table customer_contact (
        customer_id text not null references customer (id), contact_no bigint not null,
        role text not null check (role in ('billing', 'technical')), name text not null, email text not null,
        phone text not null, language text not null, primary key (customer_id, contact_no))`,
      'drop index customer_by_vat_id',
      // Who buys of two companies is a customer of each.
      `create unique index customer_by_vat_id on customer (company_id, vat_id) where vat_id <> ''`,
      'create index customer_by_company on customer (company_id, id)',
    );
  },
};
