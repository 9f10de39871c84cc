import { performance } from 'node:perf_hooks';
import { addDays, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { BillingTables } from '../../domains/billing/billing-tables.ts';
import { closeDay } from '../../domains/billing/day-close.ts';
import { allSchema } from '../../app/all-schema.ts';
import { atMost, machineLine, type BenchLimit, type BenchMetric, type BenchResult } from './bench-result.ts';
import { fillBilling, firstOpen, partsOf, SUBSCRIPTIONS } from './billing-fleet.ts';
import { onBothStores } from './fleet-room.ts';

/** Closes days of 56,000 subscriptions over twelve plans: the last of a month, the first of one, one as most are, and that again. */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  // The first day that closes has charges of everybody, which fills the store; then a month ends, one begins, and a day is as most are.
  await onBothStores(async (store, kind) => {
    await fillBilling(store);
    const close = async (what: string, day: LocalDate): Promise<{ ms: number; posted: number }> => {
      const before = process.cpuUsage();
      const beganMs = performance.now();
      const outcome = await store.transaction<BillingTables, Awaited<ReturnType<typeof closeDay>>>(
        async (trx) => await closeDay(partsOf(store), trx, day),
      );
      if (!outcome.ok) throw new Error(`${day}: ${outcome.code} ${JSON.stringify(outcome.facts)}`);
      const ms = performance.now() - beganMs;
      const cpuMs = (process.cpuUsage(before).user + process.cpuUsage(before).system) / 1000;
      const { posted, already } = outcome.value;
      const note = `${posted} charges${already > 0 ? `, ${already} already` : ''}; ${cpuMs.toFixed(0)} ms of processor`;
      metrics.push({ metric: `${kind}: ${what}`, value: ms, unit: 'ms', note });
      return { ms, posted };
    };
    await close('the first day of all', firstOpen);
    const last = await close('the last day of a month', addDays(firstOpen, 1));
    const first = await close('the first day of a month', addDays(firstOpen, 2));
    const usual = await close('a day as most are', addDays(firstOpen, 3));
    const again = await close('that day again', addDays(firstOpen, 3));
    limits.push(
      atMost(`${kind}: close one day`, Math.max(last.ms, first.ms, usual.ms), 'ms', 20_000),
      atMost(`${kind}: close it again`, again.ms, 'ms', 10_000),
      atMost(`${kind}: posted again`, again.posted, 'charges', 0),
    );
  }, allSchema);
  // Of the whole bench, which first makes a fleet and its usage: what a close holds of lines and usage is a batch of subscriptions.
  const memory = process.resourceUsage().maxRSS / 1024;
  metrics.push({ metric: 'memory at most', value: memory, unit: 'MiB' });
  limits.push(atMost('memory', memory, 'MiB', 1024));
  return {
    name: 'billing-day',
    machine: machineLine(),
    metrics,
    baseline: `${SUBSCRIPTIONS} subscriptions; the limits of the billing benches`,
    limits,
  };
}
