import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { seriousFindings } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import type { ConsoleForTest } from '../../../main/testing/console-for-test.ts';
import { lastMonths, monthPeriod, openRunsConsole } from '../../../main/testing/runs-console.ts';
import type { RunState } from '../../../shared/domains/runs/run-rules.ts';

let console_: ConsoleForTest;
let page: Page;
const { last, before } = lastMonths();

const one = (n: number, minor: number) => ({ n, minor: [minor] });

/** Before: 1 to 30 alike, 31 alone. Last month: 30 doubled, 31 gone, 32 new, 33 below 0. */
beforeAll(async () => {
  const alike = Array.from({ length: 29 }, (_, at) => one(at + 1, 10_000));
  console_ = await openRunsConsole([
    [before, [...alike, one(30, 20_000), one(31, 5000)]],
    [last, [...alike, one(30, 50_000), one(32, 7000), one(33, -400)]],
  ]);
  ({ page } = console_);
  const { runId } = await callInPage(page, 'runs.runCreate', monthPeriod(before));
  await stateOf(runId, 'ready');
  const { digest, counts } = await callInPage(page, 'runs.runGet', { runId });
  await callInPage(page, 'runs.runApprove', { runId, digest, confirmCount: counts.ready });
  await stateOf(runId, 'posted');
});
afterAll(async () => {
  await console_?.close();
});

async function stateOf(runId: string, state: RunState): Promise<void> {
  await vi.waitFor(
    async () => {
      expect((await callInPage(page, 'runs.runGet', { runId })).state).toBe(state);
    },
    { timeout: 60_000, interval: 200 },
  );
}

const row = (text: string): Locator => page.locator('[role=row][data-index]', { hasText: text });
const aside = (): Locator => page.locator('aside.ik-det');

/** Types into a labelled field by the keyboard. */
async function fill(label: string | RegExp, text: string): Promise<void> {
  const field = page.getByRole('textbox', { name: label });
  await field.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}

describe('a month is invoiced', () => {
  test('by n a new run is scoped; its preview says what is new, gone and changed', async () => {
    await page.goto(`${console_.origin}/runs`);
    await page.locator('h1:text-is("Billing runs")').waitFor();
    await row('Posted').waitFor();
    await page.keyboard.press('n');
    await page.getByRole('button', { name: 'Preview it' }).waitFor();
    await page.getByText('32 in all').or(page.getByText('33 in all')).waitFor();
    await page.getByRole('button', { name: 'Preview it' }).press('Enter');
    await page.waitForURL(/\/runs\/run_/);
    await aside().getByText('Waits for approval').waitFor();
    for (const [chip, customer, count] of [
      [/^New/, 'Klient 32', 2],
      [/^Nothing this time/, 'Klient 31', 1],
      [/^Changed/, 'Klient 30', 1],
    ] as const) {
      await page.getByRole('button', { name: chip }).press('Enter');
      await row(customer).waitFor();
      await expect.poll(async () => await page.locator('[role=row][data-index]').count()).toBe(count);
    }
    await page.getByRole('button', { name: /^All/ }).press('Enter');
    const { exceptions } = await callInPage(page, 'system.overview', {});
    expect(exceptions).toContainEqual(
      expect.objectContaining({ key: 'runs-waiting', count: 1, list: 'runs' }),
    );
    const change = page.getByRole('button', { name: 'Change', exact: true });
    for (const first of ['Klient 31', 'Klient 30']) {
      await change.press('Enter');
      await expect
        .poll(async () => await page.locator('[role=row][data-index="0"]').innerText())
        .toContain(first);
    }
  });

  test('a row is explained down to its charges, and Escape goes back to the approval', async () => {
    await row('Klient 30').click();
    await aside().getByRole('heading', { name: 'Klient 30' }).waitFor();
    const line = aside().locator('button[aria-expanded]').first();
    await line.press('Enter');
    await aside().getByText('All charges of the subscription').waitFor();
    expect(await aside().innerText()).toContain('500.00');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await seriousFindings(page)).toEqual([]);
    }
    await page.keyboard.press('Escape');
    await aside().getByRole('heading', { name: 'Approval' }).waitFor();
  });

  test('it is posted once its number is typed; the report has its numbers and its hash', async () => {
    const runId = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    const { counts } = await callInPage(page, 'runs.runGet', { runId });
    const button = aside().getByRole('button', { name: `Approve ${counts.ready} invoices` });
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await fill(/^Type \d+ to approve/, String(counts.ready));
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await seriousFindings(page)).toEqual([]);
    }
    await button.press('Enter');
    await aside().getByRole('heading', { name: 'Report' }).waitFor();
    const { report } = await callInPage(page, 'runs.runGet', { runId });
    expect(await aside().innerText()).toContain(report?.hash ?? 'no report');
    expect((await callInPage(page, 'billing.ledgerVerify', {})).problems).toEqual([]);
    await row('Klient 1').first().click();
    await aside().getByRole('link', { name: /^FV/ }).first().waitFor();
  });
});

test('a run is aborted before anything is posted', async () => {
  const { runId } = await callInPage(page, 'runs.runCreate', {
    ...monthPeriod(last),
    query: 'name:"Klient 5"',
  });
  await page.goto(`${console_.origin}/runs/${runId}`);
  await aside().getByRole('button', { name: 'Abort…' }).press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Abort the run' }).press('Enter');
  await aside().getByText('Aborted').first().waitFor();
});

test('axe finds nothing serious on the list and on a new run, in both schemes', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const [path, ready] of [
      ['/runs', '[data-index="0"]'],
      ['/runs/new', 'button:has-text("Preview it")'],
    ] as const) {
      await page.goto(console_.origin + path);
      await page.locator(ready).first().waitFor();
      expect(await seriousFindings(page)).toEqual([]);
    }
  }
  expect(console_.pageErrors).toEqual([]);
});
