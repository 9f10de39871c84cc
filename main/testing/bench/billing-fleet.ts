import { join } from 'node:path';
import { sql, type Kysely } from 'kysely';
import { addDays, dayStartMs, localDate, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { periodPrice } from '../../../shared/domains/billing/price-component.ts';
import type { BillingParts } from '../../domains/billing/billing-parts.ts';
import type { BillingTables } from '../../domains/billing/billing-tables.ts';
import type { CatalogTables } from '../../domains/catalog/catalog-tables.ts';
import { addPrice, addVersion } from '../../domains/catalog/version-store.ts';
import type { FleetTables } from '../../domains/fleet/fleet-tables.ts';
import { usageGaps, usageOf, usageSums } from '../../domains/fleet/usage-public.ts';
import type { Store } from '../../platform/store/store.ts';
import { valueRows } from '../../platform/store/value-rows.ts';
import { testCompany } from '../billing-room.ts';
import { companyRowForBench } from './company-row.ts';
import type { Components } from '../period-room.ts';
import { fillFleet, VMS } from './fleet-room.ts';

/** `BENCH_SUBSCRIPTIONS=3000` tries the benches of billing on less. */
export const SUBSCRIPTIONS = Number(process.env['BENCH_SUBSCRIPTIONS'] ?? VMS);
/** How they grow is seen beside this many. */
const FEW = 800;
export const SIZES: readonly number[] = SUBSCRIPTIONS > FEW ? [FEW, SUBSCRIPTIONS] : [SUBSCRIPTIONS];
const zone = testCompany.timeZone;
const started = localDate('2026-10-01');
/** The first day that is not closed: the last but one of a month. */
export const firstOpen: LocalDate = localDate('2026-10-30');
/** Days that are over: a month ends, the next one begins, and three are as most are. */
const DAYS = 6;
export const nowMs: number = dayStartMs(addDays(firstOpen, DAYS + 1), zone);
const HOUR_MS = 3_600_000;

const fee = { kind: 'recurring', id: 'fee', every: 'month', timing: 'in-advance', price: '19.95' } as const;
const cpu = {
  kind: 'usage',
  id: 'cpu',
  meter: 'vcpu-hours',
  every: 'month',
  pricing: { tiers: 'flat', price: '0.0125' },
} as const;
const bands = [
  { upTo: '500', price: '0.004' },
  { upTo: null, price: '0.003' },
];
/** Twelve plans of all kinds; null: charged day by day. Five are charged by what a VM uses. */
const plans: readonly (Components | null)[] = [
  null,
  [fee],
  [{ ...fee, timing: 'in-arrears', align: 'calendar' }],
  [
    { ...fee, align: 'calendar' },
    { kind: 'set-up', id: 'set-up', price: '9' },
  ],
  [{ ...fee, every: 'day', timing: 'in-arrears', price: '0.65' }],
  [{ ...fee, every: 'week', price: '4.60' }],
  [{ ...fee, every: 'year', price: '199' }],
  [
    fee,
    { kind: 'allocation', id: 'vcpu', resource: 'vcpu', every: 'month', timing: 'in-advance', price: '3' },
  ],
  [{ ...cpu, align: 'calendar' }],
  [{ ...cpu, pricing: { tiers: 'graduated', bands }, minimum: '5', cap: '50', align: 'calendar' }],
  [
    {
      kind: 'pool',
      id: 'pool',
      meter: 'memory-gib-hours',
      every: 'month',
      timing: 'in-advance',
      bought: '2000',
      price: '0.002',
      overage: { tiers: 'flat', price: '0.004' },
    },
  ],
  [fee, { ...cpu, meter: 'vm-hours' }, { ...fee, id: 'ip', price: '2' }],
];
const METERED = new Set([8, 9, 10, 11]);

/** What billing is given, of a store whose hosts were all heard a moment ago. */
export function partsOf(store: Store): BillingParts {
  const unused = (): never => {
    throw new Error('a day that closes asks for no VM and prints nothing');
  };
  return {
    nowMs: async () => nowMs,
    kind: store.kind,
    insertMany: store.insertMany,
    updateMany: store.updateMany,
    usage: {
      usageOf,
      usageSums,
      usageGaps: async (db, vmIds, endMs) => await usageGaps(db, vmIds, { endMs, nowMs }),
    },
    vms: { vmFactsLocked: unused, vmFacts: unused, giveVm: unused, vmNames: unused, vmSizes: unused },
    payments: { freeExcess: unused },
    paperSeries: unused,
    press: { render: unused, close: unused },
    layoutFolder: join(import.meta.dirname, '../../../resources/layouts'),
  };
}

/** So many subscriptions over twelve plans, and what their VMs used until six days after {@link firstOpen}. */
export async function fillBilling(store: Store, subscriptions = SUBSCRIPTIONS): Promise<void> {
  const vms = await fillSubscriptions(store, subscriptions);
  await store.transaction<BillingTables & CatalogTables & FleetTables, void>(
    async (trx) => await fillUsage(store, trx, vms),
  );
  // As a database that has been up for a while knows its tables.
  await sql`analyze`.execute(store.tables());
}

/** The same without any usage; the VMs they are of. */
export async function fillSubscriptions(store: Store, subscriptions: number): Promise<readonly VmFacts[]> {
  await fillFleet(store, subscriptions);
  const vms = await store
    .tables<FleetTables>()
    .selectFrom('vm')
    .select(['id', 'uuid', 'name', 'host_id'])
    .orderBy('id')
    .limit(subscriptions)
    .execute();
  await store.transaction<BillingTables & CatalogTables & FleetTables, void>(async (trx) => {
    await trx.insertInto('company').values(companyRowForBench(zone)).execute();
    await trx
      .insertInto('billing_calendar')
      .values({ company_id: 'com_1', billing_zone: '', closed_until: addDays(firstOpen, -1) })
      .execute();
    const versions: string[] = [];
    for (const [n, components] of plans.entries()) {
      const planId = `plan_${n}`;
      const plan = { id: planId, name: `Plan ${n}`, description: '', active: 1 } as const;
      await trx
        .insertInto('plan')
        .values({ ...plan, created_at_ms: 0, product_id: 'product_vps' })
        .execute();
      const added = { planId, validFrom: localDate('2026-01-01'), nowMs: n };
      const daily = { currency: 'PLN', perMonth: '310', perVcpuHour: '0.0125', perGibHour: '0.004' } as const;
      versions.push(
        components === null
          ? await addPrice(trx as never, { ...added, price: daily })
          : await addVersion(trx as never, {
              ...added,
              price: periodPrice.parse({ currency: 'PLN', components }),
            }),
      );
    }
    const rows = vms.map((vm, n) => subscriptionRow(vm, n, versions));
    await store.insertMany(trx, 'subscription', rows);
    await store.insertMany(
      trx,
      'subscription_event',
      rows.map((row) => ({
        subscription_id: row.id,
        seq: 1,
        on_day: started,
        known_on: started,
        change: JSON.stringify({
          do: 'start',
          version: row.price_id,
          ...(row.charged === 'by-period' && { anchorDay: 1 + (Number(row.id.slice(4)) % 28) }),
          ...(row.plan_id === 'plan_7' && { allocations: { vcpu: '4' } }),
        }),
        made_at_ms: 0,
      })),
    );
  });
  return vms;
}

type VmFacts = Pick<FleetTables['vm'], 'id' | 'uuid' | 'name' | 'host_id'>;

function subscriptionRow(vm: VmFacts, n: number, versions: readonly string[]): BillingTables['subscription'] {
  const of = n % plans.length;
  const isDaily = plans[of] === null;
  return {
    id: `sub_${n}`,
    company_id: 'com_1',
    customer_id: `cus_${n}`,
    plan_id: `plan_${of}`,
    plan_name: `Plan ${of}`,
    price_id: versions[of] ?? '',
    vm_id: vm.id,
    vm_name: vm.name,
    currency: 'PLN',
    per_month: isDaily ? '310' : '0',
    per_vcpu_hour: isDaily ? '0.0125' : '0',
    per_gib_hour: isDaily ? '0.004' : '0',
    daily_quantity: 1,
    is_daily: isDaily ? 1 : 0,
    starts_on: started,
    ends_on: null,
    created_at_ms: 0,
    charged: isDaily ? 'daily' : 'by-period',
    is_metered: isDaily || METERED.has(of) ? 1 : 0,
    next_due: isDaily ? null : started,
    reopened_from: null,
    paused_from: null,
    paused_until: null,
    billing_zone: '',
  };
}

/** Hours of the days that close, and readings of those before, of every VM that is charged by what it uses; written by the store itself, for they are millions. */
async function fillUsage(
  store: Store,
  trx: Kysely<BillingTables & CatalogTables & FleetTables>,
  vms: readonly VmFacts[],
): Promise<void> {
  const fromMs = dayStartMs(firstOpen, zone);
  const toMs = dayStartMs(addDays(firstOpen, DAYS), zone);
  await sql`
    with recursive hours (at_ms) as (
      select cast(${sql.lit(fromMs)} as bigint) union all select at_ms + ${sql.lit(HOUR_MS)} from hours
      where at_ms + ${sql.lit(HOUR_MS)} < ${sql.lit(toMs)})
    insert into usage_hour (vm_uuid, hour_at_ms, running_ms, vcpu_ms, memory_mib_ms)
    select uuid, at_ms, ${sql.lit(HOUR_MS)}, ${sql.lit(2 * HOUR_MS)}, ${sql.lit(4096 * HOUR_MS)}
    from subscription join vm on vm.id = subscription.vm_id cross join hours
    where is_metered = 1 order by uuid, at_ms`.execute(trx);
  await store.insertMany(
    trx as never,
    'usage_mark',
    vms.map(({ uuid, host_id: hostId }) => ({
      vm_uuid: uuid,
      host_id: hostId,
      at_ms: nowMs,
      powered: 1,
      boot: '',
      cpu_time_ms: 0,
      vcpus: 2,
      memory_mib: 4096,
    })),
  );
  const days: LocalDate[] = [];
  for (let day = started; day < firstOpen; day = addDays(day, 1)) days.push(day);
  const dayMs = 24 * HOUR_MS;
  const past = valueRows(store.kind, { day: 'text' }, days, (day) => [day]);
  await sql`
    insert into usage_reading (subscription_id, day, known_on, running_ms, vcpu_ms, mib_ms)
    select id, day, day, ${sql.lit(dayMs)}, ${sql.lit(2 * dayMs)}, ${sql.lit(4096 * dayMs)}
    from subscription cross join ${past} as past where is_metered = 1 and charged = 'by-period' order by id, day`.execute(
    trx,
  );
}
