import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { seriousInBoth } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import { openConsole, type ConsoleForTest } from '../../../main/testing/console-for-test.ts';

let console_: ConsoleForTest;
let page: Page;

beforeAll(async () => {
  console_ = await openConsole(['--practice']);
  ({ page } = console_);
  const buyers = [
    ['Alza', 'CZ', 'CZ27082440'],
    ['Berlin', 'DE', 'DE136695976'],
    ['Muster', 'CH', 'CHE123456788'],
  ] as const;
  for (const [name, country, vatId] of buyers)
    await callInPage(page, 'customers.customerCreate', { name, country, vatId, currency: 'EUR' });
});
afterAll(async () => {
  await console_?.close();
});

test('VIES is asked about the customers of the query that is shown, which are counted first', async () => {
  await page.goto(`${console_.origin}/customers?query=${encodeURIComponent('vat:never')}`);
  await page.getByRole('button', { name: 'Ask VIES…' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Ask VIES about many' });
  await dialog.getByText('vat:never').waitFor();
  await dialog.getByRole('button', { name: 'Ask about 2' }).waitFor();
  const days = dialog.getByRole('textbox', { name: 'Leave out who was answered in the last' });
  await days.fill('soon');
  expect(await dialog.getByRole('button', { name: /^Ask about/ }).isDisabled()).toBe(true);
  await days.fill('7');
  await dialog.getByRole('button', { name: 'Ask about 2', disabled: false }).waitFor();
  const look = async (scheme: string): Promise<void> => {
    if (process.env['LOOK_AT'] !== undefined)
      await page.screenshot({ path: `${process.env['LOOK_AT']}/vat-round-${scheme}.png` });
  };
  expect(await seriousInBoth(page, look)).toEqual([]);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect(console_.pageErrors).toEqual([]);
});
