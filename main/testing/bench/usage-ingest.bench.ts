import { performance } from 'node:perf_hooks';
import { allSchema } from '../../app/all-schema.ts';
import type { BillingTables } from '../../domains/billing/billing-tables.ts';
import { daysHeldOpen, usageTermsOf } from '../../domains/billing/usage-terms.ts';
import type { CatalogTables } from '../../domains/catalog/catalog-tables.ts';
import { addVersion } from '../../domains/catalog/version-store.ts';
import type { MeteringParts } from '../../domains/metering/metering-parts.ts';
import type { MeteringTables } from '../../domains/metering/metering-tables.ts';
import { recordUsageEvents } from '../../domains/metering/usage-record.ts';
import type { Store } from '../../platform/store/store.ts';
import type { ToldEvent } from '../../../shared/domains/metering/usage-event-rules.ts';
import { periodPrice } from '../../../shared/domains/billing/price-component.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { testCompany } from '../billing-room.ts';
import { companyRowForBench } from './company-row.ts';
import { apiCalls } from '../usage-room.ts';
import { atMost, machineLine, type BenchLimit, type BenchMetric, type BenchResult } from './bench-result.ts';
import { onBothStores, VMS } from './fleet-room.ts';

const SUBSCRIPTIONS = Number(process.env['BENCH_SUBSCRIPTIONS'] ?? VMS);
/** Sent in each of two parts: into an empty store, then beside what is there. */
const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 1_000_000);
const BATCH = 10_000;
/** Of ten events three were sent before. */
const REPEATED = 0.3;
/** Batches on their way at once: one is read by us while another is written by PostgreSQL. */
const AT_ONCE = 2;
const started = localDate('2026-10-01');
const nowMs = Date.parse('2026-11-01T08:00:00Z');

/** Records usage events of 56,000 subscriptions in batches, three of ten of them sent before, in one process. */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  await onBothStores(async (store, kind) => {
    await fill(store);
    let first = 0;
    for (const part of ['into an empty store', 'beside those']) {
      const sent = await send(store, first);
      first = sent.next;
      const perSecond = sent.received / (sent.ms / 1000);
      metrics.push(
        {
          metric: `${kind}: ${part}`,
          value: perSecond,
          unit: 'events/s',
          note: `${sent.received} events, ${sent.counted} new; ${sent.cpuMs.toFixed(0)} ms of our processor in ${sent.ms.toFixed(0)}`,
        },
        { metric: `${kind}: ${part}, longest batch`, value: sent.longestMs, unit: 'ms' },
      );
      limits.push({
        metric: `${kind}: ${part}`,
        value: perSecond,
        unit: 'events/s',
        atLeast: 50_000,
        ok: perSecond >= 50_000,
      });
    }
    const { kept } = await store
      .tables<MeteringTables>()
      .selectFrom('usage_event')
      .select((of) => of.fn.countAll<number>().as('kept'))
      .executeTakeFirstOrThrow();
    limits.push(atMost(`${kind}: lost or doubled`, Math.abs(first - Number(kept)), 'events', 0));
  }, allSchema);
  const memory = process.resourceUsage().maxRSS / 1024;
  metrics.push({ metric: 'memory at most', value: memory, unit: 'MiB' });
  limits.push(atMost('memory', memory, 'MiB', 1024));
  return {
    name: 'usage-ingest',
    machine: machineLine(),
    metrics,
    baseline: `${SUBSCRIPTIONS} subscriptions, batches of ${BATCH}, ${AT_ONCE} at once; Lago's batch endpoint takes 10,000 events a second`,
    limits,
  };
}

interface Sent {
  readonly ms: number;
  readonly cpuMs: number;
  readonly received: number;
  readonly counted: number;
  readonly longestMs: number;
  readonly next: number;
}

async function send(store: Store, first: number): Promise<Sent> {
  const parts: MeteringParts = {
    nowMs: async () => nowMs,
    kind: store.kind,
    insertMany: store.insertMany,
    updateMany: store.updateMany,
    billing: {
      daysHeldOpen: async (db) => await daysHeldOpen(db, store.kind),
      termsOf: async (db, ids) => await usageTermsOf(db, store.kind, ids),
    },
  };
  let next = first;
  let [counted, received, longestMs] = [0, 0, 0];
  const sender = async (): Promise<void> => {
    while (received < EVENTS) {
      const events = batchFrom(next);
      next += Math.round(BATCH * (1 - REPEATED));
      received += events.length;
      const beganMs = performance.now();
      const told = await store.transaction<MeteringTables, Awaited<ReturnType<typeof recordUsageEvents>>>(
        async (trx) => await recordUsageEvents(parts, trx, events),
      );
      longestMs = Math.max(longestMs, performance.now() - beganMs);
      counted += told?.counted ?? 0;
      if (told === undefined || told.held + told.refused > 0) throw new Error(JSON.stringify(told?.problems));
    }
  };
  const before = process.cpuUsage();
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  const ms = performance.now() - beganMs;
  const used = process.cpuUsage(before);
  return { ms, cpuMs: (used.user + used.system) / 1000, received, counted, longestMs, next };
}

/** New events from a number on, and among them some that were sent before (of the first batch, its own). */
function batchFrom(first: number): ToldEvent[] {
  const fresh = Math.round(BATCH * (1 - REPEATED));
  return Array.from({ length: BATCH }, (_, n) => {
    const isFresh = n % 10 < 7;
    const place = Math.floor(n / 10) * 7 + (n % 10);
    const number = isFresh ? first + place : first === 0 ? n % fresh : (n * 7919) % first;
    const minute = String(number % 60).padStart(2, '0');
    return {
      // As a random UUID stands in an index: beside those of any other time.
      id: `${((number * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, '0')}-9d1e-4c3b-8a77-${String(number).padStart(12, '0')}`,
      subscriptionId: `sub_${number % SUBSCRIPTIONS}`,
      meter: 'api-calls',
      at: `2026-10-${String(1 + (number % 30)).padStart(2, '0')}T12:${minute}:00Z`,
      quantity: `${number % 1000}.25`,
      member: '',
    };
  });
}

async function fill(store: Store): Promise<void> {
  await store.transaction<BillingTables & CatalogTables & MeteringTables, void>(async (trx) => {
    await trx.insertInto('company').values(companyRowForBench(testCompany.timeZone)).execute();
    await trx
      .insertInto('billing_calendar')
      .values({ company_id: 'com_1', billing_zone: '', closed_until: '2026-10-15' as never })
      .execute();
    const meter = {
      name: 'api-calls',
      unit: 'calls',
      aggregation: 'sum',
      decimals: 3,
      declared_at_ms: 0,
    } as const;
    await trx.insertInto('usage_meter').values(meter).execute();
    const plan = { id: 'plan_1', name: 'Calls', description: '', active: 1, created_at_ms: 0 } as const;
    await trx
      .insertInto('plan')
      .values({ ...plan, product_id: 'product_vps' })
      .execute();
    const price = periodPrice.parse({ currency: 'PLN', components: [apiCalls] });
    const version = await addVersion(trx as never, { planId: 'plan_1', validFrom: started, nowMs: 0, price });
    const numbers = Array.from({ length: SUBSCRIPTIONS }, (_, n) => n);
    await store.insertMany(
      trx,
      'subscription',
      numbers.map((n): BillingTables['subscription'] => ({
        id: `sub_${n}`,
        company_id: 'com_1',
        customer_id: `cus_${n}`,
        plan_id: 'plan_1',
        plan_name: 'Calls',
        price_id: version,
        vm_id: '',
        vm_name: '',
        currency: 'PLN',
        per_month: '0',
        per_vcpu_hour: '0',
        per_gib_hour: '0',
        starts_on: started,
        ends_on: null,
        created_at_ms: 0,
        charged: 'by-period',
        is_metered: 0,
        next_due: started,
        paused_from: null,
        paused_until: null,
        billing_zone: '',
      })),
    );
    const change = JSON.stringify({ do: 'start', version, anchorDay: 1 });
    await store.insertMany(
      trx,
      'subscription_event',
      numbers.map((n) => ({
        subscription_id: `sub_${n}`,
        seq: 1,
        on_day: started,
        known_on: started,
        change,
        made_at_ms: 0,
      })),
    );
  });
}
