import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { seriousInBoth } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import { openConsole, type ConsoleForTest } from '../../../main/testing/console-for-test.ts';

let console_: ConsoleForTest;
let page: Page;
let year: number;

/** A company that gave one number: of a reconciliation. */
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
  const { customerId } = await callInPage(page, 'customers.customerCreate', {
    name: 'Dvořák a syn',
    country: 'CZ',
    currency: 'CZK',
    language: 'cs',
  });
  await callInPage(page, 'documents.reconciliationIssue', { customerId });
  ({ year } = await callInPage(page, 'billing.companyNumbers', {}));
});
afterAll(async () => {
  await console_?.close();
});

const format = (of: string) => page.getByRole('textbox', { name: `Number format of ${of}`, exact: true });
const row = (of: string) => page.getByRole('row', { name: of });

test('formats of papers stand with the others, and axe finds nothing in either scheme', async () => {
  await page.goto(`${console_.origin}/settings/company`);
  await row('Reconciliations')
    .getByText(/^REC .*0002$/)
    .waitFor();
  expect(await row('Reconciliations').textContent()).toContain(`fixed until ${year + 1}`);
  expect(await format('reconciliations').getAttribute('readonly')).not.toBeNull();
  expect(await format('receipts').getAttribute('readonly')).toBeNull();
  expect(await seriousInBoth(page)).toEqual([]);
});

test('one like another’s is said on leaving the field; one of its own is saved', async () => {
  await format('receipts').fill('INV {seq}/{year}');
  await format('receipts').press('Tab');
  await page.getByText('Begin it with other letters than the numbers of invoices.').waitFor();
  expect(await seriousInBoth(page)).toEqual([]);
  await format('receipts').fill('PPD {year}/{seq:3}');
  await row('Receipts').getByText(`PPD ${year}/001`).waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).press('Enter');
  await page.getByText('Company saved').waitFor();
  const { company } = await callInPage(page, 'billing.companyGet', {});
  expect(company?.paperNumberFormats.receipt).toBe('PPD {year}/{seq:3}');
});

test('nothing was written to the console of the page as an error', () => {
  expect(console_.pageErrors).toEqual([]);
});
