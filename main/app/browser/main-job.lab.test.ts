import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Decimal } from 'decimal.js';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import { clockBeforeMidnight, type ShiftedClock } from '../../testing/clock-before-midnight.ts';
import { openConsole, type ConsoleForTest } from '../../testing/console-for-test.ts';
import {
  choose,
  fact,
  field,
  fill,
  inkOf,
  minorOf,
  openArea,
  press,
  tableTexts,
} from '../../testing/console-steps.ts';
import type { Lab } from '../../testing/lab/lab.ts';
import type { LabHost } from '../../testing/lab/lab-host.ts';
import { describeLab, labFromSetup } from '../../testing/lab/lab-in-test.ts';
import { root } from '../../testing/laws/source-files.ts';

const ZONE = 'Europe/Warsaw';
/** Long enough to make the VM, look at it from all sides and sell it before the day ends. */
const LEFT_MS = 105_000;
const PRICE = { perMonth: '310.00', perVcpuHour: '36', perGibHour: '72' };
const CUSTOMER = 'Biuro Rachunkowe Jarzębina';
/** What is shown a moment later, on a machine that is busy with guests. */
const patience = { timeout: 60_000, interval: 100 };
const VM = 'acct-4812';

const dayIn = (day: LocalDate, month: 'short' | 'long'): string =>
  new Intl.DateTimeFormat('en-GB', { day: 'numeric', month, year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${day}T00:00:00Z`),
  );
/** `22 Nov 2026`, as the console writes days. */
const shownDay = (day: LocalDate): string => dayIn(day, 'short').replace('Sept', 'Sep');
/** `22 November 2026`, as its calendars name them. */
const calendarDay = (day: LocalDate): string => dayIn(day, 'long');
const shownAmount = (minor: number): string => (minor / 100).toFixed(2);
const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

describeLab('the main job on screen, on SQLite: from a bare host to the amounts in the PDF', () => {
  let lab: Lab;
  let host: LabHost;
  let clock: ShiftedClock;
  let console_: ConsoleForTest;
  let page: Page;

  beforeAll(async () => {
    lab = labFromSetup();
    host = lab.host('hv1');
    await lab.image();
    // Built before the clock is wound: building takes a part of the day that is left.
    execFileSync(process.execPath, [join(root, 'main/app/launch/innkeeper.mjs'), '--version']);
    clock = clockBeforeMidnight(ZONE, LEFT_MS);
    console_ = await openConsole([], {
      environment: { ...clock.environment, INNKEEPER_SWEEP_SECONDS: '3' },
      clockShiftMs: clock.shiftMs,
    });
    page = console_.page;
    page.setDefaultTimeout(60_000);
  });

  afterAll(async () => {
    await console_?.close();
    await host.tryExec(`virsh destroy ${VM}; virsh undefine ${VM}; rm -f /var/lib/libvirt/images/*`);
    await host.virsh(['pool-refresh', 'default']);
  });

  async function connectHost(): Promise<void> {
    for (const door of ['Connect a host', 'Open practice', 'How to join'])
      await page.getByRole('button', { name: door }).waitFor();
    await press(page, 'Connect a host');
    await fill(page, { Address: host.address, 'Private key': host.privateKey });
    await press(page, 'Look at the host');
    expect(await page.getByLabel('Fingerprint').innerText()).toBe(host.hostKeyFingerprint);
    await press(page, 'It is the same: go on');
    await page.getByRole('row', { name: /^default dir active/ }).waitFor();
    expect(await fact(page, 'libvirt')).toMatch(/^\d+\.\d+\.\d+$/);
    // The lab emulates its guests, and its hosts live by the machine's clock, not by the one that was wound.
    await expect
      .poll(async () => await page.getByRole('note').allInnerTexts(), patience)
      .toEqual([
        expect.stringMatching(/^The clock is \d+ s (behind|ahead of) this machine's/),
        expect.stringContaining('KVM is not available'),
      ]);
    await press(page, 'Add hv1');
    await page.getByRole('complementary').getByText('Connected', { exact: true }).waitFor();
    expect(await fact(page, 'Host key')).toBe(host.hostKeyFingerprint);
  }

  async function importTemplate(): Promise<void> {
    await openArea(page, 'Templates');
    await page.getByRole('button', { name: 'Import an image' }).first().click();
    await fill(page, { Path: await lab.image(), Name: 'Mini 1', OS: 'Lab mini', Memory: '64' });
    await press(page, 'Import');
    const steps = page.getByRole('list', { name: 'Steps of Import the template Mini 1' });
    await steps.getByText('Upload it to hv1').waitFor();
    await page.getByText('5 of 5 steps').waitFor();
    const sha256 = createHash('sha256')
      .update(readFileSync(await lab.image()))
      .digest('hex');
    expect(await fact(page, 'SHA-256')).toBe(sha256);
  }

  async function sayWhoSells(): Promise<void> {
    await openArea(page, 'Settings');
    await page.getByRole('tab', { name: 'Companies' }).click();
    await fill(page, {
      Name: 'Zajazd Hosting sp. z o.o.',
      'Street and number': 'ul. Przykładowa 28',
      Postcode: '00-950',
      City: 'Warszawa',
      'VAT id': 'PL5260250995',
      IBAN: 'PL61 1090 1014 0000 0712 1981 2874',
    });
    expect(await field(page, 'Time zone').inputValue()).toBe(ZONE);
    await press(page, 'Save');
    await page.getByRole('alert').getByText('Company saved').waitFor();
  }

  async function addCustomerAndPlan(): Promise<void> {
    await openArea(page, 'Customers');
    await page.getByRole('button', { name: 'New customer' }).first().click();
    await fill(page, {
      Name: CUSTOMER,
      'Street and number': 'ul. Wzorcowa 5',
      Postcode: '30-901',
      City: 'Kraków',
    });
    await press(page, 'Add customer');
    await page.getByRole('complementary').getByRole('heading', { name: CUSTOMER }).waitFor();
    await openArea(page, 'Plans');
    await page.getByRole('button', { name: 'New plan' }).first().click();
    await fill(page, { Name: 'A-1' });
    await choose(page, 'Currency', 'PLN');
    await fill(page, {
      'A month': PRICE.perMonth,
      'Per vCPU-hour': PRICE.perVcpuHour,
      'Per GiB-hour of memory': PRICE.perGibHour,
    });
    await press(page, 'Make the plan');
    await page.getByRole('complementary').getByRole('heading', { name: 'A-1' }).waitFor();
  }

  async function makeVm(): Promise<void> {
    await openArea(page, 'VMs');
    await page.getByRole('button', { name: 'New VM' }).first().click();
    await choose(page, 'Template', 'Mini 1');
    await fill(page, { Name: VM, vCPU: '1', Memory: '0.125', Disk: '0.5' });
    await choose(page, 'Customer', CUSTOMER);
    await fill(page, { 'SSH keys': readFileSync(`${lab.privateKeyFile}.pub`, 'utf8').trim() });
    await expect
      .poll(async () => await field(page, 'Plugged into').inputValue(), patience)
      .toBe('br0 (bridge)');
    await press(page, 'Make the VM');
    const steps = page.getByRole('list', { name: `Steps of Make ${VM} on hv1 from Mini 1` });
    await steps.getByText(`Wait until ${VM} answers`).waitFor();
    await page.getByText('7 of 7 steps').waitFor({ timeout: 90_000 });
    const address = await fact(page, 'Address');
    expect(lab.leases().map((lease) => lease.address)).toContain(address);
    await press(page, 'Open the VM');
    await page.getByRole('heading', { name: VM, level: 2 }).waitFor();
    await expect.poll(async () => await fact(page, 'IPv4'), patience).toBe(address);
  }

  async function startSubscription(): Promise<void> {
    await openArea(page, 'Subscriptions');
    await press(page, 'Start a subscription');
    const dialog = page.getByRole('dialog');
    await choose(dialog, 'Customer', CUSTOMER);
    await choose(dialog, 'Plan', 'A-1');
    await choose(dialog, 'VM', VM);
    await press(dialog, 'Start');
    await page
      .getByRole('complementary')
      .getByRole('heading', { name: `A-1 for ${VM}` })
      .waitFor();
    // Where this differs, the walk was slower than the day that was left.
    expect(await fact(page, 'First day')).toBe(shownDay(clock.today));
  }

  async function openVm(tab: string): Promise<void> {
    await openArea(page, 'VMs');
    await page.getByRole('gridcell', { name: VM }).click();
    await page.getByRole('tab', { name: tab }).click();
  }

  async function lookAtVm(): Promise<void> {
    await openVm('Console');
    const terminal = page.getByRole('tabpanel', { name: 'Console' });
    await field(terminal, `Serial console of ${VM}`).press('Enter');
    await terminal.getByText('bash-5.2#').first().waitFor();
    await page.keyboard.type('yes > /dev/null & echo $((41 + 1)) rooms\n');
    await terminal.getByText('42 rooms').waitFor();
    await page.getByRole('tab', { name: 'Screen' }).click();
    const screen = page.getByRole('application', { name: `Screen of ${VM}` }).locator('canvas');
    await expect.poll(async () => await inkOf(screen), { timeout: 60_000 }).toBeGreaterThan(0.001);
    await page.getByRole('tab', { name: 'Summary' }).click();
    await expect.poll(cpuPercentShown, { timeout: 60_000 }).toBeGreaterThan(25);
    await page.getByRole('tab', { name: 'Console' }).click();
    await field(terminal, `Serial console of ${VM}`).press('Enter');
    await terminal.getByText('bash-5.2#').first().waitFor();
    await page.keyboard.type('kill %1\n');
    await page.getByRole('tab', { name: 'Summary' }).click();
    await expect.poll(cpuPercentShown, { timeout: 60_000 }).toBeLessThan(20);
  }

  /** The value beside the live chart; -1 before there is one. */
  async function cpuPercentShown(): Promise<number> {
    const words = await page.getByRole('img', { name: /^CPU: / }).getAttribute('aria-label');
    return Number(/(\d+) %$/.exec(words ?? '')?.[1] ?? -1);
  }

  /** Both in the list and in the head of the detail. */
  async function expectState(word: string, withinMs: number): Promise<void> {
    const row = page.getByRole('row', { name: new RegExp(`^${VM} ${word} `) });
    const badge = page.getByRole('complementary').getByText(word, { exact: true });
    await expect
      .poll(async () => [await row.count(), await badge.count()], { timeout: withinMs, interval: 50 })
      .toEqual([1, 1]);
  }

  async function changeVmFromOutside(): Promise<void> {
    await page.getByRole('tab', { name: 'Events' }).click();
    await host.virsh(['suspend', VM]);
    await expectState('Paused', 2000);
    await press(page, 'Resume');
    await expectState('Running', 10_000);
    expect((await host.virsh(['domstate', VM])).trim()).toBe('running');
  }

  /** Waits for midnight; the sum of what is charged for the day, in minor units, as the subscription's page lists it. */
  async function waitForTheDayToClose(): Promise<number> {
    await openArea(page, 'Ledger');
    await expect
      .poll(async () => await fact(page, 'Charged to'), { timeout: LEFT_MS + 60_000, interval: 500 })
      .toBe(shownDay(clock.today));
    await openArea(page, 'Subscriptions');
    await page.getByRole('gridcell', { name: VM }).click();
    const table = page.getByRole('complementary').getByRole('table', { name: 'Charges' });
    // The three charges of the day, once they are read.
    await expect.poll(async () => (await tableTexts(table)).length, { timeout: 60_000 }).toBe(4);
    const [, ...charges] = await tableTexts(table);
    expect(charges.map(([day, component, , , , invoice]) => [day, component, invoice])).toEqual(
      ['Month', 'vCPU-hours', 'GiB-hours'].map((name) => [shownDay(clock.today), name, 'not yet']),
    );
    return sumOf(
      charges.map(([, , quantity = '', unitPrice = '', amount = '']) => {
        const [numerator = '', denominator = '1'] = quantity.replace(/ .*/, '').split('/');
        const exact = new Decimal(unitPrice).mul(numerator).div(denominator).mul(100);
        expect(exact.greaterThan(0)).toBe(true);
        // The quantity on screen is rounded, so the amount may be a cent off what it comes to.
        expect(exact.sub(minorOf(amount)).abs().lessThanOrEqualTo(1)).toBe(true);
        return minorOf(amount);
      }),
    );
  }

  /** Previews and issues the invoice of that day; its totals as the preview shows them and the invoice's page too. */
  async function issueInvoice(): Promise<{ number: string; net: number; vat: number; gross: number }> {
    await openArea(page, 'Invoices');
    await page.getByRole('button', { name: 'New invoice' }).first().click();
    await choose(page, 'Customer', CUSTOMER);
    await press(page, 'Other days');
    await pickDay('First day', clock.today);
    await pickDay('Last day', clock.today);
    const totals = page.getByRole('region', { name: 'VAT and totals' }).getByRole('table');
    await totals.waitFor();
    const previewed = (await tableTexts(totals)).at(-1);
    const lines = await tableTexts(page.getByRole('region', { name: 'Preview' }).getByRole('table'));
    await press(page, 'Issue…');
    await press(page.getByRole('dialog'), `Issue over ${previewed?.at(-1)} PLN`);
    await page.getByRole('tab', { name: 'Lines and facts' }).click();
    const issued = page.getByRole('region', { name: 'Lines and facts' });
    const itsLines = issued
      .getByRole('table')
      .filter({ has: page.getByRole('columnheader', { name: 'Description' }) });
    await expect.poll(async () => await tableTexts(itsLines), patience).toEqual(lines);
    expect((await tableTexts(issued.getByRole('table').last())).at(-1)).toEqual(previewed);
    const [, net, vat, gross] = previewed?.map((cell, at) => (at === 0 ? 0 : minorOf(cell))) ?? [];
    if (net === undefined || vat === undefined || gross === undefined) throw new Error('no totals');
    const heading = page.getByRole('complementary').getByRole('heading', { level: 2 });
    return { number: await heading.innerText(), net, vat, gross };
  }

  /** From a date field's calendar, which opens on the month of what it holds. */
  async function pickDay(name: string, day: LocalDate): Promise<void> {
    const button = page.getByRole('button', { name, exact: true });
    const isLater = Date.parse(await button.innerText()) < Date.parse(shownDay(day));
    await button.click();
    const wanted = page.getByRole('button', { name: calendarDay(day), exact: true });
    await page.getByRole('button', { name: 'Next month' }).waitFor();
    while ((await wanted.count()) === 0) await press(page, isLater ? 'Next month' : 'Previous month');
    await wanted.click();
    await expect.poll(async () => await button.innerText(), patience).toBe(shownDay(day));
  }

  async function readPdf(): Promise<string> {
    const download = page.waitForEvent('download');
    await press(page, 'Download PDF');
    const file = await (await download).path();
    expect(await page.getByText('PDF, SHA-256').locator('xpath=../..').innerText()).toContain(
      createHash('sha256').update(readFileSync(file)).digest('hex'),
    );
    return execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
  }

  async function verifyLedger(gross: number): Promise<void> {
    await openArea(page, 'Ledger');
    const balance = page.getByRole('region', { name: 'Trial balance' }).getByRole('table');
    await expect
      .poll(async () => (await tableTexts(balance)).find(([account]) => account === 'Receivables'), patience)
      .toEqual(['Receivables', shownAmount(gross), '–']);
    await press(page, 'Verify the ledger');
    await page.getByText(/^All of it adds up: \d+ entries, 3 charges and 1 invoices/).waitFor();
  }

  async function shutVmDown(): Promise<void> {
    await openVm('Tasks');
    await press(page, 'Shut down…');
    await press(page.getByRole('dialog'), 'Shut down');
    await expectState('Stopped', 60_000);
  }

  async function deleteVm(): Promise<void> {
    const dialog = page.getByRole('dialog');
    await press(page, 'More actions');
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await dialog.getByLabel(`Type ${VM} to confirm`).fill(VM);
    await press(dialog, `Delete ${VM}`);
  }

  /** What is sold is not deleted: the subscription ends first, with the day that is invoiced. */
  async function takeVmDown(): Promise<void> {
    await shutVmDown();
    await deleteVm();
    const refusal = page.getByText(`${VM} belongs to the running subscription A-1: end that first.`);
    await refusal.waitFor();
    await page.keyboard.press('Escape');
    await refusal.waitFor({ state: 'detached' });
    await openArea(page, 'Subscriptions');
    await page.getByRole('gridcell', { name: VM }).click();
    await press(page, 'End…');
    await pickDay('Last day that is charged', clock.today);
    await press(page.getByRole('dialog'), 'End the subscription');
    await page
      .getByRole('complementary')
      .locator('.ik-badge', { hasText: /^Ended$/ })
      .waitFor();
    await openVm('Tasks');
    await deleteVm();
    await expect.poll(async () => await page.getByRole('gridcell', { name: VM }).count(), patience).toBe(0);
    await expect.poll(async () => (await host.virsh(['list', '--all', '--name'])).trim(), patience).toBe('');
    // The template's own image stays. The VM's volumes go after the VM.
    await expect
      .poll(async () => (await host.virsh(['vol-list', 'default'])).trim().split('\n'), patience)
      .toEqual([expect.stringContaining('tpl')]);
  }

  test(
    'adds the host, imports the image, makes the VM, sells it, invoices its first day, and takes it down',
    { timeout: 300_000 },
    async ({ onTestFailed }) => {
      onTestFailed(async () => {
        process.stderr.write(`The page at the end:\n${await page.locator('body').ariaSnapshot()}\n`);
      });
      await connectHost();
      await importTemplate();
      await sayWhoSells();
      await addCustomerAndPlan();
      await makeVm();
      await startSubscription();
      await lookAtVm();
      await changeVmFromOutside();
      const charged = await waitForTheDayToClose();
      const { number, net, vat, gross } = await issueInvoice();
      expect({ net, vat, gross }).toEqual({
        net: charged,
        vat: new Decimal(charged).mul('0.23').toDecimalPlaces(0, Decimal.ROUND_HALF_UP).toNumber(),
        gross: net + vat,
      });
      const pdf = await readPdf();
      const polish = (minor: number): string => (minor / 100).toFixed(2).replace('.', ',');
      for (const words of [number, CUSTOMER, 'Zajazd Hosting', VM, ...[net, vat, gross].map(polish)])
        expect(pdf).toContain(words);
      await verifyLedger(gross);
      await takeVmDown();
      expect(console_.pageErrors).toEqual([]);
    },
  );
});
