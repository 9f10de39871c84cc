import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { seriousFindings } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import { openConsole } from '../../../main/testing/console-for-test.ts';
import type { ConsoleForTest } from '../../../main/testing/console-for-test.ts';
import { makePostgresCluster } from '../../../main/testing/postgres-cluster.ts';
import type { PostgresCluster } from '../../../main/testing/postgres-cluster.ts';

const soon = { timeout: 60_000, interval: 100 };

/** A server of its own, which can die. */
let cluster: PostgresCluster;
let folder = '';
let console_: ConsoleForTest;
let page: Page;

/** An embedded store, a team's, and one whose database is away. */
const installations = () => [
  { name: 'prague', label: 'Prague', colour: 'plum', store: `sqlite:${join(folder, 'prague.sqlite')}` },
  {
    name: 'brno',
    label: 'Brno',
    colour: 'amber',
    store: cluster.url,
  },
  { name: 'ostrava', label: 'Ostrava', store: 'postgres://ik:hunter2@127.0.0.1:1/none' },
];

async function vmsOf(installation: string): Promise<{ id: string; name: string; state: string }[]> {
  return (await callInPage(page, 'fleet.vmList', { limit: 500 }, installation)).rows;
}

async function open(path: string, ready: string): Promise<void> {
  await page.goto(console_.origin + path);
  await page.locator(ready).first().waitFor();
}

const switcher = () => page.getByRole('button', { name: /^Installation: / });

describe.skipIf(inject('postgresUrl') === '')('a console of several installations', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'innkeeper-installations-'));
    const made = await makePostgresCluster();
    if (made === undefined) throw new Error('There is no PostgreSQL on this machine.');
    cluster = made;
    const list = installations();
    console_ = await openConsole([], {
      environment: { INNKEEPER_INSTALLATIONS: JSON.stringify(list), INNKEEPER_LOGIN: 'anna' },
    });
    ({ page } = console_);
    await callInPage(page, 'system.practiceOpen', { hosts: 1, vms: 6 }, 'prague');
    await callInPage(page, 'system.practiceOpen', { hosts: 2, vms: 8 }, 'brno');
    await vi.waitFor(async () => {
      expect([(await vmsOf('prague')).length, (await vmsOf('brno')).length]).toEqual([6, 8]);
    }, soon);
  });
  afterAll(async () => {
    await console_?.close();
    rmSync(folder, { recursive: true, force: true });
    await cluster?.remove();
  });

  test('opens the first, and its name stands in the address, the rail, the chip and the title', async () => {
    await open('/vms', 'h1:text("VMs")');
    expect(new URL(page.url()).pathname).toBe('/at/prague/vms');
    expect(await switcher().getAttribute('aria-label')).toBe('Installation: Prague');
    await page.locator('.ik-env', { hasText: 'Prague' }).waitFor();
    await expect.poll(async () => await page.title(), soon).toBe('VMs · prague · Innkeeper');
    await page.locator('[role="row"] .ik-med').first().waitFor();
    expect(await seriousFindings(page)).toEqual([]);
  });

  test('g and a number go to another: none of its rows, ticks or queries is there, and all are back on return', async () => {
    const names = async (): Promise<string[]> => await page.locator('[role="row"] .ik-med').allInnerTexts();
    const [prague, brno] = [await vmsOf('prague'), await vmsOf('brno')];
    await open('/at/prague/vms?query=name%3A' + prague[0]!.name, 'h1:text("VMs")');
    await expect.poll(names, soon).toEqual([prague[0]!.name]);
    await page.keyboard.press('g');
    await page.keyboard.press('2');
    await page.waitForURL(/\/at\/brno\/$/);
    await page.locator('html[data-env-colour="amber"]').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('v');
    await page.waitForURL(/\/at\/brno\/vms$/);
    await expect
      .poll(async () => (await names()).toSorted(), soon)
      .toEqual(brno.map((vm) => vm.name).toSorted());
    await switcher().click();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('menuitem', { name: 'Prague' }).click();
    await page.waitForURL(/\/at\/prague\/vms\?query=/);
    await expect.poll(names, soon).toEqual([prague[0]!.name]);
    await page.goBack();
    await page.waitForURL(/\/at\/brno\/vms$/);
    // The page of the one gone back to is a new document: before it is there, nothing hears the keys.
    await expect.poll(async () => (await names()).length, soon).toBe(brno.length);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('switch to prague');
    await page.getByRole('dialog').getByRole('button', { name: 'Switch to Prague' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/at\/prague\//);
  });

  test('a draft of one is not in the form of another', async () => {
    await open('/at/prague/customers/new', 'h1:text("New customer")');
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Bohemia');
    await open('/at/brno/customers/new', 'h1:text("New customer")');
    expect(await page.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe('');
    await open('/at/prague/customers/new', 'h1:text("New customer")');
    await expect
      .poll(async () => await page.getByRole('textbox', { name: 'Name', exact: true }).inputValue(), soon)
      .toBe('Bohemia');
  });

  test('a VM of one is not to be found, and not to be acted upon, in another', async () => {
    const [vm] = await vmsOf('brno');
    await open(`/at/prague/vms/${vm!.id}`, 'text=This VM is no longer here');
    await expect(callInPage(page, 'fleet.vmStart', { vmId: vm!.id }, 'prague')).rejects.toThrow(/no VM/);
  });

  test('one whose database is away says so and holds nobody up', async () => {
    await open('/at/ostrava/vms', 'h2:text("Ostrava cannot be opened")');
    expect(await page.locator('main').innerText()).not.toContain('hunter2');
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press('g');
    await page.keyboard.press('1');
    await page.locator('.ik-env', { hasText: 'Prague · Practice' }).waitFor();
    await open('/at/nowhere/vms', 'text=There is no installation "nowhere"');
  });

  describe('the VMs of all installations', () => {
    const rows = () => page.locator('.ik-row-line, [role="row"]').filter({ hasText: /Prague|Brno/ });

    beforeAll(async () => {
      await open('/at/prague/everywhere', 'h1:text("VMs of all installations")');
      await vi.waitFor(async () => {
        expect(await rows().count()).toBe(14);
      }, soon);
    });

    test('stand in one order with their counts added up, and the one that is away is named', async () => {
      const [prague, brno] = [await vmsOf('prague'), await vmsOf('brno')];
      const names = await page.locator('[role="row"] .ik-med').allInnerTexts();
      expect(names).toEqual([...prague, ...brno].map((vm) => vm.name).toSorted());
      expect(await page.locator('h1').locator('xpath=..').innerText()).toContain('14');
      await page.getByText('Ostrava did not answer').waitFor();
      expect(await page.getByRole('link', { name: 'Brno 8' }).getAttribute('href')).toBe('/at/brno/vms');
      expect(await seriousFindings(page)).toEqual([]);
    });

    test('an action on a row is that installation’s: its VM, its name in the dialog, its record', async () => {
      const target = (await vmsOf('brno')).find((vm) => vm.state === 'running')!;
      await page
        .getByRole('row', { name: new RegExp(`\\b${target.name}\\b`) })
        .filter({ hasText: 'Brno' })
        .click();
      await page.locator('h2', { hasText: target.name }).waitFor();
      expect(page.url()).toContain(`/at/prague/everywhere/brno~${target.id}`);
      const before = await vmsOf('prague');
      await page.getByRole('button', { name: 'Pause', exact: true }).click();
      await expect
        .poll(async () => (await vmsOf('brno')).find((vm) => vm.id === target.id)?.state, soon)
        .toBe('paused');
      expect((await vmsOf('prague')).map((vm) => [vm.id, vm.state])).toEqual(
        before.map((vm) => [vm.id, vm.state]),
      );
      const told = await callInPage(page, 'system.auditList', {}, 'prague');
      expect(told.rows.filter((row) => row.operation === 'fleet.vmPause')).toEqual([]);
      // Its links lead into its own console.
      await page
        .getByRole('link', { name: /practice|hv/ })
        .first()
        .click();
      await page.waitForURL(/\/at\/brno\/hosts\//);
    });
  });

  describe('when a database dies under the open list', () => {
    const shown = () => page.locator('[role="row"]').filter({ hasText: /Prague|Brno/ });
    const of = async (name: string): Promise<number> => await shown().filter({ hasText: name }).count();

    test('the list says which installation cannot be reached and goes on with the others; back again, all are there', async () => {
      await open('/at/prague/everywhere', 'h1:text("VMs of all installations")');
      await expect.poll(async () => [await of('Prague'), await of('Brno')], soon).toEqual([6, 8]);
      await cluster.pause();
      // What happens in one that answers has the list read again.
      const target = (await vmsOf('prague')).find((vm) => vm.state === 'running')!;
      await callInPage(page, 'fleet.vmPause', { vmId: target.id }, 'prague');
      await page.getByText('Brno did not answer').waitFor(soon);
      await expect.poll(async () => [await of('Prague'), await of('Brno')], soon).toEqual([6, 0]);
      await shown().filter({ hasText: target.name }).filter({ hasText: 'Paused' }).waitFor();
      expect(await page.locator('main').innerText()).not.toContain('hunter2');
      await cluster.start();
      await expect.poll(async () => [await of('Prague'), await of('Brno')], soon).toEqual([6, 8]);
      await page.getByText('Brno did not answer').waitFor({ ...soon, state: 'detached' });
    });
  });

  test('nothing was written to the console of the page as an error', () => {
    expect(console_.pageErrors).toEqual([]);
  });
});
