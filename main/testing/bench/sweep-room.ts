import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { allSchema } from '../../app/all-schema.ts';
import type { FleetTables } from '../../domains/fleet/fleet-tables.ts';
import { defaultWatchSettings } from '../../domains/fleet/sweep/host-watch.ts';
import { HostKeys } from '../../domains/fleet/hosts/host-keys.ts';
import { keyFileSealer } from '../../platform/secrets/key-file-sealer.ts';
import { openStore } from '../../platform/store/store-open.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import { hostRowForTest } from '../host-row.ts';
import { makePostgresCluster } from '../postgres-cluster.ts';
import { startPracticeProcesses, type PracticeProcesses } from './practice-processes.ts';
import type { CollectorAsk, CollectorOptions } from './sweep-collector.ts';

/** As few as do not starve each other; overridden to try a bench on a small fleet. */
export const FLEET = {
  hosts: Number(process.env['BENCH_HOSTS'] ?? 350),
  vmsPerHost: Number(process.env['BENCH_VMS_PER_HOST'] ?? 160),
  processes: 5,
};

export interface Usage {
  readonly rssBytes: number;
  readonly peakBytes: number;
  /** What is left of the heap and buffers after a collection. */
  readonly liveBytes: number;
}

export interface CollectorProcess {
  ask<T>(what: CollectorAsk): Promise<T>;
  /** Called with the key of every change of VMs its feed gives. */
  onTold(listener: (key: string) => void): void;
  stop(): Promise<void>;
}

export interface SweepRoom {
  readonly kind: StoreKind;
  readonly address: string;
  readonly fleet: PracticeProcesses;
  collector(options: { sweepMs: number; countEveryMs?: number; tell?: boolean }): Promise<CollectorProcess>;
}

/** On standard error, with the seconds since the bench began: a run takes minutes. */
export function tellProgress(words: string): void {
  process.stderr.write(`${(performance.now() / 1000).toFixed(0).padStart(5)} s  ${words}\n`);
}

/** The simulated fleet, and on each kind of store, one after the other, its hosts as a person would have added them. */
export async function onBothSweepStores(
  work: (room: SweepRoom) => Promise<void>,
): Promise<PracticeProcesses> {
  const folder = mkdtempSync(join(tmpdir(), 'innkeeper-bench-'));
  const cluster = await makePostgresCluster();
  if (cluster === undefined) throw new Error('This bench needs PostgreSQL: apt-get install postgresql');
  const fleet = await startPracticeProcesses(FLEET);
  tellProgress(`${FLEET.hosts} practice hosts of ${FLEET.vmsPerHost} VMs stand`);
  const only = process.env['BENCH_STORE'];
  try {
    for (const [kind, address] of [
      ['sqlite', `sqlite:${join(folder, 'store.db')}`],
      ['postgres', cluster.url],
    ] as const) {
      if (only !== undefined && only !== kind) continue;
      const keyFile = join(folder, 'key');
      await addHosts(address, keyFile, fleet);
      await work({
        kind,
        address,
        fleet,
        collector: async ({ sweepMs, countEveryMs = defaultWatchSettings.countEveryMs, tell = false }) =>
          await startCollector({ store: address, keyFile, sweepMs, countEveryMs, tell }),
      });
    }
  } finally {
    await fleet.stop();
    await cluster.remove();
    rmSync(folder, { recursive: true, force: true });
  }
  return fleet;
}

async function addHosts(address: string, keyFile: string, fleet: PracticeProcesses): Promise<void> {
  const store = await openStore({ address, schema: allSchema, program: { name: 'Innkeeper', version: '0' } });
  try {
    const keys = new HostKeys(store, keyFileSealer(keyFile));
    const rows = await Promise.all(
      fleet.doors.map(async (door, n) => ({
        ...hostRowForTest(`host_${n}`),
        name: door.name,
        address: door.address,
        port: door.port,
        host_key_algorithm: door.hostKey.split(' ')[0] ?? '',
        host_key_fingerprint: door.fingerprint,
        auth_kind: 'key' as const,
        sealed_auth: await keys.seal(`host_${n}`, { privateKey: door.privateKey }),
        state: 'connecting',
        seen_at_ms: null,
      })),
    );
    await store.transaction<FleetTables, void>(
      async (trx) => void (await store.insertMany(trx, 'host', rows)),
    );
  } finally {
    await store.close();
  }
}

async function startCollector(options: CollectorOptions): Promise<CollectorProcess> {
  const entry = join(import.meta.dirname, 'sweep-collector.ts');
  const words = ['--disable-warning=ExperimentalWarning', '--expose-gc'];
  const child = spawn(process.execPath, [...words, entry, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit').then(() => undefined);
  const lines = createInterface({ input: child.stdout });
  const waiting: ((answer: unknown) => void)[] = [];
  const told = new Set<(key: string) => void>();
  const ready = Promise.withResolvers<void>();
  lines.on('line', (line) => {
    const said = JSON.parse(line) as { ready?: true; told?: string; answer?: unknown };
    if (said.ready) ready.resolve();
    else if (said.told === undefined) waiting.shift()?.(said.answer);
    else for (const listener of told) listener(said.told);
  });
  await Promise.race([
    ready.promise,
    gone.then(() => {
      throw new Error('The collector ended before it began; what it said stands above.');
    }),
  ]);
  return {
    ask: async <T>(what: CollectorAsk) => {
      const answered = new Promise<unknown>((resolve) => waiting.push(resolve));
      child.stdin.write(`${JSON.stringify({ do: what })}\n`);
      return (await Promise.race([answered, gone])) as T;
    },
    onTold: (listener) => void told.add(listener),
    stop: async () => {
      child.stdin.end();
      await gone;
    },
  };
}
