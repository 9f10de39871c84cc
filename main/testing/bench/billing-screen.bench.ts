import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Page } from 'playwright-core';
import { allSchema } from '../../app/all-schema.ts';
import { openStore } from '../../platform/store/store-open.ts';
import { callInPage } from '../call-in-page.ts';
import { openConsole } from '../console-for-test.ts';
import { makePostgresCluster } from '../postgres-cluster.ts';
import { fillRunsStore, lastMonths, monthPeriod } from '../runs-console.ts';
import type { Charged } from '../runs-room.ts';
import {
  atMost,
  machineLine,
  median,
  type BenchLimit,
  type BenchMetric,
  type BenchResult,
} from './bench-result.ts';
import { VMS } from './fleet-room.ts';

const ROWS = Number(process.env['BENCH_SUBSCRIPTIONS'] ?? VMS);
const ROUNDS = 5;
/** Chips and what is typed find something else each. */
const FILTERS = ['finding:changed', 'finding:new', 'customer:"Klient 1234"', 'percent>50', 'severity:high'];
const FIRST_ROW = '[role=grid] [role=row][data-index]';

/** The preview of a run of 56,000 invoices as an accountant meets it in Chromium: opened, sorted by change, filtered. */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'innkeeper-bench-runs-'));
  const cluster = await makePostgresCluster();
  if (cluster === undefined) throw new Error('This bench needs PostgreSQL: apt-get install postgresql');
  try {
    for (const [kind, address] of [
      ['sqlite', `sqlite:${join(folder, 'store.db')}`],
      ['postgres', cluster.url],
    ] as const) {
      await fill(address);
      const took = await measure(address);
      const add = (metric: string, times: readonly number[], most: number): void => {
        const value = median(times);
        metrics.push({ metric: `${kind}: ${metric}`, value, unit: 'ms', note: `middle of ${times.length}` });
        limits.push(atMost(`${kind}: ${metric}`, value, 'ms', most));
      };
      add('open the preview', took.open, 500);
      add('sort by change', took.sort, 300);
      add('filter', took.filter, 300);
      metrics.push({ metric: `${kind}: preview worked out`, value: took.previewS, unit: 's' });
    }
  } finally {
    await cluster.remove();
    rmSync(folder, { recursive: true, force: true });
  }
  return {
    name: 'billing-screen',
    machine: machineLine(),
    metrics,
    baseline: `${ROWS} rows of a preview; the limits of the billing engine's own table`,
    limits,
  };
}

/** A month before with all but some, and the month of the run: one of ten changed, some new. */
async function fill(address: string): Promise<void> {
  const of = (changed: boolean): Charged[] =>
    Array.from({ length: ROWS }, (_, at) => ({
      n: at + 1,
      currency: at % 3 === 0 ? 'EUR' : 'PLN',
      minor: [10_000 + (at % 50) * 100 + (changed && at % 10 === 0 ? 9000 + at : 0)],
    }));
  const { last, before } = lastMonths();
  const store = await openStore({ address, schema: allSchema, program: { name: 'Innkeeper', version: '0' } });
  try {
    await fillRunsStore(store, [
      [before, of(false).filter(({ n }) => n % 40 !== 0)],
      [last, of(true)],
    ]);
  } finally {
    await store.close();
  }
}

interface Took {
  readonly open: number[];
  readonly sort: number[];
  readonly filter: number[];
  readonly previewS: number;
}

async function measure(address: string): Promise<Took> {
  const console_ = await openConsole([], {
    environment: { INNKEEPER_STORE: address, INNKEEPER_DUTIES: 'false' },
  });
  try {
    const { page, origin } = console_;
    await page.getByRole('navigation', { name: 'Areas' }).waitFor();
    await whole(page, lastMonths().before, 'posted');
    const began = performance.now();
    const runId = await whole(page, lastMonths().last, 'ready');
    const previewS = (performance.now() - began) / 1000;
    return {
      open: await opened(page, `${origin}/runs`, runId),
      sort: await sorted(page),
      filter: await filtered(page),
      previewS,
    };
  } finally {
    await console_.close();
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
        while (document.querySelector('[aria-label="Would-be invoices"] [role=row][data-index]') === null)
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
