import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { ConsoleForTest } from './console-for-test.ts';

/** What people do on the pages of billing, by the keyboard. */
export interface BillingSteps {
  open(path: string, heading: string): Promise<void>;
  /** Types into a labelled field and leaves it. */
  fill(label: string, text: string): Promise<void>;
  /** Types a part of an option's name into a choice and takes the first that fits. */
  choose(label: string, typed: string, option: RegExp): Promise<void>;
  text(locator: string): Promise<string>;
}

export function billingSteps({ page, origin }: Pick<ConsoleForTest, 'page' | 'origin'>): BillingSteps {
  return {
    open: async (path, heading) => {
      await page.goto(origin + path);
      await page.locator(`h1:text-is("${heading}")`).waitFor();
    },
    fill: async (label, text) => {
      const field = page.getByRole('textbox', { name: label, exact: true });
      await field.focus();
      await page.keyboard.press('Control+a');
      await page.keyboard.type(text);
      await page.keyboard.press('Tab');
    },
    choose: async (label, typed, option) => await choose(page, { label, typed, option }),
    text: async (locator) => await page.locator(locator).first().innerText(),
  };
}

async function choose(
  page: Page,
  { label, typed, option }: { readonly label: string; readonly typed: string; readonly option: RegExp },
): Promise<void> {
  const field = page
    .getByRole('combobox', { name: label, exact: true })
    .or(page.getByLabel(label, { exact: true }));
  const offered = page.getByRole('option', { name: option }).first();
  // A choice whose list is still being read takes no letters: whoever types does it again.
  await expect
    .poll(
      async () => {
        await field.first().focus();
        await page.keyboard.press('Control+a');
        await page.keyboard.type(typed);
        await offered.waitFor({ timeout: 3000 }).catch(() => undefined);
        return await offered.isVisible();
      },
      { timeout: 60_000 },
    )
    .toBe(true);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
}
