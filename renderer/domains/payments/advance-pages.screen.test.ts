import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { addDays, localDate, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { seriousFindings, seriousInBoth } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import { openConsole } from '../../../main/testing/console-for-test.ts';
import type { ConsoleForTest } from '../../../main/testing/console-for-test.ts';

let console_: ConsoleForTest;
let page: Page;
let customerId: string;
let yesterday: LocalDate;
let period: { periodStart: LocalDate; periodEndExclusive: LocalDate };

/** A company in Czechia, a customer who owes 1,210.00 CZK for yesterday, not invoiced yet. */
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
  yesterday = addDays(localDate((await callInPage(page, 'billing.dayState', {})).today), -1);
  await callInPage(page, 'billing.dayClose', { day: yesterday });
  await callInPage(page, 'billing.chargeByHand', {
    customerId,
    description: 'Server',
    unitPrice: '1000',
    reason: 'As ordered',
    reference: 'T-1',
    day: yesterday,
  });
  period = { periodStart: yesterday, periodEndExclusive: addDays(yesterday, 1) };
});
afterAll(async () => {
  await console_?.close();
});

async function go(path: string): Promise<void> {
  await page.goto(console_.origin + path);
}

async function paid(amountMinor: string, reference: string): Promise<string> {
  const { paymentId } = await callInPage(page, 'payments.paymentRecord', {
    customerId,
    amount: { amountMinor, currency: 'CZK' },
    receivedOn: yesterday,
    reference,
    allocations: [],
  });
  return paymentId;
}

let proForma: string;
let paymentId: string;

test('a pro forma that nothing was paid on says what to do first', async () => {
  ({ documentId: proForma } = await callInPage(page, 'documents.proFormaIssue', { customerId, ...period }));
  await go(`/documents/${proForma}`);
  await page.getByRole('button', { name: 'Paid ahead…' }).press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('record what came in first').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

test('for a payment that came ahead it is issued by keyboard, and stands on the payment', async () => {
  paymentId = await paid('50000', '2026/200');
  await go(`/payments/${paymentId}`);
  await page.getByText('None is issued for it.').waitFor();
  await page.getByRole('button', { name: 'Advance invoice…' }).press('Enter');
  const dialog = page.getByRole('dialog');
  const amount = dialog.getByRole('textbox', { name: 'Amount with VAT' });
  await expect.poll(async () => await amount.inputValue()).toBe('500.00');
  await expect
    .poll(async () => await dialog.getByRole('textbox', { name: 'Paid for' }).inputValue())
    .toBe('Záloha');
  await amount.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('900');
  // More than is on account: there is nothing to issue yet.
  await dialog.getByRole('button', { name: 'Issue it', exact: true }).waitFor();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('242');
  expect(await seriousFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Issue over 242.00 CZK' }).press('Enter');
  await page.waitForURL(/\/invoices\/inv_/);
  await page.locator('iframe[title^="PDF of ADV"][src^="blob:"]').waitFor();
  await page.getByRole('tab', { name: 'Lines and facts' }).press('Enter');
  await page.getByText('No invoice has settled it yet').waitFor();
  expect(await seriousInBoth(page)).toEqual([]);
  await go(`/payments/${paymentId}`);
  await page.getByRole('link', { name: /^ADV / }).waitFor();
});

test('for what was paid on a pro forma it is issued there, and stands on it', async () => {
  await go(`/documents/${proForma}`);
  await page.getByRole('button', { name: 'Paid ahead…' }).press('Enter');
  const dialog = page.getByRole('dialog');
  const amount = dialog.getByRole('textbox', { name: 'Amount with VAT' });
  await expect.poll(async () => await amount.inputValue()).toBe('258.00');
  expect(await seriousFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Issue it' }).press('Enter');
  await page.waitForURL(/\/invoices\/inv_/);
  await go(`/documents/${proForma}?part=facts`);
  await page.getByRole('link', { name: /^ADV / }).waitFor();
});

test('of a payment beyond what is still asked for it proposes what is: 1,210.00 less 258.00', async () => {
  await paid('200000', '2026/201');
  await go(`/documents/${proForma}`);
  await page.getByRole('button', { name: 'Paid ahead…' }).press('Enter');
  const dialog = page.getByRole('dialog');
  const amount = dialog.getByRole('textbox', { name: 'Amount with VAT' });
  await expect.poll(async () => await amount.inputValue()).toBe('952.00');
  await amount.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('952.01');
  await dialog
    .getByRole('button', { name: 'Issue it' })
    .and(page.locator('[aria-disabled="true"]'))
    .waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

test('an advance is credited in part by keyboard; a payment that bears one is not taken back', async () => {
  const { advances } = await callInPage(page, 'payments.paymentGet', { paymentId });
  await go(`/invoices/${advances[1]?.invoiceId}?part=facts`);
  await page.getByRole('button', { name: 'Credit…' }).press('Enter');
  const dialog = page.getByRole('dialog');
  const amount = dialog.getByRole('textbox', { name: 'Amount with VAT' });
  await amount.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('58');
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Paid back');
  expect(await seriousFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Issue the credit note' }).press('Enter');
  // The page of the credit note opens with its paper; what it takes from stands beside it.
  await page.locator('iframe[title^="PDF of CN"][src^="blob:"]').waitFor();
  await page.getByRole('tab', { name: 'Lines and facts' }).press('Enter');
  await page.getByText(/^Takes from/).waitFor();
  await go(`/payments/${paymentId}`);
  await page.getByRole('button', { name: 'Take back…' }).press('Enter');
  await page.getByRole('textbox', { name: 'Reason' }).fill('It bounced');
  await page.getByRole('button', { name: 'Take it back' }).press('Enter');
  await page.getByText('credit it first, then take the payment back').waitFor();
});

test('an invoice settles both: its preview and its page say so, each leads to the other', async () => {
  await go(`/invoices/new?customer=${customerId}&from=${yesterday}&to=${yesterday}`);
  const settled = page.getByRole('table', { name: 'Advances it settles' });
  await settled.getByText('Left to pay').waitFor();
  expect(await settled.innerText()).toMatch(/ADV[^]*242\.00[^]*ADV[^]*200\.00[^]*768\.00/);
  expect(await seriousInBoth(page)).toEqual([]);
  await page.getByRole('button', { name: 'Issue…' }).press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Left to pay').waitFor();
  await dialog.getByRole('button', { name: /^Issue over/ }).press('Enter');
  await page.waitForURL(/\/invoices\/inv_/);
  await page.locator('iframe[title^="PDF of INV"][src^="blob:"]').waitFor();
  await page.getByRole('tab', { name: 'Lines and facts' }).press('Enter');
  const ofInvoice = page.getByRole('table', { name: 'Advances it settles' });
  await ofInvoice.waitFor();
  expect(await seriousInBoth(page)).toEqual([]);
  await ofInvoice.getByRole('link', { name: /^ADV / }).first().press('Enter');
  await page.getByRole('tab', { name: 'Lines and facts' }).press('Enter');
  await page.getByText('Settled by').waitFor();
  await page.getByText('Used up', { exact: true }).first().waitFor();
  await go(`/payments/${paymentId}`);
  await page
    .getByText(/by ADV/)
    .first()
    .waitFor();
  expect(await page.getByText('It stands on no invoice yet.').count()).toBe(0);
  expect(await seriousInBoth(page)).toEqual([]);
  expect(await callInPage(page, 'billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
});

test('what is left of a payment is paid back by keyboard, and a reference only once', async () => {
  const before = await paid('1000', '2026/300');
  await callInPage(page, 'payments.paymentRefund', { paymentId: before, reference: 'OUT 1' });
  const free = await paid('50000', '2026/301');
  await go(`/customers/${customerId}`);
  const payBack = page.getByRole('button', { name: 'Pay back… 2026/301' });
  await payBack.waitFor();
  expect(await seriousInBoth(page)).toEqual([]);
  await payBack.press('Enter');
  await page.getByRole('dialog').getByRole('textbox', { name: 'Bank reference' }).fill('OUT 1');
  await expect.poll(async () => await page.evaluate(() => JSON.stringify(localStorage))).toContain('OUT 1');
  await go(`/payments/${free}`);
  await page.getByRole('button', { name: 'Pay back…' }).press('Enter');
  const dialog = page.getByRole('dialog');
  // What was typed on the customer's page is here.
  const reference = dialog.getByRole('textbox', { name: 'Bank reference' });
  await expect.poll(async () => await reference.inputValue()).toBe('OUT 1');
  const amount = dialog.getByRole('textbox', { name: 'Amount' });
  await amount.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('500.01');
  await dialog
    .getByRole('button', { name: 'Record it' })
    .and(page.locator('[aria-disabled="true"]'))
    .waitFor();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('300');
  expect(await seriousFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Record 300.00 CZK' }).press('Enter');
  await dialog.getByText('A refund with the reference OUT 1 is recorded already').waitFor();
  await reference.fill('OUT 2');
  await dialog.getByRole('button', { name: 'Record 300.00 CZK' }).press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Take back… OUT 2' }).waitFor();
  expect(await seriousInBoth(page)).toEqual([]);
  await go(`/customers/${customerId}`);
  await page.getByText('OUT 2').first().waitFor();
  expect(await callInPage(page, 'billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
});

test('nothing was written to the console of the page as an error', () => {
  expect(console_.pageErrors).toEqual([]);
});

test('of a product with a rate of its own it is taxed at that', async () => {
  const vat = { supply: 'goods', rateClass: 'reduced', exemptReason: '', exemptCode: '' } as const;
  await callInPage(page, 'catalog.productCreate', { name: 'Kniha', kind: 'digital', vat });
  const ahead = await paid('11200', '2026/202');
  await go(`/payments/${ahead}`);
  await page.getByRole('button', { name: 'Advance invoice…' }).press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Product' }).click();
  await page.getByRole('option', { name: 'Kniha' }).click();
  expect(await seriousInBoth(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Issue over 112.00 CZK' }).press('Enter');
  await page.waitForURL(/\/invoices\/inv_/);
  const invoiceId = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  expect(await callInPage(page, 'billing.invoiceGet', { invoiceId })).toMatchObject({
    vatLines: [{ vatRate: '12', vat: { amountMinor: '1200' } }],
  });
});
