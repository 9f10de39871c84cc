import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { seriousFindings } from '../../../main/testing/axe-findings.ts';
import { openConsole } from '../../../main/testing/console-for-test.ts';
import type { ConsoleForTest } from '../../../main/testing/console-for-test.ts';

const WAIT = { timeout: 60_000, interval: 100 };
let console_: ConsoleForTest;
let page: Page;

beforeAll(async () => {
  console_ = await openConsole(['--practice']);
  ({ page } = console_);
});
afterAll(async () => {
  await console_?.close();
});

const rows = (): Locator => page.locator('[role=grid] [role=row][data-index]');
const bar = (): Locator => page.getByRole('combobox', { name: 'Query' });
const options = (): Locator => page.getByRole('listbox', { name: 'Completions' }).getByRole('option');
const chips = (): Locator => page.getByRole('group', { name: 'Saved queries' }).locator('.ik-chip');

async function open(address: string): Promise<void> {
  await page.goto(console_.origin + address);
  await rows().first().waitFor();
}

/** For somebody to look at, where a folder is named. */
async function picture(name: string): Promise<void> {
  const folder = process.env['PICTURES'];
  if (folder === undefined) return;
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
    await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png` });
  }
}

test('a query is written with the keyboard alone: fields, operators, values of the store', async () => {
  await open('/vms');
  await page.keyboard.press('/');
  await page.keyboard.type('sta');
  await vi.waitFor(
    async () => expect(await options().allInnerTexts()).toEqual([expect.stringMatching(/^state:/)]),
    WAIT,
  );
  await page.keyboard.press('Tab');
  await page.keyboard.type('run');
  await vi.waitFor(async () => expect(await options().count()).toBe(1), WAIT);
  await page.keyboard.press('Tab');
  expect(await bar().inputValue()).toBe('state:running ');
  await page.keyboard.type('cpu');
  await vi.waitFor(async () => expect(await options().count()).toBe(6), WAIT);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.type('0 host:');
  await vi.waitFor(async () => expect((await options().allInnerTexts()).join()).toMatch(/host:hv-/), WAIT);
  await picture('completion');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  expect(await bar().inputValue()).toMatch(/^state:running cpu>=0 host:hv-\S+ $/);
  await page.keyboard.press('Enter');
  await page.waitForURL(/query=state%3Arunning/);
  await vi.waitFor(async () => expect(await rows().count()).toBeGreaterThan(0), WAIT);
});

test('what was not understood is marked where it stands', async () => {
  await page.goto(`${console_.origin}/vms?query=${encodeURIComponent('cpu>5 state:runing acme')}`);
  const mark = page.locator('.ik-qmark mark');
  await mark.waitFor();
  expect(await mark.innerText()).toBe('state:runing');
  expect(await bar().getAttribute('aria-invalid')).toBe('true');
  await picture('not-understood');
  await bar().press('Enter');
  expect(
    await bar().evaluate((field) =>
      field instanceof HTMLInputElement
        ? field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0)
        : '',
    ),
  ).toBe('state:runing');
  await page.keyboard.type('state:running');
  await vi.waitFor(async () => expect(await mark.count()).toBe(0), WAIT);
});

test('a query is saved, shared, opened with, removed and brought back', async () => {
  await open('/vms?query=vcpus%3E1&sort=-cpu');
  await page.getByRole('button', { name: 'Save query' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('More than one vCPU');
  await dialog.getByRole('button', { name: 'Everybody' }).click();
  await picture('save');
  await dialog.getByLabel('Name').press('Enter');
  const chip = chips().filter({ hasText: 'More than one vCPU' });
  await vi.waitFor(async () => expect(await chip.innerText()).toMatch(/\d/), WAIT);
  expect(await chip.getAttribute('aria-pressed')).toBe('true');
  await page.getByRole('button', { name: 'More for More than one vCPU' }).click();
  await page.getByRole('menuitem', { name: 'Open the list with this' }).click();
  await page.getByText('The list opens with More than one vCPU').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await picture('saved');
  await open('/vms');
  await page.waitForURL(/query=vcpus%3E1.*sort=-cpu|sort=-cpu.*query=vcpus%3E1/);
  await page.getByRole('button', { name: 'More for More than one vCPU' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await vi.waitFor(async () => expect(await chip.count()).toBe(0), WAIT);
  await page.getByRole('button', { name: 'Undo' }).click();
  await vi.waitFor(async () => expect(await chip.count()).toBe(1), WAIT);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('More than');
  await page.getByText('VMs: More than one vCPU').waitFor();
  await page.keyboard.press('Escape');
});

test('rows change under the pointer and the scroll: the row stays where it is', async () => {
  await open('/vms?query=&sort=-cpu');
  const grid = page.locator('[role=grid]');
  await grid.evaluate((list) => {
    list.scrollTop = 600;
  });
  await vi.waitFor(async () => expect(await grid.evaluate((list) => list.scrollTop)).toBe(600), WAIT);
  const box = (await grid.boundingBox())!;
  const at = { x: box.x + 200, y: box.y + 300 };
  await page.mouse.move(at.x, at.y);
  const pointed = async (): Promise<string> =>
    await page.evaluate(
      ({ x, y }) =>
        document.elementFromPoint(x, y)?.closest('[role=row]')?.querySelectorAll('[role=gridcell]')[1]
          ?.textContent ?? '',
      at,
    );
  const before = await pointed();
  expect(before).toMatch(/acct/);
  const load = async (): Promise<string> => (await rows().allInnerTexts()).join();
  const first = await load();
  // Loads move with every look at the hosts: the list is renewed, in another order where it could.
  await vi.waitFor(async () => expect(await load()).not.toBe(first), { timeout: 60_000, interval: 200 });
  expect(await pointed()).toBe(before);
  const scrolled = await grid.evaluate((list) => list.scrollTop);
  expect(scrolled).toBeGreaterThan(0);
  await page
    .getByRole('navigation', { name: 'Areas' })
    .getByRole('link', { name: /^Hosts/ })
    .click();
  await page.waitForURL(/\/hosts/);
  await page.goBack();
  await vi.waitFor(async () => expect(await grid.evaluate((list) => list.scrollTop)).toBe(scrolled), WAIT);
});

test('ticked VMs are compared on one chart of each kind', async () => {
  await open('/vms?query=state%3Arunning');
  await rows().nth(0).locator('[data-tick]').click();
  const compare = page.getByRole('button', { name: 'Compare' });
  expect(await compare.getAttribute('aria-disabled')).toBe('true');
  await rows().nth(1).locator('[data-tick]').click();
  await rows().nth(2).locator('[data-tick]').click();
  await compare.click();
  await page.waitForURL(/\/vms\/compare\?ids=vm_[^,]+,vm_[^,]+,vm_/);
  await vi.waitFor(
    async () => expect(await page.locator('section[aria-label=Load] [role=img]').count()).toBe(4),
    WAIT,
  );
  await vi.waitFor(
    async () =>
      expect(
        await page.locator('section[aria-label=Load] [role=img]').first().getAttribute('aria-label'),
      ).toMatch(/CPU: acct\S* \d+ %, acct\S* \d+ %, acct\S* \d+ %/),
    { timeout: 120_000, interval: 500 },
  );
  expect(await seriousFindings(page)).toEqual([]);
  await picture('compare');
  await page
    .getByRole('button', { name: /^Leave out/ })
    .first()
    .click();
  await page.getByRole('heading', { name: 'Compare 2 VMs' }).waitFor();
});
