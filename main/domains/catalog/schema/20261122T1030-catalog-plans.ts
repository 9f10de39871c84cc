import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

export const catalogPlans: SchemaStep = {
  id: '20261122T1030-catalog-plans',
  async up(to) {
    await to.run(
      `create table plan (
        id text primary key, name text not null unique, description text not null,
        active bigint not null check (active in (0, 1)), created_at_ms bigint not null)`,
      // Exact decimal text in major units, see price-rules.ts. Versions pile up; the latest that has begun is in force.
      `create table plan_price (
        id text primary key, plan_id text not null references plan (id), currency text not null,
        valid_from text not null, set_at_ms bigint not null,
        per_month text not null, per_vcpu_hour text not null, per_gib_hour text not null,
        unique (plan_id, currency, valid_from, set_at_ms))`,
    );
    await appendOnly(to, 'plan_price');
  },
};
