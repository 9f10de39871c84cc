import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetTables } from '../../domains/fleet/fleet-tables.ts';
import { allSchema } from '../../app/all-schema.ts';
import { openStore } from '../../platform/store/store-open.ts';
import type { Store } from '../../platform/store/store.ts';
import { atMost, machineLine, type BenchLimit, type BenchMetric, type BenchResult } from './bench-result.ts';
import {
  FLEET,
  onBothSweepStores,
  tellProgress,
  type CollectorProcess,
  type SweepRoom,
  type Usage,
} from './sweep-room.ts';

const SWEEP_MS = 30_000;
const SETTLING_SWEEPS = 3;
const STEADY_MS = Number(process.env['BENCH_STEADY_SECONDS'] ?? 300) * 1000;
/** Of all VMs a hundredth changes each minute. */
const CHANGES_PER_MINUTE = Math.ceil((FLEET.hosts * FLEET.vmsPerHost) / 100);
const MIB = 1024 ** 2;

interface Gaps {
  readonly sweeps: number;
  readonly late: number;
  readonly longestMs: number;
}

/**
 * A sweep of every host each 30 s while a hundredth of all VMs is suspended or resumed by somebody else each minute: whether a sweep comes late, whether the
 * collector’s memory grows, and how long it takes from the change on the host until another console is told.
 */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  await onBothSweepStores(async (room) => {
    const { kind } = room;
    const collector = await room.collector({ sweepMs: SWEEP_MS, tell: room.kind === 'sqlite' });
    const console = await otherConsole(room, collector);
    try {
      await collector.ask('connect');
      tellProgress(`${kind}: ${FLEET.hosts} hosts connected`);
      await collector.ask('known');
      tellProgress(`${kind}: every VM known; changing them for ${STEADY_MS / 1000} s`);
      // What is remembered of each VM (its devices as the row has them, the minute under way) is whole after a few looks; growth is what comes then.
      await sleep(SWEEP_MS * SETTLING_SWEEPS);
      const before = await collector.ask<Usage>('usage');
      await collector.ask<Gaps>('gaps');
      const delays = await changeVms(room, console);
      const { sweeps, late, longestMs } = await collector.ask<Gaps>('gaps');
      const after = await collector.ask<Usage>('usage');
      const sorted = delays.toSorted((a, b) => a - b);
      const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
      const grown = (after.liveBytes - before.liveBytes) / MIB;
      metrics.push(
        { metric: `${kind}: sweeps stored`, value: sweeps, unit: 'hosts' },
        { metric: `${kind}: longest between two sweeps of a host`, value: longestMs / 1000, unit: 's' },
        {
          metric: `${kind}: change to other console, middle`,
          value: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
          unit: 'ms',
          note: `${sorted.length} changes`,
        },
        { metric: `${kind}: memory in use`, value: after.liveBytes / MIB, unit: 'MiB' },
        { metric: `${kind}: memory of the process at most`, value: after.peakBytes / MIB, unit: 'MiB' },
      );
      limits.push(
        atMost(`${kind}: sweeps that came late`, late, '', 0),
        atMost(`${kind}: memory grown`, grown, 'MiB', (before.liveBytes / MIB) * 0.1),
        atMost(`${kind}: change to other console, 99 of 100`, p99, 'ms', 1000),
      );
    } finally {
      await console.close();
      await collector.stop();
    }
  });
  return {
    name: 'fleet-steady',
    machine: machineLine(),
    metrics,
    baseline: `${CHANGES_PER_MINUTE} changes a minute for ${STEADY_MS / 1000} s; the limits of issue 3`,
    limits,
  };
}

interface OtherConsole {
  readonly store: Store | undefined;
  /** What its change feed gives. */
  onTold(listener: (key: string) => void): void;
  close(): Promise<void>;
}

/** On PostgreSQL a second engine's store; on SQLite a console that joined the engine which holds the file. */
async function otherConsole(room: SweepRoom, collector: CollectorProcess): Promise<OtherConsole> {
  if (room.kind === 'sqlite')
    return { store: undefined, onTold: collector.onTold, close: async () => undefined };
  const store = await openStore({
    address: room.address,
    schema: allSchema,
    program: { name: 'Innkeeper', version: '0' },
  });
  const listeners = new Set<(key: string) => void>();
  const stop = new AbortController();
  const following = (async () => {
    for await (const item of store.changes.subscribe({ topics: ['vm'], signal: stop.signal }))
      if (!('reset' in item)) for (const listener of listeners) listener(item.key);
  })();
  return {
    store,
    onTold: (listener) => void listeners.add(listener),
    close: async () => {
      stop.abort();
      await following;
      await store.close();
    },
  };
}

/** Suspends VMs all over the fleet and resumes them in the next round; gives how long each change took to be told. */
async function changeVms(room: SweepRoom, console: OtherConsole): Promise<number[]> {
  const targets = await runningVms(room);
  const open = new Map<string, number>();
  const delays: number[] = [];
  const timeline: [atMs: number, tookMs: number][] = [];
  const began = performance.now();
  console.onTold((key) => {
    const since = open.get(key);
    if (since === undefined) return;
    open.delete(key);
    const now = performance.now();
    delays.push(now - since);
    timeline.push([Math.round(since - began), Math.round(now - since)]);
  });
  const everyMs = 60_000 / CHANGES_PER_MINUTE;
  const suspended = new Set<string>();
  for (let n = 0; performance.now() - began < STEADY_MS; n += 1) {
    const vm = targets[n % targets.length];
    if (vm !== undefined) {
      const power = suspended.delete(vm.id) ? 'resume' : 'suspend';
      if (power === 'suspend') suspended.add(vm.id);
      open.set(vm.id, performance.now());
      await room.fleet.power(vm.host, vm.name, power);
    }
    await sleep(Math.max(0, began + (n + 1) * everyMs - performance.now()));
  }
  await sleep(5_000);
  // When which change took how long, to see whether they were slow together.
  const folder = process.env['BENCH_PROFILE'];
  if (folder !== undefined) writeFileSync(join(folder, `steady-${room.kind}.json`), JSON.stringify(timeline));
  // One that was never told counts as late as can be.
  return [...delays, ...[...open.values()].map(() => Number.POSITIVE_INFINITY)];
}

/** One running VM of every host, as many as change in two minutes. */
async function runningVms(room: SweepRoom): Promise<{ id: string; name: string; host: string }[]> {
  const store = await openStore({
    address: room.address,
    schema: allSchema,
    program: { name: 'Innkeeper', version: '0' },
    isOwner: room.kind === 'postgres',
  });
  try {
    const rows = await store
      .tables<FleetTables>()
      .selectFrom('vm')
      .innerJoin('host', 'host.id', 'vm.host_id')
      .select(['vm.id', 'vm.name', 'host.name as host'])
      .where('vm.state', '=', 'running')
      .orderBy('vm.uuid')
      .limit(CHANGES_PER_MINUTE * 2)
      .execute();
    return rows;
  } finally {
    await store.close();
  }
}
