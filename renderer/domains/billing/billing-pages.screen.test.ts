import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Page } from 'playwright-core';
import { addDays, localDate } from '../../../shared/kernel/local-date.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import { seriousFindings, seriousInBoth } from '../../../main/testing/axe-findings.ts';
import { billingSteps, type BillingSteps } from '../../../main/testing/billing-steps.ts';
import { hasFocus } from '../../../main/testing/console-steps.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import { openConsole } from '../../../main/testing/console-for-test.ts';
import type { ConsoleForTest } from '../../../main/testing/console-for-test.ts';

let console_: ConsoleForTest;
let page: Page;
let { open, fill, choose, text } = {} as BillingSteps;
let today: LocalDate;

/** Tests follow one another as the accountant's first day does: company, plan, customer, subscription, invoice. */
beforeAll(async () => {
  console_ = await openConsole(['--practice']);
  ({ page } = console_);
  ({ open, fill, choose, text } = billingSteps(console_));
  today = localDate((await callInPage(page, 'billing.dayState', {})).today);
  await vi.waitFor(
    async () => {
      expect((await callInPage(page, 'fleet.vmList', { limit: 1 })).total).toBeGreaterThan(1);
    },
    { timeout: 60_000, interval: 200 },
  );
});
afterAll(async () => {
  await console_?.close();
});

describe('by keyboard, from nothing to a subscription', () => {
  test('an empty list leads to what comes first: the company', async () => {
    await open('/customers', 'Customers');
    await page.getByRole('button', { name: 'Enter the company' }).press('Enter');
    await page.waitForURL(/\/settings\/company$/);
  });

  test('the company: what is wrong is said on leaving the field, the number format shows its numbers', async () => {
    await open('/settings/company', 'Settings');
    await fill('Name', 'Zajazd Hosting sp. z o.o.');
    await fill('Street and number', 'ul. Przykładowa 28');
    await fill('Postcode', '00-950');
    await fill('City', 'Warszawa');
    await fill('VAT id', 'PL5252344079');
    await page.getByText('its check digit does not fit').waitFor();
    await fill('VAT id', 'PL5252344078');
    await fill('IBAN', 'PL61 1090 1014 0000 0712 1981 2875');
    await page.getByText('is not a valid IBAN').waitFor();
    await fill('IBAN', 'PL61109010140000071219812874');
    // Customers who are invoiced in euros pay to another account.
    await page.getByRole('button', { name: 'Add an account' }).press('Enter');
    const added = page.getByRole('group', { name: 'Account in EUR' });
    await added.getByRole('textbox', { name: 'IBAN' }).fill('PL10105000997603123456789123');
    await fill('Number format', 'FV {month}/{seq:4}');
    await page.getByText('it lacks {year}').waitFor();
    await fill('Number format', 'FV {year}/{month}/{seq:4}');
    await page.getByText(`FV ${today.slice(0, 4)}/${today.slice(5, 7)}/0001`).waitFor();
    await page.getByRole('textbox', { name: 'City', exact: true }).press('Enter');
    await page.waitForURL(/\/plans$/);
  });

  test('a plan: units in the fields, and a worked example as the ledger rounds it', async () => {
    await page.getByRole('button', { name: 'New plan' }).last().press('Enter');
    await page.waitForURL(/\/plans\/new$/);
    await fill('Name', 'A-4');
    await page.getByRole('textbox', { name: 'A month', exact: true }).focus();
    await page.keyboard.type('1,500');
    await page.keyboard.press('Tab');
    await page.getByText('1,500 can be 1500 or 1.500').first().waitFor();
    await fill('A month', '96.60');
    await fill('Per vCPU-hour', '0.0125');
    await fill('Per GiB-hour of memory', '0.0125');
    // 96.60 + 0.0125 × 1,488 + 0.0125 × 2,976
    await page.getByText('152.40 EUR').waitFor();
    await page.getByRole('textbox', { name: 'Name', exact: true }).press('Enter');
    await page.waitForURL(/\/plans\/plan_/);
    expect(await text('[aria-label="Plans"] [data-index="0"]')).toContain('96.60 + hours');
  });

  test('a customer: what was typed survives a reload, the VAT id is checked against its country', async () => {
    await open('/customers/new', 'New customer');
    await fill('Name', 'Delta Könyvelő Kft.');
    await page.reload();
    await page.getByText('What you typed before is still here.').waitFor();
    expect(await page.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe(
      'Delta Könyvelő Kft.',
    );
    await fill('VAT id', 'HU12892312');
    await page.getByText('is not a VAT id of Poland').waitFor();
    await page.getByLabel('Country', { exact: true }).first().focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('Hungary');
    await page.getByRole('option', { name: 'Hungary (HU)' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByText('is not a VAT id of Poland').waitFor({ state: 'detached' });
    await page.getByLabel('Currency', { exact: true }).first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'EUR' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).press('Enter');
    await page.waitForURL(/\/customers\/cus_/);
    const row = await text('[aria-label="Customers"] [data-index="0"]');
    expect(row.split('\n').filter((part) => part.trim() !== '')).toEqual(
      expect.arrayContaining(['Delta Könyvelő Kft.', 'Hungary', 'HU12892312', 'Active']),
    );
  });

  test('a subscription of a VM without customer: it belongs to the customer then', async () => {
    const [vm] = (await callInPage(page, 'fleet.vmList', { query: 'state:running', limit: 1 })).rows;
    await open('/subscriptions/new', 'Subscriptions');
    await page.getByRole('dialog').waitFor();
    await choose('Customer', 'Delta', /Delta Könyvelő/);
    await choose('Plan', 'A-4', /A-4: 96\.60 a month/);
    await choose('VM', vm?.name ?? '', new RegExp(vm?.name ?? 'none'));
    await page.getByRole('button', { name: 'Start', exact: true }).press('Enter');
    await page.waitForURL(/\/subscriptions\/sub_/);
    await page.getByText('Nothing is charged yet').waitFor();
    expect(await text('[aria-label="Subscriptions"] [data-index="0"]')).toContain('Running');
    expect(await callInPage(page, 'fleet.vmGet', { vmId: vm?.id ?? '' })).toMatchObject({
      customer: 'Delta Könyvelő Kft.',
    });
  });
});

describe('invoices', () => {
  test('a period that is not closed is refused in words, with the way to the ledger', async () => {
    const [customer] = (await callInPage(page, 'customers.customerList', {})).rows;
    await open(`/invoices/new?customer=${customer?.id ?? ''}&from=${today}&to=${today}`, 'New invoice');
    const refusal = page.getByRole('alert').filter({ hasText: 'The period cannot be invoiced to' });
    await refusal.getByRole('button', { name: 'Go to the ledger' }).press('Enter');
    await page.waitForURL(/\/ledger$/);
  });

  test('yesterday is charged on the ledger page, and a second time posts nothing', async () => {
    const yesterday = addDays(today, -1);
    const { planId } = await callInPage(page, 'catalog.planCreate', {
      name: 'B-2',
      prices: [{ currency: 'EUR', perMonth: '310', perVcpuHour: '0', perGibHour: '0' }],
      validFrom: '2026-01-01',
    });
    const [customer] = (await callInPage(page, 'customers.customerList', {})).rows;
    const { rows } = await callInPage(page, 'fleet.vmList', { query: 'customer=""', limit: 1 });
    const sold = { customerId: customer?.id ?? '', planId, vmId: rows[0]?.id ?? '' };
    await callInPage(page, 'billing.subscriptionStart', { ...sold, startsOn: yesterday });
    await page.getByText('1 day, from').waitFor();
    await page.getByRole('button', { name: 'Charge this day' }).press('Enter');
    // The duty that closes days by itself may have been first.
    await page.getByText(/1 charge posted for 1 subscription|charged already, 1 charge/).waitFor();
    await page.getByText('every day that is over is charged').waitFor();
    await page.getByRole('button', { name: 'Charge this day' }).press('Enter');
    await page.getByText('charged already, 1 charge').first().waitFor();
    await page.getByRole('button', { name: 'Verify the ledger' }).press('Enter');
    await page.getByText('All of it adds up').waitFor();
    expect(await text('.ik-balance')).toMatch(
      /debits equal credits[\s\S]*Unbilled receivables[\s\S]*Revenue/,
    );
  });

  test('the preview says what the invoice will; issuing asks first, and gives the document', async () => {
    const yesterday = addDays(today, -1);
    const [customer] = (await callInPage(page, 'customers.customerList', {})).rows;
    await open(
      `/invoices/new?customer=${customer?.id ?? ''}&from=${yesterday}&to=${yesterday}`,
      'New invoice',
    );
    await page.getByText('Virtual server B-2').waitFor();
    expect(await text('tfoot tr')).toMatch(/Total EUR/);
    await page.getByText('Reverse charge').first().waitFor();
    await page.getByRole('button', { name: 'Issue…' }).press('Enter');
    await page.getByRole('dialog').getByText('is final').waitFor();
    await page.getByRole('button', { name: /^Issue over [\d.]+ EUR$/ }).press('Enter');
    await page.waitForURL(/\/invoices\/inv_/);
    const number = `FV ${today.slice(0, 4)}/${today.slice(5, 7)}/0001`;
    await page.locator(`iframe[title="PDF of ${number}"][src^="blob:"]`).waitFor();
    expect(await text('[aria-label="Invoices"] [data-index="0"]')).toMatch(
      new RegExp(`${number}[\\s\\S]*Open`),
    );
  });

  test('the PDF that is downloaded is the one whose hash stands on the page', async () => {
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download PDF' }).press('Enter');
    const bytes = readFileSync(await (await downloading).path());
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
    await page.getByRole('tab', { name: 'Lines and facts' }).click();
    expect(await text('.ik-hash >> nth=1')).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test('a part of the invoice is credited, the rest written off, and its history says both', async () => {
    await page.getByRole('button', { name: 'Credit…' }).press('Enter');
    const credit = page.getByRole('dialog', { name: /^Credit FV/ });
    await fill('Net to credit of line 1', '1.00');
    await fill('Reason', 'An hour without service');
    await credit.getByText(/together/).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await credit.getByRole('button', { name: 'Issue the credit note' }).press('Enter');
    const number = `CN ${today.slice(0, 4)}/${today.slice(5, 7)}/0001`;
    await page.locator(`iframe[title="PDF of ${number}"][src^="blob:"]`).waitFor();
    await page.getByRole('tab', { name: 'Lines and facts' }).click();
    await page.getByText('An hour without service').waitFor();
    await page.locator('.ik-inv-facts').getByRole('link', { name: /^FV/ }).click();
    await page.locator('iframe[title^="PDF of FV"][src^="blob:"]').waitFor();
    // Whoever types as soon as the dialog is there goes on typing there: the focus is not taken to a button that a space presses.
    await page.evaluate(() => {
      new MutationObserver((_changes, observer) => {
        const reason = [...document.querySelectorAll<HTMLInputElement>('[role=dialog] input')].at(-1);
        if (reason === undefined) return;
        observer.disconnect();
        reason.focus();
      }).observe(document.body, { childList: true, subtree: true });
    });
    await page.getByRole('button', { name: 'Write off…' }).press('Enter');
    const writeOff = page.getByRole('dialog', { name: /^Write off FV/ });
    await writeOff.waitFor();
    // The trap of the focus has had its turns by then.
    await page.evaluate(
      async () =>
        await new Promise((resolve) =>
          requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve))),
        ),
    );
    expect(await hasFocus(writeOff.getByRole('textbox', { name: 'Reason' }))).toBe(true);
    await page.keyboard.type('Not worth');
    // Nor is what was typed lost when the invoice is read again and the list beside it renews.
    const invoiceId = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    const before = await writeOff.getByRole('textbox', { name: 'Amount' }).inputValue();
    const part = { invoiceId, amountMinor: '1', reason: 'A cent' };
    await callInPage(page, 'billing.invoiceWriteOff', part);
    await expect
      .poll(async () => await writeOff.getByRole('textbox', { name: 'Amount' }).inputValue())
      .not.toBe(before);
    await page.keyboard.type(' a letter');
    await writeOff.getByRole('button', { name: 'Write it off' }).press('Enter');
    await writeOff.waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: 'Lines and facts' }).click();
    await page.getByText('Not worth a letter').waitFor();
    await expect
      .poll(async () => await text('h3:text("History") + table'))
      .toMatch(/Invoiced[\s\S]*Credited[\s\S]*CN [\s\S]*Written off[\s\S]*Open, EUR\s+0\.00/);
  });
});

describe('in either colour scheme axe finds nothing serious on', () => {
  test.each([
    ['customers', '/customers', '[data-index="0"]'],
    ['a new customer', '/customers/new', 'legend:text("Who buys")'],
    ['plans', '/plans', '[data-index="0"]'],
    ['a new plan', '/plans/new', 'legend:text("What is sold")'],
    ['subscriptions', '/subscriptions', '[data-index="0"]'],
    ['a new subscription', '/subscriptions/new', 'role=dialog'],
    ['invoices', '/invoices', '[data-index="0"]'],
    ['overdue invoices, none', '/invoices?query=state:overdue', 'text="No invoice matches"'],
    ['a new invoice', '/invoices/new', 'h2:text("Preview")'],
    ['the ledger', '/ledger', '.ik-balance'],
    ['the company', '/settings/company', 'legend:text("Who sells")'],
  ])('%s', async (_what, path, ready) => {
    await page.goto(console_.origin + path);
    await page.locator(ready).first().waitFor();
    expect(await seriousInBoth(page)).toEqual([]);
  });

  test.each([
    ['a customer', '/customers', 'h3:has-text("Subscriptions")'],
    ['a plan', '/plans', 'h3:has-text("Prices")'],
    ['a subscription', '/subscriptions', 'h3:text("Facts")'],
    ['an invoice', '/invoices', 'iframe[src^="blob:"]'],
  ])('%s beside its list', async (_what, path, ready) => {
    await page.goto(console_.origin + path);
    await page.locator('[data-index="0"]').first().click();
    await page.locator(ready).first().waitFor();
    expect(await seriousInBoth(page)).toEqual([]);
  });
});

test('nothing was written to the console of the page as an error', () => {
  expect(console_.pageErrors).toEqual([]);
});
