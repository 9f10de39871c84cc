import { atMost, machineLine, type BenchLimit, type BenchMetric, type BenchResult } from './bench-result.ts';
import { FLEET, onBothSweepStores, type Usage } from './sweep-room.ts';

interface Connected extends Usage {
  readonly ms: number;
  /** Why a connection was lost, or an attempt failed, once for each time. */
  readonly lost: readonly string[];
}

/** Cold start: from the first handshake until libvirt of every host answers over SSH, with nothing known of any. */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  await onBothSweepStores(async ({ kind, collector }) => {
    const process = await collector({ sweepMs: 30_000 });
    try {
      const { ms, lost, peakBytes } = await process.ask<Connected>('connect');
      metrics.push(
        {
          metric: `${kind}: all ${FLEET.hosts} hosts connected`,
          value: ms / 1000,
          unit: 's',
          note: 'while those that are connected already are swept for the first time',
        },
        { metric: `${kind}: memory of the collector at most`, value: peakBytes / 1024 ** 2, unit: 'MiB' },
      );
      limits.push(
        atMost(`${kind}: all hosts connected`, ms / 1000, 's', 60),
        atMost(`${kind}: handshakes refused or broken (${lost[0] ?? 'none'})`, lost.length, '', 0),
      );
    } finally {
      await process.stop();
    }
  });
  return {
    name: 'fleet-connect',
    machine: machineLine(),
    metrics,
    baseline: `the limits of issue 3; of an administrator’s loop over ${FLEET.hosts} hosts each ssh takes a process and a handshake of its own`,
    limits,
  };
}
