import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

interface Before {
  plan_price: {
    id: string;
    plan_id: string;
    currency: string;
    valid_from: string;
    set_at_ms: number;
    per_month: string;
    per_vcpu_hour: string;
    per_gib_hour: string;
  };
  plan_version: {
    id: string;
    plan_id: string;
    currency: string;
    valid_from: string;
    set_at_ms: number;
    charged: string;
    priced: string;
  };
}

/** Products, and versions that hold price components; the prices there are become versions charged day by day, under their ids. */
export const catalogVersions: SchemaStep = {
  id: '20261129T1740-catalog-versions',
  async up(to) {
    await to.run(
      `create table product (
        id text primary key, name text not null unique, kind text not null, description text not null,
        created_at_ms bigint not null)`,
      `insert into product (id, name, kind, description, created_at_ms)
        values ('product_vps', 'VPS', 'vps', 'Virtual servers', 0)`,
      `alter table plan add column product_id text not null default 'product_vps'`,
      'create index plan_by_product on plan (product_id)',
      `create table plan_version (
        id text primary key, plan_id text not null references plan (id), currency text not null,
        valid_from text not null, set_at_ms bigint not null,
        charged text not null check (charged in ('daily', 'by-period')), priced text not null,
        unique (plan_id, currency, valid_from, set_at_ms))`,
    );
    const db = to.tables<Before>();
    for (const row of await db.selectFrom('plan_price').selectAll().execute()) {
      const { per_month: month, per_vcpu_hour: vcpuHour, per_gib_hour: gibHour, ...kept } = row;
      const priced = JSON.stringify(pricedOf({ month, vcpuHour, gibHour }));
      await db
        .insertInto('plan_version')
        .values({ ...kept, charged: 'daily', priced })
        .execute();
    }
    await to.run('drop table plan_price');
    if (to.kind === 'postgres') await to.run('drop function plan_price_append_only()');
    await appendOnly(to, 'plan_version');
  },
};

function pricedOf(price: { month: string; vcpuHour: string; gibHour: string }): object {
  const usage = (id: string, meter: string, unitPrice: string): object => ({
    kind: 'usage',
    id,
    meter,
    aggregate: 'sum',
    every: 'month',
    align: 'calendar',
    pricing: { tiers: 'flat', price: unitPrice },
    included: '0',
    proratesIncluded: false,
  });
  const month = {
    kind: 'recurring',
    id: 'month',
    every: 'month',
    timing: 'in-arrears',
    align: 'calendar',
    price: price.month,
    trialDays: 0,
  };
  return {
    proration: 'actual-days',
    cycleOnChange: 'by-timing',
    components: [
      month,
      usage('vcpu-hours', 'vcpu-hours', price.vcpuHour),
      usage('gib-hours', 'memory-gib-hours', price.gibHour),
    ],
  };
}
