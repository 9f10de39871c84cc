import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { sql } from 'kysely';
import { allSchema } from '../../app/all-schema.ts';
import type { BillingTables } from '../../domains/billing/billing-tables.ts';
import type { CatalogTables } from '../../domains/catalog/catalog-tables.ts';
import { addVersion } from '../../domains/catalog/version-store.ts';
import type { MeteringTables } from '../../domains/metering/metering-tables.ts';
import { recordUsageStream } from '../../domains/metering/usage-stream.ts';
import type { Store, StoreKind } from '../../platform/store/store.ts';
import type { ToldEvent } from '../../../shared/domains/metering/usage-event-rules.ts';
import type { UsageRecorded } from '../../../shared/domains/metering/metering-contract.ts';
import { periodPrice } from '../../../shared/domains/billing/price-component.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { billingRoom, testCompany, type BillingRoom } from '../billing-room.ts';
import { companyRowForBench } from './company-row.ts';
import { apiCalls } from '../usage-room.ts';
import {
  atMost,
  machineLine,
  median,
  type BenchLimit,
  type BenchMetric,
  type BenchResult,
} from './bench-result.ts';
import { onBothStores, VMS } from './fleet-room.ts';

const SUBSCRIPTIONS = Number(process.env['BENCH_SUBSCRIPTIONS'] ?? VMS);
/** Sent in each round: the first into an empty store, the others beside what is there. */
const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 300_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const BATCH = 10_000;
/** Of ten events three were sent before. */
const REPEATED = 0.3;
/** Batches on their way at once: one is read by us while another is written by PostgreSQL. */
const AT_ONCE = 2;
const started = localDate('2026-10-01');
const now = '2026-11-01T08:00:00Z';

/**
 * Records usage events of 56,000 subscriptions, three of ten of them sent before, in one process: in batches through the operation, as whoever
 * calls it does (input checked, permission, one transaction with answer and audit), and at last as lines of a stream.
 */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  await onBothStores(async (store, kind) => {
    await fill(store);
    const room = billingRoom(store);
    room.setNow(now);
    const sender = new Sender(room);
    const rounds: Sent[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await sender.batches());
    const stream = await sender.stream();
    metrics.push(...metricsOf(kind, rounds, stream), await naive(store, kind, median(rounds.map(rateOf))));
    const perSecond = median(rounds.map(rateOf));
    const ok = perSecond >= 50_000;
    limits.push({ metric: `${kind}: in batches`, value: perSecond, unit: 'events/s', atLeast: 50_000, ok });
    const { kept } = await store
      .tables<MeteringTables>()
      .selectFrom('usage_event')
      .select((of) => of.fn.countAll<number>().as('kept'))
      .executeTakeFirstOrThrow();
    limits.push(
      atMost(`${kind}: lost or doubled`, Math.abs(sender.toldOnce - Number(kept)), 'events', 0),
      atMost(`${kind}: told new, not counted`, Math.abs(sender.toldOnce - sender.counted), 'events', 0),
    );
  }, allSchema);
  const memory = process.resourceUsage().maxRSS / 1024;
  metrics.push({ metric: 'memory at most', value: memory, unit: 'MiB' });
  limits.push(atMost('memory', memory, 'MiB', 1024));
  return {
    name: 'usage-ingest',
    machine: machineLine(),
    metrics,
    baseline: `${SUBSCRIPTIONS} subscriptions, ${ROUNDS} rounds of ${EVENTS} events in batches of ${BATCH}, ${AT_ONCE} at once, the middle round; naive: a statement for each event, \`insert … on conflict do nothing\` of its id and text in transactions of ${BATCH}, without looking at what it says`,
    limits,
  };
}

function metricsOf(kind: StoreKind, rounds: readonly Sent[], stream: Sent): BenchMetric[] {
  const rates = rounds.map(rateOf).map((rate) => rate.toFixed(0));
  const cpuMs = rounds.reduce((sum, round) => sum + round.cpuMs, 0);
  const received = rounds.reduce((sum, round) => sum + round.received, 0);
  return [
    {
      metric: `${kind}: in batches`,
      value: median(rounds.map(rateOf)),
      unit: 'events/s',
      note: `rounds: ${rates.join(', ')}; ${((cpuMs / received) * 1000).toFixed(1)} µs of our processor an event`,
    },
    {
      metric: `${kind}: longest batch`,
      value: Math.max(...rounds.map(({ longestMs }) => longestMs)),
      unit: 'ms',
    },
    { metric: `${kind}: as a stream of lines`, value: rateOf(stream), unit: 'events/s' },
    ...(kind === 'sqlite' ? [writtenOf(rounds)] : []),
  ];
}

/** What does not go by how busy the machine is. */
function writtenOf(rounds: readonly Sent[]): BenchMetric {
  const perEvent = rounds.map(({ bytes, received }) => bytes / received);
  return {
    metric: 'sqlite: written to disk for an event',
    value: perEvent.at(-1) ?? Number.NaN,
    unit: 'B',
    note: `the last round; rounds: ${perEvent.map((each) => each.toFixed(0)).join(', ')}`,
  };
}

const NAIVE_EVENTS = 20_000;

/** Each event a statement of its own, in an empty table; nothing is asked of it but whether its id is there. */
async function naive(store: Store, kind: StoreKind, ours: number): Promise<BenchMetric> {
  await sql`create table naive_event (id text primary key, told text not null)`.execute(store.tables());
  const beganMs = performance.now();
  for (let first = 0; first < NAIVE_EVENTS; first += BATCH) {
    await store.transaction(async (trx) => {
      for (const event of batchFrom(first))
        await sql`insert into naive_event (id, told) values (${event.id}, ${JSON.stringify(event)}) on conflict do nothing`.execute(
          trx,
        );
    });
  }
  const value = NAIVE_EVENTS / ((performance.now() - beganMs) / 1000);
  return {
    metric: `${kind}: naive`,
    value,
    unit: 'events/s',
    note: `${(ours / value).toFixed(1)} times as many by us`,
  };
}

/** Bytes this process has had written to disk; PostgreSQL writes by itself. */
function bytesWritten(): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

interface Sent {
  readonly bytes: number;
  readonly ms: number;
  readonly cpuMs: number;
  readonly received: number;
  readonly longestMs: number;
}

function rateOf({ received, ms }: Sent): number {
  return received / (ms / 1000);
}

/** Sends what it has not, and again what it has. */
class Sender {
  /** Events that were told at least once: the numbers below this one. */
  toldOnce = 0;
  counted = 0;
  private longestMs = 0;
  private readonly room: BillingRoom;

  constructor(room: BillingRoom) {
    this.room = room;
  }

  async batches(): Promise<Sent> {
    return await this.measured(async () => {
      let received = 0;
      const sender = async (): Promise<void> => {
        while (received < EVENTS) {
          received += BATCH;
          await this.record(this.next());
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, sender));
      return received;
    });
  }

  /** As programs send it: the lines are written beforehand. */
  async stream(): Promise<Sent> {
    const lines: string[] = [];
    while (lines.length < EVENTS) lines.push(...this.next().map((event) => JSON.stringify(event)));
    return await this.measured(async () => {
      const told = await recordUsageStream(lines, 'ndjson', async (events) => await this.record(events));
      return told.received;
    });
  }

  private next(): ToldEvent[] {
    const events = batchFrom(this.toldOnce);
    this.toldOnce += Math.round(BATCH * (1 - REPEATED));
    return events;
  }

  private async record(events: readonly ToldEvent[]): Promise<UsageRecorded> {
    const beganMs = performance.now();
    const told = await this.room.call('metering.usageRecord', { events: [...events] });
    this.longestMs = Math.max(this.longestMs, performance.now() - beganMs);
    if (told.held + told.refused > 0) throw new Error(JSON.stringify(told.problems.slice(0, 3)));
    this.counted += told.counted;
    return told;
  }

  private async measured(work: () => Promise<number>): Promise<Sent> {
    this.longestMs = 0;
    const before = process.cpuUsage();
    const bytesBefore = bytesWritten();
    const beganMs = performance.now();
    const received = await work();
    const ms = performance.now() - beganMs;
    const used = process.cpuUsage(before);
    return {
      ms,
      cpuMs: (used.user + used.system) / 1000,
      received,
      longestMs: this.longestMs,
      bytes: bytesWritten() - bytesBefore,
    };
  }
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

export async function fill(store: Store, analyzes = true): Promise<void> {
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
        is_daily: 0,
        daily_quantity: 1,
        is_metered: 0,
        next_due: started,
        reopened_from: null,
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
  }); // As the database does by itself within a minute of such a change.
  if (analyzes) await sql`analyze`.execute(store.tables());
}
