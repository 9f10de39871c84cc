import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { seriousInBoth } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import type { ConsoleForTest } from '../../../main/testing/console-for-test.ts';
import { lastMonths, monthPeriod, openRunsConsole } from '../../../main/testing/runs-console.ts';
import { runCustomerId } from '../../../main/testing/runs-room.ts';
import type { BillingTables } from '../../../main/domains/billing/billing-tables.ts';
import { addDays } from '../../../shared/kernel/local-date.ts';

let console_: ConsoleForTest;
let page: Page;
let credited = '';
const { last, before } = lastMonths();
const RATES = { EUR: '4.2650', HUF: '0.0106', CZK: '0.1711' } as const;

/** A run in four currencies, with a credit note, of which an invoice in euros is over its amount, and one in more forints is not. */
beforeAll(async () => {
  console_ = await openRunsConsole(
    [
      [before, [{ n: 44, minor: [], currency: 'EUR', periods: [{ minor: 9_990_000 }] }]],
      [
        last,
        [
          {
            n: 44,
            minor: [100],
            currency: 'EUR',
            periods: [{ minor: 4_000_000 }, { minor: -9_990_000, of: before }],
          },
          ...Array.from({ length: 20 }, (_, at) => ({ n: at + 1, minor: [10_000] })),
          { n: 41, minor: [99_000], currency: 'EUR' },
          { n: 42, minor: [9_900_000], currency: 'HUF' },
          { n: 43, minor: [900_000], currency: 'CZK' },
        ],
      ],
    ],
    async (store) => {
      // To the last day of the month, whichever this is tested in.
      const { periodEndExclusive } = monthPeriod(last);
      const all = Array.from({ length: 62 }, (_, at) => addDays(monthPeriod(before).periodStart, at)).filter(
        (day) => day < periodEndExclusive,
      );
      await store.transaction<BillingTables, void>(async (trx) => {
        const rows = Object.entries(RATES).flatMap(([currency, rate]) =>
          all.map((day) => ({ source: 'NBP' as const, currency, day, rate, imported_at_ms: 0 })),
        );
        await trx.insertInto('exchange_rate').values(rows).execute();
      });
    },
  );
  ({ page } = console_);
  const made = await callInPage(page, 'billing.invoiceCreate', {
    customerId: runCustomerId(44),
    ...monthPeriod(before),
  });
  credited = made.number;
  const { runId } = await callInPage(page, 'runs.runCreate', { ...monthPeriod(last), limitMinor: '200000' });
  await vi.waitFor(
    async () => {
      expect((await callInPage(page, 'runs.runGet', { runId })).state).toBe('ready');
    },
    { timeout: 60_000, interval: 200 },
  );
  await page.goto(`${console_.origin}/runs/${runId}`);
  await row('Klient 41').waitFor();
});
afterAll(async () => {
  await console_?.close();
});

const row = (text: string): Locator => page.locator('[role=row][data-index]', { hasText: text });

/** Texts that have less room than they need, where nothing else says them. */
async function cut(what: Locator): Promise<string[]> {
  return await what.evaluateAll((elements) =>
    elements
      .filter((element) => element.getClientRects().length > 0 && element.scrollWidth > element.clientWidth)
      .map((element) => element.textContent),
  );
}

describe('a run in several currencies', () => {
  test('of which one invoice is over its amount, in the currency of the company', async () => {
    await page.getByRole('button', { name: /^Large/ }).press('Enter');
    // With an invoice and a credit note that are over it in either direction.
    await expect.poll(async () => await page.locator('[role=row][data-index]').count()).toBe(3);
    await row('Klient 41').waitFor();
    await page.getByRole('button', { name: /^All/ }).press('Enter');
    await row('Klient 42').waitFor();
  });

  test.each([
    [1440, 900],
    [1280, 800],
    [1024, 768],
  ])('says its sums and its rates whole beside a row that is open, %i wide', async (width, height) => {
    await page.setViewportSize({ width, height });
    await row('Klient 41').click();
    await page.getByRole('heading', { name: 'Klient 41' }).waitFor();
    const foot = page.locator('.ik-run-foot');
    await foot.getByText('1 HUF = 0.0106 PLN').waitFor();
    expect(await cut(foot.locator('span'))).toEqual([]);
    expect(await cut(page.getByRole('table', { name: 'Totals by currency' }).locator('th, td'))).toEqual([]);
    const list = await page.locator('section.ik-list').boundingBox();
    const csv = await page.getByRole('button', { name: 'CSV' }).boundingBox();
    expect((csv?.x ?? 0) + (csv?.width ?? 0)).toBeLessThanOrEqual((list?.x ?? 0) + (list?.width ?? 0));
    expect(await seriousInBoth(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Approval' }).waitFor();
  });

  test('an invoice by hand says which credit note comes first, and leads to its invoice', async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(
      `${console_.origin}/invoices/new?customer=${runCustomerId(44)}&from=${monthPeriod(last).periodStart}`,
    );
    await page.getByText(`Issue a credit note of what was taken back on the page of ${credited}`).waitFor();
    expect(await seriousInBoth(page)).toEqual([]);
    await page.getByRole('button', { name: `Open ${credited}` }).press('Enter');
    await page.getByRole('heading', { name: credited }).first().waitFor();
  });

  test('a new one has its amount in the currency of the company, or in its own', async () => {
    await page.goto(`${console_.origin}/runs/new`);
    const over = page.getByRole('textbox', { name: 'Invoice over (gross)' });
    await over.waitFor();
    const field = page.locator('.mantine-InputWrapper-root', { has: over });
    await field.getByText('PLN', { exact: true }).waitFor();
    await page.goto(`${console_.origin}/runs/new?currency=EUR`);
    await field.getByText('EUR', { exact: true }).waitFor();
  });
});
