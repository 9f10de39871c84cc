import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { seriousFindings } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import type { ConsoleForTest } from '../../../main/testing/console-for-test.ts';
import { discPng } from '../../../main/testing/png-for-test.ts';
import {
  fillStoppedRun,
  lastMonths,
  monthPeriod,
  openRunsConsole,
} from '../../../main/testing/runs-console.ts';
import { runCustomerId } from '../../../main/testing/runs-room.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';

/** Two companies; of the first two customers with an invoice each of last month, one of which is credited whole; held usage. */
let console_: ConsoleForTest;
let page: Page;
const { last } = lastMonths();
const [payer, other] = [runCustomerId(1), runCustomerId(2)];
let creditedId: string;

beforeAll(async () => {
  console_ = await openRunsConsole(
    [
      [
        last,
        [
          { n: 1, minor: [100_000] },
          { n: 2, minor: [200_000] },
        ],
      ],
    ],
    async (store) => {
      await fillStoppedRun(store, last);
    },
  );
  ({ page } = console_);
  await callInPage(page, 'billing.invoiceCreate', { customerId: payer, ...monthPeriod(last) });
  const made = await callInPage(page, 'billing.invoiceCreate', { customerId: other, ...monthPeriod(last) });
  creditedId = made.invoiceId;
  await callInPage(page, 'billing.invoiceCredit', { invoiceId: creditedId, reason: 'To the wrong one' });
  await callInPage(page, 'balances.termsSave', {
    customerId: payer,
    mode: 'prepaid',
    low: { amountMinor: '5000', currency: 'PLN' },
  });
  for (let at = 1; at <= 14; at += 1)
    await callInPage(page, 'billing.chargeByHand', {
      customerId: payer,
      description: `Remote hands ${at}`,
      unitPrice: '100',
      reason: 'As ordered',
      reference: `T-${at}`,
      day: localDate(`${last}-20`),
    });
  await callInPage(page, 'metering.meterDeclare', {
    name: 'api-calls',
    unit: 'calls',
    aggregation: 'sum',
    decimals: 0,
  });
  await callInPage(page, 'metering.usageRecord', {
    events: Array.from({ length: 60 }, (_, at) => ({
      id: `e-${at}`,
      subscriptionId: `sub_${(at % 3) + 7}`,
      meter: 'api-calls',
      at: `${last}-10T10:00:00Z`,
      quantity: String(1000 + at),
    })),
  });
});
afterAll(async () => {
  await console_?.close();
});

async function go(path: string, ready: Locator): Promise<void> {
  await page.goto(console_.origin + path);
  await ready.first().waitFor();
}

/** Looked at by axe in both schemes, and by a person where `LOOK_AT` names a folder. */
async function clean(picture: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    if (process.env['LOOK_AT'] !== undefined)
      await page.screenshot({ path: `${process.env['LOOK_AT']}/${picture}-${colorScheme}.png` });
    expect(await seriousFindings(page)).toEqual([]);
  }
}
const shown = (text: string | RegExp): Locator => page.getByText(text);
const button = (name: string | RegExp): Locator => page.getByRole('button', { name });

describe('the ledger', () => {
  test('shows months, days and ageing of the default company', async () => {
    await go('/ledger', page.getByRole('cell', { name: /draft|20\d\d/ }));
    await page
      .getByRole('cell', { name: 'Klient 1' })
      .or(page.getByRole('link', { name: 'Klient 1' }))
      .first()
      .waitFor();
    await clean('ledger');
    await page.getByRole('heading', { name: 'Revenue and receivables by month' }).scrollIntoViewIfNeeded();
    await clean('ledger-months');
  });

  test('of another company is chosen in its address, and stays there', async () => {
    await page.getByRole('combobox', { name: 'Company' }).click();
    await page.getByRole('option', { name: 'Second Hosting s.r.o.' }).click();
    await page.waitForURL(/company=com_/);
    await shown('days begin and end in Europe/Prague').waitFor();
    await shown('Nobody owes anything').waitFor();
    await page.reload();
    await shown('days begin and end in Europe/Prague').waitFor();
    await clean('ledger-second');
    await go('/ledger?company=com_gone', shown('There is no company com_gone.'));
  });
});

describe('a customer', () => {
  test('has its balance and its charges by hand in pages', async () => {
    await go(`/customers/${payer}`, shown('pays ahead'));
    await shown('1–12 of 14').waitFor();
    await clean('customer');
    await button('charges by hand after these').press('Enter');
    await shown('13–14 of 14').waitFor();
    await shown('Remote hands 1').first().waitFor();
    await button('How it pays…').press('Enter');
    await page.getByRole('dialog').getByLabel('Low at').waitFor();
    await clean('terms');
    await page.keyboard.press('Escape');
  });

  test('is charged by hand what was meant: an amount of two meanings is refused', async () => {
    await button('Charge by hand…').press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Description').fill('Migration');
    await dialog.getByLabel('Net price of one').fill('1,500');
    await dialog.getByLabel('Reference').fill('T-99');
    await dialog.getByLabel('Reason').fill('As ordered');
    await shown('1,500 can be 1500 or 1.500').first().waitFor();
    await clean('charge-by-hand');
    await dialog.getByLabel('Net price of one').fill('1 500,00');
    await dialog.getByRole('button', { name: 'Charge it' }).press('Enter');
    await dialog.waitFor({ state: 'detached' });
    const { rows } = await callInPage(page, 'billing.chargeByHandList', { customerId: payer });
    expect(rows[0]?.amount).toEqual({ amountMinor: '150000', currency: 'PLN' });
  });

  test('pays in another currency; a rate that is missing is said, and no other invoice is paid', async () => {
    await callInPage(page, 'billing.invoiceCreate', { customerId: payer, ...monthPeriod(last) });
    await button('Paid in another currency…').press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Came in' }).fill('250');
    await dialog.getByLabel('Bank reference').fill('2026/9');
    await clean('exchange');
    await dialog.getByRole('button', { name: 'Record it' }).press('Enter');
    await dialog.getByText(/the rate of NBP for EUR of .* is missing/).waitFor();
    // Meanwhile the invoice that is looked at is written off: the money is not put onto the next one.
    const shownNumber = async (): Promise<string> =>
      (await dialog.getByRole('combobox', { name: 'Invoice' }).inputValue()).split(':')[0] ?? '';
    const open = await callInPage(page, 'billing.invoiceList', {
      query: `customerid:${payer} (state:open OR state:overdue)`,
      sort: 'due',
      direction: 'asc',
    });
    expect(open.rows.length).toBeGreaterThan(1);
    const [looked] = open.rows;
    expect(await shownNumber()).toBe(looked?.number);
    await callInPage(page, 'billing.invoiceWriteOff', {
      invoiceId: looked?.id ?? '',
      amountMinor: looked?.open.amountMinor ?? '',
      reason: 'Given up meanwhile',
    });
    await expect.poll(shownNumber).toBe('');
    const record = dialog.getByRole('button', { name: 'Record it' });
    expect(await record.getAttribute('aria-disabled')).toBe('true');
    await record.hover();
    await shown('That invoice is no longer open: choose another.').waitFor();
    await page.keyboard.press('Escape');
  });

  test('is billed as its profile says, which is opened on what is so now', async () => {
    await go(`/customers/${payer}/billing`, page.getByLabel('Company'));
    await clean('billing-profile');
    await button('Add a contact').press('Enter');
    await page.getByLabel('Name').fill('Jana');
    await page.getByLabel('E-mail').fill('jana@example.com');
    await button('Save').press('Enter');
    await page.waitForURL(/\/customers\/cus_\d+$/);
    await button('Billing…').press('Enter');
    await page.locator('input[value="Jana"]').waitFor();
  });
});

test('a voided invoice is billed again', async () => {
  await go(`/invoices/${creditedId}`, button('Bill again…'));
  await button('Bill again…').press('Enter');
  await page.getByRole('dialog').getByText('This works once.').waitFor();
  await clean('bill-again');
  await page.getByRole('dialog').getByRole('button', { name: 'Charge its lines again' }).press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('held usage is read in pages, kept in the address, and decided on', async () => {
  await go('/usage', shown('1–50 of 60'));
  await clean('usage');
  await button('held usage after these').press('Enter');
  await shown('51–60 of 60').waitFor();
  await button('Dismiss these 10…').press('Enter');
  await page.getByRole('dialog').getByLabel('Reason').fill('A test of theirs');
  await clean('dismiss');
  await page.getByRole('dialog').getByRole('button', { name: 'Dismiss it' }).press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.locator('button:text-is("Dismissed")').press('Enter');
  await page.waitForURL(/held=dismissed/);
  await shown(/A test of theirs/)
    .first()
    .waitFor();
});

test('a meter that is told from outside is offered where a plan charges by usage', async () => {
  await go('/plans/new/by-period', button('Another component'));
  await button('Another component').press('Enter');
  await page.getByRole('menuitem', { name: 'Usage' }).click();
  await page.getByRole('combobox', { name: 'Counted' }).click();
  await page.getByRole('option', { name: 'api-calls, in calls' }).click();
  await shown('Told from outside').waitFor();
});

test('our companies stand in the settings', async () => {
  await go('/settings/company', page.getByRole('cell', { name: 'Europe/Prague' }));
  await clean('companies');
});

test('a company has a logo, a stamp and a signature, chosen, replaced and removed', async () => {
  await go('/settings/company', button('Choose the logo'));
  const slot = (name: string): Locator => page.getByRole('region', { name, exact: true });
  const choose = async (name: string, buffer: Buffer): Promise<void> => {
    const chooser = page.waitForEvent('filechooser');
    await slot(name).getByRole('button').first().press('Enter');
    await (await chooser).setFiles({ name: 'picture.png', mimeType: 'image/png', buffer });
  };
  await slot('Stamp').getByText('None').waitFor();
  await choose('Logo', discPng(300, 80, [0, 120, 90]));
  await slot('Logo').getByRole('img', { name: 'The logo as it is printed' }).waitFor();
  await choose('Stamp', Buffer.alloc(2_000_000));
  await slot('Stamp').getByText('The stamp may have 1 MiB at most, and this file has 1954 KiB').waitFor();
  await choose('Stamp', Buffer.from('ffd8ffe000104a46', 'hex'));
  await slot('Stamp').getByText('is not a PNG, whatever its name says').waitFor();
  await choose('Signature', discPng(120, 40, [20, 20, 120]));
  await slot('Signature').getByText('120 × 40').waitFor();
  await slot('Signature').scrollIntoViewIfNeeded();
  await clean('company-pictures');
  await choose('Logo', discPng(90, 90, [200, 40, 0]));
  await slot('Logo').getByText('90 × 90').waitFor();
  await button('Remove the logo').press('Enter');
  await slot('Logo').getByText('None').waitFor();
  await slot('Logo').locator('button:focus').waitFor();
});

test('nothing was written to the console of the page as an error', () => {
  expect(console_.pageErrors).toEqual([]);
});
