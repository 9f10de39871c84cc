import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { allSchema } from '../../app/all-schema.ts';
import { vmsWithNames, type VmListTables } from '../../domains/fleet/vms/vm-list.ts';
import { openStore } from '../../platform/store/store-open.ts';
import { openConsole } from '../console-for-test.ts';
import {
  atMost,
  machineLine,
  median,
  type BenchLimit,
  type BenchMetric,
  type BenchResult,
} from './bench-result.ts';
import { fillFleet, VMS } from './fleet-room.ts';
import { scrollDown, scrollNothing, type ScrollPlan, type Scrolled } from './list-scroll.ts';
import { naiveList } from './naive-list.ts';
import { memoryOf } from './page-memory.ts';

const ROUNDS = 5;
/** The last letter of each finds something else. */
const FILTERS = ['acct-0123', 'popescu 51', 'state:crashed', 'cpu>90', 'host:hv17'];

const SHOWN = [
  'name',
  'state',
  'host_name',
  'customer_name',
  'address',
  'vcpus',
  'memory_bytes',
  'cpu_percent',
];

const LIST = { scroller: '[role=grid]', rows: VMS, rowPx: 28, headPx: 29 };
/** Every row from the first to the last, nearly a screen in each frame. */
const TO_THE_END: ScrollPlan = { ...LIST, screens: 0.9, atMostSeconds: 240 };
/** As a wheel goes: slowly enough for rows to be read, which are whole then. */
const AS_READ: ScrollPlan = { ...LIST, screens: 0.2, atMostSeconds: 10 };

/** The list of VMs at 56,000 as people meet it in Chromium; beside it all rows in the page, as a list of the naive kind has them. */
export async function run(): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'innkeeper-bench-ui-'));
  const store = join(folder, 'store.db');
  const rows = await fill(store);
  const console_ = await openConsole([], {
    // Nobody collects: there are no such hosts, and what is measured is the page.
    environment: { INNKEEPER_STORE: `sqlite:${store}`, INNKEEPER_DUTIES: 'false' },
  });
  try {
    const { page } = console_;
    await page.getByRole('navigation', { name: 'Areas' }).waitFor();
    const navigation = await navigate(page);
    const filter = await typeFilters(page);
    await allRows(page);
    const read = await scrollDown(page, AS_READ);
    await page.reload();
    await allRows(page);
    const scroll = await scrollDown(page, TO_THE_END);
    const ceiling = await scrollNothing(page.context().browser(), TO_THE_END);
    const memory = await memoryOf(page);
    const naive = await naiveList(page.context().browser(), {
      rows,
      shown: SHOWN,
      filter: 'acct-0',
      sort: 'name',
    });
    const metrics: BenchMetric[] = [
      {
        metric: 'navigation to first rows',
        value: median(navigation),
        unit: 'ms',
        note: `middle of ${navigation.length}`,
      },
      {
        metric: 'filter typed to its rows',
        value: median(filter),
        unit: 'ms',
        note: `middle of ${filter.length}`,
      },
      {
        metric: 'scroll end to end',
        value: scroll.framesPerSecond,
        unit: 'frames/s',
        note: scrollWords(scroll),
      },
      { metric: 'scroll, longest task', value: scroll.longestTaskMs, unit: 'ms' },
      {
        metric: 'scroll of whole rows',
        value: read.framesPerSecond,
        unit: 'frames/s',
        note: `a fifth of a screen in a frame; ${scrollWords(read)}`,
      },
      { metric: 'scroll of whole rows, longest task', value: read.longestTaskMs, unit: 'ms' },
      {
        metric: 'an empty page scrolled alike',
        value: ceiling,
        unit: 'frames/s',
        note: 'what this machine presents at most',
      },
      {
        metric: 'page memory',
        value: memory.heapMb,
        unit: 'MB',
        note: `heap after the scroll; its process ${memory.processMb.toFixed(0)} MB`,
      },
      { metric: 'naive: navigation to first rows', value: naive.openMs, unit: 'ms' },
      { metric: 'naive: filter typed to its rows', value: naive.filterMs, unit: 'ms' },
      { metric: 'naive: longest task', value: naive.longestTaskMs, unit: 'ms' },
      {
        metric: 'naive: page memory',
        value: naive.heapMb,
        unit: 'MB',
        note: `its process ${naive.processMb.toFixed(0)} MB`,
      },
    ];
    const limits: BenchLimit[] = [
      atMost('navigation to first rows', median(navigation), 'ms', 500),
      atMost('filter typed to its rows', median(filter), 'ms', 300),
      {
        metric: 'scroll end to end',
        value: scroll.framesPerSecond,
        unit: 'frames/s',
        atLeast: 50,
        ok: scroll.framesPerSecond >= 50,
      },
      atMost('scroll, longest task', scroll.longestTaskMs, 'ms', 100),
      atMost('page memory', memory.processMb, 'MB', 250),
    ];
    return {
      name: 'fleet-ui',
      machine: machineLine(),
      metrics,
      baseline: `a list of the naive kind: all ${VMS} rows sent to a page that makes a table of them`,
      limits,
    };
  } finally {
    await console_.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function scrollWords(scroll: Scrolled): string {
  const rows = Math.round(scroll.wayPx / AS_READ.rowPx);
  const { seconds, stillFrames, blankFrames, longTasks } = scroll;
  return `${rows} rows in ${seconds.toFixed(1)} s, ${stillFrames} frames waited for rows, ${blankFrames} without rows, ${longTasks} tasks over 50 ms`;
}

/** The list is there without any filter. */
async function allRows(page: Page): Promise<void> {
  await page.waitForFunction(
    (all) => document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') === String(all + 1),
    VMS,
  );
}

/** A store of the fleet; gives all its rows as JSON, as a naive list ships them. */
async function fill(file: string): Promise<string> {
  const store = await openStore({
    address: `sqlite:${file}`,
    schema: allSchema,
    program: { name: 'Innkeeper', version: '0' },
  });
  try {
    await fillFleet(store);
    const rows = await vmsWithNames(store.tables<VmListTables>()).execute();
    return JSON.stringify(rows);
  } finally {
    await store.close();
  }
}

/** From the click on the rail to the first row that is painted. */
async function navigate(page: Page): Promise<number[]> {
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await page
      .getByRole('navigation', { name: 'Areas' })
      .getByRole('link', { name: /^Overview/ })
      .click();
    await page.locator('.ik-ov').waitFor();
    took.push(
      await page.evaluate(async () => {
        const link = [...document.querySelectorAll<HTMLAnchorElement>('nav a')].find(
          (one) => one.pathname === '/vms',
        );
        const began = performance.now();
        link?.click();
        while (document.querySelector('[role=grid] [role=row][data-index]') === null)
          await new Promise((resolve) => requestAnimationFrame(resolve));
        return performance.now() - began;
      }),
    );
  }
  return took;
}

/** From the last letter to the first row of the answer. */
async function typeFilters(page: Page): Promise<number[]> {
  const took: number[] = [];
  const bar = page.getByRole('combobox', { name: 'Query' });
  for (const filter of FILTERS) {
    await bar.fill('');
    await bar.press('Enter');
    await allRows(page);
    await bar.pressSequentially(filter.slice(0, -1));
    // What is measured is the last letter alone.
    await settled(page);
    await page.evaluate(() => {
      const grid = (): string | null | undefined =>
        document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') +
        (document.querySelector('[role=grid] [role=row][data-index]')?.textContent ?? '');
      const before = grid();
      const state = globalThis as unknown as { filtered?: Promise<number> };
      state.filtered = new Promise((resolve) => {
        document.addEventListener(
          'input',
          () => {
            const began = performance.now();
            const look = (): void => {
              if (grid() === before && performance.now() - began < 5000) requestAnimationFrame(look);
              else resolve(performance.now() - began);
            };
            look();
          },
          { once: true, capture: true },
        );
      });
    });
    await bar.pressSequentially(filter.slice(-1));
    took.push(await page.evaluate(() => (globalThis as unknown as { filtered: Promise<number> }).filtered));
  }
  await bar.fill('');
  await bar.press('Enter');
  return took;
}

/** The list has been the same for a second. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const look = (): string =>
      (document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') ?? '') +
      (document.querySelector('[role=grid] [role=row][data-index]')?.textContent ?? '');
    let seen = look();
    let sinceMs = performance.now();
    while (performance.now() - sinceMs < 1000) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (look() !== seen) {
        seen = look();
        sinceMs = performance.now();
      }
    }
  });
}
