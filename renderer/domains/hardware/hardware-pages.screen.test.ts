import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { seriousInBoth } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import { openConsole, type ConsoleForTest } from '../../../main/testing/console-for-test.ts';

const WAIT = { timeout: 60_000, interval: 100 };
let console_: ConsoleForTest;
let page: Page;
/** Address of a running VM. */
let vm = '';

beforeAll(async () => {
  console_ = await openConsole(['--practice']);
  ({ page } = console_);
  await page.goto(`${console_.origin}/vms?query=state%3Arunning`);
  await page.locator('[role=grid] [role=row][data-index]').first().click();
  await page.waitForURL(/\/vms\/[^/?]+/);
  vm = new URL(page.url()).pathname;
});
afterAll(async () => await console_?.close());

const part = (name: string): Locator => page.getByRole('region', { name, exact: true });
const dialog = (): Locator => page.getByRole('dialog');

async function open(tab: string, ready: string): Promise<void> {
  await page.goto(`${console_.origin}${vm}?tab=${tab}&alone`);
  await page.locator(ready).first().waitFor();
}

test('a resize says what happens now and what at the next start, as it is typed, and then does it', async () => {
  await open('hardware', 'h3:text("CPU and memory")');
  expect(await seriousInBoth(page)).toEqual([]);
  await part('CPU and memory').getByRole('button', { name: 'Resize…' }).press('Enter');
  const memory = dialog().getByLabel('Memory');
  const before = Number(await memory.inputValue());
  expect(await dialog().getByRole('button', { name: 'Resize' }).getAttribute('aria-disabled')).toBe('true');
  await memory.fill(String(before / 2));
  await dialog().getByLabel('Room for vCPUs').fill('16');
  expect(await dialog().getByRole('region', { name: 'Now', exact: true }).innerText()).toMatch(
    /Memory.*balloon/,
  );
  expect(await dialog().getByRole('region', { name: 'At its next start' }).innerText()).toMatch(
    /Room for vCPUs.*16/s,
  );
  expect(await seriousInBoth(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await dialog().waitFor({ state: 'detached' });
  await vi.waitFor(async () => expect(await part('CPU and memory').innerText()).toContain('(balloon)'), WAIT);
});

test('a resize leaves what was not touched as it is to the byte, and says before that there is no room', async () => {
  const vmId = vm.split('/').at(-1)!;
  const oddBytes = 700_000 * 1024;
  await callInPage(page, 'hardware.vmResize', { vmId, vcpus: 1, memoryBytes: oddBytes, vcpusMax: 4 });
  await open('hardware', 'h3:text("CPU and memory")');
  await part('CPU and memory').getByRole('button', { name: 'Resize…' }).click();
  await dialog().getByLabel('Room for vCPUs').fill('5');
  await dialog().getByText('Room for vCPUs', { exact: true }).last().waitFor();
  const next = dialog().getByRole('region', { name: 'At its next start' });
  expect(await next.innerText()).not.toContain('Memory');
  await page.keyboard.press('Enter');
  await dialog().waitFor({ state: 'detached' });
  const { next: size } = await callInPage(page, 'hardware.vmHardware', { vmId });
  expect(size).toMatchObject({ vcpusMax: 5, memoryMaxBytes: oddBytes });

  await part('CPU and memory').getByRole('button', { name: 'Resize…' }).click();
  await dialog().getByLabel('Memory').fill('9000');
  await dialog()
    .getByText(/has no room for it: .* of memory free/)
    .waitFor();
  const button = dialog().getByRole('button', { name: 'Resize' });
  expect(await button.getAttribute('aria-disabled')).toBe('true');
  expect(await seriousInBoth(page)).toEqual([]);
  await page.keyboard.press('Escape');
});

test('by keyboard alone: a disk is added, grown and taken off', async () => {
  await open('hardware', 'h3:text("Disks")');
  await part('Disks').getByRole('button', { name: 'Add a disk…' }).press('Enter');
  await dialog().getByLabel('Size').fill('2');
  await page.keyboard.press('Enter');
  await dialog().waitFor({ state: 'detached' });
  const added = part('Disks')
    .getByRole('row')
    .filter({ hasText: /-disk-/ });
  await vi.waitFor(async () => expect(await added.innerText()).toMatch(/2\s*GiB/), WAIT);
  const target = (await added.locator('td').first().innerText()).trim();
  const menu = part('Disks').getByRole('button', { name: `Actions on ${target}` });
  await menu.press('Enter');
  await page.getByRole('menuitem', { name: 'Grow…' }).press('Enter');
  await dialog().getByLabel('Size').fill('3');
  expect(await dialog().innerText()).toMatch(/Now: the guest sees 3 GiB/);
  await page.keyboard.press('Enter');
  await dialog().waitFor({ state: 'detached' });
  await vi.waitFor(async () => expect(await added.innerText()).toMatch(/3\s*GiB/), WAIT);
  await menu.press('Enter');
  await page.getByRole('menuitem', { name: 'Detach…' }).press('Enter');
  await dialog().getByRole('button', { name: 'Detach' }).press('Enter');
  await vi.waitFor(async () => expect(await added.count()).toBe(0), WAIT);
});

test('the boot order is changed by its buttons, and is of the next start', async () => {
  await open('hardware', 'h3:text("Starting")');
  await part('Starting').getByRole('button', { name: 'Boot order…' }).click();
  const card = dialog().getByRole('checkbox', { name: /Network card/ });
  await card.check();
  await dialog()
    .getByRole('button', { name: /Network card .* earlier/ })
    .press('Enter');
  expect(await seriousInBoth(page)).toEqual([]);
  await dialog().getByRole('button', { name: 'Set the order' }).click();
  await vi.waitFor(async () => expect(await part('Starting').innerText()).toMatch(/network card/), WAIT);
});

test('a snapshot is made, gone back to by typing the name, and deleted', async () => {
  await open('snapshots', 'text=No snapshots');
  await page.getByRole('button', { name: 'Make a snapshot…' }).click();
  await dialog().getByLabel('Name').fill('before upgrade');
  await page.keyboard.press('Enter');
  const row = page.getByRole('row').filter({ hasText: 'before upgrade' });
  await vi.waitFor(async () => expect(await row.innerText()).toContain('disks, memory'), WAIT);
  expect(await seriousInBoth(page)).toEqual([]);
  await row.getByRole('button', { name: /^Revert/ }).click();
  const name = /Type (\S+) to confirm/.exec(await dialog().innerText())?.[1] ?? '';
  await dialog().getByRole('textbox').fill(name);
  await page.keyboard.press('Enter');
  await dialog().waitFor({ state: 'detached' });
  await vi.waitFor(async () => expect(await row.innerText()).toContain('you are here'), WAIT);
  await row.getByRole('button', { name: /^Delete/ }).click();
  await dialog().getByRole('button', { name: 'Delete the snapshot' }).click();
  await page.locator('text=No snapshots').waitFor();
});

test('the page says what protects the VM and what it costs; its menu says why something is off', async () => {
  await open('summary', 'text=Nothing: no backup, no snapshot');
  await page.locator('text=Nothing: it is not billed').waitFor();
  await page.getByRole('button', { name: 'More actions' }).press('Enter');
  const clone = page.getByRole('menuitem', { name: /Clone/ });
  expect(await clone.getAttribute('aria-disabled')).toBe('true');
  expect(await clone.innerText()).toMatch(/It is running: shut it down first, or force it off\./);
  expect(await seriousInBoth(page)).toEqual([]);
  await page.getByRole('menuitem', { name: 'Set a password…' }).press('Enter');
  await dialog().getByLabel('Password', { exact: true }).fill('correct-horse');
  await page.keyboard.press('Enter');
  await page.locator('text=Password of root: set').waitFor();
});
