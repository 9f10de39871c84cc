import { performance } from 'node:perf_hooks';
import { addDays, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { allSchema } from '../../app/all-schema.ts';
import type { BillingTables } from '../../domains/billing/billing-tables.ts';
import { closeDay } from '../../domains/billing/charges/day-close.ts';
import type { Store } from '../../platform/store/store.ts';
import { openStore } from '../../platform/store/store-open.ts';
import { answerBench, inOwnProcess, tell } from './bench-process.ts';
import {
  atMost,
  machineLine,
  median,
  spread,
  type BenchLimit,
  type BenchMetric,
  type BenchResult,
} from './bench-result.ts';
import { fillBilling, firstOpen, partsOf, SIZES, SUBSCRIPTIONS } from './billing-fleet.ts';
import { benchProgram, onBothKinds } from './fleet-room.ts';

const AGAIN_ROUNDS = 3;

interface Asked {
  readonly do: 'fill' | 'close';
  readonly address: string;
  readonly subscriptions: number;
}

interface Closed {
  readonly what: string;
  readonly ms: number;
  readonly processorMs: number;
  readonly charges: number;
  readonly posted: number;
}

/**
 * Closes days of 56,000 subscriptions over twelve plans: the last of a month, the first of one, three as most are, and the last of them
 * again. Beside them the same of 800, to see how it grows.
 */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  await onBothKinds(async (kind, newAddress) => {
    for (const subscriptions of SIZES) {
      const asked = { address: await newAddress(), subscriptions };
      tell(`${kind}, ${subscriptions}: filling`);
      await inOwnProcess(import.meta.filename, { ...asked, do: 'fill' } satisfies Asked);
      const { closings, peakMib } = await inOwnProcess<{ closings: readonly Closed[] }>(
        import.meta.filename,
        { ...asked, do: 'close' } satisfies Asked,
      );
      const of = `${kind}, ${subscriptions}`;
      for (const [what, rounds] of Map.groupBy(closings, (closing) => closing.what)) {
        const times = rounds.map(({ ms }) => ms);
        const processorMs = median(rounds.map((round) => round.processorMs));
        const note = `${spread(times)}; ${rounds[0]?.charges} charges; ${processorMs.toFixed(0)} ms of processor`;
        metrics.push({ metric: `${of}: ${what}`, value: median(times), unit: 'ms', note });
      }
      metrics.push({ metric: `${of}: memory at most`, value: peakMib, unit: 'MiB' });
      const slowest = (isAgain: boolean): number => {
        const counted = closings.filter(({ what }) => (what === AGAIN) === isAgain);
        const middles = [...Map.groupBy(counted, ({ what }) => what).values()].map((rounds) =>
          median(rounds.map(({ ms }) => ms)),
        );
        return Math.max(...middles);
      };
      if (subscriptions !== SUBSCRIPTIONS) continue;
      const again = closings.filter(({ what }) => what === AGAIN);
      limits.push(
        atMost(`${kind}: close one day`, slowest(false), 'ms', 20_000),
        atMost(`${kind}: close it again`, slowest(true), 'ms', 10_000),
        atMost(`${kind}: posted again`, Math.max(...again.map(({ posted }) => posted)), 'charges', 0),
        atMost(`${kind}: memory`, peakMib, 'MiB', 1024),
      );
    }
  });
  return {
    name: 'billing-day',
    machine: machineLine(),
    metrics,
    baseline: `the same days of ${SIZES[0]} subscriptions; the limits are of ${SUBSCRIPTIONS}`,
    limits,
  };
}

const AGAIN = 'a closed day again';

/** The first day that closes has charges of everybody, which no other day has; then a month ends, one begins, and days are as most are. */
async function closings(store: Store): Promise<{ closings: Closed[] }> {
  const made: Closed[] = [];
  const close = async (what: string, day: LocalDate): Promise<void> => {
    tell(`closing ${day}: ${what}`);
    const before = process.cpuUsage();
    const beganMs = performance.now();
    const outcome = await store.transaction<BillingTables, Awaited<ReturnType<typeof closeDay>>>(
      async (trx) => await closeDay(partsOf(store), trx, day),
    );
    if (!outcome.ok) throw new Error(`${day}: ${outcome.code} ${JSON.stringify(outcome.facts)}`);
    const ms = performance.now() - beganMs;
    const { user, system } = process.cpuUsage(before);
    const { posted, already } = outcome.value;
    made.push({ what, ms, processorMs: (user + system) / 1000, charges: posted + already, posted });
  };
  await close('the first day of all', firstOpen);
  await close('the last day of a month', addDays(firstOpen, 1));
  await close('the first day of a month', addDays(firstOpen, 2));
  for (const after of [3, 4, 5]) await close('a day as most are', addDays(firstOpen, after));
  for (let round = 0; round < AGAIN_ROUNDS; round += 1) await close(AGAIN, addDays(firstOpen, 5));
  return { closings: made };
}

if (import.meta.main) {
  await answerBench(async ({ do: what, address, subscriptions }: Asked) => {
    const store = await openStore({ address, schema: allSchema, program: benchProgram });
    try {
      if (what === 'close') return await closings(store);
      await fillBilling(store, subscriptions);
      return {};
    } finally {
      await store.close();
    }
  });
}
