import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEngine, type Engine } from '../../app/build-engine.ts';
import { readSettings } from '../../app/settings/settings.ts';
import type { FleetTables } from '../../domains/fleet/fleet-tables.ts';
import { makePostgresCluster } from '../postgres-cluster.ts';
import { atMost, machineLine, type BenchLimit, type BenchMetric, type BenchResult } from './bench-result.ts';
import { fillFleet, VMS } from './fleet-room.ts';
import { startPracticeProcesses, type PracticeProcesses } from './practice-processes.ts';

const PRACTICE_HOSTS = 50;
const PRACTICE_VMS = 5_000;
/** One by one is only looked at for a part: it would take all day. */
const NAIVE_VMS = 200;
/** `BENCH_STORE=sqlite`, `BENCH_PART=tags`: only that, to look at one thing. */
const { BENCH_STORE: onlyStore, BENCH_PART: onlyPart } = process.env;

interface Bulk {
  readonly endedAt: string | null;
  readonly counts: Record<string, number>;
}

/**
 * 56,000 VMs tagged, and 5,000 started on practice hosts in a process of their own, from the approval until the last result stands; beside
 * it the naive way, one call per VM. On both stores.
 */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  const practice = await startPracticeProcesses({
    hosts: onlyPart === 'tags' ? 1 : PRACTICE_HOSTS,
    vmsPerHost: PRACTICE_VMS / PRACTICE_HOSTS,
    processes: 2,
  });
  try {
    for (const kind of ['sqlite', 'postgres'] as const) {
      if (onlyStore !== undefined && onlyStore !== kind) continue;
      // Nobody collects hosts that are not there.
      if (onlyPart !== 'starts')
        await onEngine(
          kind,
          'cli',
          async (engine) => await tags({ kind, engine, practice, metrics, limits }),
        );
      if (onlyPart !== 'tags')
        await onEngine(
          kind,
          'worker',
          async (engine) => await starts({ kind, engine, practice, metrics, limits }),
        );
    }
  } finally {
    await practice.stop();
  }
  return {
    name: 'fleet-bulk',
    machine: machineLine(),
    metrics,
    baseline: `one call per VM, one after the other, of ${NAIVE_VMS} of them`,
    limits,
  };
}

async function onEngine(
  kind: 'sqlite' | 'postgres',
  hostKind: 'cli' | 'worker',
  work: (engine: Engine) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'innkeeper-bench-'));
  const cluster = kind === 'postgres' ? await makePostgresCluster() : undefined;
  if (kind === 'postgres' && cluster === undefined)
    throw new Error('This bench needs PostgreSQL: apt-get install postgresql');
  const store = cluster?.url ?? `sqlite:${join(folder, 'store.sqlite')}`;
  const environment = { HOME: folder, INNKEEPER_STORE: store };
  const settings = {
    ...readSettings({ environment }),
    logLevel: 'error' as const,
    duties: hostKind === 'worker',
  };
  try {
    const engine = await startEngine({ settings, hostKind, logToFile: true });
    try {
      await work(engine);
    } finally {
      await engine.stop();
    }
  } finally {
    await cluster?.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Room {
  readonly kind: string;
  readonly engine: Engine;
  readonly practice: PracticeProcesses;
  readonly metrics: BenchMetric[];
  readonly limits: BenchLimit[];
}

async function tags({ kind, engine, metrics, limits }: Room): Promise<void> {
  await fillFleet(engine.store);
  const what = { action: 'tagsAdd', tags: ['bench'] };
  const previewMs = await took(async () => await preview(engine, what));
  const bulkMs = await took(async () => await act(engine, what, VMS));
  const vms = await engine.store
    .tables<FleetTables>()
    .selectFrom('vm')
    .select(['id'])
    .limit(NAIVE_VMS)
    .execute();
  const naiveMs = await took(async () => {
    for (const { id } of vms) await value(engine, 'fleet.vmNote', { vmId: id, notes: '', tags: ['naive'] });
  });
  metrics.push(
    { metric: `${kind}: preview of ${VMS}`, value: previewMs, unit: 'ms' },
    {
      metric: `${kind}: tag ${VMS} VMs`,
      value: bulkMs / 1000,
      unit: 's',
      note: `${rate(VMS, bulkMs)} VMs/s`,
    },
    { metric: `${kind}: tag one by one`, value: NAIVE_VMS / (naiveMs / 1000), unit: 'VMs/s' },
  );
  limits.push(atMost(`${kind}: tag ${VMS} VMs`, bulkMs / 1000, 's', 5));
}

async function starts({ kind, engine, practice, metrics, limits }: Room): Promise<void> {
  await addHosts(engine, practice.doors);
  const off = await value<{ rows: { id: string }[] }>(engine, 'fleet.vmList', {
    query: 'state:running',
    limit: 1,
  });
  if (off.rows.length > 0) await act(engine, { action: 'forceOff' });
  const some = await value<{ rows: { id: string }[] }>(engine, 'fleet.vmList', { limit: NAIVE_VMS });
  const naiveMs = await took(async () => {
    for (const { id } of some.rows) await value(engine, 'fleet.vmStart', { vmId: id });
  });
  await act(engine, { action: 'forceOff' });
  const bulkMs = await took(async () => await act(engine, { action: 'start' }, PRACTICE_VMS));
  const perSecond = PRACTICE_VMS / (bulkMs / 1000);
  metrics.push(
    {
      metric: `${kind}: start ${PRACTICE_VMS} VMs`,
      value: perSecond,
      unit: 'VMs/s',
      note: `${(bulkMs / 1000).toFixed(1)} s`,
    },
    { metric: `${kind}: start one by one`, value: NAIVE_VMS / (naiveMs / 1000), unit: 'VMs/s' },
  );
  limits.push({
    metric: `${kind}: start ${PRACTICE_VMS} VMs`,
    value: perSecond,
    unit: 'VMs/s',
    atLeast: 500,
    ok: perSecond >= 500,
  });
}

async function addHosts(engine: Engine, doors: PracticeProcesses['doors']): Promise<void> {
  for (const { name, address, port, fingerprint, privateKey } of doors) {
    const auth = { kind: 'key', privateKey };
    await value(engine, 'fleet.hostAdd', { name, address, port, auth, acceptedFingerprint: fingerprint });
  }
  await until(
    async () => (await value<{ total: number }>(engine, 'fleet.vmList', { limit: 1 })).total === PRACTICE_VMS,
  );
}

async function preview(engine: Engine, what: object): Promise<{ will: number; digest: string }> {
  return await value(engine, 'bulk.bulkPreview', { what, select: {} });
}

/** From the approval until the last result stands. */
async function act(engine: Engine, what: object, expected?: number): Promise<void> {
  const { will, digest } = await preview(engine, what);
  const pace = { perHost: 5, atOnce: 500, stopAfterFailures: null };
  const { bulkId } = await value<{ bulkId: string }>(engine, 'bulk.bulkStart', {
    what,
    select: {},
    expected: { count: will, digest },
    confirmCount: will,
    pace,
  });
  let bulk: Bulk | undefined;
  await until(async () => {
    bulk = await value<Bulk>(engine, 'bulk.bulkGet', { bulkId });
    return bulk.endedAt !== null;
  });
  if (expected !== undefined && bulk?.counts['done'] !== expected)
    throw new Error(`Not all of it was done: ${JSON.stringify(bulk?.counts)}`);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20);
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function rate(count: number, ms: number): string {
  return (count / (ms / 1000)).toFixed(0);
}

async function value<T>(engine: Engine, op: string, input: unknown): Promise<T> {
  const called = await engine.call(op, input);
  if (!called.ok) throw new Error(`${op}: ${JSON.stringify(called.error)}`);
  return called.value as T;
}
