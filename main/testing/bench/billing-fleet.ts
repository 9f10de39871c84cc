import { addDays, dayStartMs, localDate, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { periodPrice } from '../../../shared/domains/billing/price-component.ts';
import type { BillingParts } from '../../domains/billing/billing-parts.ts';
import type { BillingTables } from '../../domains/billing/billing-tables.ts';
import type { CatalogTables } from '../../domains/catalog/catalog-tables.ts';
import { addPrice, addVersion } from '../../domains/catalog/version-store.ts';
import type { FleetTables } from '../../domains/fleet/fleet-tables.ts';
import { usageGaps, usageOf } from '../../domains/fleet/usage-public.ts';
import type { Store } from '../../platform/store/store.ts';
import { testCompany } from '../billing-room.ts';
import { companyRowForBench } from './company-row.ts';
import type { Components } from '../period-room.ts';
import { fillFleet, VMS } from './fleet-room.ts';

/** `BENCH_SUBSCRIPTIONS=3000` tries the benches of billing on less. */
export const SUBSCRIPTIONS = Number(process.env['BENCH_SUBSCRIPTIONS'] ?? VMS);
const zone = testCompany.timeZone;
const started = localDate('2026-10-01');
/** The first day that is not closed: the last but one of a month. */
export const firstOpen: LocalDate = localDate('2026-10-30');
export const nowMs: number = Date.parse('2026-11-04T08:00:00Z');
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
      usageGaps: async (db, vmIds, endMs) => await usageGaps(db, vmIds, { endMs, nowMs }),
    },
    vms: { vmFactsLocked: unused, giveVm: unused, vmNames: unused },
    press: { render: unused, close: unused },
    layoutFolder: '',
  };
}

/** 56,000 subscriptions over twelve plans, and what their VMs used until four days after {@link firstOpen}. */
export async function fillBilling(store: Store): Promise<void> {
  await fillFleet(store);
  const vms = await store
    .tables<FleetTables>()
    .selectFrom('vm')
    .select(['id', 'uuid', 'name', 'host_id'])
    .orderBy('id')
    .limit(SUBSCRIPTIONS)
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
    const byPeriod = rows.filter(({ charged }) => charged === 'by-period');
    await store.insertMany(
      trx,
      'subscription_event',
      byPeriod.map((row) => ({
        subscription_id: row.id,
        seq: 1,
        on_day: started,
        known_on: started,
        change: JSON.stringify({
          do: 'start',
          version: row.price_id,
          anchorDay: 1 + (Number(row.id.slice(4)) % 28),
          ...(row.plan_id === 'plan_7' && { allocations: { vcpu: '4' } }),
        }),
        made_at_ms: 0,
      })),
    );
    await fillUsage(store, trx as never, { vms, rows });
  });
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
    starts_on: started,
    ends_on: null,
    created_at_ms: 0,
    charged: isDaily ? 'daily' : 'by-period',
    is_metered: METERED.has(of) ? 1 : 0,
    next_due: isDaily ? null : started,
    paused_from: null,
    paused_until: null,
    billing_zone: '',
  };
}

/** Hours of the days that close, and readings of those before, of every VM that is charged by what it uses. */
async function fillUsage(
  store: Store,
  trx: Parameters<Store['insertMany']>[0],
  of: { readonly vms: readonly VmFacts[]; readonly rows: readonly BillingTables['subscription'][] },
): Promise<void> {
  const isUsed = (row: BillingTables['subscription']): boolean =>
    row.charged === 'daily' || row.is_metered === 1;
  const uuids = new Map(of.vms.map(({ id, uuid }) => [id, uuid]));
  const used = of.rows.filter(isUsed).map((row) => uuids.get(row.vm_id) ?? '');
  const fromMs = dayStartMs(firstOpen, zone);
  const toMs = dayStartMs(addDays(firstOpen, 4), zone);
  for (let hourAtMs = fromMs; hourAtMs < toMs; hourAtMs += HOUR_MS) {
    const hour = { hour_at_ms: hourAtMs, running_ms: HOUR_MS, vcpu_ms: 2 * HOUR_MS };
    const rows = used.map((uuid) => ({ vm_uuid: uuid, ...hour, memory_mib_ms: 4096 * HOUR_MS }));
    await store.insertMany(trx, 'usage_hour', rows);
  }
  await store.insertMany(
    trx,
    'usage_mark',
    of.vms.map(({ uuid, host_id: hostId }) => ({
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
  const metered = of.rows.filter((row) => row.is_metered === 1);
  for (let day = started; day < firstOpen; day = addDays(day, 1)) {
    const dayMs = 24 * HOUR_MS;
    const reading = { day, known_on: day, running_ms: dayMs, vcpu_ms: 2 * dayMs, mib_ms: 4096 * dayMs };
    await store.insertMany(
      trx,
      'usage_reading',
      metered.map(({ id }) => ({ subscription_id: id, ...reading })),
    );
  }
}
