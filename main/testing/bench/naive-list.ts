import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { memoryOf } from './page-memory.ts';

export interface Naive {
  readonly openMs: number;
  readonly sortMs: number;
  readonly filterMs: number;
  readonly longestTaskMs: number;
  readonly heapMb: number;
  readonly processMb: number;
}

export interface NaiveRows {
  /** A JSON array. */
  readonly rows: string;
  /** Their columns that are drawn. */
  readonly shown: readonly string[];
  readonly sort: string;
  /** What a row that stays has in it. */
  readonly filter: string;
}

/** All rows as JSON to a page that makes a table of them, and makes it anew when they are sorted and for what is typed. */
export async function naiveList(
  browser: Browser | null,
  { rows, shown, sort, filter }: NaiveRows,
): Promise<Naive> {
  if (browser === null) throw new Error('Chromium is gone.');
  const server = createServer((request, response) => {
    const isRows = request.url === '/rows';
    response.setHeader('content-type', isRows ? 'application/json' : 'text/html');
    response.end(isRows ? rows : '<style>table{table-layout:fixed;width:100%}</style><table></table>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const page = await browser.newPage();
  page.setDefaultTimeout(180_000);
  await page.goto(`http://127.0.0.1:${port}/`);
  const found = await page.evaluate(
    async (asked) => {
      const tasks: number[] = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) tasks.push(entry.duration);
      }).observe({ type: 'longtask' });
      const draw = async (list: readonly Record<string, unknown>[]): Promise<void> => {
        const lines = list.map(
          (row) => `<tr>${asked.shown.map((key) => `<td>${String(row[key])}</td>`).join('')}</tr>`,
        );
        document.querySelector('table')?.replaceChildren();
        document.querySelector('table')?.insertAdjacentHTML('beforeend', lines.join(''));
        for (let frame = 0; frame < 2; frame += 1)
          await new Promise((resolve) => requestAnimationFrame(resolve));
      };
      const timed = async (work: () => Promise<void>): Promise<number> => {
        const began = performance.now();
        await work();
        return performance.now() - began;
      };
      let all: Record<string, unknown>[] = [];
      const openMs = await timed(async () => {
        all = (await (await fetch('/rows')).json()) as typeof all;
        await draw(all);
      });
      const filterMs = await timed(async () => {
        await draw(all.filter((row) => JSON.stringify(row).includes(asked.filter)));
      });
      const sortMs = await timed(async () => {
        await draw(
          all.toSorted((one, other) =>
            (one[asked.sort] as string) < (other[asked.sort] as string) ? -1 : 1,
          ),
        );
      });
      (globalThis as unknown as { kept: unknown }).kept = all;
      return { openMs, filterMs, sortMs, longestTaskMs: Math.max(0, ...tasks) };
    },
    { shown, sort, filter },
  );
  const memory = await memoryOf(page);
  await page.close();
  server.close();
  return { ...found, ...memory };
}
