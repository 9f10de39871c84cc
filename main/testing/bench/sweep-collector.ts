import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { allSchema } from '../../app/all-schema.ts';
import { billedVms } from '../../domains/billing/billing-public.ts';
import { runFleetDuty } from '../../domains/fleet/fleet-duty.ts';
import type { FleetTables } from '../../domains/fleet/fleet-tables.ts';
import { HostConnections } from '../../domains/fleet/sweep/host-connections.ts';
import { defaultWatchSettings } from '../../domains/fleet/sweep/host-watch.ts';
import { HostKeys } from '../../domains/fleet/hosts/host-keys.ts';
import { openLog } from '../../platform/log/log.ts';
import { keyFileSealer } from '../../platform/secrets/key-file-sealer.ts';
import { redact } from '../../platform/secrets/redact.ts';
import { openStore } from '../../platform/store/store-open.ts';
import type { Store } from '../../platform/store/store.ts';

/**
 * A collector as a process of its own, so that its time and memory are its own. Takes `{store, keyFile, sweepMs, countEveryMs, tell}` as its argument,
 * answers each line `{"do": …}` on standard input with one line of JSON, and ends with its standard input. With `tell`, every change of a
 * VM that its feed gives is a line, too: what a console that joined this engine is told.
 */
export interface CollectorOptions {
  readonly store: string;
  readonly keyFile: string;
  readonly sweepMs: number;
  readonly countEveryMs: number;
  readonly tell: boolean;
}

export type CollectorAsk = 'connect' | 'known' | 'sweep' | 'usage' | 'gaps';

const options = JSON.parse(process.argv[2] ?? '') as CollectorOptions;
const say = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

const store = await openStore({
  address: options.store,
  schema: allSchema,
  program: { name: 'Innkeeper', version: '0' },
});
const log = openLog({ name: 'collector', level: 'warn', redact });
const keys = new HostKeys(store, keyFileSealer(options.keyFile));
const connections = new HostConnections({ store, keys, log });
const stop = new AbortController();
const wakes = new Set<() => void>();
const lost: string[] = [];
const running: Promise<unknown>[] = [];

/** Begins to collect and tells when the last host was connected. */
async function connect(): Promise<object> {
  const began = performance.now();
  const rows = await store.tables<FleetTables>().selectFrom('host').select('id').execute();
  const connected = rows.map(async ({ id }) => {
    const link = connections.hold(id);
    link.onState((state) => {
      if (state.state === 'lost') lost.push(state.reason.message);
    });
    while (link.session.state.state !== 'connected') {
      await link.ready(stop.signal).catch(async () => await sleep(20));
    }
  });
  running.push(
    connections.run(stop.signal),
    runFleetDuty(
      {
        store,
        connections,
        log,
        settings: {
          ...defaultWatchSettings,
          sweepMs: options.sweepMs,
          countEveryMs: options.countEveryMs,
          slowMs: 20_000,
          factsMs: 3_600_000,
        },
        subscribed: async (trx, vmIds) =>
          new Set((await billedVms(trx, vmIds, await store.nowMs(trx))).keys()),
        engineId: 'bench',
        priority: 0,
        onWake: (listener) => {
          wakes.add(listener);
          return () => wakes.delete(listener);
        },
      },
      stop.signal,
    ),
  );
  await Promise.all(connected);
  return { ms: performance.now() - began, lost, ...usage() };
}

/** Until every VM is there with what only its XML tells. */
async function known(): Promise<object> {
  const began = performance.now();
  const db = store.tables<FleetTables>();
  for (;;) {
    const { left } = await db
      .selectFrom('host')
      .select(({ fn }) => fn.countAll<number>().as('left'))
      .where('seen_at_ms', 'is', null)
      .executeTakeFirstOrThrow();
    const { bare } = await db
      .selectFrom('vm_detail')
      .select(({ fn }) => fn.countAll<number>().as('bare'))
      .where('nics', '=', '[]')
      .executeTakeFirstOrThrow();
    if (Number(left) === 0 && Number(bare) === 0) return { ms: performance.now() - began, ...usage() };
    await sleep(500);
  }
}

/** All hosts at once, as after a night asleep, until the last one is stored. */
async function sweep(): Promise<object> {
  const fromMs = await store.nowMs();
  const profile = await startProfile();
  const before = process.cpuUsage();
  const began = performance.now();
  for (const wake of wakes) wake();
  for (;;) {
    const { left } = await store
      .tables<FleetTables>()
      .selectFrom('host')
      .select(({ fn }) => fn.countAll<number>().as('left'))
      .where('seen_at_ms', '<', fromMs)
      .executeTakeFirstOrThrow();
    if (Number(left) === 0) break;
    await sleep(20);
  }
  const { user, system } = process.cpuUsage(before);
  await profile();
  return { ms: performance.now() - began, cpuMs: (user + system) / 1000, ...usage() };
}

/** Where the time of a sweep goes, as a file for the developer tools, when BENCH_PROFILE names a folder. */
async function startProfile(): Promise<() => Promise<void>> {
  const folder = process.env['BENCH_PROFILE'];
  if (folder === undefined) return async () => undefined;
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  return async () => {
    const { profile } = await session.post('Profiler.stop');
    writeFileSync(join(folder, `sweep-${process.pid}.cpuprofile`), JSON.stringify(profile));
    session.disconnect();
  };
}

/** Longest time between two sweeps of one host that were stored, since it was last asked. */
const gaps = { longestMs: 0, late: 0, sweeps: 0 };
async function watchGaps(): Promise<void> {
  const seen = new Map<string, number>();
  while (!stop.signal.aborted) {
    const rows = await store.tables<FleetTables>().selectFrom('host').select(['id', 'seen_at_ms']).execute();
    for (const { id, seen_at_ms: atMs } of rows) {
      const before = seen.get(id);
      if (atMs === null || atMs === before) continue;
      seen.set(id, atMs);
      if (before === undefined) continue;
      gaps.sweeps += 1;
      gaps.longestMs = Math.max(gaps.longestMs, atMs - before);
      if (atMs - before > options.sweepMs * 1.1) gaps.late += 1;
    }
    await sleep(1000, undefined, { signal: stop.signal }).catch(() => undefined);
  }
}

function usage(): object {
  const { heapUsed, external, arrayBuffers, rss } = memoryNow();
  return {
    rssBytes: rss,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    liveBytes: heapUsed + external + arrayBuffers,
  };
}

function memoryNow(): NodeJS.MemoryUsage {
  globalThis.gc?.();
  return process.memoryUsage();
}

async function tellChanges(from: Store): Promise<void> {
  for await (const item of from.changes.subscribe({ topics: ['vm'], signal: stop.signal })) {
    if (!('reset' in item)) say({ told: item.key });
  }
}

if (options.tell) running.push(tellChanges(store));
const answers: Readonly<Record<CollectorAsk, () => Promise<object>>> = {
  connect,
  known,
  sweep,
  usage: async () => usage(),
  gaps: async () => {
    const { sweeps, late, longestMs } = gaps;
    Object.assign(gaps, { sweeps: 0, late: 0, longestMs: 0 });
    if (sweeps === 0 && longestMs === 0) running.push(watchGaps());
    return { sweeps, late, longestMs };
  },
};
say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const { do: what } = JSON.parse(line) as { do: CollectorAsk };
  say({ answer: await answers[what]() });
}
stop.abort();
await Promise.all(running);
await store.close();
