import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { seriousInBoth } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import { tabTo } from '../../../main/testing/console-steps.ts';
import { openConsole } from '../../../main/testing/console-for-test.ts';
import type { ConsoleForTest } from '../../../main/testing/console-for-test.ts';

const WAIT = { timeout: 90_000, interval: 100 };
let console_: ConsoleForTest;
let page: Page;
const pictures = process.env['PICTURES'];

/** Tests follow one another: what is stopped in one is undone in the next. */
beforeAll(async () => {
  console_ = await openConsole(['--practice']);
  ({ page } = console_);
  await vi.waitFor(async () => {
    expect((await callInPage(page, 'fleet.vmList', { limit: 1 })).total).toBe(60);
  }, WAIT);
});
afterAll(async () => {
  await console_?.close();
});

const rows = (): Locator => page.locator('[role=grid] [role=row][data-index]');
const dialog = (): Locator => page.getByRole('dialog');

async function openVms(query: string): Promise<void> {
  await page.goto(`${console_.origin}/vms?query=${encodeURIComponent(query)}`);
  await rows().first().waitFor();
}

/** Axe in both schemes, and pictures of them where somebody wants to look. */
async function expectClean(name: string): Promise<void> {
  const look = async (scheme: string): Promise<void> => {
    if (pictures !== undefined) await page.screenshot({ path: `${pictures}/${name}-${scheme}.png` });
  };
  expect(await seriousInBoth(page, look), name).toEqual([]);
}

const numberOf = async (text: RegExp): Promise<number> =>
  Number(text.exec(await dialog().innerText())?.[1]?.replaceAll(',', '') ?? Number.NaN);

test('by the keyboard alone: every action on the ticked opens its preview', async () => {
  await openVms('');
  await page.locator('[role=grid]').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  const leave = async (): Promise<void> => {
    await dialog().locator(':focus').first().waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
  };
  for (const name of ['Start…', 'Shut down…', 'Restart…', 'Add tags…']) {
    await tabTo(page.getByRole('button', { name, exact: true }));
    await page.keyboard.press('Enter');
    await leave();
  }
  const menu = page.getByRole('menu');
  const items = menu.getByRole('menuitem');
  const openMenu = async (): Promise<void> => {
    await tabTo(page.getByRole('button', { name: 'More actions on all of them' }));
    await page.keyboard.press('Enter');
    await menu.waitFor();
  };
  await openMenu();
  // The last one leads to past actions.
  const offered = (await items.count()) - 1;
  for (let at = 0; at < offered; at += 1) {
    if (at > 0) await openMenu();
    await tabTo(items.nth(at), 'ArrowDown');
    await page.keyboard.press('Enter');
    await leave();
  }
  expect(offered).toBe(10);
});

test('by the keyboard alone: all that match are ticked, previewed by host, customer and state, and shut down', async () => {
  await openVms('');
  await page.locator('[role=grid]').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Select all 60' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Shut down…' }).focus();
  await page.keyboard.press('Enter');
  await dialog().getByText('will shut down').first().waitFor();
  for (const title of ['By host', 'By customer', 'By state now', 'How'])
    await dialog().getByRole('heading', { name: title }).waitFor();
  await expectClean('bulk-preview');
  const will = await numberOf(/(\d+)\s+will shut down/);
  expect(will).toBeGreaterThan(30);
  const go = dialog().getByRole('button', { name: `Shut down ${will} VMs` });
  expect(await go.getAttribute('aria-disabled')).toBe('true');
  await page.getByLabel('Grace period', { exact: true }).fill('5');
  await page.getByLabel(`Type ${will} to confirm`).fill(String(will));
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/bulk\/bulk_/);
  await page.getByRole('heading', { level: 1, name: `Shut down ${will} VMs` }).waitFor();
});

test('its page says how far it is, and what became of each VM', async () => {
  const main = page.locator('main');
  await vi.waitFor(async () => {
    expect(await main.locator('.ik-badge').first().innerText()).toBe('Done');
  }, WAIT);
  const chip = page
    .getByRole('group', { name: 'Results' })
    .getByRole('button', { name: /^Refused|^So already/ });
  await chip.first().click();
  await vi.waitFor(async () => expect(await rows().first().innerText()).toMatch(/refused|already/i), WAIT);
  await expectClean('bulk-page');
  await chip.first().click();
});

test('undoing it asks for the number, and starts those it stopped', async () => {
  await page.getByRole('button', { name: 'Undo…' }).click();
  const done = await numberOf(/Undo on (\d+) VMs?/);
  await page.getByLabel(`Type ${done} to confirm`).fill(String(done));
  const from = page.url();
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.href !== from);
  await page.getByRole('heading', { level: 1, name: `Start ${done} VMs` }).waitFor();
  await vi.waitFor(async () => {
    expect(await page.locator('main .ik-badge').first().innerText()).toBe('Done');
  }, WAIT);
});

test('tags are typed in the preview, which counts as one types', async () => {
  await openVms('state:running');
  await rows().first().locator('[data-tick]').click();
  await rows().nth(1).locator('[data-tick]').click();
  await page.getByRole('button', { name: 'Add tags…' }).click();
  await dialog().getByLabel('Tags').fill('wave-7');
  await dialog().getByText('will get them').waitFor();
  await expectClean('bulk-tags');
  await dialog().getByRole('button', { name: 'Add tags to 2 VMs' }).click();
  await page.waitForURL(/\/bulk\/bulk_/);
  await vi.waitFor(async () => {
    expect((await callInPage(page, 'fleet.vmList', { query: 'tag:wave-7' })).total).toBe(2);
  }, WAIT);
});

test('an approval of what has changed meanwhile is refused, and the preview is read anew', async () => {
  await openVms('tag:wave-7');
  await rows().first().locator('[data-tick]').click();
  await page.getByRole('button', { name: 'Select all 2' }).click();
  await page.getByRole('button', { name: 'More actions on all of them' }).click();
  await page.getByRole('menuitem', { name: 'Set notes…' }).click();
  await dialog().getByLabel('Notes').fill('call first');
  await dialog().getByRole('button', { name: 'Set the notes of 2 VMs' }).waitFor();
  const [vm] = (await callInPage(page, 'fleet.vmList', { query: 'tag:wave-7' })).rows;
  await callInPage(page, 'fleet.vmNote', { vmId: vm!.id, notes: 'call first', tags: ['wave-7'] });
  await dialog().getByRole('button', { name: 'Set the notes of 2 VMs' }).click();
  await dialog().getByText('It would act on other VMs than the preview said: 2 then, 1 now').waitFor();
  await dialog().getByRole('button', { name: 'Set the notes of 1 VM' }).click();
  await page.waitForURL(/\/bulk\/bulk_/);
});

test('all bulk actions stand in a list, and the task of one leads to it', async () => {
  await page.goto(`${console_.origin}/bulk`);
  await rows().first().waitFor();
  expect(await rows().count()).toBe(4);
  await expectClean('bulk-list');
  await rows().first().click();
  await page.waitForURL(/\/bulk\/bulk_/);
  await page.getByRole('link', { name: 'Task', exact: true }).click();
  await page.waitForURL(/\/tasks\/task_/);
  await page.locator('aside.ik-det').getByText('Set the notes of 1 VM').first().waitFor();
  expect(console_.pageErrors).toEqual([]);
});
