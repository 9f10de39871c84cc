import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { seriousInBoth } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import { openConsole, type ConsoleForTest } from '../../../main/testing/console-for-test.ts';
import { choose } from '../../../main/testing/console-steps.ts';
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
    accounts: [{ currency: 'PLN', iban: 'PL61109010140000071219812874' }],
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
  const look = async (scheme: string): Promise<void> => {
    if (process.env['LOOK_AT'] !== undefined)
      await page.screenshot({ path: `${process.env['LOOK_AT']}/${picture}-${scheme}.png` });
  };
  expect(await seriousInBoth(page, look)).toEqual([]);
}

describe('a plan by the period', () => {
  test('is typed with what it comes to beside it, and says what is wrong where', async () => {
    await open('/plans/new/by-period', 'New plan by the period');
    await fill('Name', 'Office', 0);
    await fill('Price', '1,500');
    await page.getByText('1,500 can be 1500 or 1.500').first().waitFor();
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

test('a plan has options, and a subscription takes them', async () => {
  await open('/plans/new/by-period', 'New plan by the period');
  await fill('Name', 'With options', 0);
  await fill('Price', '310');
  await page.getByRole('button', { name: 'Another component' }).press('Enter');
  await page.getByRole('menuitem', { name: 'Option, taken or left' }).click();
  await fill('Price of a unit', '31');
  await fill('Called', 'Backup every night');
  await fill('At most', '3');
  // 310 and one backup a month.
  await page.getByText('4,092.00 EUR').waitFor();
  await clean('option');
  await page.getByRole('button', { name: 'Make the plan' }).press('Enter');
  await page.waitForURL(/\/plans\/plan_/);
  await page.getByText('option Backup every night: 31.00 each a month in advance, at most 3').waitFor();
  const planId = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  const customer = { name: 'Sigma', country: 'PL', currency: 'EUR' as const };
  const { customerId } = await callInPage(page, 'customers.customerCreate', customer);
  await open(`/customers/${customerId}`, 'Customers');
  await page.getByRole('button', { name: 'Start a subscription…' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: /^Start a subscription/ });
  await dialog.getByRole('combobox', { name: 'Plan', disabled: false }).focus();
  await page.keyboard.type('With options');
  await page.getByRole('option', { name: /^With options: / }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await fill('Backup every night', '1,500');
  await dialog.getByText('1,500 can be 1500 or 1.500').first().waitFor();
  await fill('Backup every night', '1');
  await dialog.getByLabel('With a discount').press('Space');
  await fill('How much', '10');
  await choose(dialog, 'On', 'option');
  // What was agreed on a component of this plan is not one on all of another.
  await choose(dialog, 'Plan', 'Office');
  await dialog.getByText('Say which component the discount is on, or take it away.').waitFor();
  await clean('sale-discount-elsewhere');
  await choose(dialog, 'Plan', 'With options');
  await dialog.getByRole('button', { name: 'Start', exact: true }).press('Enter');
  await dialog.waitFor({ state: 'detached' });
  const { rows } = await callInPage(page, 'billing.subscriptionList', { query: `customerid:${customerId}` });
  expect(rows.map(({ planId: of }) => of)).toEqual([planId]);
  await page.goto(`${console_.origin}/subscriptions/${rows[0]?.id ?? ''}`);
  await page
    .getByText(/10 % off/)
    .first()
    .waitFor();
  const taken = page.getByRole('row', { name: /^Backup every night/ }).getByRole('cell');
  await expect.poll(async () => await taken.nth(1).innerText()).toBe('1');
  await page.getByRole('button', { name: 'Change…' }).press('Enter');
  await fill('Backup every night', '3');
  // Three at 31.00, a tenth off.
  await page.getByRole('cell', { name: '83.70', exact: true }).waitFor();
  await clean('option-change');
  await page.getByRole('button', { name: 'Change the subscription' }).press('Enter');
  await expect.poll(async () => await taken.nth(1).innerText()).toBe('3');
  await clean('option-taken');
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
    await page.getByRole('cell', { name: 'Changed: quantity 3' }).first().waitFor();
  });

  test('is given a discount, and ended at the end of its period', async () => {
    await page.getByRole('button', { name: 'Change…' }).press('Enter');
    await page.getByRole('button', { name: 'Discount', exact: true }).press('Enter');
    await fill('How much', '10');
    await fill('For', '3');
    await page.getByRole('button', { name: 'Change the subscription' }).press('Enter');
    await page.getByRole('cell', { name: 'Discount: 10 % off for 3 periods', exact: true }).first().waitFor();
    const discounts = page.getByRole('table', { name: 'Discounts' });
    await discounts.getByRole('button', { name: 'End it…' }).press('Enter');
    await page.getByText('Takes effect on').waitFor();
    await clean('discount-end');
    await page.getByRole('button', { name: 'End the discount' }).press('Enter');
    await page.getByRole('cell', { name: /^Discount ends: 10 % off for 3 periods/ }).waitFor();
    await page.getByRole('button', { name: 'End…', exact: true }).press('Enter');
    await page.getByRole('button', { name: 'At the end of its period' }).press('Enter');
    await page.getByText('Takes effect on').waitFor();
    await clean('end');
    await page.getByRole('button', { name: 'End the subscription' }).press('Enter');
    await page.getByRole('cell', { name: 'Ended', exact: true }).first().waitFor();
  });
});

describe('products', () => {
  const row = (name: string) =>
    page.getByRole('row').filter({ has: page.getByRole('cell', { name, exact: true }) });

  test('are taxed as is usual of their kind, and exempt only with a reason', async () => {
    await open('/plans/products', 'Products');
    await row('VPS').getByRole('cell', { name: 'Electronic service' }).waitFor();
    await page.getByRole('button', { name: 'New product' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'New product' });
    await fill('Name', 'Training');
    await choose(dialog, 'Kind', 'Labour');
    await dialog
      .getByText('Rack space, labour: private persons are taxed where the seller is (Art. 45).')
      .waitFor();
    await choose(dialog, 'It is taxed as', 'Exempt');
    await dialog.getByRole('button', { name: 'Make the product' }).press('Enter');
    await dialog.getByText('Write the reason with the article of the law').waitFor();
    await fill('Reason', 'education, Art. 132(1)(i)');
    await fill('Code', 'vat');
    await dialog.getByText('A code such as VATEX-EU-132-1I, or nothing').waitFor();
    await clean('product-new');
    await fill('Code', 'VATEX-EU-132-1I');
    await dialog.getByRole('button', { name: 'Make the product' }).press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await row('Training').getByRole('cell', { name: 'Exempt: education, Art. 132(1)(i)' }).waitFor();
  });

  test('are taxed otherwise from now on, unless somebody else changed that meanwhile', async () => {
    await page.getByRole('button', { name: 'VAT of Training' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'VAT of Training' });
    await choose(dialog, 'It is taxed as', 'Consultancy, licence, data processing');
    await choose(dialog, 'Rate', 'Zero rate');
    const { rows } = await callInPage(page, 'catalog.productList', {});
    const { id: productId = '', vat } = rows.find(({ name }) => name === 'Training') ?? {};
    if (vat === undefined) throw new Error('there is no Training');
    await callInPage(page, 'catalog.productVatSet', { productId, vat: { ...vat, exemptReason: 'other' } });
    await dialog.getByRole('button', { name: 'Set the VAT' }).press('Enter');
    await dialog.getByText('was changed by somebody else meanwhile').waitFor();
    await clean('product-vat');
    await callInPage(page, 'catalog.productVatSet', { productId, vat });
    await dialog.getByRole('button', { name: 'Set the VAT' }).press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await row('Training')
      .getByRole('cell', { name: 'Consultancy, licence, data processing, zero rate' })
      .waitFor();
    await clean('products');
  });
});

test('nothing was written to the console of the page as an error', () => {
  expect(console_.pageErrors).toEqual([]);
});
