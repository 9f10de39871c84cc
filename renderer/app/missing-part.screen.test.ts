import { afterAll, beforeAll, expect, test } from 'vitest';
import { openConsole, type ConsoleForTest } from '../../main/testing/console-for-test.ts';

let console_: ConsoleForTest;

beforeAll(async () => {
  console_ = await openConsole();
});
afterAll(async () => await console_.close());

test('a part that could not be fetched is fetched by loading the page afresh', async () => {
  const { page, origin } = console_;
  await page.goto(`${origin}/tasks`);
  await page.getByRole('heading', { name: 'Tasks' }).first().waitFor();
  let failures = 0;
  // As when an interface comes or goes (ERR_NETWORK_CHANGED), or a newer build has taken its place.
  await page.route(/\/assets\/fleet-[^/]*\.css$/, async (route) => {
    failures += 1;
    await (failures === 1 ? route.abort('failed') : route.continue());
  });
  await page.getByRole('link', { name: 'VMs' }).first().click();
  await page.getByRole('row').filter({ hasText: 'acct-' }).first().waitFor();
  expect(failures).toBeGreaterThan(1);
  expect(new URL(page.url()).pathname).toBe('/vms');
  expect(await page.getByText('This page broke').count()).toBe(0);
});
