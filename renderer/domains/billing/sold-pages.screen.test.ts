import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Page } from 'playwright-core';
import { seriousFindings, seriousInBoth } from '../../../main/testing/axe-findings.ts';
import { billingSteps, type BillingSteps } from '../../../main/testing/billing-steps.ts';
import { testCompany } from '../../../main/testing/billing-room.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import { openConsole } from '../../../main/testing/console-for-test.ts';
import type { ConsoleForTest } from '../../../main/testing/console-for-test.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';

let console_: ConsoleForTest;
let page: Page;
let { open, fill, choose, text } = {} as BillingSteps;
let today: LocalDate;

/** A company, and a customer with two subscriptions of a plan, each of a VM. */
beforeAll(async () => {
  console_ = await openConsole(['--practice']);
  ({ page } = console_);
  ({ open, fill, choose, text } = billingSteps(console_));
  const accounts = testCompany.accounts.filter(({ currency }) => currency === 'EUR' || currency === 'PLN');
  await callInPage(page, 'billing.companySave', { ...testCompany, accounts });
  today = localDate((await callInPage(page, 'billing.dayState', {})).today);
  await vi.waitFor(
    async () => {
      expect((await callInPage(page, 'fleet.vmList', { limit: 1 })).total).toBeGreaterThan(1);
    },
    { timeout: 60_000, interval: 200 },
  );
  const price = { currency: 'EUR', perMonth: '96.60', perVcpuHour: '0.0125', perGibHour: '0.0125' } as const;
  const plan = { name: 'A-4', prices: [price], validFrom: '2026-01-01' };
  const { planId } = await callInPage(page, 'catalog.planCreate', plan);
  const buyer = { name: 'Delta Könyvelő Kft.', country: 'HU', currency: 'EUR', vatId: 'HU12892312' } as const;
  const { customerId } = await callInPage(page, 'customers.customerCreate', buyer);
  const { rows } = await callInPage(page, 'fleet.vmList', { query: 'customer=""', limit: 2 });
  for (const { id: vmId } of rows)
    await callInPage(page, 'billing.subscriptionStart', { customerId, planId, vmId, startsOn: today });
});
afterAll(async () => {
  await console_?.close();
});

describe('what is sold can be changed', () => {
  test('a price from a later day stands as to come beside the one in force', async () => {
    await open('/plans', 'Plans');
    await page.locator('[aria-label="Plans"] [data-index="0"]').click();
    await page.getByRole('button', { name: 'New price…' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'New price of A-4' });
    await dialog.waitFor();
    await fill('A month', '99');
    await dialog.getByLabel('From', { exact: true }).click();
    await page.getByRole('button', { name: 'Next month' }).click();
    await page.getByRole('button', { name: /^15 / }).first().click();
    await dialog.getByText('154.80 EUR').waitFor();
    await dialog.getByRole('button', { name: 'Set the price' }).press('Enter');
    await dialog.waitFor({ state: 'detached' });
    const states = page.locator('h3:has-text("Prices") + table tbody tr');
    await expect.poll(async () => await states.count()).toBe(2);
    expect(await states.allInnerTexts()).toEqual([
      expect.stringMatching(/99\.00[\s\S]*to come/),
      expect.stringMatching(/96\.60[\s\S]*in force/),
    ]);
  });

  test('a customer with running subscriptions is not archived, also while they run their last day', async () => {
    await open('/customers', 'Customers');
    await page.locator('[aria-label="Customers"] [data-index="0"]').click();
    const archive = page.getByRole('button', { name: 'Archive…' });
    await archive.hover();
    await page.getByText('2 subscriptions run: end them first.').waitFor();
    for (let left = 2; left > 0; left -= 1) {
      await page.locator('table').getByRole('button', { name: 'End…' }).first().press('Enter');
      const dialog = page.getByRole('dialog', { name: /^End / });
      await dialog.getByRole('button', { name: 'End the subscription' }).press('Enter');
      await dialog.waitFor({ state: 'detached' });
      await expect
        .poll(async () => await page.locator('table').getByRole('button', { name: 'End…' }).count())
        .toBe(left - 1);
    }
    // They end after today, so until tomorrow they run; nothing is archived behind them.
    expect(await archive.getAttribute('aria-disabled')).toBe('true');
  });

  test('a customer who was sold nothing is archived and brought back', async () => {
    const { customerId } = await callInPage(page, 'customers.customerCreate', {
      name: 'Balt Finanse',
      country: 'LT',
      currency: 'EUR',
    });
    await open(`/customers/${customerId}`, 'Customers');
    await page.getByRole('button', { name: 'Archive…' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Archive Balt Finanse' });
    await dialog.getByRole('button', { name: 'Archive', exact: true }).press('Enter');
    await page.getByRole('button', { name: 'Bring back' }).press('Enter');
    await page.getByRole('button', { name: 'Archive…' }).waitFor();
    const { active } = await callInPage(page, 'customers.customerGet', { customerId });
    expect(active).toBe(true);
  });
});

describe('charged by the period', () => {
  test('a plan says its components, and is sold without a VM, paused and resumed; its history says so', async () => {
    const fee = {
      kind: 'recurring',
      id: 'fee',
      every: 'month',
      timing: 'in-advance',
      price: '19.95',
    } as const;
    const { planId } = await callInPage(page, 'catalog.planCreate', {
      name: 'Web hosting',
      periodPrices: [{ currency: 'EUR', components: [fee, { kind: 'set-up', id: 'set-up', price: '5' }] }],
      validFrom: '2026-01-01',
    });
    await callInPage(page, 'customers.customerCreate', {
      name: 'Omega Gmbh',
      country: 'DE',
      currency: 'EUR',
    });
    await open(`/plans/${planId}`, 'Plans');
    await page.getByRole('cell', { name: '19.95 a month in advance' }).waitFor();
    await open('/subscriptions/new', 'Subscriptions');
    await choose('Customer', 'Omega', /Omega/);
    await choose('Plan', 'Web', /Web hosting: 19\.95 a month in advance; 5\.00 once EUR/);
    await page.getByRole('button', { name: 'Start', exact: true }).press('Enter');
    await page.waitForURL(/\/subscriptions\/sub_/);
    await page.getByRole('cell', { name: 'Started: plan Web hosting' }).first().waitFor();
    for (const [verb, state] of [
      ['Pause', 'Paused'],
      ['Resume', 'Running'],
    ] as const) {
      await page.getByRole('button', { name: `${verb}…` }).press('Enter');
      await page.getByRole('button', { name: `${verb} the subscription` }).press('Enter');
      await page
        .getByRole('cell', { name: `${verb}d`, exact: true })
        .first()
        .waitFor();
      await expect
        .poll(async () => await text('[aria-label="Subscriptions"] [data-index="0"]'))
        .toContain(state);
    }
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'End…' }).press('Enter');
    await page.getByRole('button', { name: 'At the end of its period' }).press('Enter');
    await page.getByText('This is charged and credited when that day is over').waitFor();
    await page.getByRole('button', { name: 'End the subscription' }).press('Enter');
    const ends = page.getByRole('table', { name: 'Planned' }).getByRole('row', { name: /Ends/ });
    await ends.getByText('not charged 19.95').waitFor();
    expect(await seriousInBoth(page)).toEqual([]);
    await ends.getByRole('button', { name: 'Take back…' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: /^Take back what is planned/ });
    await dialog.getByText('It goes on as if this had never been decided').waitFor();
    expect(await seriousInBoth(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Take it back' }).press('Enter');
    await page.getByRole('cell', { name: 'Taken back: Ended' }).waitFor();
    await page.getByRole('cell', { name: 'Ended, taken back' }).waitFor();
    await ends.waitFor({ state: 'detached' });
  });
});

describe('the company, by keyboard', () => {
  test('closes its books, and opens years by hand', async () => {
    await open('/settings/company', 'Settings');
    const { company } = await callInPage(page, 'billing.companyGet', {});
    expect(company?.accounts.map(({ currency }) => currency)).toEqual(['EUR', 'PLN']);
    await page.getByRole('button', { name: 'Close the books' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: /^Close the books of/ });
    await dialog.getByText('Until the end of').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Close them' }).press('Enter');
    await page.getByText(/^closed until/).waitFor();

    await page.getByRole('combobox', { name: 'Years of documents' }).press('ArrowDown');
    await page.getByRole('option', { name: 'Are opened by hand' }).click();
    const next = Number(today.slice(0, 4)) + 1;
    await page.getByRole('button', { name: `Open ${next}` }).press('Enter');
    await page.getByText(`Open: ${next}, ${next - 1}`).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
  });
});

test('nothing was written to the console of the page as an error', () => {
  expect(console_.pageErrors).toEqual([]);
});
