import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { addDays, localDate, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { seriousFindings, seriousInBoth } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import { openConsole } from '../../../main/testing/console-for-test.ts';
import type { ConsoleForTest } from '../../../main/testing/console-for-test.ts';

let console_: ConsoleForTest;
let page: Page;
let invoiceId: string;
let number: string;
let customerId: string;
/** Yesterday: something is charged in it that is on no invoice. */
let unbilled: { periodStart: LocalDate; periodEndExclusive: LocalDate };

/** A company, a customer and an invoice of yesterday over 123.00 EUR. */
beforeAll(async () => {
  console_ = await openConsole(['--practice']);
  ({ page } = console_);
  await callInPage(page, 'billing.companySave', {
    name: 'Hostinec Hosting s.r.o.',
    street: 'Vzorová 5',
    postcode: '602 00',
    city: 'Brno',
    country: 'CZ',
    vatId: 'CZ25123891',
    accounts: [{ currency: 'CZK', iban: 'CZ6508000000192000145399' }],
    timeZone: 'Europe/Prague',
  });
  ({ customerId } = await callInPage(page, 'customers.customerCreate', {
    name: 'Dvořák a syn',
    country: 'CZ',
    currency: 'CZK',
    language: 'cs',
  }));
  const yesterday = addDays(localDate((await callInPage(page, 'billing.dayState', {})).today), -1);
  await callInPage(page, 'billing.dayClose', { day: yesterday });
  await callInPage(page, 'billing.chargeByHand', {
    customerId,
    description: 'Migration of a server',
    unitPrice: '1000',
    reason: 'As ordered',
    reference: 'T-1',
    day: yesterday,
  });
  const period = { periodStart: yesterday, periodEndExclusive: addDays(yesterday, 1) };
  ({ invoiceId, number } = await callInPage(page, 'billing.invoiceCreate', { customerId, ...period }));
  await callInPage(page, 'billing.chargeByHand', {
    customerId,
    description: 'Another server',
    unitPrice: '500',
    reason: 'As ordered',
    reference: 'T-2',
    day: yesterday,
  });
  unbilled = period;
});
afterAll(async () => {
  await console_?.close();
});

async function go(path: string): Promise<void> {
  await page.goto(console_.origin + path);
}

test('an empty list of payments and of documents says what will stand there', async () => {
  await go('/payments');
  await page.getByText('What customers paid stands here').waitFor();
  await go('/documents');
  await page.getByText('what is signed or sent and posts nothing').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
});

test('a payment is recorded on its invoice by keyboard, and its receipt drawn', async () => {
  await go(`/invoices/${invoiceId}`);
  await page.getByRole('button', { name: 'Paid…' }).press('Enter');
  const dialog = page.getByRole('dialog');
  const recordIt = dialog.getByRole('button', { name: 'Record it' });
  await dialog.getByRole('textbox', { name: 'Bank reference' }).fill('2026/117');
  expect(await seriousFindings(page)).toEqual([]);
  await recordIt.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('Paid', { exact: true }).first().waitFor();
  await go('/payments');
  await page.locator('[data-index="0"]').first().click();
  await page.getByRole('link', { name: number }).waitFor();
  await page.getByRole('button', { name: 'Receipt' }).press('Enter');
  await page.waitForURL(/\/documents\/doc_/);
  await page.locator('iframe[title^="PDF of RCT"][src^="blob:"]').waitFor();
});

test('a pro forma becomes an invoice once that is confirmed', async () => {
  const { documentId } = await callInPage(page, 'documents.proFormaIssue', { customerId, ...unbilled });
  await go(`/documents/${documentId}`);
  await page.getByRole('button', { name: 'Issue the invoice…' }).press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Dvořák a syn is invoiced').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Issue the invoice' }).press('Enter');
  await page.waitForURL(/\/invoices\/inv_/);
});

test('a statement is issued for a customer; the payment is taken back, with why', async () => {
  await go('/documents');
  await page.getByRole('button', { name: 'New document' }).first().press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Kind' }).or(dialog.getByLabel('Kind')).first().click();
  await page.getByRole('option', { name: 'Reconciliation' }).click();
  await dialog.getByLabel('Customer').first().click();
  await page.getByRole('option', { name: /Dvořák a syn/ }).click();
  await dialog.getByRole('button', { name: 'Issue it' }).press('Enter');
  await page.waitForURL(/\/documents\/doc_/);
  await page.locator('iframe[title^="PDF of REC"][src^="blob:"]').waitFor();
  await go('/payments');
  await page.locator('[data-index="0"]').first().click();
  await page.getByRole('button', { name: 'Take back…' }).press('Enter');
  await page.getByRole('textbox', { name: 'Reason' }).fill('It bounced');
  await page.getByRole('button', { name: 'Take it back' }).press('Enter');
  await page.getByText('It bounced').waitFor();
  expect(await callInPage(page, 'billing.ledgerVerify', {})).toMatchObject({ ok: true });
});

describe('in either colour scheme axe finds nothing serious on', () => {
  test.each([
    ['payments', '/payments', 'h3:text("Invoices it settles")'],
    ['documents', '/documents', 'iframe[src^="blob:"]'],
  ])('%s, one beside its list', async (_what, path, ready) => {
    await go(path);
    await page.locator('[data-index="0"]').first().click();
    await page.locator(ready).first().waitFor();
    expect(await seriousInBoth(page)).toEqual([]);
  });
});

test('a pro forma is asked for by product, and so is what was paid of it', async () => {
  const sent: string[] = [];
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => {
      if (payload.includes('documents.proFormaIssue')) sent.push(payload.toString());
    });
  });
  await go('/documents');
  await page.getByRole('button', { name: 'New document' }).first().press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Customer').first().click();
  await page.getByRole('option', { name: /Dvořák a syn/ }).click();
  await dialog.getByRole('combobox', { name: 'Of', exact: true }).click();
  await page.getByRole('option', { name: 'No product' }).click();
  expect(await seriousInBoth(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Issue it' }).press('Enter');
  await expect.poll(() => sent).toEqual([expect.stringContaining('"productIds":[""]')]);

  const { periodStart: day } = unbilled;
  await callInPage(page, 'billing.chargeByHand', {
    customerId,
    description: 'A third server',
    unitPrice: '500',
    reason: 'As ordered',
    reference: 'T-3',
    day,
  });
  const scope = { customerId, ...unbilled, productIds: [''] };
  const { documentId } = await callInPage(page, 'documents.proFormaIssue', scope);
  await callInPage(page, 'payments.paymentRecord', {
    customerId,
    amount: { amountMinor: '100000', currency: 'CZK' },
    receivedOn: day,
    reference: '2026/301',
    allocations: [],
  });
  await go(`/documents/${documentId}`);
  await page.getByRole('button', { name: 'Paid ahead…' }).press('Enter');
  await dialog.getByRole('combobox', { name: 'Product' }).click();
  await page.getByRole('option', { name: 'No product' }).click();
  expect(await dialog.getByLabel('Amount with VAT').inputValue()).toBe('605.00');
  expect(await seriousInBoth(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Issue it' }).press('Enter');
  await page.waitForURL(/\/invoices\/inv_/);
  const { asks } = await callInPage(page, 'documents.documentGet', { documentId });
  expect(asks).toMatchObject([{ productId: '', stillAsked: { amountMinor: '0' } }]);
});

test('nothing was written to the console of the page as an error', () => {
  expect(console_.pageErrors).toEqual([]);
});
