import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { dayAt } from '../../../shared/kernel/local-date.ts';
import { seriousFindings } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import type { ConsoleForTest } from '../../../main/testing/console-for-test.ts';
import { testCompany } from '../../../main/testing/billing-room.ts';
import { openRunsConsole } from '../../../main/testing/runs-console.ts';

let console_: ConsoleForTest;
let page: Page;
let planId = '';

// The company's: around midnight it is not that of UTC.
const today = dayAt(Date.now(), testCompany.timeZone);
const fee = { kind: 'recurring', id: 'fee', every: 'month', timing: 'in-advance', price: '310' } as const;
const SOLD = 3;

/** Basic is sold to three and dearer from today on; a fourth has it at a price with VAT in it. */
beforeAll(async () => {
  console_ = await openRunsConsole([]);
  ({ page } = console_);
  const planOf = async (name: string, vat: 'added' | 'included'): Promise<string> => {
    const periodPrices = [{ currency: 'PLN' as const, vat, components: [fee] }];
    return (await callInPage(page, 'catalog.planCreate', { name, periodPrices, validFrom: today })).planId;
  };
  planId = await planOf('Basic', 'added');
  const gross = await planOf('Gross', 'included');
  for (let n = 0; n <= SOLD; n++) {
    const customer = { name: `Klient ${n}`, country: 'PL', currency: 'PLN' as const };
    const { customerId } = await callInPage(page, 'customers.customerCreate', customer);
    const sold = { customerId, planId: n === SOLD ? gross : planId, startsOn: today };
    await callInPage(page, 'billing.subscriptionStart', sold);
  }
});
afterAll(async () => {
  await console_?.close();
});

const row = (text: string): Locator => page.locator('[role=row][data-index]', { hasText: text });

async function expectNothingSerious(): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await seriousFindings(page)).toEqual([]);
  }
}

describe('subscriptions are moved to another version', () => {
  test('from the page of the plan; the preview says what each pays and would pay, and why some stay', async () => {
    await page.goto(`${console_.origin}/plans/moves`);
    await page.getByText('Nobody was moved yet').waitFor();
    await expectNothingSerious();
    // Another plan: a version of today would be one of the same day.
    const periodPrices = [{ currency: 'PLN' as const, components: [{ ...fee, price: '340' }] }];
    await callInPage(page, 'catalog.planCreate', { name: 'Basic 2', periodPrices, validFrom: today });
    await page.goto(`${console_.origin}/plans/${planId}`);
    await page.getByRole('link', { name: 'Move subscriptions to this version' }).waitFor();
    await page.getByRole('button', { name: 'Move subscriptions…' }).press('Enter');
    await page.getByRole('button', { name: 'Preview it' }).waitFor();
    await page.getByText('3 fit the query').waitFor();
    const { rows } = await callInPage(page, 'catalog.planList', { query: 'name="Basic 2"' });
    await page.goto(
      `${console_.origin}/plans/moves/new?plan=${planId}&version=price_before&query=-state:ended`,
    );
    await page.getByText('4 fit the query').waitFor();
    // Another plan takes the version with it: that one was of the plan before.
    await page.getByRole('combobox', { name: 'Plan', exact: true, disabled: false }).focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('Basic 2');
    await page.getByRole('option', { name: 'Basic 2' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('plan') === rows[0]?.id);
    expect(new URL(page.url()).searchParams.get('version')).toBeNull();
    await expectNothingSerious();
    await page.getByRole('button', { name: 'Preview it' }).press('Enter');
    await page.waitForURL(/\/plans\/moves\/rep_/);
    await page.getByText('Waits to be started').waitFor();
    await row('Klient 0').getByText('340.00').waitFor();
    await row('Klient 3').getByText('Stays').waitFor();
    await page.getByRole('button', { name: /^With VAT or without/ }).press('Enter');
    await expect.poll(async () => await page.locator('[role=row][data-index]').count()).toBe(1);
    await page.getByRole('button', { name: /^With VAT or without/ }).press('Enter');
    await expectNothingSerious();
  });

  test('they are moved once their number is typed, and a planned move is taken back', async () => {
    await page.getByRole('button', { name: 'Move 3 subscriptions…' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').waitFor();
    await dialog.getByRole('textbox').focus();
    await page.keyboard.type('3');
    await expectNothingSerious();
    await page.keyboard.press('Enter');
    await row('Klient 0').getByText('Moved').waitFor();
    // What is looked at again and ended keeps what was moved.
    await page.getByRole('button', { name: 'Preview 1 again' }).press('Enter');
    await page.getByRole('button', { name: 'End it here' }).press('Enter');
    await page.getByRole('button', { name: 'Preview 1 again' }).waitFor();
    await page.getByRole('button', { name: 'Take back…' }).press('Enter');
    await dialog.getByRole('textbox').focus();
    await page.keyboard.type('3');
    await page.keyboard.press('Enter');
    await row('Klient 0').getByText('Taken back').waitFor();
    await page.goto(`${console_.origin}/plans/moves`);
    await row('Basic 2').waitFor();
    await expectNothingSerious();
    expect(console_.pageErrors).toEqual([]);
  });
});
