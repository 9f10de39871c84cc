import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { seriousFindings } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import type { ConsoleForTest } from '../../../main/testing/console-for-test.ts';
import { lastMonths, monthPeriod, openRunsConsole } from '../../../main/testing/runs-console.ts';
import { runCustomerId } from '../../../main/testing/runs-room.ts';

let console_: ConsoleForTest;
let page: Page;
const { last } = lastMonths();
const customerId = runCustomerId(1);

beforeAll(async () => {
  console_ = await openRunsConsole([[last, [{ n: 1, minor: [10_000] }]]]);
  ({ page } = console_);
  await page.getByRole('navigation', { name: 'Areas' }).waitFor();
});
afterAll(async () => {
  await console_?.close();
});

const dialog = (): Locator => page.getByRole('dialog');

async function fill(label: string, text: string): Promise<void> {
  const field = dialog().getByRole('textbox', { name: label });
  await field.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}

async function expectNothingSerious(): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect([colorScheme, await seriousFindings(page)]).toEqual([colorScheme, []]);
  }
}

test('a line is charged by hand on a customer’s page, once what is missing is written', async () => {
  await page.goto(`${console_.origin}/customers/${customerId}`);
  await page.getByText('Nothing: all that is charged comes from plans.').waitFor();
  await page.getByRole('button', { name: 'Charge by hand…' }).press('Enter');
  await fill('Description', 'Moving a mailbox');
  await fill('Net price of one', '80,50');
  await fill('Reference', 'ticket 4812');
  const charge = dialog().getByRole('button', { name: 'Charge it' });
  expect(await charge.getAttribute('aria-disabled')).toBe('true');
  await fill('Reason', 'Ordered by telephone');
  await expectNothingSerious();
  await charge.press('Enter');
  await dialog().waitFor({ state: 'detached' });
  const row = page.locator('tr', { hasText: 'ticket 4812' });
  await row.getByText('with the next').waitFor();
  expect(await row.innerText()).toMatch(/Moving a mailbox[\s\S]*80\.50/);
});

test('a wholly credited invoice is billed again, once', async () => {
  const { invoiceId } = await callInPage(page, 'billing.invoiceCreate', { customerId, ...monthPeriod(last) });
  await callInPage(page, 'billing.invoiceCredit', { invoiceId, reason: 'Wrong address' });
  await page.goto(`${console_.origin}/invoices/${invoiceId}`);
  await page.getByRole('button', { name: 'Bill again…' }).press('Enter');
  await dialog().getByText('This works once').waitFor();
  await expectNothingSerious();
  await dialog().getByRole('button', { name: 'Charge its lines again' }).press('Enter');
  await dialog().waitFor({ state: 'detached' });
  const button = page.getByRole('button', { name: 'Bill again…' });
  await expect.poll(async () => await button.getAttribute('aria-disabled')).toBe('true');
  const next = await callInPage(page, 'billing.invoicePreview', { customerId, ...monthPeriod(last) });
  expect(next.net.amountMinor).toBe('10000');
});

test('invoices are found by amount, and the ledger says what each month came to', async () => {
  await page.goto(`${console_.origin}/invoices?query=123.00`);
  await page.locator('[aria-label="Invoices"] [role=row][data-index="0"]', { hasText: 'Klient 1' }).waitFor();
  await page.goto(`${console_.origin}/ledger`);
  const panel = page.locator('section', { hasText: 'Revenue and receivables by month' }).last();
  await panel.getByRole('img', { name: /^Revenue, receivables and overdue by month/ }).waitFor();
  expect(await panel.locator('tbody tr').count()).toBe(13);
  await expectNothingSerious();
  expect(console_.pageErrors).toEqual([]);
});
