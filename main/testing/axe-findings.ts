import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds serious or worse on a page. It runs in a world of its own, so the page's policy against foreign scripts stands. */
export async function seriousFindings(page: Page): Promise<string[]> {
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
  const { result } = await run(`axe.run(document, { resultTypes: ['violations'] })`, true);
  await session.detach();
  return (result.value as AxeResults).violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`);
}
