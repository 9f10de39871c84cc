import { performance } from 'node:perf_hooks';
import type { Page } from 'playwright-core';
import { addDays } from '../../../shared/kernel/local-date.ts';
import { allSchema } from '../../app/all-schema.ts';
import type { BillingTables } from '../../domains/billing/billing-tables.ts';
import { openStore } from '../../platform/store/store-open.ts';
import type { RunsTables } from '../../domains/runs/runs-tables.ts';
import { callInPage } from '../call-in-page.ts';
import { openConsole } from '../console-for-test.ts';
import { fillRunsStore, lastMonths, monthPeriod } from '../runs-console.ts';
import type { Charged } from '../runs-room.ts';
import { answerBench, inOwnProcess, peakMib } from './bench-process.ts';
import {
  atMost,
  machineLine,
  median,
  spread,
  type BenchLimit,
  type BenchMetric,
  type BenchResult,
} from './bench-result.ts';
import { SIZES, SUBSCRIPTIONS } from './billing-fleet.ts';
import { benchProgram, onBothKinds } from './fleet-room.ts';
import { naiveList, type Naive } from './naive-list.ts';
import { memoryOf } from './page-memory.ts';

interface Asked {
  readonly address: string;
  readonly rows: number;
}

const ROUNDS = 5;
/** Chips and what is typed find something else each. */
const FILTERS = ['finding:changed', 'finding:new', 'customer:"Klient 1234"', 'percent>50', 'severity:high'];
const FIRST_ROW = '[role=grid] [role=row][data-index]';

/** The preview of a run of 56,000 invoices as an accountant meets it in Chromium: opened, sorted by change, filtered. */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  await onBothKinds(async (kind, newAddress) => {
    for (const rows of SIZES) {
      const address = await newAddress();
      say(`${kind}: charges of two months of ${rows}`);
      await inOwnProcess(import.meta.filename, { address, rows } satisfies Asked);
      const took = await measure(address);
      const of = `${kind}, ${rows}`;
      const add = (metric: string, times: readonly number[], most: number): void => {
        const value = median(times);
        metrics.push({ metric: `${of}: ${metric}`, value, unit: 'ms', note: spread(times) });
        if (rows === SUBSCRIPTIONS) limits.push(atMost(`${kind}: ${metric}`, value, 'ms', most));
      };
      add('open the preview', took.open, 500);
      add('sort by change', took.sort, 300);
      add('filter', took.filter, 300);
      metrics.push(
        { metric: `${of}: preview worked out`, value: took.previewS, unit: 's', note: 'once' },
        { metric: `${of}: memory of the engine at most`, value: took.peakMib, unit: 'MiB' },
        {
          metric: `${of}: page memory`,
          value: took.page.heapMb,
          unit: 'MB',
          note: `heap at the end; its process ${took.page.processMb.toFixed(0)} MB`,
        },
      );
      if (rows !== SUBSCRIPTIONS) continue;
      metrics.push(...naiveMetrics(of, took.naive));
      limits.push(
        atMost(`${kind}: memory`, took.peakMib, 'MiB', 1024),
        atMost(`${kind}: page memory`, took.page.processMb, 'MB', 250),
      );
    }
  });
  return {
    name: 'billing-screen',
    machine: machineLine(),
    metrics,
    baseline: `a list of the naive kind, all rows sent to a page that makes a table of them; and the same of ${SIZES[0]} rows (the limits are of ${SUBSCRIPTIONS})`,
    limits,
  };
}

function naiveMetrics(of: string, naive: Naive): BenchMetric[] {
  return [
    { metric: `${of}: naive, open`, value: naive.openMs, unit: 'ms', note: 'once' },
    { metric: `${of}: naive, sort by change`, value: naive.sortMs, unit: 'ms', note: 'once' },
    { metric: `${of}: naive, filter`, value: naive.filterMs, unit: 'ms', note: 'once' },
    {
      metric: `${of}: naive, page memory`,
      value: naive.heapMb,
      unit: 'MB',
      note: `its process ${naive.processMb.toFixed(0)} MB`,
    },
  ];
}

/** How far it is: at 56,000 a store takes a minute and a half, on a busy machine several. */
function say(words: string): void {
  process.stderr.write(`${words}\n`);
}

/** A month before with all but some, and the month of the run: one of ten changed, some new. */
async function fill({ address, rows }: Asked): Promise<void> {
  const of = (changed: boolean): Charged[] =>
    Array.from({ length: rows }, (_, at) => ({
      n: at + 1,
      currency: at % 3 === 0 ? 'EUR' : 'PLN',
      minor: [10_000 + (at % 50) * 100 + (changed && at % 10 === 0 ? 9000 + at : 0)],
    }));
  const { last, before } = lastMonths();
  const store = await openStore({ address, schema: allSchema, program: benchProgram });
  try {
    await fillRunsStore(store, [
      [before, of(false).filter(({ n }) => n % 40 !== 0)],
      [last, of(true)],
    ]);
    await store.transaction<BillingTables, void>(async (trx) => {
      await store.insertMany(trx as never, 'exchange_rate', [before, last].map(rateRow));
    });
  } finally {
    await store.close();
  }
}

/** What VAT of a document in euros is told in złoty by: of the day before the last of a month. */
function rateRow(month: string): BillingTables['exchange_rate'] {
  const day = addDays(monthPeriod(month).periodEndExclusive, -2);
  return { source: 'NBP', currency: 'EUR', day, rate: '4.2512', imported_at_ms: 0 };
}

interface Took {
  readonly open: number[];
  readonly sort: number[];
  readonly filter: number[];
  readonly previewS: number;
  readonly peakMib: number;
  readonly page: Awaited<ReturnType<typeof memoryOf>>;
  readonly naive: Naive;
}

async function measure(address: string): Promise<Took> {
  const console_ = await openConsole([], {
    environment: { INNKEEPER_STORE: address, INNKEEPER_DUTIES: 'false' },
  });
  try {
    const { page, origin } = console_;
    await page.getByRole('navigation', { name: 'Areas' }).waitFor();
    say('the month before: previewed and posted');
    await whole(page, lastMonths().before, 'posted');
    say('the month: previewed');
    const began = performance.now();
    const runId = await whole(page, lastMonths().last, 'ready');
    const previewS = (performance.now() - began) / 1000;
    say('the screen');
    const open = await opened(page, `${origin}/runs`, runId);
    const sort = await sorted(page);
    const filter = await filtered(page);
    const memory = { peakMib: peakMib(console_.pid), page: await memoryOf(page) };
    const naive = await naiveList(page.context().browser(), {
      rows: await rowsOf(address, runId),
      shown: [
        'customer_name',
        'customer_number',
        'currency',
        'before_minor',
        'gross_minor',
        'change_minor',
        'why',
      ],
      sort: 'change_minor',
      filter: 'Klient 1234',
    });
    return { open, sort, filter, previewS, ...memory, naive };
  } finally {
    await console_.close();
  }
}

/** As JSON. */
async function rowsOf(address: string, runId: string): Promise<string> {
  const store = await openStore({ address, schema: allSchema, program: benchProgram, isOwner: false });
  try {
    const rows = store.tables<RunsTables>().selectFrom('billing_run_row').selectAll();
    return JSON.stringify(await rows.where('run_id', '=', runId).execute());
  } finally {
    await store.close();
  }
}

/** A run of a month, previewed, or posted too: what the next one is compared with. */
async function whole(page: Page, month: string, until: 'ready' | 'posted'): Promise<string> {
  const { runId } = await callInPage(page, 'runs.runCreate', monthPeriod(month));
  const stateIs = async (state: string): Promise<void> => {
    for (;;) {
      const run = await callInPage(page, 'runs.runGet', { runId });
      if (run.state === state) return;
      if (['failed', 'stopped'].includes(run.state)) throw new Error(`${run.title}: ${run.stateReason}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
  await stateIs('ready');
  if (until === 'ready') return runId;
  const { digest, counts } = await callInPage(page, 'runs.runGet', { runId });
  await callInPage(page, 'runs.runApprove', { runId, digest, confirmCount: counts.ready });
  await stateIs('posted');
  return runId;
}

/** From the press on the run in its list to the first row of the preview that is painted. */
async function opened(page: Page, list: string, runId: string): Promise<number[]> {
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.goto(list);
    await page.locator('[aria-label="Billing runs"] [role=row][data-index="0"]').waitFor();
    took.push(
      await page.evaluate(async (id) => {
        const row = document.querySelector<HTMLElement>('[aria-label="Billing runs"] [data-index="0"]');
        const began = performance.now();
        row?.click();
        while (
          document.querySelector(
            '[aria-label="Would-be invoices and credit notes"] [role=row][data-index]',
          ) === null
        )
          await new Promise((resolve) => requestAnimationFrame(resolve));
        if (!location.pathname.includes(id)) throw new Error('another run was opened');
        return performance.now() - began;
      }, runId),
    );
  }
  return took;
}

/** From the press on the head to other rows. */
async function sorted(page: Page): Promise<number[]> {
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await page
      .locator('[role=columnheader]', { hasText: /^Customer/ })
      .locator('button')
      .first()
      .click();
    await settled(page);
    const head = page
      .locator('[role=columnheader]', { hasText: /^Change/ })
      .locator('button')
      .first();
    took.push(await untilOther(page, async () => await head.click()));
    await settled(page);
  }
  return took;
}

/** From Enter to other rows. */
async function filtered(page: Page): Promise<number[]> {
  const took: number[] = [];
  const bar = page.getByRole('combobox', { name: 'Query' });
  for (const filter of FILTERS) {
    await bar.fill('');
    await bar.press('Enter');
    await settled(page);
    await bar.fill(filter);
    took.push(await untilOther(page, async () => await bar.press('Enter')));
  }
  return took;
}

async function untilOther(page: Page, act: () => Promise<void>): Promise<number> {
  await page.evaluate((firstRow) => {
    const look = (): string =>
      (document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') ?? '') +
      (document.querySelector(firstRow)?.textContent ?? '');
    const before = look();
    const state = globalThis as unknown as { other?: Promise<number> };
    state.other = new Promise((resolve) => {
      const begin = (): void => {
        const began = performance.now();
        const again = (): void => {
          if (look() === before && performance.now() - began < 10_000) requestAnimationFrame(again);
          else resolve(performance.now() - began);
        };
        again();
      };
      addEventListener('pointerdown', begin, { once: true, capture: true });
      addEventListener('keydown', begin, { once: true, capture: true });
    });
  }, FIRST_ROW);
  await act();
  return await page.evaluate(() => (globalThis as unknown as { other: Promise<number> }).other);
}

/** The list has been the same for a second. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async (firstRow) => {
    const look = (): string =>
      (document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') ?? '') +
      (document.querySelector(firstRow)?.textContent ?? '');
    let seen = look();
    let sinceMs = performance.now();
    while (performance.now() - sinceMs < 1000) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (look() !== seen) {
        seen = look();
        sinceMs = performance.now();
      }
    }
  }, FIRST_ROW);
}

if (import.meta.main) {
  await answerBench(async (asked: Asked) => {
    await fill(asked);
    return {};
  });
}
