import { createPdfPress } from '../../platform/pdf/pdf-press.ts';
import { pressOptions } from '../billing-room.ts';
import { performance } from 'node:perf_hooks';
import { sql } from 'kysely';
import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import type { runsContract } from '../../../shared/domains/runs/runs-contract.ts';
import { addDays, addMonths, localDate, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { allSchema } from '../../app/all-schema.ts';
import type { BillingTables } from '../../domains/billing/billing-tables.ts';
import { closeDay } from '../../domains/billing/charges/day-close.ts';
import { invoiceCreate } from '../../domains/billing/invoices/invoice-create.ts';
import { newRun } from '../../domains/runs/run-create.ts';
import { changesSince } from '../../domains/runs/run-freshness.ts';
import { postRun } from '../../domains/runs/run-post.ts';
import { previewRun } from '../../domains/runs/run-preview.ts';
import { runRows } from '../../domains/runs/run-rows.ts';
import { changeRun, findRun } from '../../domains/runs/run-store.ts';
import type { PreviewParts } from '../../domains/runs/runs-parts.ts';
import type { RunRecord, RunsTables } from '../../domains/runs/runs-tables.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
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

const october = localDate('2026-10-01');
const idle = { round: 1, signal: new AbortController().signal, progress: () => undefined };
const PAGE_ROUNDS = 5;
/** Of the preview that is compared with the month before. */
const PREVIEWS = ['run_3', 'run_4'];

interface Asked {
  readonly do: 'fill' | 'run';
  readonly address: string;
  readonly subscriptions: number;
}

interface Took {
  readonly what: string;
  readonly times: readonly number[];
  readonly note: string;
}

const SEEN = 'preview beside the month before';
const POSTED = 'posting';
const OPENED = 'a page as it opens';
const SORTED = 'sorted by change';
const FILTERED = 'filtered';

/**
 * A month's run of everybody: its preview beside the invoices of the month before, what an approval looks at again, pages of the preview
 * as the accountant opens them, and posting. Beside it the same of 800, to see how it grows.
 */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  await onBothKinds(async (kind, newAddress) => {
    for (const subscriptions of SIZES) {
      const asked = { address: await newAddress(), subscriptions };
      tell(`${kind}, ${subscriptions}: filling`);
      await inOwnProcess(import.meta.filename, { ...asked, do: 'fill' } satisfies Asked);
      const { took, peakMib } = await inOwnProcess<{ took: readonly Took[] }>(import.meta.filename, {
        ...asked,
        do: 'run',
      } satisfies Asked);
      const of = `${kind}, ${subscriptions}`;
      for (const { what, times, note } of took)
        metrics.push({
          metric: `${of}: ${what}`,
          value: median(times),
          unit: 'ms',
          note: [spread(times), note].filter(Boolean).join('; '),
        });
      metrics.push({ metric: `${of}: memory at most`, value: peakMib, unit: 'MiB' });
      if (subscriptions !== SUBSCRIPTIONS) continue;
      const limit = (metric: string, what: string, most: number): void => {
        const times = took.find((each) => each.what === what)?.times ?? [];
        limits.push(atMost(`${kind}: ${metric}`, median(times), 'ms', most));
      };
      limit('preview', SEEN, 30_000);
      limit('posting', POSTED, 60_000);
      limit('open the preview', OPENED, 500);
      limit('sort by change', SORTED, 300);
      limit('filter', FILTERED, 300);
      limits.push(atMost(`${kind}: memory`, peakMib, 'MiB', 1024));
    }
  });
  return {
    name: 'billing-month',
    machine: machineLine(),
    metrics,
    baseline: `naive: each customer's invoice by itself; and the same of ${SIZES[0]} subscriptions (the limits are of ${SUBSCRIPTIONS})`,
    limits,
  };
}

async function months(store: Store): Promise<Took[]> {
  // The preview tries its papers once.
  const press = createPdfPress(pressOptions);
  const parts: PreviewParts = { store, billing: { ...partsOf(store), press } };
  const took: Took[] = [];
  const timed = async (what: string, works: readonly (() => Promise<string>)[]): Promise<void> => {
    const times: number[] = [];
    const processor: number[] = [];
    let said = '';
    tell(what);
    for (const work of works) {
      const before = process.cpuUsage();
      const beganMs = performance.now();
      said = await work();
      times.push(performance.now() - beganMs);
      const { user, system } = process.cpuUsage(before);
      processor.push((user + system) / 1000);
    }
    took.push({ what, times, note: `${said}; ${median(processor).toFixed(0)} ms of processor` });
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
    const found = await findRun(store.tables<RunsTables>(), id);
    if (found === undefined || found.posted < found.row_count / 2)
      throw new Error('the run posted nearly nothing');
    return await rows(id);
  };
  await timed('preview of the month before, with nothing to compare with', [
    async () => await preview('run_1', addMonths(october, -1)),
  ]);
  await timed('posting it', [async () => await post('run_1')]);
  await timed('preview of some', [async () => await preview('run_2', october, 'number:C-77')]);
  await timed(
    SEEN,
    PREVIEWS.map((id) => async () => await preview(id, october)),
  );
  await timed('an approval looks again', [
    async () => {
      const found = await findRun(store.tables<RunsTables>(), PREVIEWS[0] ?? '');
      return found === undefined
        ? ''
        : ((await changesSince(store.tables<RunsTables>(), found)) ?? 'no change');
    },
  ]);
  took.push(
    { what: OPENED, times: await pages(store, { sort: 'severity' }), note: '' },
    { what: SORTED, times: await pages(store, { sort: 'change' }), note: '' },
    { what: FILTERED, times: await pages(store, { query: 'finding:changed percent>50' }), note: '' },
  );
  await timed(POSTED, [async () => await post(PREVIEWS[0] ?? '')]);
  took.push(await oneByOne(store));
  await press.close();
  return took;
}

const NAIVE_INVOICES = 100;

/** The naive way: each customer by itself, one transaction after the other, as by hand; of charges that came since. */
async function oneByOne(store: Store): Promise<Took> {
  tell(`${NAIVE_INVOICES} invoices, each by itself`);
  const last = addDays(firstOpen, 1);
  const day = addDays(october, 14);
  await copy(
    store,
    sql`id in (select id from charge where day = ${last} and amount_minor > 0 and component = 'fee' and not ${DAILY} order by id limit ${sql.lit(NAIVE_INVOICES)})`,
    [last, day],
    sql`reason || ' again'`,
  );
  const customers = await store
    .tables<BillingTables>()
    .selectFrom('charge')
    .leftJoin('invoice_charge', 'invoice_charge.charge_id', 'charge.id')
    .select('customer_id')
    .distinct()
    .where('day', '=', day)
    .where('invoice_charge.charge_id', 'is', null)
    .execute();
  const times: number[] = [];
  for (const { customer_id: customerId } of customers) {
    const beganMs = performance.now();
    await store.transaction(async (trx) => {
      const context = {
        tables: <T>() => trx as unknown as ReturnType<typeof store.tables<T>>,
        note: async () => undefined,
        subject: () => undefined,
      } as unknown as CallContext;
      const period = { periodStart: october, periodEndExclusive: addMonths(october, 1) };
      const made = await invoiceCreate(partsOf(store), { customerId, ...period }, context);
      if (!made.ok) throw new Error(`${made.code} ${JSON.stringify(made.facts)}`);
    });
    times.push(performance.now() - beganMs);
  }
  const allS = (median(times) * SUBSCRIPTIONS) / 1000;
  return {
    what: 'naive: an invoice by itself',
    times,
    note: `${SUBSCRIPTIONS} would take ${allS.toFixed(0)} s`,
  };
}

/** The last days of October close as they do; days that come out alike and the month before are copies of what they charged. */
async function fillMonths(store: Store, subscriptions: number): Promise<void> {
  await fillBilling(store, subscriptions);
  for (const day of [firstOpen, addDays(firstOpen, 1)]) {
    await store.transaction<BillingTables, void>(async (trx) => {
      const outcome = await closeDay(partsOf(store), trx, day);
      if (!outcome.ok) throw new Error(`${day}: ${outcome.code}`);
    });
  }
  const last = addDays(firstOpen, 1);
  for (let day = october; day < firstOpen; day = addDays(day, 1)) await copy(store, DAILY, [last, day]);
  await copy(store, sql`day = ${last}`, [last, addDays(october, -1)]);
  await copy(store, sql`day = ${firstOpen} and reason <> 'service'`, [firstOpen, addDays(october, -1)]);
  await sql`analyze`.execute(store.tables());
}

/** Charges of plans that come out alike each day. */
const DAILY = sql`subscription_id in (select id from subscription where plan_id in ('plan_0', 'plan_4'))`;

async function copy(
  store: Store,
  which: ReturnType<typeof sql>,
  [from, to]: readonly [LocalDate, LocalDate],
  reason = sql`case when open_until is null then reason else reason || ${to} end`,
): Promise<void> {
  const columns = sql.raw(
    'company_id, subscription_id, customer_id, component, numerator, denominator, unit_price, currency, amount_minor, entry_id, posted_at_ms, line, explanation, open_until',
  );
  await sql`insert into charge (id, day, reason, ${columns})
    select id || ${to}, ${to}, ${reason}, ${columns}
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

type AskedPage = Partial<Parameters<DomainHandlers<typeof runsContract, CallContext>['runRows']>[0]>;

/** Milliseconds of several rounds. */
async function pages(store: Store, asked: AskedPage): Promise<number[]> {
  const context = { tables: <T>() => store.tables<T>() } as CallContext;
  const times: number[] = [];
  for (let round = 0; round < PAGE_ROUNDS; round++) {
    const input = {
      runId: PREVIEWS[0] ?? '',
      query: '',
      sort: 'severity',
      direction: 'desc',
      limit: 100,
    } as const;
    const beganMs = performance.now();
    const answer = await runRows({ ...input, ...asked }, context);
    if (!answer.ok) throw new Error(answer.code);
    times.push(performance.now() - beganMs);
  }
  return times;
}

if (import.meta.main) {
  await answerBench(async ({ do: what, address, subscriptions }: Asked) => {
    const store = await openStore({ address, schema: allSchema, program: benchProgram });
    try {
      if (what === 'run') return { took: await months(store) };
      await fillMonths(store, subscriptions);
      return {};
    } finally {
      await store.close();
    }
  });
}
