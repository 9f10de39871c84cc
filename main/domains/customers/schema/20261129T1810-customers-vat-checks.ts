import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** Every answer of VIES about a VAT id, kept as evidence. */
export const customersVatChecks: SchemaStep = {
  id: '20261129T1810-customers-vat-checks',
  async up(to) {
    await to.run(
      `create table vat_check (
        id text primary key, customer_id text not null references customer (id), vat_id text not null,
        result text not null check (result in ('valid', 'invalid', 'unknown')), detail text not null,
        request_identifier text not null, request_date text not null, name text not null, address text not null,
        checked_at_ms bigint not null)`,
      'create index vat_check_by_vat_id on vat_check (vat_id, checked_at_ms, id)',
    );
    await appendOnly(to, 'vat_check');
  },
};
