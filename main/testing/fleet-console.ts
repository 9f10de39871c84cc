import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { openConsole, type ConsoleForTest } from './console-for-test.ts';

/** The console on the practice fleet, for a file of tests. */
export let console_: ConsoleForTest;
export let page: Page;

/** Called by a file of tests. */
export function openFleetConsole(): void {
  beforeAll(async () => {
    console_ = await openConsole(['--practice']);
    ({ page } = console_);
  });
  afterAll(async () => await console_?.close());
}

export const rows = (): Locator => page.locator('[role=grid] [role=row][data-index]');
export const cell = (row: Locator, at: number): Locator => row.getByRole('gridcell').nth(at);
/** Ticks stand before the name. */
export const NAME = 1;
export const STATE = 2;
export const detail = (): Locator => page.locator('aside.ik-det');
export const badge = (): Locator => detail().locator('.ik-badge');

/** Goes there, and waits until what is looked for has come. */
export async function open(path: string, ready: string): Promise<void> {
  await page.goto(console_.origin + path);
  await page.locator(ready).first().waitFor();
}

/** Opens the first that a list shows for a query; gives its path. */
export async function idOf(path: string, query: string): Promise<string> {
  await open(`${path}?query=${encodeURIComponent(query)}`, '[role=row][data-index]');
  await rows().first().click();
  await page.waitForURL(new RegExp(`${path}/[^/?]+`));
  return new URL(page.url()).pathname;
}
