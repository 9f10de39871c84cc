import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seriousInBoth } from '../../main/testing/axe-findings.ts';
import { callInPage } from '../../main/testing/call-in-page.ts';
import { openConsole } from '../../main/testing/console-for-test.ts';
import type { ConsoleForTest } from '../../main/testing/console-for-test.ts';
import { formatBytes } from '../../shared/kernel/bytes.ts';

let console_: ConsoleForTest;

beforeAll(async () => {
  console_ = await openConsole(['--practice']);
});
afterAll(async () => {
  await console_?.close();
});

async function open(path: string, ready: string): Promise<void> {
  await console_.page.goto(console_.origin + path);
  await console_.page.locator(ready).first().waitFor();
}

const PAGES = [
  ['overview', '/', 'h2:text("Needs attention")'],
  ['tasks', '/tasks', 'h1:text("Tasks")'],
  ['activity', '/activity', 'h1:text("Activity")'],
  ['environment settings', '/settings', 'legend:text("Name and colour")'],
  ['people', '/settings/people', 'th:text("Login")'],
  ['store', '/settings/store', 'h2:text("Store")'],
  ['about', '/settings/about', 'h2:text("Innkeeper")'],
  ['the three doors', '/welcome', 'h2:text("Connect a hypervisor")'],
  ['a page that is not there', '/nothing-here', 'h1:text("No such page")'],
] as const;

describe('in either colour scheme', () => {
  test.each(PAGES)('axe finds nothing serious on %s', async (_, path, ready) => {
    await open(path, ready);
    expect(await seriousInBoth(console_.page)).toEqual([]);
  });

  test('axe finds nothing serious in the palette, the keys and the task drawer', async () => {
    await open('/', 'h2:text("Needs attention")');
    await console_.page.keyboard.press('Control+k');
    await console_.page.getByRole('dialog').waitFor();
    expect(await seriousInBoth(console_.page)).toEqual([]);
    await console_.page.keyboard.press('Escape');
    await console_.page.getByRole('dialog').waitFor({ state: 'detached' });
    await console_.page.keyboard.press('?');
    await console_.page.getByRole('dialog').waitFor();
    expect(await seriousInBoth(console_.page)).toEqual([]);
    await console_.page.keyboard.press('Escape');
    await console_.page.getByRole('dialog').waitFor({ state: 'detached' });
    await console_.page.keyboard.press('t');
    await console_.page.getByRole('link', { name: 'All tasks' }).waitFor();
    expect(await seriousInBoth(console_.page)).toEqual([]);
  });
});

describe('by keyboard alone', () => {
  test('every area of the rail is reached by Tab, with a visible focus', async () => {
    await open('/', 'h2:text("Needs attention")');
    const areas = await console_.page.locator('nav[aria-label="Areas"] a').allInnerTexts();
    const reached: string[] = [];
    for (let pressed = 0; pressed < 30 && reached.length < areas.length; pressed += 1) {
      await console_.page.keyboard.press('Tab');
      const focused = await console_.page.evaluate(() => {
        const element = document.activeElement;
        if (!(element instanceof HTMLElement) || !element.closest('nav')) return null;
        return { text: element.innerText, outline: getComputedStyle(element).outlineStyle };
      });
      if (!focused) continue;
      expect(focused.outline).toBe('solid');
      reached.push(focused.text);
    }
    expect(reached).toEqual(areas);
  });

  test('g and a letter go to an area, back and reload restore it', async () => {
    await open('/', 'h2:text("Needs attention")');
    await console_.page.keyboard.press('g');
    await console_.page.keyboard.press('k');
    await console_.page.locator('h1:text("Tasks")').waitFor();
    expect(new URL(console_.page.url()).pathname).toBe('/tasks');
    expect(await console_.page.title()).toBe('Tasks · Innkeeper');
    await console_.page.goBack();
    await console_.page.locator('h1:text("Overview")').waitFor();
    await console_.page.goForward();
    await console_.page.reload();
    await console_.page.locator('h1:text("Tasks")').waitFor();
  });

  test('the query of a list is in its address', async () => {
    await open('/tasks', 'h1:text("Tasks")');
    await console_.page.keyboard.press('/');
    await console_.page.keyboard.type('state:failed');
    await console_.page.keyboard.press('Escape');
    await console_.page.waitForURL(/query=state%3Afailed/);
    await console_.page.reload();
    expect(await console_.page.getByRole('combobox', { name: 'Query' }).inputValue()).toBe('state:failed');
  });

  test('the palette finds a host of the practice fleet by its name, and goes there on Enter', async () => {
    await open('/', 'h2:text("Capacity by host")');
    const host = await console_.page.locator('tbody a[href^="/hosts/"]').first().innerText();
    await console_.page.keyboard.press('Control+k');
    const dialog = console_.page.getByRole('dialog');
    await dialog.waitFor();
    await console_.page.keyboard.type(host);
    await dialog.getByRole('button', { name: host }).waitFor();
    await console_.page.keyboard.press('Enter');
    await console_.page.waitForURL(/\/hosts\/[^/]+$/);
  });

  test('? shows the keys, Escape closes them', async () => {
    await open('/', 'h2:text("Needs attention")');
    await console_.page.keyboard.press('?');
    const dialog = console_.page.getByRole('dialog', { name: 'Keys' });
    await dialog.waitFor();
    expect(await dialog.innerText()).toContain('Open or close the task drawer');
    await console_.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });
});

test('the overview says of each host what capacity says: by one rule', async () => {
  await open('/', 'h2:text("Capacity by host")');
  const { page } = console_;
  const [cluster] = (await callInPage(page, 'fleet.clusterList', {})).rows;
  const { hosts } = await callInPage(page, 'capacity.capacityGet', { clusterId: cluster!.id, days: 1 });
  expect(hosts).toHaveLength(3);
  const verdicts = { holds: 'Holds', tight: 'Tight', fails: 'Fails' } as const;
  for (const { host, loss } of hosts) {
    if (loss === null) throw new Error(`${host} has others beside it`);
    const what =
      loss.verdict === 'fails'
        ? `${loss.unplaced} ${loss.unplaced === 1 ? 'VM' : 'VMs'} left over`
        : `${formatBytes(loss.spareMemoryBytes)} spare`;
    const words = `${verdicts[loss.verdict]}, ${what}`;
    await page
      .getByRole('row', { name: new RegExp(`^${host}\\b`) })
      .getByText(words)
      .waitFor();
  }
});

test('completions that were put away stay away, also when they arrive late', async () => {
  const { page } = console_;
  let isHeld = false;
  const held: (() => void)[] = [];
  await page.routeWebSocket(/\/engine$/, (socket) => {
    const engine = socket.connectToServer();
    engine.onMessage((message) => {
      if (isHeld) held.push(() => socket.send(message));
      else socket.send(message);
    });
  });
  await open('/vms', 'h1:text("VMs")');
  const query = page.getByRole('combobox', { name: 'Query' });
  const completions = page.getByRole('listbox', { name: 'Completions' });
  await query.focus();
  await page.keyboard.type('host');
  await completions.getByRole('option').first().waitFor();
  // Names of hosts come from the engine.
  isHeld = true;
  await page.keyboard.type(':');
  await expect.poll(() => held.length).toBeGreaterThan(0);
  await page.keyboard.press('Escape');
  await completions.waitFor({ state: 'hidden' });
  isHeld = false;
  for (const send of held) send();
  // What is asked afterwards is answered afterwards.
  await callInPage(page, 'system.about', {});
  await page.evaluate(
    async () => await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
  expect(await completions.isVisible()).toBe(false);
  await page.keyboard.press('ArrowDown');
  await completions
    .getByRole('option', { name: /^host:/ })
    .first()
    .waitFor();
});

test('the theme chosen by hand stays after a reload', async () => {
  await open('/settings', 'legend:text("Name and colour")');
  await console_.page.getByRole('button', { name: 'Light', exact: true }).click();
  await console_.page.reload();
  await console_.page.locator('html[data-mantine-color-scheme="light"]').waitFor();
  await console_.page.getByRole('button', { name: 'As the system' }).click();
});

test('nothing was written to the console of the page as an error', () => {
  expect(console_.pageErrors).toEqual([]);
});
