import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { seriousFindings } from '../../../main/testing/axe-findings.ts';
import { callInPage } from '../../../main/testing/call-in-page.ts';
import { openConsole } from '../../../main/testing/console-for-test.ts';
import type { ConsoleForTest } from '../../../main/testing/console-for-test.ts';

const WAIT = { timeout: 60_000, interval: 100 };
/** Ticks stand before the name. */
const NAME = 1;
let console_: ConsoleForTest;
let page: Page;
/** Inputs of the list queries that the page sent, oldest first. */
let asked: { query?: string; ids?: string[]; cursor?: string; limit?: number }[] = [];

beforeAll(async () => {
  console_ = await openConsole(['--practice']);
  ({ page } = console_);
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => {
      const message = JSON.parse(String(payload)) as { op?: string; input?: (typeof asked)[number] };
      if (message.op === 'fleet.vmList' && message.input) asked.push(message.input);
    });
  });
});
afterAll(async () => {
  await console_?.close();
});

const grid = (): Locator => page.locator('[role=grid]');
const rowOf = (name: string): Locator =>
  page.locator('[role=row][data-index]').filter({ has: page.getByRole('gridcell', { name, exact: true }) });

async function open(path: string): Promise<void> {
  await page.goto(console_.origin + path);
  await page.locator('[role=row][data-index]').first().waitFor();
}

async function namesShown(): Promise<string[]> {
  return await page
    .locator('[role=row][data-index]')
    .evaluateAll((rows, at) => rows.map((row) => row.children[at]?.textContent ?? ''), NAME);
}

test('a row that changes is read by its id and changes in its place; ticks and scroll stay', async () => {
  await open('/vms?query=state%3Ashut-off');
  const { rows } = await callInPage(page, 'fleet.vmList', { query: 'state:shut-off', limit: 10 });
  const [first, second] = rows;
  if (!first || !second) throw new Error('the practice fleet has stopped VMs');
  await rowOf(first.name).locator('[data-tick]').click();
  const before = await namesShown();
  // Looks at the hosts are told as well, and may fall into the same reading: then another change is read alone.
  let fewest = Infinity;
  for (let change = 1; change <= 6 && fewest > 3; change += 1) {
    asked = [];
    await callInPage(page, 'fleet.vmNote', { vmId: second.id, notes: '', tags: [`delta-${change}`] });
    await rowOf(second.name).getByText(`delta-${change}`).waitFor();
    for (const { ids } of asked) if (ids?.includes(second.id)) fewest = Math.min(fewest, new Set(ids).size);
  }
  // It and the rows beside it, not the page.
  expect(fewest).toBeLessThanOrEqual(3);
  expect(await namesShown()).toEqual(before);
  expect(await rowOf(first.name).getAttribute('aria-selected')).toBe('true');
});

test('a row that matches no more leaves, and those after it come up', async () => {
  await open('/vms?query=state%3Ashut-off');
  const { rows, total } = await callInPage(page, 'fleet.vmList', { query: 'state:shut-off', limit: 10 });
  const [, second, third] = rows;
  if (!second || !third) throw new Error('the practice fleet has stopped VMs');
  await callInPage(page, 'fleet.vmStart', { vmId: second.id });
  await vi.waitFor(async () => {
    expect(await grid().getAttribute('aria-rowcount')).toBe(String(total));
  }, WAIT);
  expect((await namesShown())[1]).toBe(third.name);
});

test('rows keep their order in the page for those who read it, after a long scroll and a short one', async () => {
  await open('/vms');
  const scrollTo = async (top: number): Promise<void> => {
    await grid().evaluate((list, to) => {
      list.scrollTop = to;
    }, top);
  };
  const indexes = async (): Promise<number[]> =>
    await page
      .locator('[role=row][data-index]')
      .evaluateAll((rows) => rows.map((row) => Number((row as HTMLElement).dataset['index'])));
  for (const top of [900, 700, 0, 140]) {
    await scrollTo(top);
    await vi.waitFor(async () => {
      const found = await indexes();
      expect(found[0]).toBeLessThanOrEqual(Math.floor(top / 28));
      expect(found).toEqual(found.toSorted((a, b) => a - b));
      expect(new Set(found).size).toBe(found.length);
    }, WAIT);
  }
});

test('a list that is flung shows the right names in every frame, and whole rows where it comes to rest', async () => {
  await open('/vms');
  const { rows } = await callInPage(page, 'fleet.vmList', { sort: 'name', limit: 200 });
  const frames = await grid().evaluate(async (list, at) => {
    const seen: { first: number; names: (string | null)[] }[] = [];
    for (let frame = 0; frame < 5; frame += 1) {
      // Before the frame, as a wheel does.
      await new Promise((resolve) => setTimeout(resolve, 0));
      list.scrollTop += list.clientHeight * 0.8;
      await new Promise((resolve) => requestAnimationFrame(resolve));
      // Rows are drawn in slots, which stand in the document in an order of their own.
      const drawn = [...list.querySelectorAll<HTMLElement>('[role=row][data-index]')].toSorted(
        (a, b) => Number(a.dataset['index']) - Number(b.dataset['index']),
      );
      seen.push({
        first: Number(drawn[0]?.dataset['index']),
        names: drawn.map((row) => row.children[at]?.textContent ?? null),
      });
    }
    return seen;
  }, NAME);
  for (const { first, names } of frames) {
    // Rows that are still on their way have no name yet.
    const expected = rows.slice(first, first + names.length).map(({ name }) => name);
    expect(names.slice(0, expected.length).filter(Boolean)).toEqual(
      expected.filter((_, at) => names[at] !== ''),
    );
  }
  await vi.waitFor(async () => {
    const cells = await page
      .locator('[role=row][data-index]')
      .evaluateAll((drawn) => drawn.map((row) => row.children[2]?.textContent ?? ''));
    expect(cells.length).toBeGreaterThan(20);
    expect(cells).not.toContain('');
    expect(await page.locator('[role=row][data-blank]').count()).toBe(0);
  }, WAIT);
  const shown = await page
    .locator('[role=row][data-index]')
    .evaluateAll(
      (drawn, at) =>
        drawn.map(
          (row) =>
            [Number((row as HTMLElement).dataset['index']), row.children[at]?.textContent ?? ''] as const,
        ),
      NAME,
    );
  const known = shown.filter(([index]) => index < rows.length);
  expect(known.length).toBeGreaterThan(20);
  expect(known.map(([, name]) => name)).toEqual(known.map(([index]) => rows[index]?.name));
});

test('the row the keyboard is at stays the same when another comes before it', async () => {
  await open('/vms?query=state%3Arunning');
  await grid().focus();
  for (let pressed = 0; pressed < 4; pressed += 1) await page.keyboard.press('ArrowDown');
  const active = page.locator('[role=row][data-active]');
  const name = await active.getByRole('gridcell').nth(NAME).innerText();
  const names = await namesShown();
  const [above] = names;
  const { rows } = await callInPage(page, 'fleet.vmList', { query: `name=${above ?? ''}`, limit: 1 });
  await callInPage(page, 'fleet.vmPause', { vmId: rows[0]?.id ?? '' });
  await vi.waitFor(async () => expect(await namesShown()).not.toContain(above), WAIT);
  expect(await active.getByRole('gridcell').nth(NAME).innerText()).toBe(name);
});

test('hosts that are ticked are compared on one chart of each kind, and one is left out', async () => {
  await open('/hosts');
  for (const at of [0, 1, 2])
    await page.locator('[role=row][data-index]').nth(at).locator('[data-tick]').click();
  await page.getByRole('toolbar').getByRole('button', { name: 'Compare' }).click();
  await page.waitForURL(/\/hosts\/compare\?ids=/);
  await page.getByRole('heading', { level: 1, name: 'Compare 3 hosts' }).waitFor();
  const compared = page.getByRole('list', { name: 'hosts compared' }).getByRole('listitem');
  await vi.waitFor(
    async () => expect(await page.locator('section[aria-label="Load"] [role=img]').count()).toBe(4),
    WAIT,
  );
  expect(await compared.count()).toBe(3);
  await compared
    .first()
    .getByRole('button', { name: /^Leave out/ })
    .click();
  await page.getByRole('heading', { level: 1, name: 'Compare 2 hosts' }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.goto(`${console_.origin}/hosts/compare?ids=host_gone`);
  await page.getByText('It is no longer in the fleet: leave it out.').waitFor();
  await page.goto(`${console_.origin}/hosts/compare`);
  await page.getByText('No host is named here').waitFor();
});

test('a host is charted from an hour to two years with one crosshair, also by keyboard', async () => {
  await open('/hosts');
  await page.locator('[role=row][data-index]').first().click();
  await page.waitForURL(/\/hosts\/host_/);
  const charts = page.locator('section[aria-label="Load"] [role=img]');
  await vi.waitFor(async () => expect(await charts.count()).toBe(4), WAIT);
  for (const range of ['24 h', '2 y', '1 h']) {
    await page.getByRole('group', { name: 'Range' }).getByRole('button', { name: range }).click();
    await page.getByRole('button', { name: range, pressed: true }).waitFor();
  }
  // A minute is written once it is over; the tests before this one have passed most of it.
  await vi.waitFor(async () => expect(await charts.first().getAttribute('aria-label')).toMatch(/\d %/), {
    timeout: 150_000,
    interval: 500,
  });
  await charts.first().focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  await vi.waitFor(
    async () => expect(await page.locator('.ik-chart-chip').innerText()).toMatch(/\d:\d/),
    WAIT,
  );
  expect(await seriousFindings(page)).toEqual([]);
});

test('nothing was written to the console of the page as an error', () => {
  expect(console_.pageErrors).toEqual([]);
});
