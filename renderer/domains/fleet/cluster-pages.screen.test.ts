import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { seriousInBoth } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import { openConsole, type ConsoleForTest } from '../../../main/testing/console-for-test.ts';
import { choose, openArea, press } from '../../../main/testing/console-steps.ts';
import { startPracticeFleet, type PracticeFleet } from '../../../main/testing/practice/practice-fleet.ts';

const WAIT = { timeout: 60_000, interval: 100 };
let console_: ConsoleForTest;
let page: Page;
let more: PracticeFleet;

beforeAll(async () => {
  [console_, more] = await Promise.all([
    openConsole(['--practice']),
    startPracticeFleet({ hosts: 2, vms: 4, seed: 7, firstHost: 4, firstVm: 100, bootMs: 50 }),
  ]);
  ({ page } = console_);
});
afterAll(async () => {
  await console_?.close();
  await more?.stop();
});

const rows = (): Locator => page.locator('[role=grid] [role=row][data-index]');
const dialog = (): Locator => page.getByRole('dialog');

test('a cluster is made with its rules, hosts are ticked and moved into it, and labelled', async () => {
  await openArea(page, 'Clusters');
  await vi.waitFor(async () => expect(await rows().first().innerText()).toMatch(/Main/), WAIT);
  await page.keyboard.press('n');
  await page.getByRole('textbox', { name: 'Name' }).fill('Praha');
  await page.getByRole('textbox', { name: 'Site' }).fill('TTC');
  await press(page, 'Add a filter');
  await page.getByLabel('Tag', { exact: true }).fill('fast');
  await press(page, 'Add cluster');
  // Without a label it is no filter: what was typed stays.
  await page.getByText('A word of letters, digits and dashes, such as ssd.').waitFor();
  await page.getByLabel('Label', { exact: true }).fill('ssd');
  await press(page, 'Add a window');
  expect(await seriousInBoth(page)).toEqual([]);
  await press(page, 'Add cluster');
  await page.getByRole('heading', { level: 2, name: 'Praha' }).waitFor();
  await page.getByText('VMs tagged fast: only on hosts labelled ssd').waitFor();
  await page.getByText(/^Sun 01:00 to 05:00/).waitFor();
  expect(await seriousInBoth(page)).toEqual([]);

  await openArea(page, 'Hosts');
  await rows().nth(2).waitFor();
  await rows().nth(1).locator('[data-tick]').click();
  await rows().nth(2).locator('[data-tick]').click();
  await press(page, 'Move to cluster…');
  await choose(dialog(), 'To', 'Praha');
  await press(dialog(), 'Move 2 hosts');
  await dialog().waitFor({ state: 'detached' });
  await page.goto(`${console_.origin}/hosts?query=${encodeURIComponent('cluster:Praha')}`);
  await vi.waitFor(async () => expect(await rows().count()).toBe(2), WAIT);
  await rows().first().locator('[data-tick]').click();
  await press(page, 'Labels…');
  await dialog().getByLabel('Add').fill('SSD');
  await page.keyboard.press('Enter');
  expect(await seriousInBoth(page)).toEqual([]);
  await press(dialog(), 'Save');
  await dialog().waitFor({ state: 'detached' });
  const labelled = await callInPage(page, 'fleet.hostList', { query: 'label:ssd' });
  expect(labelled.rows).toMatchObject([{ cluster: 'Praha', labels: ['ssd'] }]);
});

test('a ticked host stays ticked when the query finds it no longer', async () => {
  const [moved] = (await callInPage(page, 'fleet.hostList', { query: 'label:ssd' })).rows;
  await page.goto(`${console_.origin}/hosts?query=${encodeURIComponent('label:ssd')}`);
  await rows().first().locator('[data-tick]').click();
  await callInPage(page, 'fleet.hostLabel', { hostIds: [moved!.id], add: ['nvme'], remove: ['ssd'] });
  await press(page, 'Labels…');
  await dialog().getByText('Now: nvme.').waitFor();
  await dialog().getByLabel('Add').fill('ssd');
  await page.keyboard.press('Enter');
  await press(dialog(), 'Save');
  await dialog().waitFor({ state: 'detached' });
  const labelled = await callInPage(page, 'fleet.hostList', { query: 'label:ssd' });
  expect(labelled.rows).toMatchObject([{ id: moved!.id, labels: ['nvme', 'ssd'] }]);
});

test('a filter of a customer names the customer, also one that was given another name since', async () => {
  const [praha] = (await callInPage(page, 'fleet.clusterList', { query: 'Praha' })).rows;
  const acme = { name: 'Acme', country: 'CZ', currency: 'CZK' } as const;
  const { customerId } = await callInPage(page, 'customers.customerCreate', acme);
  const filters = [
    { subject: 'customer', value: customerId, verb: 'reserves', label: 'own' } as const,
    ...praha!.filters,
  ];
  const { name, site, timeZone, policy, windows } = praha!;
  await callInPage(page, 'fleet.clusterSave', {
    clusterId: praha!.id,
    name,
    site,
    timeZone,
    policy,
    windows,
    filters,
  });
  await page.goto(`${console_.origin}/clusters/${praha!.id}`);
  await page.getByText('VMs of Acme: alone on hosts labelled own, which take no others').waitFor();
  await callInPage(page, 'customers.customerSave', { ...acme, customerId, name: 'Delta' });
  await page.getByText('VMs of Delta: alone on hosts labelled own').waitFor();
});

test('capacity says of each cluster whether it can lose a host, and of a host which VMs would have no place', async () => {
  await openArea(page, 'Capacity');
  const praha = page.getByRole('row', { name: /^Praha/ });
  await praha.waitFor();
  expect(await praha.innerText()).toMatch(/Holds|Tight|Fails/);
  expect(await page.getByRole('row', { name: /^Main/ }).innerText()).toMatch(/No other host/);
  expect(await seriousInBoth(page)).toEqual([]);
  await praha.getByRole('link').click();
  await page.getByRole('heading', { level: 1, name: 'Capacity of Praha' }).waitFor();
  const tried = page.getByRole('region', { name: 'Can I lose a host?' });
  await tried.getByText(/^(Yes: all|Not without loss)/).waitFor();
  // What the engine says of this very host.
  const [first] = (await callInPage(page, 'fleet.hostList', { query: 'cluster:Praha' })).rows;
  await page.getByRole('button', { name: `Try the loss of ${first!.name}` }).click();
  await page.waitForURL(new RegExp(`host=${first!.id}`));
  const trial = await callInPage(page, 'capacity.hostLossTry', { hostId: first!.id });
  await tried
    .getByText(
      trial.unplacedTotal > 0
        ? `Not without loss: ${trial.unplacedTotal} of the ${trial.vms} VMs of ${first!.name}`
        : `Yes: all ${trial.vms} VMs of ${first!.name}`,
    )
    .waitFor();
  expect(await seriousInBoth(page)).toEqual([]);
});

test('hosts come from a dropped CSV: looked at, keys confirmed, added with a result per line', async () => {
  const { hosts, privateKey } = more.describe();
  const csv = [
    'Hostname;IP;Port;DC;Rack',
    ...hosts.map(({ name, address, port }) => `${name};${address};${port};Praha;r1`),
    'broken;not an address;22;Praha;r2',
  ].join('\n');
  await page.goto(`${console_.origin}/hosts/import`);
  const drop = page.locator('.ik-drop').first();
  await drop.waitFor();
  await drop.evaluate((element, text) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], 'hosts.csv', { type: 'text/csv' }));
    element.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
  }, csv);
  await page.getByText('"not an address" is no name or address of a host.').waitFor();
  // The list is no secret: it survives a reload.
  await page.reload();
  await page.getByText('What you typed before is still here.').waitFor();
  await page.getByText('"not an address" is no name or address of a host.').waitFor();
  await page.getByLabel('Private key').fill(privateKey);
  await press(page, 'Look at 2 hosts');
  for (const { fingerprint } of hosts) await page.getByText(fingerprint).waitFor();
  expect(await seriousInBoth(page)).toEqual([]);
  await press(page, 'I have compared all keys');
  await press(page, 'Go on with 2');
  await press(page, 'Add 2 hosts');
  await page.waitForURL(/\/hosts\/import\/import_/);
  await page.getByRole('heading', { level: 2, name: '2 of 2 hosts added' }).waitFor();
  expect(await seriousInBoth(page)).toEqual([]);
  const added = await callInPage(page, 'fleet.hostList', { query: 'cluster:Praha' });
  expect(added.rows.map(({ name }) => name)).toEqual(expect.arrayContaining(hosts.map(({ name }) => name)));
  expect(console_.pageErrors).toEqual([]);
});
