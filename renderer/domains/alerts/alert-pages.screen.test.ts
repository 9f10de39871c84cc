import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Page } from 'playwright-core';
import { seriousFindings, seriousInBoth } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import { openConsole } from '../../../main/testing/console-for-test.ts';
import type { ConsoleForTest } from '../../../main/testing/console-for-test.ts';
import { startWebhookServer, type WebhookServerForTest } from '../../../main/testing/webhook-server.ts';

let console_: ConsoleForTest;
let page: Page;
let web: WebhookServerForTest;

beforeAll(async () => {
  web = await startWebhookServer();
  console_ = await openConsole(['--practice']);
  ({ page } = console_);
  await page.context().grantPermissions(['notifications'], { origin: console_.origin });
  await page.addInitScript(keepNotifications);
  await vi.waitFor(
    async () => {
      expect((await callInPage(page, 'fleet.vmList', { limit: 1 })).total).toBeGreaterThan(1);
    },
    { timeout: 60_000, interval: 200 },
  );
});
afterAll(async () => {
  await console_?.close();
  await web?.close();
});

/** Runs in the page: a browser without a desktop has nowhere to show what it is given, so it is kept. */
function keepNotifications(): void {
  const kept = class extends EventTarget {
    static permission = 'granted';
    static requestPermission = async () => 'granted';
    constructor(title: string, options?: { body?: string }) {
      super();
      const before = localStorage.getItem('test.notifications') ?? '';
      localStorage.setItem('test.notifications', `${before}${title}: ${options?.body ?? ''}\n`);
    }
    close(): void {
      // Nothing is shown.
    }
  };
  Object.assign(globalThis, { Notification: kept });
}

async function open(path: string, heading: string): Promise<void> {
  await page.goto(console_.origin + path);
  await page.locator(`h1:text-is("${heading}")`).waitFor();
}

async function fill(label: string, text: string): Promise<void> {
  const field = page.getByRole('dialog').getByLabel(label).first();
  await field.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}

describe('from a rule to somebody who has taken it on, by keyboard', () => {
  test('a rule says while it is typed what it would find, and where a query is wrong', async () => {
    await open('/alerts/rules', 'Alert rules');
    await page.getByRole('button', { name: 'New rule' }).press('Enter');
    await page.getByRole('dialog').waitFor();
    await fill('Name', 'Any host connected');
    await page.getByRole('dialog').getByRole('combobox', { name: 'List', disabled: false }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'Hosts', exact: true }).click();
    await fill('Query', 'colour:red');
    await page.getByRole('dialog').getByText('there is no field colour here').waitFor();
    await fill('Query', 'state:connected');
    await page
      .getByRole('dialog')
      .getByText(/The query has \d+ now/)
      .waitFor();
    // Nobody takes this one on: it is told to the consoles that are open.
    await callInPage(page, 'alerts.ruleSave', {
      name: 'Any VM',
      condition: { kind: 'query-count', list: 'vms', query: '', comparison: 'more-than', count: 0 },
      severity: 'warning',
      holdSeconds: 0,
      enabled: true,
    });
    await fill('Must hold for', '0');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByText('there are more than 0 hosts that match state:connected').waitFor();
  });

  test('what it finds stands in the list, in the rail and on the overview', async () => {
    await open('/alerts', 'Alerts');
    await page.getByRole('link', { name: 'Any host connected' }).first().waitFor({ timeout: 60_000 });
    await page.locator('nav[aria-label="Areas"] a[href="/alerts"] .ik-n').waitFor();
    await open('/', 'Overview');
    await page.getByText(/alerts? nobody has taken on/).waitFor();
    await page.getByRole('button', { name: 'Open alerts' }).press('Enter');
    await page.waitForURL(/\/alerts\?query=/);
  });

  test('it is taken on in a name, and silenced with a reason and an end', async () => {
    const { rows } = await callInPage(page, 'alerts.alertList', { query: 'rule:"Any host connected"' });
    await open(`/alerts/${rows[0]?.id}`, 'Alerts');
    await page.getByRole('button', { name: 'Take on' }).press('Enter');
    await page.getByRole('button', { name: 'Give back' }).waitFor();
    const taken = await callInPage(page, 'alerts.alertGet', { alertId: rows[0]?.id ?? '' });
    expect(taken.acknowledgedBy).not.toBe('');
    await page.getByRole('button', { name: 'Silence…' }).press('Enter');
    await page.getByRole('dialog').waitFor();
    await fill('Reason', 'A test of the screens.');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByText(/Nobody is told: A test of the screens/).waitFor({ timeout: 60_000 });
    await open('/alerts/silences', 'Silences');
    await page.getByRole('button', { name: 'End now' }).first().press('Enter');
    await page.getByRole('heading', { name: 'Over' }).waitFor();
  });

  test('what is open about a host stands on its page, with the way to the alert', async () => {
    const { ruleId } = await callInPage(page, 'alerts.ruleSave', {
      name: 'A host that works',
      condition: { kind: 'cpu-over', of: 'hosts', percent: 1 },
      severity: 'info',
      holdSeconds: 0,
      enabled: true,
    });
    const found = async () =>
      await callInPage(page, 'alerts.alertList', { query: 'rule:"A host that works"' });
    await expect.poll(async () => (await found()).total, { timeout: 60_000 }).toBeGreaterThan(0);
    const [alert] = (await found()).rows;
    await page.goto(`${console_.origin}/hosts/${alert?.hostId}`);
    const about = page.getByRole('region', { name: `Open alerts of ${alert?.host}` });
    await about.getByRole('link', { name: 'A host that works' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await about.getByRole('link', { name: 'A host that works' }).press('Enter');
    await page.waitForURL(`**/alerts/${alert?.id}`);
    await callInPage(page, 'alerts.ruleDelete', { ruleId });
  });

  test('a channel is added, and a test of it says exactly how it went', async () => {
    await open('/alerts/channels', 'Alert channels');
    await page.getByRole('button', { name: 'New channel' }).press('Enter');
    await page.getByRole('dialog').waitFor();
    await fill('Name', 'Night shift');
    await page.getByRole('dialog').getByRole('combobox', { name: 'Kind', disabled: false }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'Webhook', exact: true }).click();
    await fill('Address', `${web.url}/hook/secret-way`);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const send = page.getByRole('row', { name: /Night shift/ }).getByRole('button', { name: 'Send a test' });
    await send.press('Enter');
    await page.getByText(/took the message \(200\)/).waitFor();
    expect(web.posts.some((post) => post.body.includes('"kind":"test"'))).toBe(true);
    web.answer = () => ({ status: 410, text: 'gone' });
    await send.press('Enter');
    await page.getByText(/did not take the message: it answered 410 \(gone\)/).waitFor();
    expect(await page.content()).not.toContain('secret-way');
    web.answer = () => ({ status: 200, text: 'ok' });
  });

  test('a rule is switched off, its alert ends and stands in the history', async () => {
    await open('/alerts/rules', 'Alert rules');
    await page.getByRole('switch', { name: 'Any host connected is on' }).press('Space');
    await open('/alerts/history', 'Past alerts');
    await page.getByRole('link', { name: 'Any host connected' }).first().waitFor({ timeout: 60_000 });
  });

  test('what nobody took on was shown once as a notification', async () => {
    const shown = async (): Promise<string[]> => {
      const kept = await page.evaluate(() => localStorage.getItem('test.notifications') ?? '');
      return kept.split('\n').filter((line) => line.includes('Warning: Any VM: '));
    };
    await expect.poll(shown, { timeout: 60_000 }).not.toEqual([]);
    await page.reload();
    await page.locator('h1').first().waitFor();
    expect((await shown()).length).toBe(1);
  });

  test('where nothing fires, all is well', async () => {
    const { rows } = await callInPage(page, 'alerts.ruleList', {});
    for (const { id, firing: _firing, problem: _problem, ...rule } of rows)
      await callInPage(page, 'alerts.ruleSave', { ...rule, ruleId: id, enabled: false });
    await open('/alerts', 'Alerts');
    await page.getByRole('heading', { name: 'All is well' }).waitFor({ timeout: 60_000 });
  });
});

const PAGES = [
  ['open alerts', '/alerts', 'Alerts'],
  ['history', '/alerts/history', 'Past alerts'],
  ['rules', '/alerts/rules', 'Alert rules'],
  ['channels', '/alerts/channels', 'Alert channels'],
  ['silences', '/alerts/silences', 'Silences'],
] as const;

describe('in either colour scheme', () => {
  test.each(PAGES)('axe finds nothing serious on %s', async (_, path, heading) => {
    await open(path, heading);
    expect(await seriousInBoth(page)).toEqual([]);
  });

  test('axe finds nothing serious in the dialogs', async () => {
    for (const [path, heading, button] of [
      ['/alerts/rules', 'Alert rules', 'New rule'],
      ['/alerts/channels', 'Alert channels', 'New channel'],
      ['/alerts/silences', 'Silences', 'Silence…'],
    ] as const) {
      await open(path, heading);
      await page.getByRole('button', { name: button }).press('Enter');
      await page.getByRole('dialog').waitFor();
      expect(await seriousInBoth(page)).toEqual([]);
    }
  });
});

test('nothing was written to the console of the page as an error', () => {
  expect(console_.pageErrors).toEqual([]);
});
