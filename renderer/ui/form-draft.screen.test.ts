import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callInPage } from '../../main/testing/call-in-page.ts';
import { openConsole, type ConsoleForTest } from '../../main/testing/console-for-test.ts';
import { field, press } from '../../main/testing/console-steps.ts';
import { seriousFindings } from '../../main/testing/axe-findings.ts';

let console_: ConsoleForTest;
let page: Page;

beforeAll(async () => {
  console_ = await openConsole(['--practice']);
  ({ page } = console_);
});
afterAll(async () => {
  await console_?.close();
});

/** Something a person edits in a form: its address, and its city or site as the store has it, and as a colleague writes it. */
interface Edited {
  readonly path: string;
  readonly label: string;
  readonly now: () => Promise<string>;
  readonly change: (value: string) => Promise<unknown>;
}

async function cluster(): Promise<Edited> {
  const { clusterId } = await callInPage(page, 'fleet.clusterCreate', { name: 'Praha', site: 'TTC' });
  const read = async () => await callInPage(page, 'fleet.clusterGet', { clusterId });
  return {
    path: `/clusters/${clusterId}/edit`,
    label: 'Site',
    now: async () => (await read()).site,
    change: async (site) => {
      const { name, policy, filters, windows } = await read();
      return await callInPage(page, 'fleet.clusterSave', { clusterId, name, policy, filters, windows, site });
    },
  };
}

async function customer(): Promise<Edited> {
  const acme = { name: 'Acme', country: 'PL', currency: 'PLN', city: 'Gdynia' } as const;
  const { customerId } = await callInPage(page, 'customers.customerCreate', acme);
  return {
    path: `/customers/${customerId}/edit`,
    label: 'City',
    now: async () => (await callInPage(page, 'customers.customerGet', { customerId })).city,
    change: async (city) => await callInPage(page, 'customers.customerSave', { ...acme, customerId, city }),
  };
}

async function company(): Promise<Edited> {
  const seller = {
    name: 'Zajazd Hosting',
    street: 'ul. Przykładowa 28',
    postcode: '00-950',
    city: 'Warszawa',
    country: 'PL',
    vatId: 'PL5252344078',
    accounts: [{ currency: 'PLN' as const, iban: 'PL61109010140000071219812874' }],
  };
  await callInPage(page, 'billing.companySave', seller);
  return {
    path: '/settings/company',
    label: 'City',
    now: async () => (await callInPage(page, 'billing.companyGet', {})).company?.city ?? '',
    change: async (city) => await callInPage(page, 'billing.companySave', { ...seller, city }),
  };
}

const value = async (label: string): Promise<string> => await field(page, label).inputValue();
const refused = () => page.getByText('was changed by somebody else meanwhile').first();

describe.each([
  ['a cluster', cluster],
  ['a customer', customer],
  ['the company', company],
] as const)('what was typed of %s', (_what, make) => {
  test('answers what was seen then: a change since is not overwritten, not even after a reload', async () => {
    const edited = await make();
    await page.goto(console_.origin + edited.path);
    await field(page, edited.label).fill('Sopot');
    await edited.change('Brno');
    await page.reload();
    await page.getByText('What you typed before is still here.').waitFor();
    expect(await value(edited.label)).toBe('Sopot');
    await press(page, 'Save');
    await refused().waitFor();
    expect(await edited.now()).toBe('Brno');
    expect(await seriousFindings(page)).toEqual([]);

    await press(page, 'Begin anew from what is there now');
    await expect.poll(async () => await value(edited.label)).toBe('Brno');
    await field(page, edited.label).fill('Olomouc');
    await press(page, 'Save');
    await expect.poll(edited.now).toBe('Olomouc');
    await page.goto(console_.origin + edited.path);
    await expect.poll(async () => await value(edited.label)).toBe('Olomouc');
    expect(await page.getByText('What you typed before is still here.').count()).toBe(0);
  });
});

test('what was typed before the thing had a field is saved as soon as it has one', async () => {
  const edited = await company();
  await page.goto(console_.origin + edited.path);
  await field(page, edited.label).fill('Hel');
  await expect
    .poll(
      async () =>
        await page.evaluate(() => {
          const key = Object.keys(localStorage).find((each) => each.startsWith('ik.draft.company-')) ?? '';
          const kept = JSON.parse(localStorage.getItem(key) ?? '{}');
          if (kept.values?.city !== 'Hel') return false;
          for (const part of [kept.values, kept.seen]) delete part.accounts;
          localStorage.setItem(key, JSON.stringify(kept));
          return true;
        }),
    )
    .toBe(true);
  await page.reload();
  await page.getByText('What you typed before is still here.').waitFor();
  await press(page, 'Save');
  await expect.poll(edited.now).toBe('Hel');
});

test('nothing was written to the console of the page as an error', () => {
  expect(console_.pageErrors).toEqual([]);
});
