import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { seriousInBoth } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import type { ConsoleForTest } from '../../../main/testing/console-for-test.ts';
import {
  fillStoppedRun,
  lastMonths,
  monthPeriod,
  openRunsConsole,
} from '../../../main/testing/runs-console.ts';
import { monthName, type RunState } from '../../../shared/domains/runs/run-rules.ts';

let console_: ConsoleForTest;
let page: Page;
const { last, before } = lastMonths();

const one = (n: number, minor: number) => ({ n, minor: [minor] });

/** Before: 1 to 30 alike, 31 alone. Last month: 30 doubled, 31 gone, 32 new, 33 below 0, 34 with more to get back of its invoice than it is charged. Of another company a run stands still. */
beforeAll(async () => {
  const alike = Array.from({ length: 29 }, (_, at) => one(at + 1, 10_000));
  console_ = await openRunsConsole(
    [
      [before, [...alike, one(30, 20_000), one(31, 5000), { n: 34, minor: [], periods: [{ minor: 9000 }] }]],
      [
        last,
        [
          ...alike,
          one(30, 50_000),
          one(32, 7000),
          one(33, -400),
          { n: 34, minor: [1000], periods: [{ minor: -4000, of: before }] },
        ],
      ],
    ],
    async (store) => {
      await fillStoppedRun(store, before);
    },
  );
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

const monthNameOf = (month: string): string => {
  const { periodStart: start, periodEndExclusive: endExclusive } = monthPeriod(month);
  return monthName({ start, endExclusive }) ?? '';
};

const row = (text: string): Locator => page.locator('[role=row][data-index]', { hasText: text });
const aside = (): Locator => page.locator('aside.ik-det');
/** The row that is open, in a window wide enough for the approval beside it. */
const opened = (): Locator => page.getByRole('region', { name: 'The row that is open' });

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
    await page.getByText('33 in all').or(page.getByText('34 in all')).waitFor();
    await page.getByRole('button', { name: 'Preview it' }).press('Enter');
    await page.waitForURL(/\/runs\/run_/);
    await aside().getByText('Waits for approval').waitFor();
    await aside().getByText('Invoices can be of').waitFor();
    await aside().getByRole('progressbar', { name: 'Posting' }).waitFor();
    await aside()
      .getByText(/^about .* once approved$/)
      .waitFor();
    await page.getByRole('heading', { name: `Compared with ${monthNameOf(before)}` }).waitFor();
    await page.getByText(/by severity, then by change in PLN/).waitFor();
    for (const [chip, customer, count] of [
      [/^New/, 'Klient 32', 2],
      [/^Nothing this time/, 'Klient 31', 1],
      [/^Changed/, 'Klient 30', 2],
    ] as const) {
      await page.getByRole('button', { name: chip }).press('Enter');
      await row(customer).waitFor();
      await expect.poll(async () => await page.locator('[role=row][data-index]').count()).toBe(count);
    }
    await page.getByRole('button', { name: /^All/ }).press('Enter');
    const { exceptions } = await callInPage(page, 'system.overview', {});
    expect(exceptions).toContainEqual(
      expect.objectContaining({ key: 'runs-waiting', count: 2, list: 'runs' }),
    );
    const change = page.getByRole('button', { name: 'Change', exact: true });
    for (const first of ['Klient 34', 'Klient 30']) {
      await change.press('Enter');
      await expect
        .poll(async () => await page.locator('[role=row][data-index="0"]').innerText())
        .toContain(first);
    }
  });

  test('a row is explained down to its charges beside the approval, and Escape closes it', async () => {
    await row('Klient 30').click();
    await opened().getByRole('heading', { name: 'Klient 30' }).waitFor();
    await aside().getByRole('heading', { name: 'Approval' }).waitFor();
    const line = opened().locator('button[aria-expanded]').first();
    await line.press('Enter');
    await opened().getByText('All charges of the subscription').waitFor();
    expect(await opened().getByRole('columnheader').allInnerTexts()).toEqual(
      expect.arrayContaining(['Period', 'Price', monthNameOf(last), monthNameOf(before)]),
    );
    expect(await opened().innerText()).toContain('500.00');
    expect(await seriousInBoth(page)).toEqual([]);
    // A narrow window has room for one of the two.
    await page.setViewportSize({ width: 1280, height: 800 });
    await aside().getByRole('heading', { name: 'Klient 30' }).waitFor();
    await page.setViewportSize({ width: 1440, height: 900 });
    await opened().getByRole('heading', { name: 'Klient 30' }).waitFor();
    await page.keyboard.press('Escape');
    await opened().waitFor({ state: 'detached' });
  });

  test('a credit note is told from invoices, by its badge, its sum and its words', async () => {
    const all = page.getByRole('button', { name: /^All/ });
    await page.getByRole('button', { name: /^Credit note/ }).press('Enter');
    const note = row('Klient 34');
    await note.waitFor();
    await expect.poll(async () => await page.locator('[role=row][data-index]').count()).toBe(1);
    await note.locator('.ik-bad', { hasText: '49.20' }).waitFor();
    expect(await note.innerText()).toContain('Credit note');
    const totals = page.getByRole('table', { name: 'Totals by currency' });
    expect(await totals.getByRole('columnheader').allInnerTexts()).toContain('Credited');
    const runId = new URL(page.url()).pathname.split('/')[2] ?? '';
    const { totals: said, counts } = await callInPage(page, 'runs.runGet', { runId });
    const [sum] = said;
    expect(sum).toMatchObject({ credits: 1, credited: { amountMinor: '-4920' } });
    expect(Number(sum?.gross.amountMinor)).toBe(Number(sum?.invoiced.amountMinor) - 4920);
    await page
      .getByText(`${counts.ready - 1} invoices and 1 credit note`)
      .first()
      .waitFor();
    await note.click();
    await opened().getByRole('heading', { name: 'Klient 34' }).waitFor();
    await opened()
      .getByText(/^credit note of/i)
      .first()
      .waitFor();
    await opened().getByRole('link', { name: /^FV/ }).first().waitFor();
    await opened().locator('button[aria-expanded]').first().press('Enter');
    await opened().getByText('All charges of the subscription').waitFor();
    expect(await seriousInBoth(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await opened().waitFor({ state: 'detached' });
    await all.press('Enter');
  });

  test('it is posted once its number is typed; the report has its numbers and its hash', async () => {
    const runId = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    const { counts } = await callInPage(page, 'runs.runGet', { runId });
    const button = aside().getByRole('button', {
      name: `Approve ${counts.ready - 1} invoices and 1 credit note`,
    });
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await fill(/^Type \d+ to approve/, String(counts.ready));
    expect(await seriousInBoth(page)).toEqual([]);
    await button.press('Enter');
    await aside().getByRole('heading', { name: 'Report' }).waitFor();
    const { report } = await callInPage(page, 'runs.runGet', { runId });
    expect(report?.credits).toMatchObject({ count: 1 });
    await aside()
      .getByText(/, and 1 credit note,/)
      .waitFor();
    expect(await aside().innerText()).toContain(report?.hash ?? 'no report');
    expect((await callInPage(page, 'billing.ledgerVerify', {})).problems).toEqual([]);
    await row('Klient 1').first().click();
    await opened().getByRole('link', { name: /^FV/ }).first().waitFor();
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

test('whose run it is and who approves is chosen; who approved the last one is kept', async () => {
  const waits = await callInPage(page, 'runs.runCreate', {
    ...monthPeriod(last),
    query: 'name:"Klient 5"',
    twoPeople: true,
  });
  await callInPage(page, 'runs.runAbort', { runId: waits.runId });
  await page.goto(`${console_.origin}/runs/new?query=name:"Klient 5"`);
  await page.locator('button[aria-pressed=true]:text-is("A second person")').waitFor();
  await page.getByRole('button', { name: 'Preview it' }).press('Enter');
  await page.waitForURL(/\/runs\/run_/);
  const runId = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  expect(await callInPage(page, 'runs.runGet', { runId })).toMatchObject({ twoPeople: true });
  await page.goto(`${console_.origin}/runs/new`);
  await page.locator('button:text-is("One person")').press('Enter');
  await page.getByText('The last run was approved by a second person').waitFor();
  await page.getByRole('textbox', { name: /^Invoice over/ }).fill('1,500');
  await page.getByRole('textbox', { name: /^Changed by/ }).focus();
  await page.getByText('1,500 can be 1500 or 1.500').first().waitFor();
  await page.getByRole('combobox', { name: 'Company' }).click();
  await page.getByRole('option', { name: 'Second Hosting s.r.o.' }).click();
  await page.waitForURL(/company=/);
  await page.getByText('No day is charged yet').waitFor();
  // What was typed stays, and the customers counted are those of the company that was chosen: it has none.
  expect(await page.getByRole('textbox', { name: /^Invoice over/ }).inputValue()).toBe('1,500');
  await page.locator('button[aria-pressed=true]:text-is("One person")').waitFor();
  await page.getByText('0 in all').waitFor();
  await page.getByRole('button', { name: 'Preview it' }).hover();
  await page.getByText('No customer of the company fits the query').waitFor();
});

test('of a company that is not there another is chosen', async () => {
  await page.goto(`${console_.origin}/runs/new?company=com_gone`);
  await page.getByText('There is no company com_gone.').waitFor();
  expect(await seriousInBoth(page)).toEqual([]);
  await page.getByRole('combobox', { name: 'Company' }).click();
  await page.getByRole('option', { name: 'Second Hosting s.r.o.' }).click();
  await page.getByText('No day is charged yet').waitFor();
});

test('a run that stands still goes on with another date, or is ended', async () => {
  await page.goto(`${console_.origin}/runs?query=company:second`);
  await row('Second Hosting').click();
  await page.locator('h1', { hasText: 'Second Hosting s.r.o.' }).waitFor();
  await aside().getByRole('button', { name: 'Go on posting…' }).press('Enter');
  await page.getByRole('dialog').getByLabel('Date of those left').waitFor();
  expect(await seriousInBoth(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await aside().getByRole('button', { name: 'End it…' }).press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'End the run' }).press('Enter');
  await stateOf('run_stopped', 'posted');
});

test('axe finds nothing serious on the list and on a new run, in both schemes', async () => {
  for (const [path, ready] of [
    ['/runs', '[data-index="0"]'],
    ['/runs/new', 'button:has-text("Preview it")'],
  ] as const) {
    await page.goto(console_.origin + path);
    await page.locator(ready).first().waitFor();
    expect(await seriousInBoth(page)).toEqual([]);
  }
  expect(console_.pageErrors).toEqual([]);
});
