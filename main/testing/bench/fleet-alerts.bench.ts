import { performance } from 'node:perf_hooks';
import type { Kysely } from 'kysely';
import { allSchema } from '../../app/all-schema.ts';
import { evaluateAlerts } from '../../domains/alerts/alert-evaluate.ts';
import type { AlertsParts } from '../../domains/alerts/alerts-parts.ts';
import type { AlertsTables } from '../../domains/alerts/alerts-tables.ts';
import { sendDueDeliveries } from '../../domains/alerts/delivery-send.ts';
import type { FleetTables } from '../../domains/fleet/fleet-tables.ts';
import { RecentCpu } from '../../domains/fleet/sweep/recent-cpu.ts';
import { vmList, type VmListTables } from '../../domains/fleet/vms/vm-list.ts';
import { fleetContract } from '../../../shared/domains/fleet/fleet-contract.ts';
import type { Store } from '../../platform/store/store.ts';
import { silentLog } from '../engine-for-test.ts';
import { startWebhookServer } from '../webhook-server.ts';
import {
  atMost,
  machineLine,
  median,
  type BenchLimit,
  type BenchMetric,
  type BenchResult,
} from './bench-result.ts';
import { fillFleet, onBothStores } from './fleet-room.ts';

const LOOKS = 15;
const ALONE = { guard: async () => undefined, signal: new AbortController().signal };
const AT_ONCE = { windowMs: 0, spacingMs: 0 };

function partsOn(store: Store, clock: { nowMs: number }): AlertsParts {
  return {
    store,
    // What this bench sends has no secret.
    sealer: { seal: async (plain) => plain, open: async (sealed) => sealed, describe: () => '' },
    log: silentLog,
    recentCpu: new RecentCpu(store.kind),
    nowMs: async () => clock.nowMs,
    countOf: async (_list, query) => {
      const input = fleetContract.vmList.input.parse({ query, limit: 0 });
      const fresh = { nowMs: clock.nowMs, staleAfterMs: 90_000 };
      return (await vmList(store.tables<VmListTables>(), input, fresh)).total;
    },
    environmentName: async () => 'Bench',
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const beganAtMs = performance.now();
  await work();
  return performance.now() - beganAtMs;
}

/** One look of all rules at 56,000 VMs on 350 hosts; 300 hosts that go at once, told once; beside it the naive way, a look at every VM. */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  await onBothStores(async (store, kind) => {
    await fillFleet(store);
    const clock = { nowMs: Date.now() };
    const parts = partsOn(store, clock);
    const look = async (): Promise<void> => await evaluateAlerts(parts, ALONE, AT_ONCE);
    const db = store.tables<AlertsTables & FleetTables>();
    await db
      .insertInto('alert_rule')
      .values({
        id: 'rule_query',
        name: 'Running without customer',
        condition: JSON.stringify({
          kind: 'query-count',
          list: 'vms',
          query: '-has:customer state:running',
          comparison: 'more-than',
          count: 0,
        }),
        severity: 'info',
        hold_seconds: 0,
        clear_seconds: 60,
        enabled: 1,
        problem: '',
      })
      .execute();
    const first = await timed(look);
    metrics.push({
      metric: `${kind}: a look at which an eighth of the fleet begins to fire`,
      value: first,
      unit: 'ms',
      note: `${await openCount(db)} alerts begin`,
    });
    metrics.push(...(await quietLooks(db, { kind, look })));
    // As a fleet is on its worst ordinary day: a hundred VMs and hosts with something.
    await db
      .updateTable('vm')
      .set({ state: 'running' })
      .where('state', '=', 'crashed')
      .where('name', 'not like', '%77')
      .execute();
    await db.updateTable('vm').set({ cpu_percent: 50 }).where('cpu_percent', '>', 95).execute();
    await look();
    clock.nowMs += 120_000;
    await look();
    const ordinary = await quietLooks(db, { kind, look });
    metrics.push(...ordinary);
    limits.push(atMost(`${kind}: a look, nothing new`, ordinary[0]?.value ?? Number.NaN, 'ms', 300));
    const naive = await timed(async () => {
      const all = await db.selectFrom('vm').selectAll().execute();
      return all.filter((vm) => vm.state === 'crashed' || vm.cpu_percent > 95).length;
    });
    metrics.push({
      metric: `${kind}: naive, every VM read`,
      value: naive,
      unit: 'ms',
      note: 'two rules of nine',
    });
    await outage(store, { kind, clock, look, parts, metrics });
  }, allSchema);
  return {
    name: 'fleet-alerts',
    machine: machineLine(),
    metrics,
    baseline: 'rules of the naive kind: all VMs read and compared one by one',
    limits,
  };
}

async function openCount(db: Kysely<AlertsTables & FleetTables>): Promise<number> {
  const { open } = await db
    .selectFrom('alert')
    .select(({ fn }) => fn.countAll<number>().as('open'))
    .where('state', '<>', 'resolved')
    .executeTakeFirstOrThrow();
  return Number(open);
}

async function quietLooks(
  db: Kysely<AlertsTables & FleetTables>,
  of: { kind: string; look: () => Promise<void> },
): Promise<BenchMetric[]> {
  const took: number[] = [];
  for (let at = 0; at < LOOKS; at += 1) took.push(await timed(of.look));
  const open = await openCount(db);
  return [
    {
      metric: `${of.kind}: a look, nothing new, ${open} alerts open`,
      value: median(took),
      unit: 'ms',
      note: `nine rules, middle of ${LOOKS}; the quickest ${Math.min(...took).toFixed(0)} ms`,
    },
  ];
}

async function outage(
  store: Store,
  of: {
    kind: string;
    clock: { nowMs: number };
    look: () => Promise<void>;
    parts: AlertsParts;
    metrics: BenchMetric[];
  },
): Promise<void> {
  const web = await startWebhookServer();
  try {
    const db = store.tables<AlertsTables & FleetTables>();
    await db
      .insertInto('alert_channel')
      .values({
        id: 'channel_web',
        name: 'web',
        kind: 'webhook',
        config: JSON.stringify({ kind: 'webhook' }),
        sealed: JSON.stringify({ url: web.url }),
        least_severity: 'critical',
        rule_ids: '["rule_host-unreachable"]',
        sends_resolved: 0,
        enabled: 1,
        last_sent_at_ms: null,
        problem: '',
      })
      .execute();
    await db.updateTable('host').set({ state: 'unreachable' }).where('name', 'like', 'hv_%').execute();
    await of.look();
    of.clock.nowMs += 120_000;
    const fired = await timed(of.look);
    const sent = await timed(async () => await sendDueDeliveries(of.parts, ALONE));
    const [post] = web.posts;
    of.metrics.push(
      {
        metric: `${of.kind}: all hosts go at once, the look that fires`,
        value: fired,
        unit: 'ms',
        note: `${web.posts.length} notification: ${(JSON.parse(post?.body ?? '{}') as { title?: string }).title ?? ''}`,
      },
      { metric: `${of.kind}: its one delivery`, value: sent, unit: 'ms', note: 'webhook on this machine' },
    );
  } finally {
    await web.close();
  }
}
