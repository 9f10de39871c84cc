import { execFile } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  atMost,
  machineLine,
  median,
  type BenchLimit,
  type BenchMetric,
  type BenchResult,
} from './bench-result.ts';
import type { FleetDoor } from './practice-processes.ts';
import { FLEET, onBothSweepStores, tellProgress, type Usage } from './sweep-room.ts';

const run_ = promisify(execFile);
/** Measured sweeps on each store. */
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 1);
/** After a sweep, until everything is due that one may have to write: a minute of load that is over, and what was used. */
const ALL_DUE_MS = Number(process.env['BENCH_DUE_SECONDS'] ?? 65) * 1000;
/** Of virsh at once: as many as there are cores. */
const VIRSH_AT_ONCE = 2;
const MIB = 1024 ** 2;

interface Swept extends Usage {
  readonly ms: number;
  readonly cpuMs: number;
}

/**
 * All hosts swept at the same moment, as after a night asleep: asked, decoded, averaged, counted and stored, until the last host's sweep is committed. Beside
 * it `virsh domstats` of each host, which asks and prints and stores nothing.
 */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  await onBothSweepStores(async (room) => {
    const { kind } = room;
    // Everything is due whenever it is swept.
    const collector = await room.collector({ sweepMs: 3_600_000, countEveryMs: ALL_DUE_MS });
    try {
      const connected = await collector.ask<Swept & { lost: string[] }>('connect');
      let sweptAt = performance.now();
      tellProgress(`${kind}: ${FLEET.hosts} hosts connected`);
      const first = await collector.ask<Swept>('known');
      tellProgress(`${kind}: every VM known`);
      const sweeps: (Swept & { hostsMs: number })[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        await sleep(Math.max(0, sweptAt + ALL_DUE_MS - performance.now()));
        const hostsBeforeMs = await room.fleet.cpuMs();
        const swept = await collector.ask<Swept>('sweep');
        sweptAt = performance.now();
        const hostsMs = (await room.fleet.cpuMs()) - hostsBeforeMs;
        tellProgress(`${kind}: swept in ${(swept.ms / 1000).toFixed(1)} s`);
        sweeps.push({ ...swept, hostsMs });
      }
      const slowest = Math.max(...sweeps.map((one) => one.ms));
      const peakMib = Math.max(...sweeps.map((one) => one.peakBytes)) / MIB;
      metrics.push(
        { metric: `${kind}: connected`, value: connected.ms, unit: 'ms' },
        { metric: `${kind}: every VM known with its XML`, value: first.ms, unit: 'ms' },
        {
          metric: `${kind}: one sweep`,
          value: median(sweeps.map((one) => one.ms)),
          unit: 'ms',
          note: sweeps.map((one) => one.ms.toFixed(0)).join(' '),
        },
        {
          metric: `${kind}: of that the collector’s own processor time`,
          value: median(sweeps.map((one) => one.cpuMs)),
          unit: 'ms',
        },
        {
          metric: `${kind}: and the simulated hosts’`,
          value: median(sweeps.map((one) => one.hostsMs)),
          unit: 'ms',
        },
        { metric: `${kind}: memory of the collector at most`, value: peakMib, unit: 'MiB' },
        {
          metric: `${kind}: of that in use after a collection`,
          value: Math.max(...sweeps.map((one) => one.liveBytes)) / MIB,
          unit: 'MiB',
        },
      );
      limits.push(
        atMost(`${kind}: slowest sweep`, slowest, 'ms', 10_000),
        atMost(`${kind}: memory of the collector at most`, peakMib, 'MiB', 1024),
      );
    } finally {
      await collector.stop();
    }
    // Once, and with the collector gone, so that it has the machine for itself as the collector had.
    if (metrics.every(({ metric }) => !metric.startsWith('virsh'))) {
      metrics.push({ metric: 'virsh domstats', value: await virshSweep(room.fleet.doors), unit: 'ms' });
      tellProgress('virsh domstats of each host');
    }
  });
  return {
    name: 'fleet-sweep',
    machine: machineLine(),
    metrics,
    baseline: `virsh domstats of each of ${FLEET.hosts} hosts over its socket, ${VIRSH_AT_ONCE} at once, nothing stored`,
    limits,
  };
}

async function virshSweep(doors: readonly FleetDoor[]): Promise<number> {
  const began = performance.now();
  const left = [...doors];
  const work = async (): Promise<void> => {
    for (let door = left.shift(); door !== undefined; door = left.shift()) {
      const uri = `qemu+unix:///system?socket=${door.socketPath}`;
      await run_('virsh', ['-c', uri, 'domstats', '--raw'], { maxBuffer: 64 * MIB });
    }
  };
  await Promise.all(Array.from({ length: VIRSH_AT_ONCE }, work));
  return performance.now() - began;
}
