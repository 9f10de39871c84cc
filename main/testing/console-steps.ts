import type { Locator, Page } from 'playwright-core';

/** A field to write or choose in, by the whole of its name. */
export function field(scope: Page | Locator, name: string): Locator {
  return scope
    .getByRole('textbox', { name, exact: true })
    .or(scope.getByRole('combobox', { name, exact: true }));
}

/** Fills fields by their labels, in order; each is left with Tab, as a person leaves it. */
export async function fill(scope: Page | Locator, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, value] of Object.entries(values)) {
    await field(scope, label).fill(value);
    await field(scope, label).press('Tab');
  }
}

/** Chooses the one option that contains these words from a field with a list. */
export async function choose(scope: Page | Locator, label: string, words: string): Promise<void> {
  const page = 'page' in scope ? scope.page() : scope;
  await field(scope, label).click();
  await page.getByRole('option', { name: words }).click();
}

/** Presses the one button of this name. */
export async function press(scope: Page | Locator, name: string | RegExp): Promise<void> {
  await scope.getByRole('button', { name, exact: true }).click();
}

/** Opens an area from the rail. */
export async function openArea(page: Page, name: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Areas' })
    .getByRole('link', { name: new RegExp(`^${name}\\b`) })
    .click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** The words of a term's definition among an object's facts. */
export async function fact(scope: Page | Locator, term: string): Promise<string> {
  return await scope
    .getByRole('term')
    .filter({ hasText: new RegExp(`^${term}$`) })
    .locator('xpath=following-sibling::dd[1]')
    .innerText();
}

/** Texts of the cells of a table's rows, head and foot with them. */
export async function tableTexts(table: Locator): Promise<string[][]> {
  return await table
    .getByRole('row')
    .evaluateAll((rows) =>
      rows.map((row) => [...(row as HTMLTableRowElement).cells].map((cell) => cell.innerText.trim())),
    );
}

/** An amount of two decimals as the console writes it, in minor units: `1,234.50` → `123450`. */
export function minorOf(text: string): number {
  const found = /^[\d,]+\.\d{2}$/.exec(text.trim());
  if (!found) throw new Error(`"${text}" is not an amount with two decimals`);
  return Number(found[0].replaceAll(/[,.]/g, ''));
}

/** Share of pixels of a canvas that are not the colour of its first one: 0 when blank. */
export async function inkOf(canvas: Locator): Promise<number> {
  return await canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const pixels = (element as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data;
    if (!pixels || pixels.length === 0) return 0;
    const colours = new Uint32Array(pixels.buffer);
    return colours.filter((colour) => colour !== colours[0]).length / colours.length;
  });
}

export async function hasFocus(what: Locator): Promise<boolean> {
  return await what.evaluate((element) => element === document.activeElement);
}

/** Presses a key, Tab unless another is named, until what is meant has the focus. A menu may take its time to take it in. */
export async function tabTo(what: Locator, key: 'Tab' | 'ArrowDown' = 'Tab'): Promise<void> {
  for (let pressed = 0; pressed < 100; pressed += 1) {
    if (await hasFocus(what)) return;
    await what.page().keyboard.press(key);
  }
  throw new Error(`100 presses of ${key} did not lead there`);
}
