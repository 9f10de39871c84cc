import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
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
import { startPracticeFleet, type PracticeFleet } from '../../../main/testing/practice/practice-fleet.ts';

const WAIT = { timeout: 60_000, interval: 100 };

openFleetConsole();

describe('a host of another fleet', () => {
  let fleet: PracticeFleet;
  let host: ReturnType<PracticeFleet['describe']>['hosts'][number];
  beforeAll(async () => {
    fleet = await startPracticeFleet({ hosts: 1, vms: 3, firstHost: 4, firstVm: 900 });
    const [only] = fleet.describe().hosts;
    if (!only) throw new Error('a fleet of one host has it');
    host = only;
  });
  afterAll(async () => {
    await fleet?.stop();
  });

  const describeHost = async (key: string): Promise<void> => {
    await open('/hosts/new', 'legend:text("Log-in")');
    await page.getByLabel('Address').fill(host.address);
    await page.getByLabel('Port').fill(String(host.port));
    await page.getByRole('button', { name: 'Key file' }).click();
    await page.getByLabel('Private key').fill(key);
  };

  test('a public key in place of the private one is said before anything is asked', async () => {
    await describeHost('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI me');
    await page.getByRole('button', { name: 'Look at the host' }).click();
    await page.getByText('That is the public key (.pub): the private one is needed.').waitFor();
  });

  test('its key is confirmed by its fingerprint, its facts are shown, and it is added', async () => {
    await describeHost(fleet.describe().privateKey);
    await page.getByRole('button', { name: 'Look at the host' }).click();
    expect(await page.getByLabel('Fingerprint').innerText()).toBe(host.fingerprint);
    await page.getByText('ssh-keygen -lf').waitFor();
    await page.getByRole('button', { name: 'It is the same: go on' }).click();
    await page.getByText('3, shown as they are').waitFor();
    await page.getByRole('cell', { name: 'default' }).first().waitFor();
    await page.getByRole('button', { name: `Add ${host.name}` }).click();
    await page.waitForURL(/\/hosts\/host_/);
    await vi.waitFor(async () => expect(await badge().innerText()).toBe('Connected'), WAIT);
    await page.getByRole('tab', { name: /^VMs/ }).click();
    await vi.waitFor(async () => expect(await detail().locator('tbody tr').count()).toBe(3), WAIT);
  });

  test('the same host twice is refused by its name', async () => {
    await describeHost(fleet.describe().privateKey);
    await page.getByRole('button', { name: 'Look at the host' }).click();
    await page
      .getByRole('button', { name: 'It is the same: go on' })
      .or(page.getByText('Add it'))
      .first()
      .waitFor();
    const confirm = page.getByRole('button', { name: 'It is the same: go on' });
    if (await confirm.isVisible()) await confirm.click();
    await page.getByRole('button', { name: `Add ${host.name}` }).click();
    await page.getByText(`${host.address} is here already, as ${host.name}.`).waitFor();
  });

  test('another key is refused with both fingerprints; its VMs grey with their age; replaced, it comes back', async () => {
    const before = host.fingerprint;
    await fleet.fault(host.name, { kind: 'change-host-key' });
    await fleet.fault(host.name, { kind: 'drop' });
    await idOf('/hosts', host.name);
    await vi.waitFor(async () => expect(await badge().innerText()).toBe('Key changed'), {
      ...WAIT,
      timeout: 60_000,
    });
    const after = fleet.describe().hosts[0]?.fingerprint ?? '';
    expect(after).not.toBe(before);
    const shown = await detail().locator('.ik-fingerprint').allInnerTexts();
    expect(shown).toEqual([before, after]);
    await page.goto(`${console_.origin}/vms?query=${encodeURIComponent(`host:${host.name}`)}`);
    await page.locator('[role=row][data-stale]').first().waitFor();
    expect(await cell(rows().first(), STATE).innerText()).toMatch(/ old$/);
    await rows().first().click();
    const off = detail().getByRole('button', { name: 'Pause' });
    await off.waitFor();
    expect(await off.getAttribute('aria-disabled')).toBe('true');
    await off.hover();
    await page
      .getByRole('tooltip', { name: /was last heard .* ago; the order could not be delivered/ })
      .waitFor();

    await idOf('/hosts', host.name);
    await page.getByRole('button', { name: 'Replace the key…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill(host.name);
    await dialog.getByRole('button', { name: 'Replace the key' }).click();
    await vi.waitFor(async () => expect(await badge().innerText()).toBe('Connected'), {
      ...WAIT,
      timeout: 60_000,
    });
  });

  test('removing it asks for its name; its VMs go from the list', async () => {
    await idOf('/hosts', host.name);
    await page.getByRole('button', { name: 'Remove…' }).click();
    const dialog = page.getByRole('dialog', { name: `Remove ${host.name}` });
    await dialog.getByRole('textbox').fill(host.name);
    await dialog.getByRole('button', { name: `Remove ${host.name}` }).click();
    await page.waitForURL(/\/hosts(\?|$)/);
    await open(`/vms?query=${encodeURIComponent(`host:${host.name}`)}`, 'h2:text("No VM matches")');
  });
});

test('what was typed for a host stays after a reload, but never a secret', async () => {
  await open('/hosts/new', 'legend:text("Log-in")');
  await page.getByLabel('Address').fill('hv9.example.net');
  await page.getByRole('button', { name: 'Password, once' }).click();
  await page.getByRole('textbox', { name: 'Password' }).fill('hunter2hunter2');
  await page.reload();
  await page.getByRole('textbox', { name: 'Password' }).waitFor();
  expect(await page.getByLabel('Address').inputValue()).toBe('hv9.example.net');
  expect(await page.getByRole('textbox', { name: 'Password' }).inputValue()).toBe('');
  expect(
    await page.evaluate(() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])),
  ).not.toMatch(/hunter2/);
});

test('a host that cannot be reached is said in words, and what was typed stays', async () => {
  await open('/hosts/new', 'legend:text("Log-in")');
  await page.getByLabel('Address').fill('127.0.0.1');
  await page.getByLabel('Port').fill('1');
  await page.getByRole('button', { name: 'Password, once' }).click();
  await page.getByRole('textbox', { name: 'Password' }).fill('whatever');
  await page.getByRole('button', { name: 'Look at the host' }).click();
  await page.getByText('127.0.0.1 cannot be reached: nothing listens on that port').waitFor();
  expect(await page.getByLabel('Port').inputValue()).toBe('1');
});

test('nothing was written to the console of the page as an error', () => {
  expect(console_.pageErrors).toEqual([]);
});
