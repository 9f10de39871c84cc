import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { seriousFindings } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import { openConsole, type ConsoleForTest } from '../../../main/testing/console-for-test.ts';
import { localDate, type LocalDate } from '../../../shared/kernel/local-date.ts';

let console_: ConsoleForTest;
let page: Page;
let today: LocalDate;
let subscriptionId = '';

/** Tests follow one another: a plan by the period, its next version, a sale, and what is changed of it. */
beforeAll(async () => {
  console_ = await openConsole(['--practice']);
  ({ page } = console_);
  today = localDate((await callInPage(page, 'billing.dayState', {})).today);
  await callInPage(page, 'billing.companySave', {
    name: 'Zajazd Hosting sp. z o.o.',
    street: 'ul. Przykładowa 28',
    postcode: '00-950',
    city: 'Warszawa',
    country: 'PL',
    vatId: 'PL5252344078',
    iban: 'PL61109010140000071219812874',
    bic: '',
    email: '',
    footer: '',
    numberFormat: 'FV {year}/{month}/{seq:4}',
    creditNumberFormat: 'FK {year}/{month}/{seq:4}',
    vatScheme: 'standard',
    consumersAbroad: 'held',
    paymentDays: 14,
    timeZone: 'Europe/Warsaw',
  });
});
afterAll(async () => {
  await console_?.close();
});

const fee = { kind: 'recurring', id: 'fee', every: 'month', timing: 'in-advance', price: '310' } as const;

async function open(path: string, heading: string): Promise<void> {
  await page.goto(console_.origin + path);
  await page.locator(`h1:text-is("${heading}")`).waitFor();
}

/** Types into a labelled field by the keyboard and leaves it. */
async function fill(label: string, text: string, at = 0): Promise<void> {
  const field = page.getByRole('textbox', { name: label, exact: true }).nth(at);
  await field.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
  await page.keyboard.press('Tab');
}

async function clean(picture: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    if (process.env['LOOK_AT'] !== undefined)
      await page.screenshot({ path: `${process.env['LOOK_AT']}/${picture}-${colorScheme}.png` });
    expect(await seriousFindings(page)).toEqual([]);
  }
}

describe('a plan by the period', () => {
  test('is typed with what it comes to beside it, and says what is wrong where', async () => {
    await open('/plans/new/by-period', 'New plan by the period');
    await fill('Name', 'Office', 0);
    await fill('Price', '310,5');
    await page.getByText('Write 310.5 with a point.').waitFor();
    await page.getByText('It stands here as soon as all that is typed can be taken.').waitFor();
    await fill('Price', '310');
    await page.getByText('3,720.00 EUR').waitFor();
    await page.getByRole('button', { name: 'Another component' }).press('Enter');
    await page.getByRole('menuitem', { name: 'Usage' }).click();
    await fill('Price of a unit', '0.5');
    // 310 and 1,488 vCPU-hours at 0.50.
    await page.getByText('1,054.00 EUR').first().waitFor();
    await clean('version');
    await page.getByRole('button', { name: 'Make the plan' }).press('Enter');
    await page.waitForURL(/\/plans\/plan_/);
    await page.getByRole('cell', { name: '310.00 a month in advance' }).waitFor();
  });

  test('gets another version, which begins as the one before', async () => {
    await page.getByRole('button', { name: 'New version…' }).press('Enter');
    await page.waitForURL(/\/version$/);
    await page.getByRole('button', { name: 'Without usage' }).press('Enter');
    await fill('Price', '620');
    await page.getByText('7,440.00 EUR').waitFor();
    // A version of today is there already.
    await page.getByRole('button', { name: 'Add the version' }).press('Enter');
    await page.getByText('has a version in EUR from').waitFor();
    await page.getByRole('textbox', { name: 'From' }).or(page.getByLabel('From')).first().focus();
    await clean('version-overlaps');
    await page.getByRole('button', { name: 'Cancel' }).press('Enter');
    await page.waitForURL(/\/plans\/plan_[^/]*$/);
  });
});

describe('a subscription', () => {
  test('is changed with what that charges and credits shown first', async () => {
    const { customerId } = await callInPage(page, 'customers.customerCreate', {
      name: 'Omega',
      country: 'PL',
      currency: 'EUR',
    });
    const { planId } = await callInPage(page, 'catalog.planCreate', {
      name: 'Fee',
      periodPrices: [{ currency: 'EUR', components: [fee] }],
      validFrom: today,
    });
    const sold = await callInPage(page, 'billing.subscriptionStart', { customerId, planId, startsOn: today });
    ({ subscriptionId } = sold);
    await page.goto(`${console_.origin}/subscriptions/${subscriptionId}`);
    await page.getByRole('button', { name: 'Change…' }).press('Enter');
    await fill('Quantity', '3');
    await page.getByRole('cell', { name: 'Difference' }).waitFor();
    await page.getByRole('cell', { name: '620.00', exact: true }).waitFor();
    await clean('change');
    await page.getByRole('button', { name: 'Change the subscription' }).press('Enter');
    await page.getByRole('cell', { name: 'Changed: quantity 3' }).waitFor();
  });

  test('is given a discount, and ended at the end of its period', async () => {
    await page.getByRole('button', { name: 'Change…' }).press('Enter');
    await page.getByRole('button', { name: 'Discount', exact: true }).press('Enter');
    await fill('How much', '10');
    await fill('For', '3');
    await page.getByRole('button', { name: 'Change the subscription' }).press('Enter');
    await page.getByRole('cell', { name: 'Discount: 10 % off for 3 periods' }).waitFor();
    await page.getByRole('button', { name: 'End…' }).press('Enter');
    await page.getByRole('button', { name: 'At the end of its period' }).press('Enter');
    await page.getByText('Takes effect on').waitFor();
    await clean('end');
    await page.getByRole('button', { name: 'End the subscription' }).press('Enter');
    await page.getByRole('cell', { name: 'Ended', exact: true }).waitFor();
  });
});

test('nothing was written to the console of the page as an error', () => {
  expect(console_.pageErrors).toEqual([]);
});
