import { performance } from 'node:perf_hooks';
import { vmList, vmsWithNames, type VmListTables } from '../../domains/fleet/vms/vm-list.ts';
import type { Store } from '../../platform/store/store.ts';
import { atMost, machineLine, type BenchLimit, type BenchMetric, type BenchResult } from './bench-result.ts';
import { fillFleet, onBothStores, VMS } from './fleet-room.ts';
import { sweepUntil } from './fleet-sweeping.ts';

const ROUNDS = 3;
const sorts = [
  'name',
  'state',
  'host',
  'customer',
  'cpu',
  'memory',
  'vcpus',
  'disk',
  'uptime',
  'address',
] as const;
const queries = [
  '',
  'state:running',
  'state:crashed',
  'host:hv17',
  'cpu>80',
  'memory>=8GiB cpu<10',
  'a',
  'acct-0123',
  'jarzebina',
  'customer:Wiśniewska state:running',
  'tag:wave-7',
  'os:debian state:running (cpu>50 OR memory>12GiB)',
  'uptime>30d',
  '-state:running',
  '-has:customer',
  'has:notes',
  'nothing-has-this-name',
];

/** First page of the VMs at 56,000 by every sort and several queries, with its count, while the fleet is swept; beside it the whole fleet as a naive list ships it. */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  await onBothStores(async (store, kind) => {
    await fillFleet(store);
    for (const swept of [false, true]) {
      const stop = new AbortController();
      const sweeping = swept ? sweepUntil(store, stop.signal) : undefined;
      const took = await pages(store);
      stop.abort();
      const looks = await sweeping;
      const when = swept ? 'page while sweeping' : 'page';
      const p99 = at(took, 0.99);
      const slowest = [...took.byName].toSorted(([, a], [, b]) => middle(b) - middle(a)).slice(0, 6);
      metrics.push(
        {
          metric: `${kind}: ${when}, middle`,
          value: at(took, 0.5),
          unit: 'ms',
          note: `${took.byName.size} kinds of page, each ${ROUNDS} times${looks === undefined ? '' : `; ${looks} looks at hosts meanwhile`}`,
        },
        {
          metric: `${kind}: ${when}, 99 of 100`,
          value: p99,
          unit: 'ms',
          note: slowest.map(([name, times]) => `${name} ${middle(times).toFixed(0)}`).join('; '),
        },
      );
      metrics.push({
        metric: `${kind}: ${when}, best of ${ROUNDS}, 99 of 100`,
        value: at(
          { byName: new Map([...took.byName].map(([name, times]) => [name, [Math.min(...times)]])) },
          0.99,
        ),
        unit: 'ms',
        note: 'what it takes where nothing else runs',
      });
      limits.push(atMost(`${kind}: ${when}, 99 of 100`, p99, 'ms', 100));
    }
    metrics.push({ metric: `${kind}: the whole fleet as JSON`, value: await wholeFleet(store), unit: 'ms' });
  });
  return {
    name: 'fleet-list',
    machine: machineLine(),
    metrics,
    baseline: `a list of the naive kind: all ${VMS} rows read and written as JSON for the renderer to sort and filter`,
    limits,
  };
}

interface Took {
  readonly byName: Map<string, number[]>;
}

function at(took: Took, share: number): number {
  const all = [...took.byName.values()].flat().toSorted((a, b) => a - b);
  return all[Math.floor(all.length * share)] ?? Number.NaN;
}

async function pages(store: Store): Promise<Took> {
  const byName = new Map<string, number[]>();
  const db = store.tables<VmListTables>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const sort of sorts) {
      for (const query of queries) {
        for (const direction of ['asc', 'desc'] as const) {
          const began = performance.now();
          await vmList(
            db,
            { query, sort, direction, limit: 100, cursor: undefined },
            { nowMs: Date.now(), staleAfterMs: 90_000 },
          );
          const name = `${sort} ${direction} ${query}`;
          byName.set(name, [...(byName.get(name) ?? []), performance.now() - began]);
        }
      }
    }
  }
  return { byName };
}

async function wholeFleet(store: Store): Promise<number> {
  const began = performance.now();
  const rows = await vmsWithNames(store.tables<VmListTables>()).execute();
  JSON.stringify(rows);
  return performance.now() - began;
}

function middle(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
