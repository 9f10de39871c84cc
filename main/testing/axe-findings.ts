import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds serious or worse on a page, by all its rules or by these. */
export async function seriousFindings(page: Page, rules?: readonly string[]): Promise<string[]> {
  return await withAxe(page, async (findings) => await findings(rules));
}

type Findings = (rules?: readonly string[]) => Promise<string[]>;

/** Axe on the page as it stands, read once. It runs in a world of its own, so the page's policy against foreign scripts stands. */
async function withAxe<T>(page: Page, work: (findings: Findings) => Promise<T>): Promise<T> {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const world = await session.send('Page.createIsolatedWorld', {
    frameId: frameTree.frame.id,
    worldName: 'axe',
  });
  const run = async (expression: string, awaitPromise: boolean) =>
    await session.send('Runtime.evaluate', {
      expression,
      awaitPromise,
      returnByValue: awaitPromise,
      contextId: world.executionContextId,
    });
  await run(axe, false);
  try {
    return await work(async (rules) => {
      const options = { resultTypes: ['violations'], ...(rules === undefined ? {} : { runOnly: rules }) };
      const { result } = await run(`axe.run(document, ${JSON.stringify(options)})`, true);
      return (result.value as AxeResults).violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`);
    });
  } finally {
    await session.detach();
  }
}

/** The rules that look at colours, which are all that a scheme changes. */
const RULES_OF_COLOUR = ['color-contrast', 'link-in-text-block'];

/** What axe finds serious or worse on a page in light, and of its colours in dark; the page is in dark then. `look` takes pictures of both. */
export async function seriousInBoth(
  page: Page,
  look: (colorScheme: string) => Promise<unknown> = async () => undefined,
): Promise<string[]> {
  return await withAxe(page, async (findings) => {
    const found: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
      await look(colorScheme);
      for (const finding of await findings(colorScheme === 'light' ? undefined : RULES_OF_COLOUR))
        found.push(`${colorScheme}: ${finding}`);
    }
    return found;
  });
}
