import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seriousFindings } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import { openConsole, type ConsoleForTest } from '../../../main/testing/console-for-test.ts';
import { WEEKDAYS, type Weekday } from '../../../shared/domains/fleet/cluster-rules.ts';

const PATIENCE = { timeout: 180_000 };
let console_: ConsoleForTest;
let page: Page;

beforeAll(async () => {
  console_ = await openConsole(['--practice']);
  ({ page } = console_);
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
  const caps = page.getByRole('region', { name: 'Caps on moves' });
  await caps.getByLabel('Only encrypted moves').check();
  await caps.getByRole('button', { name: 'Save' }).click();
  await expect
    .poll(async () => await callInPage(page, 'moves.moveCapsGet', {}), { timeout: 60_000 })
    .toMatchObject({ encrypt: true, perHost: 2 });
  await caps.getByLabel('Only encrypted moves').uncheck();
  await caps.getByRole('button', { name: 'Save' }).click();
  await expect
    .poll(async () => await callInPage(page, 'moves.moveCapsGet', {}), { timeout: 60_000 })
    .toMatchObject({ encrypt: false });
  await rolling.getByRole('button', { name: 'Stop' }).click();
  await rolling.getByText('stopped', { exact: false }).waitFor();
});

test(
  'where moves to a host go is said on its page, and what is no address is refused',
  PATIENCE,
  async () => {
    await open('/hosts', '[role=row][data-index]');
    await rows().first().click();
    const facts = page.getByRole('region', { name: 'Facts' });
    await facts.getByRole('button', { name: 'Change the address for moves' }).click();
    const dialog = page.getByRole('dialog');
    const address = dialog.getByLabel('Address for moves');
    const managed = (await address.getAttribute('placeholder')) ?? '';
    await picture('move-address');
    expect(await seriousFindings(page)).toEqual([]);
    await address.fill('10.20.0.11/24');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('an IP address or a host name').waitFor();
    await address.fill(' 10.20.0.11 ');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await facts.getByText('10.20.0.11').waitFor();
    await facts.getByRole('button', { name: 'Change the address for moves' }).click();
    await expect.poll(async () => await address.inputValue()).toBe('10.20.0.11');
    await address.fill('');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    // Empty is where it is managed.
    await facts.getByText('10.20.0.11').waitFor({ state: 'detached' });
    expect(await facts.getByText(managed).count()).toBe(2);
  },
);

test.each([
  { anyTime: false, state: 'Waits', words: /window/ },
  { anyTime: true, state: 'Being evacuated', words: /at any time/ },
])(
  'outside the windows of its cluster maintenance begins only when told so: $anyTime',
  PATIENCE,
  async (given) => {
    await open('/maintenance', 'h1');
    const { rows: clusters } = await callInPage(page, 'fleet.clusterList', {});
    for (const { id, ...fields } of clusters)
      await callInPage(page, 'fleet.clusterSave', {
        ...fields,
        clusterId: id,
        windows: [{ days: [inThreeDays()], from: '02:00', until: '02:30' }],
      });
    await page.getByRole('button', { name: 'Begin…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('What for').fill(`Any time: ${given.anyTime}`);
    if (given.anyTime) await dialog.getByLabel('At any time').check();
    await picture(`rolling-any-time-${given.anyTime}`);
    await dialog.getByLabel(/Type \d+ to confirm/).fill('3');
    await dialog.getByRole('button', { name: /^Begin with/ }).click();
    const rolling = page.getByRole('region', { name: `Any time: ${given.anyTime}` });
    await rolling.getByText(given.state).first().waitFor();
    await rolling.getByText(given.words).first().waitFor();
    await rolling.getByRole('button', { name: 'Stop' }).click();
    await rolling.getByText('stopped', { exact: false }).waitFor();
  },
);

/** A day whose windows are closed now in any zone. */
function inThreeDays(): Weekday {
  return WEEKDAYS[(new Date().getUTCDay() + 2) % 7] ?? 'mon';
}
