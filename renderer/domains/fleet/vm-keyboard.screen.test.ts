import { expect, test } from 'vitest';
import { hasFocus, tabTo } from '../../../main/testing/console-steps.ts';
import { badge, detail, idOf, openFleetConsole, page } from '../../../main/testing/fleet-console.ts';

openFleetConsole();

test('by keyboard alone: whatever the menu of a VM offers is opened, and left again', async () => {
  await idOf('/vms', 'state:running');
  await badge().waitFor();
  const menu = page.getByRole('menu');
  const openMenu = async (at: number): Promise<void> => {
    // At first from the beginning of the page, past rail, query and presets; from then on the focus comes back to it.
    const more = detail().getByRole('button', { name: 'More actions' });
    if (at === 0) await tabTo(more);
    else await expect.poll(async () => await hasFocus(more)).toBe(true);
    await page.keyboard.press('Enter');
    await menu.waitFor();
  };
  await openMenu(0);
  const offered = await menu.getByRole('menuitem').count();
  const closed: string[] = [];
  for (let at = 0; at < offered; at += 1) {
    if (at > 0) await openMenu(at);
    const item = menu.getByRole('menuitem').nth(at);
    await tabTo(item, 'ArrowDown');
    const name = await item.innerText();
    if ((await item.getAttribute('aria-disabled')) === 'true') {
      // It says why, and stays.
      closed.push(name);
      await page.keyboard.press('Escape');
      await menu.waitFor({ state: 'detached' });
      continue;
    }
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  expect(offered).toBe(8);
  for (const name of closed) expect(name).toMatch(/\n.+/);
  expect(closed.length).toBeLessThan(offered / 2);
});
