import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seriousFindings } from '../../../main/testing/axe-findings.ts';
import { openConsole, type ConsoleForTest } from '../../../main/testing/console-for-test.ts';

const PATIENCE = { timeout: 180_000 };
let console_: ConsoleForTest;
let page: Page;

beforeAll(async () => {
  console_ = await openConsole(['--practice']);
  ({ page } = console_);
  page.setDefaultTimeout(60_000);
}, 240_000);
afterAll(async () => await console_?.close());

const rows = (): Locator => page.locator('[role=grid] [role=row][data-index]');

async function open(path: string, ready: string): Promise<void> {
  await page.goto(console_.origin + path);
  await page.locator(ready).first().waitFor();
}

/** A picture for whoever looks, where MOVES_PICTURES names a folder. */
async function picture(name: string): Promise<void> {
  const folder = process.env['MOVES_PICTURES'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

test('a VM is moved from its page: hosts with what is in the way, then how far it is', PATIENCE, async () => {
  await open(`/vms?query=${encodeURIComponent('state:running')}`, '[role=row][data-index]');
  await rows().first().click();
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Move to another host…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('region', { name: 'Hosts' }).waitFor();
  await expect.poll(async () => await dialog.getByText('it is there already').count()).toBe(1);
  await picture('move-dialog');
  expect(await seriousFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: /^Move to / }).click();
  await dialog.getByText('Moved', { exact: true }).waitFor();
  await dialog.getByText(/stood still for \d+ ms/).waitFor();
  await picture('move-done');
  await dialog.getByRole('link', { name: 'Open under Moves' }).click();
  await page.waitForURL(/\/moves\/move_/);
  await page.locator('aside.ik-det').getByText('Copied').waitFor();
  await picture('moves');
  expect(await seriousFindings(page)).toEqual([]);
});

test('a host is evacuated and brought back on its page', PATIENCE, async () => {
  await open('/hosts', '[role=row][data-index]');
  await rows().first().click();
  await page.getByRole('button', { name: 'Evacuate' }).click();
  await page.getByRole('region', { name: 'Maintenance' }).waitFor();
  await page.getByText(/Being evacuated: \d+ of \d+ VMs have left/).waitFor();
  await picture('evacuation');
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Bring back' }).click();
  await page.getByRole('button', { name: 'Evacuate' }).waitFor();
});

test('maintenance rolls on from a dialog and is steered; balancer and caps are there', PATIENCE, async () => {
  await open('/maintenance', 'h1');
  await page.getByRole('heading', { name: 'Balancer' }).waitFor();
  await page.getByRole('button', { name: 'Begin…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What for').fill('New kernel');
  await picture('rolling-dialog');
  expect(await seriousFindings(page)).toEqual([]);
  await dialog.getByLabel(/Type \d+ to confirm/).fill('3');
  await dialog.getByRole('button', { name: /^Begin with/ }).click();
  const rolling = page.getByRole('region', { name: 'New kernel' });
  await rolling.getByText('Being evacuated').waitFor();
  await picture('maintenance-dark');
  expect(await seriousFindings(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'light' });
  await picture('maintenance-light');
  expect(await seriousFindings(page)).toEqual([]);
  await rolling.getByRole('button', { name: 'Stop' }).click();
  await rolling.getByText('stopped', { exact: false }).waitFor();
});
