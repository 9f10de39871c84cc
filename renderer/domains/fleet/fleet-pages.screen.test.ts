import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { seriousInBoth } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import { inkOf, tabTo } from '../../../main/testing/console-steps.ts';
import {
  NAME,
  STATE,
  badge,
  cell,
  console_,
  detail,
  idOf,
  open,
  openFleetConsole,
  page,
  rows,
} from '../../../main/testing/fleet-console.ts';
import { createQcow2 } from '../../../main/testing/practice/qcow2-file.ts';

const GIB = 1024 ** 3;
const WAIT = { timeout: 60_000, interval: 100 };
const folder = mkdtempSync(join(tmpdir(), 'innkeeper-image-'));
const image = join(folder, 'debian-12-genericcloud-amd64.qcow2');

beforeAll(() => {
  writeFileSync(join(folder, 'words.txt'), 'no image at all\n'.repeat(100));
  createQcow2(image, { capacityBytes: 2 * GIB, backingFile: null, backingFormat: null });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
openFleetConsole();

describe('the list of VMs', () => {
  test('shows the fleet with state, host and sizes, and how many there are', async () => {
    await open('/vms', '[role=row][data-index]');
    expect(await page.locator('[role=grid]').getAttribute('aria-rowcount')).toBe('61');
    const first = await rows().first().innerText();
    expect(first).toMatch(/acct-\d+/);
    expect(first).toMatch(/hv-\w+-01/);
    expect(first).toMatch(/GiB/);
  });

  test('a preset fills the query, its count is what is listed', async () => {
    await open('/vms', '[role=row][data-index]');
    const chip = page.getByRole('button', { name: /^Stopped/ });
    await vi.waitFor(async () => expect(await chip.innerText()).toMatch(/\d/), WAIT);
    const count = Number((await chip.innerText()).replaceAll(/\D/g, ''));
    expect(count).toBeGreaterThan(0);
    await chip.click();
    await page.waitForURL(/query=state%3Ashut-off/);
    await vi.waitFor(async () => {
      expect(await page.locator('[role=grid]').getAttribute('aria-rowcount')).toBe(String(count + 1));
    }, WAIT);
    expect(new Set(await rows().locator('.ik-st').allInnerTexts())).toEqual(new Set(['Stopped']));
  });

  test('a query that is not clear is said in words, with what can be asked', async () => {
    await open('/vms?query=colour%3Ared', '[role=alert]');
    const said = await page.getByRole('alert').innerText();
    expect(said).toMatch(/At character 1: there is no field colour here/);
    expect(said).toMatch(/name, state, host/);
    expect(said.match(/At character/g)).toHaveLength(1);
    expect(await page.getByRole('combobox', { name: 'Query' }).getAttribute('aria-invalid')).toBe('true');
  });

  test('CSV holds what is shown, all of it', async () => {
    await open('/vms?query=host%3Ahv-waw-01', '[role=row][data-index]');
    const total = Number(await page.locator('[role=grid]').getAttribute('aria-rowcount')) - 1;
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ]);
    const lines = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split('\r\n');
    expect(lines[0]).toBe('Name,State,Customer,Host,IP,vCPU,Memory,CPU,Disk,Uptime,Tags');
    expect(lines).toHaveLength(total + 1);
    expect(lines.slice(1).every((line) => line.includes('hv-waw-01'))).toBe(true);
  });
});

test('by keyboard alone: to the list, filter, move, open, start, shut down; the state follows', async () => {
  await open('/', 'h1:text("Overview")');
  await page.keyboard.press('g');
  await page.keyboard.press('v');
  await rows().first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('state:shut-off');
  await page.keyboard.press('Enter');
  await page.waitForURL(/query=state%3Ashut-off/);
  await vi.waitFor(async () => expect(await cell(rows().first(), STATE).innerText()).toBe('Stopped'), WAIT);
  await tabTo(page.locator('[role=grid]'));
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const name = await cell(rows().nth(1), NAME).innerText();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/vms\/vm_/);
  await detail().getByRole('heading', { name }).waitFor();
  expect(await badge().innerText()).toBe('Stopped');

  await page.keyboard.press('s');
  await vi.waitFor(async () => expect(await badge().innerText()).toBe('Running'), WAIT);
  // It is in the list of stopped ones no longer.
  await vi.waitFor(async () => {
    expect(await rows().getByRole('gridcell', { name, exact: true }).count()).toBe(0);
  }, WAIT);

  await page.keyboard.press('x');
  const dialog = page.getByRole('dialog', { name: `Shut down ${name}` });
  await dialog.waitFor();
  await tabTo(dialog.getByRole('button', { name: 'Shut down', exact: true }));
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await vi.waitFor(async () => expect(await badge().innerText()).toBe('Stopped'), {
    ...WAIT,
    timeout: 60_000,
  });
  const task = detail().getByRole('list', { name: 'Tasks' }).getByRole('listitem').first();
  await vi.waitFor(async () => expect(await task.innerText()).toMatch(/Done/), WAIT);
});

test('with the detail open the arrows go on through the list, and the buttons of the detail too', async () => {
  await idOf('/vms', 'state:running');
  await page.locator('[role=grid]').focus();
  const names = await rows().locator('.ik-med').allInnerTexts();
  const shows = async (at: number) =>
    await detail()
      .getByRole('heading', { level: 2, name: names[at] ?? '?', exact: true })
      .waitFor();
  await shows(0);
  await page.keyboard.press('ArrowDown');
  await shows(1);
  await page.keyboard.press('ArrowDown');
  await shows(2);
  await detail().getByRole('button', { name: 'Previous' }).click();
  await shows(1);
  await page.goBack();
  expect(new URL(page.url()).pathname).toBe('/vms');
});

test('beside a detail all columns that are left fit; Escape closes a dialog over it first, then the detail', async () => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await idOf('/vms', 'state:running');
  const grid = page.locator('[role=grid]');
  await vi.waitFor(async () => {
    expect(await grid.evaluate((list) => list.scrollWidth - list.clientWidth)).toBe(0);
  }, WAIT);
  const titles = await grid.getByRole('columnheader').allInnerTexts();
  expect(titles).toContain('Name');
  expect(titles).not.toContain('Tags');
  await detail().getByRole('button', { name: 'Change tags and notes' }).click();
  await page.getByRole('dialog').getByLabel('Tags').press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await detail().waitFor();
  await page.keyboard.press('Escape');
  await detail().waitFor({ state: 'detached' });
  expect(new URL(page.url()).search).toBe('?query=state%3Arunning');
  expect(await grid.getByRole('columnheader').allInnerTexts()).toContain('Tags');
  await page.keyboard.press('n');
  await page.waitForURL(/\/vms\/new$/);
  await page.setViewportSize({ width: 1440, height: 900 });
});

test('the same to many: ticked, chosen from the menu, previewed, done, and the list follows', async () => {
  await open(`/vms?query=${encodeURIComponent('host:hv-cluj-01 state:running')}`, '[role=row][data-index]');
  for (const at of [0, 1]) await rows().nth(at).locator('[data-tick]').click();
  const bar = page.getByRole('toolbar');
  expect(await bar.innerText()).toMatch(/^2 selected/);
  await bar.getByRole('button', { name: 'More actions on all of them' }).click();
  await page.getByRole('menuitem', { name: 'Pause…' }).click();
  const preview = page.getByRole('dialog', { name: /Pause 2 VMs/ });
  await preview.getByText('will pause').first().waitFor();
  await preview.getByLabel('Type 2 to confirm').fill('2');
  await preview.getByRole('button', { name: 'Pause 2 VMs' }).click();
  await page.waitForURL(/\/bulk\/bulk_/);
  await page.locator('main .ik-badge', { hasText: 'Done' }).first().waitFor();
  await open(`/vms?query=${encodeURIComponent('host:hv-cluj-01 state:paused')}`, '[role=row][data-index]');
  expect(await rows().count()).toBeGreaterThanOrEqual(2);
});

describe('one VM', () => {
  let path: string;
  beforeAll(async () => {
    path = await idOf('/vms', 'host:hv-waw-01 state:running acct-4717');
  });

  test('live load is written beside the titles of its charts', async () => {
    await open(`${path}?range=5min`, 'section[aria-label="Load"] canvas');
    const cpu = page.locator('section[aria-label="Load"] [role=img]').first();
    await vi.waitFor(
      async () => expect(await cpu.getAttribute('aria-label')).toMatch(/^CPU: CPU \d+ %/),
      WAIT,
    );
  });

  test('the serial console gives a prompt and echoes what is typed', async () => {
    await open(`${path}?tab=console`, '.xterm-rows');
    const screen = page.locator('.xterm-rows');
    await vi.waitFor(async () => {
      await page.keyboard.press('Enter');
      expect(await screen.innerText()).toMatch(/login:/);
    }, WAIT);
    await page.keyboard.type('innkeeper');
    await vi.waitFor(async () => expect(await screen.innerText()).toMatch(/login:\s*innkeeper/), WAIT);
  });

  test('a console somebody else has open is said so, and taken over when asked', async () => {
    await open(`${path}?tab=console`, '.xterm-rows');
    const screen = page.locator('.xterm-rows');
    await vi.waitFor(async () => {
      await page.keyboard.press('Enter');
      expect(await screen.innerText()).toMatch(/login:/);
    }, WAIT);
    const beside = await page
      .context()
      .browser()
      ?.newContext({ storageState: await page.context().storageState() });
    if (!beside) throw new Error('the page is in a browser');
    const other = await beside.newPage();
    await other.goto(`${console_.origin}${path}?tab=console`);
    await other.getByText(/Somebody else has the serial console of acct-4717 open/).waitFor();
    await other.getByRole('button', { name: 'Take over' }).click();
    await vi.waitFor(async () => {
      await other.keyboard.press('Enter');
      expect(await other.locator('.xterm-rows').innerText()).toMatch(/login:/);
    }, WAIT);
    await page.getByText('The console was closed.').waitFor();
    await beside.close();
  });

  test('the screen is drawn', async () => {
    await open(`${path}?tab=screen`, '[role=application] canvas');
    await vi.waitFor(
      async () => expect(await inkOf(page.locator('[role=application] canvas'))).toBeGreaterThan(0.001),
      WAIT,
    );
    await page.getByText('Connected; click the screen to type').waitFor();
  });

  test('tags and notes are kept', async () => {
    await open(path, 'section[aria-label="Facts"]');
    await page.getByRole('button', { name: 'Change tags and notes' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Tags').fill('vip call/first');
    await dialog.getByLabel('Notes').fill('Call before a restart.');
    await dialog.getByText('"call/first": letters, digits').waitFor();
    await dialog.getByLabel('Tags').fill('vip call-first');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('Call before a restart.').waitFor();
    await open('/vms?query=tag%3Acall-first', '[role=row][data-index]');
    expect(await rows().count()).toBe(1);
  });

  test('deleting asks for its name, and a wrong one does nothing', async () => {
    await open(path, 'section[aria-label="Facts"]');
    const name = await detail().getByRole('heading', { level: 2 }).innerText();
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    const dialog = page.getByRole('dialog', { name: `Delete ${name}` });
    await dialog.getByRole('textbox').fill('acct-0000');
    const button = dialog.getByRole('button', { name: `Delete ${name}` });
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await dialog.getByRole('textbox').fill(name);
    expect(await button.getAttribute('aria-disabled')).toBeNull();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });
});

describe('a template and a VM made from it', () => {
  test('nothing can be made before there is a template; the page says so and leads there', async () => {
    await open('/vms/new', 'h2:text("A VM is made from a template")');
    await page.getByRole('button', { name: 'Import an image' }).click();
    await page.waitForURL(/\/templates\/new$/);
  });

  test('an image is imported, its steps are followed, and its sizes are read from it', async () => {
    await open('/templates/new', 'legend:text("Image")');
    await page.getByLabel('Path').fill(image);
    await page.getByLabel('Path').press('Tab');
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Debian 12');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByRole('list', { name: /^Steps of/ }).waitFor();
    await page.getByRole('button', { name: 'Open the template' }).click();
    await vi.waitFor(async () => expect(await badge().innerText()).toBe('Ready'), WAIT);
    expect(await detail().innerText()).toMatch(/2 GiB disk/);
  });

  test('what is no image is refused in words beside what was typed', async () => {
    await open('/templates/new', 'legend:text("Image")');
    await page.getByLabel('Path').fill(join(folder, 'words.txt'));
    await page.getByLabel('Name', { exact: true }).fill('Not one');
    await page.getByLabel('OS', { exact: true }).fill('None');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: 'is not a disk image' }).waitFor();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Not one');
  });

  test('the form of a VM keeps what was typed across a reload, says where it fits, and makes it', async () => {
    await open('/vms/new', 'legend:text("Size")');
    await page.getByRole('combobox', { name: 'Template' }).click();
    await page.getByRole('option', { name: 'Debian 12' }).click();
    await page.getByLabel('Name', { exact: true }).fill('acct-7001');
    await page.getByLabel('Disk').fill('1');
    await page.getByLabel('Tags').fill('pilot');
    await page.getByText('The image needs at least 2 GiB.').waitFor();
    await page.reload();
    await page.locator('legend:text("Size")').waitFor();
    await vi.waitFor(
      async () => expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('acct-7001'),
      WAIT,
    );
    expect(await page.getByLabel('Tags').inputValue()).toBe('pilot');
    expect(await page.getByLabel('Disk').inputValue()).toBe('1');

    await page.getByLabel('Memory').fill('9000');
    await page.getByText('fits on 0 of 3 hosts').waitFor();
    await page.getByText(/No host fits: 3 hosts have too little memory \(8\.8 TiB wanted\)\./).waitFor();
    await page
      .getByRole('cell', { name: /of memory free, 8\.8 TiB wanted/ })
      .first()
      .waitFor();
    await page.getByLabel('Memory').fill('1');
    await page.getByLabel('Disk').fill('4');
    await page.getByText('fits on 3 of 3 hosts').waitFor();
    await callInPage(page, 'fleet.clusterCreate', { name: 'Not filled yet' });
    const cluster = page.getByRole('combobox', { name: 'Cluster' });
    await cluster.click();
    await page.getByRole('option', { name: 'Not filled yet (0 hosts)' }).click();
    await page.getByText('No host fits: there are no hosts in that cluster.').waitFor();
    expect(await seriousInBoth(page)).toEqual([]);
    await page.getByRole('button', { name: 'Make the VM' }).click();
    await page.getByText('No host has room for it: there are no hosts in that cluster.').waitFor();
    await cluster.click();
    await page.getByRole('option', { name: /\(3 hosts\)/ }).click();
    await page.getByText('fits on 3 of 3 hosts').waitFor();
    await page.getByRole('button', { name: 'Make the VM' }).click();
    await page.getByRole('list', { name: /^Steps of/ }).waitFor();
    await page.getByRole('button', { name: 'Open the VM' }).click();
    await vi.waitFor(async () => expect(await badge().innerText()).toBe('Running'), {
      ...WAIT,
      timeout: 60_000,
    });
  });
});

describe('axe finds nothing serious, in dark and in light, on', () => {
  let vm: string;
  let host: string;
  let template: string;
  beforeAll(async () => {
    vm = await idOf('/vms', 'host:hv-brn-01 state:running');
    host = await idOf('/hosts', 'hv-brn-01');
    template = await idOf('/templates', 'Debian');
  });

  test.each<[string, () => string, string]>([
    ['the list of VMs', () => '/vms', '[role=row][data-index]'],
    ['a VM', () => vm, 'section[aria-label="Load"] canvas'],
    ['its hardware', () => `${vm}?tab=hardware`, 'th:text("Taken on host")'],
    ['its snapshots', () => `${vm}?tab=snapshots`, 'text=No snapshots'],
    ['its events', () => `${vm}?tab=events`, '[role=tabpanel]'],
    ['its XML', () => `${vm}?tab=xml`, 'pre'],
    ['its console', () => `${vm}?tab=console`, '.xterm-rows'],
    ['a new VM', () => '/vms/new', 'td:text("Best fit")'],
    ['a template', () => template, 'h3:text("On hosts")'],
    ['the list of hosts', () => '/hosts', '[role=row][data-index]'],
    ['a host', () => host, 'h3:text("Timings")'],
    ['its pools and networks', () => `${host}?tab=resources`, 'h3:text("Networks")'],
    ['its VMs', () => `${host}?tab=vms`, 'td .ik-st'],
    ['a new host', () => '/hosts/new', 'legend:text("Log-in")'],
    ['the templates', () => '/templates', 'h1:text("Templates")'],
    ['an import', () => '/templates/new', 'legend:text("Image")'],
  ])('%s', async (_, path, ready) => {
    await open(path(), ready);
    expect(await seriousInBoth(page)).toEqual([]);
  });
});

test('nothing was written to the console of the page as an error', () => {
  expect(console_.pageErrors).toEqual([]);
});
