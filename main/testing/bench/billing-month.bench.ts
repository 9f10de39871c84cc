import { performance } from 'node:perf_hooks';
import { sql } from 'kysely';
import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import type { runsContract } from '../../../shared/domains/runs/runs-contract.ts';
import { addDays, addMonths, localDate, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { allSchema } from '../../app/all-schema.ts';
import type { BillingTables } from '../../domains/billing/billing-tables.ts';
import { closeDay } from '../../domains/billing/day-close.ts';
import { newRun } from '../../domains/runs/run-create.ts';
import { changesSince } from '../../domains/runs/run-freshness.ts';
import { postRun } from '../../domains/runs/run-post.ts';
import { previewRun } from '../../domains/runs/run-preview.ts';
import { runRows } from '../../domains/runs/run-rows.ts';
import { changeRun, findRun } from '../../domains/runs/run-store.ts';
import type { RunsParts } from '../../domains/runs/runs-parts.ts';
import type { RunRecord, RunsTables } from '../../domains/runs/runs-tables.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { Store } from '../../platform/store/store.ts';
import { atMost, machineLine, type BenchLimit, type BenchMetric, type BenchResult } from './bench-result.ts';
import { fillBilling, firstOpen, partsOf, SUBSCRIPTIONS } from './billing-fleet.ts';
import { onBothStores } from './fleet-room.ts';

const october = localDate('2026-10-01');
const idle = { round: 1, signal: new AbortController().signal, progress: () => undefined };
const ROUNDS = 5;

/**
 * A month's run of everybody: its preview beside the invoices of the month before, what an approval looks at again, pages of the preview
 * as the accountant opens them, and posting. Beside it the preview of some hundreds, to see how it grows.
 */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  await onBothStores(async (store, kind) => {
    const parts: RunsParts = { store, billing: partsOf(store) };
    const timed = async (what: string, work: () => Promise<string>): Promise<number> => {
      const before = process.cpuUsage();
      const beganMs = performance.now();
      const note = await work();
      const ms = performance.now() - beganMs;
      const used = process.cpuUsage(before);
      const cpu = `${((used.user + used.system) / 1000).toFixed(0)} ms of processor`;
      metrics.push({ metric: `${kind}: ${what}`, value: ms, unit: 'ms', note: `${note}; ${cpu}` });
      return ms;
    };
    const rows = async (id: string): Promise<string> => {
      const found = await findRun(store.tables<RunsTables>(), id);
      return `${found?.row_count ?? 0} rows, ${found?.posted ?? 0} posted`;
    };
    const preview = async (id: string, start: LocalDate, query = ''): Promise<string> => {
      await prepare(store, { id, period_start: start, query });
      await previewRun(parts, { runId: id, ...idle });
      return await rows(id);
    };
    const post = async (id: string): Promise<string> => {
      const posting = { state: 'posting', issued_on: localDate('2026-11-04') } as const;
      await changeRun(store.tables<RunsTables>(), id, posting);
      await postRun(parts, { runId: id, ...idle });
      return await rows(id);
    };
    await fillMonths(store);
    await timed('preview of the month before, with nothing to compare with', async () => {
      return await preview('run_1', addMonths(october, -1));
    });
    await timed('posting it', async () => await post('run_1'));
    await timed('preview of some', async () => await preview('run_2', october, 'number:C-77'));
    const seen = await timed('preview beside the month before', async () => await preview('run_3', october));
    await timed('an approval looks again', async () => {
      const found = await findRun(store.tables<RunsTables>(), 'run_3');
      return found === undefined
        ? ''
        : ((await changesSince(store.tables<RunsTables>(), found)) ?? 'no change');
    });
    const opened = await page(store, { sort: 'severity' });
    const sorted = await page(store, { sort: 'change' });
    const filtered = await page(store, { query: 'finding:changed percent>50' });
    const posted = await timed('posting', async () => await post('run_3'));
    for (const [what, ms] of [
      ['a page as it opens', opened],
      ['sorted by change', sorted],
      ['filtered', filtered],
    ] as const)
      metrics.push({ metric: `${kind}: ${what}`, value: ms, unit: 'ms' });
    limits.push(
      atMost(`${kind}: preview`, seen, 'ms', 30_000),
      atMost(`${kind}: posting`, posted, 'ms', 60_000),
      atMost(`${kind}: open the preview`, opened, 'ms', 500),
      atMost(`${kind}: sort by change`, sorted, 'ms', 300),
      atMost(`${kind}: filter`, filtered, 'ms', 300),
    );
  }, allSchema);
  const memory = process.resourceUsage().maxRSS / 1024;
  metrics.push({ metric: 'memory at most, the filling of the stores with it', value: memory, unit: 'MiB' });
  limits.push(atMost('memory', memory, 'MiB', 1024));
  return {
    name: 'billing-month',
    machine: machineLine(),
    metrics,
    baseline: `${SUBSCRIPTIONS} subscriptions over twelve plans; the limits of the billing benches`,
    limits,
  };
}

/** The last days of October close as they do; days that come out alike and the month before are copies of what they charged. */
async function fillMonths(store: Store): Promise<void> {
  await fillBilling(store);
  for (const day of [firstOpen, addDays(firstOpen, 1)]) {
    await store.transaction<BillingTables, void>(async (trx) => {
      const outcome = await closeDay(partsOf(store), trx, day);
      if (!outcome.ok) throw new Error(`${day}: ${outcome.code}`);
    });
  }
  const daily = sql`subscription_id in (select id from subscription where plan_id in ('plan_0', 'plan_4'))`;
  const last = addDays(firstOpen, 1);
  for (let day = october; day < firstOpen; day = addDays(day, 1)) await copy(store, daily, [last, day]);
  await copy(store, sql`day = ${last}`, [last, addDays(october, -1)]);
  await copy(store, sql`day = ${firstOpen} and reason <> 'service'`, [firstOpen, addDays(october, -1)]);
  await sql`analyze`.execute(store.tables());
}

async function copy(
  store: Store,
  which: ReturnType<typeof sql>,
  [from, to]: readonly [LocalDate, LocalDate],
): Promise<void> {
  const columns = sql.raw(
    'company_id, subscription_id, customer_id, component, numerator, denominator, unit_price, currency, amount_minor, entry_id, posted_at_ms, line, explanation, open_until',
  );
  await sql`insert into charge (id, day, reason, ${columns})
    select id || ${to}, ${to}, case when open_until is null then reason else reason || ${to} end, ${columns}
    from charge where day = ${from} and ${which} and amount_minor > 0`.execute(store.tables());
}

async function prepare(store: Store, run: Pick<RunRecord, 'id' | 'period_start' | 'query'>): Promise<void> {
  const row: RunRecord = {
    ...newRun(),
    ...run,
    company_id: 'com_1',
    period_end_exclusive: addMonths(run.period_start, 1),
    currency: '',
    change_percent: 20,
    limit_minor: 100_000,
    two_people: 0,
    prepared_by: 'bench',
    prepared_at_ms: 0,
  };
  await store.tables<RunsTables>().insertInto('billing_run').values(row).execute();
}

type Asked = Partial<Parameters<DomainHandlers<typeof runsContract, CallContext>['runRows']>[0]>;

/** Milliseconds of the quickest of several rounds. */
async function page(store: Store, asked: Asked): Promise<number> {
  const context = { tables: <T>() => store.tables<T>() } as CallContext;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const input = { runId: 'run_3', query: '', sort: 'severity', direction: 'desc', limit: 100 } as const;
    const beganMs = performance.now();
    const answer = await runRows({ ...input, ...asked }, context);
    if (!answer.ok) throw new Error(answer.code);
    best = Math.min(best, performance.now() - beganMs);
  }
  return best;
}
