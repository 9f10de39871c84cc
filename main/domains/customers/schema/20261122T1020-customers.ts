import type { SchemaStep } from '../../../platform/store/schema-step.ts';

export const customers: SchemaStep = {
  id: '20261122T1020-customers',
  async up(to) {
    await to.run(
      `create table customer (
        id text primary key, number text not null unique, kind text not null check (kind in ('company', 'person')),
        name text not null, street text not null, postcode text not null, city text not null, country text not null,
        vat_id text not null, email text not null, currency text not null, language text not null,
        time_zone text not null, notes text not null, active bigint not null check (active in (0, 1)),
        created_at_ms bigint not null)`,
      // One customer per VAT id; having none is no identity.
      `create unique index customer_by_vat_id on customer (vat_id) where vat_id <> ''`,
      'create index customer_by_name on customer (name, id)',
      'create index customer_by_created on customer (created_at_ms, id)',
      'create table customer_counter (name text primary key, last_seq bigint not null)',
    );
  },
};
