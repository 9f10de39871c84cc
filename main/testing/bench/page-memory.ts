import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

/** What the page holds: its heap after a collection, and the private memory of its process. */
export async function memoryOf(page: Page): Promise<{ heapMb: number; processMb: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return { heapMb: usedSize / 1e6, processMb: await processMb(page) };
}

/** Proportional set size of the largest renderer: other tabs there are none. */
async function processMb(page: Page): Promise<number> {
  const browser = page.context().browser();
  if (browser === null) return Number.NaN;
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const sizes = processInfo
    .filter((one) => one.type === 'renderer')
    .map(
      ({ id }) =>
        Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1000,
    );
  return Math.max(...sizes);
}
