import type { Browser, Page } from 'playwright-core';

/** What was seen while something was scrolled. */
export interface Scrolled {
  /** Pixels it went. */
  readonly wayPx: number;
  readonly seconds: number;
  /** Frames that reached the screen, each with what the page drew for it. */
  readonly framesPerSecond: number;
  /** Frames in which it stood still because no further rows had come yet. */
  readonly stillFrames: number;
  /** Frames in which a part of the screen had no row although the list goes on there. */
  readonly blankFrames: number;
  readonly longTasks: number;
  readonly longestTaskMs: number;
}

export interface ScrollPlan {
  /** What scrolls, as a selector. */
  readonly scroller: string;
  /** How far in one frame, in heights of the screen. */
  readonly screens: number;
  readonly atMostSeconds: number;
  /** All of them, also those that come while it is scrolled. */
  readonly rows: number;
  readonly rowPx: number;
  /** Height of the head that stands before the rows. */
  readonly headPx: number;
}

/**
 * Down as fast as rows come, until the end or for so long. As a wheel or a thumb does, each step comes before its frame, so that the
 * rows it brings are drawn in that frame; a step made while a frame is being drawn would show the place without them. What
 * counts is what the browser says it has presented, not how often it asked the page.
 */
export async function scrollDown(page: Page, plan: ScrollPlan): Promise<Scrolled> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('Chromium is gone.');
  await browser.startTracing(page, { categories: ['-*', 'devtools.timeline'] });
  const seen = await page.evaluate(scrollInPage, plan);
  const { seconds } = seen;
  return { ...seen, framesPerSecond: presentedFrames(await browser.stopTracing()) / seconds };
}

/** Runs in the page. */
async function scrollInPage(plan: ScrollPlan): Promise<Omit<Scrolled, 'framesPerSecond'>> {
  const tasks: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) tasks.push(entry.duration);
  });
  observer.observe({ type: 'longtask' });
  const scroller = document.querySelector(plan.scroller);
  if (scroller === null) throw new Error('There is nothing to scroll.');
  const channel = new MessageChannel();
  const nextTask = async (): Promise<void> =>
    await new Promise((resolve) => {
      channel.port1.addEventListener('message', () => resolve(), { once: true });
      channel.port2.postMessage(null);
    });
  channel.port1.start();
  const { clientHeight } = scroller;
  /** Whether rows cover what is on screen; of a list without any there is nothing to say. */
  const isBlank = (topPx: number, lengthPx: number): boolean => {
    const rows = scroller.querySelectorAll<HTMLElement>('[role=row][data-index]');
    const first = rows[0]?.dataset['index'];
    const last = rows[rows.length - 1]?.dataset['index'];
    if (first === undefined || last === undefined) return false;
    // Below the last row that is known stands the line that says so.
    const bottomPx = Math.min(topPx + clientHeight, lengthPx - plan.rowPx) - plan.headPx;
    return Number(first) * plan.rowPx > topPx || (Number(last) + 1) * plan.rowPx < bottomPx;
  };
  const began = performance.now();
  const endPx = plan.rows * plan.rowPx - clientHeight;
  let topPx = 0;
  let stillFrames = 0;
  let blankFrames = 0;
  while (topPx < endPx && performance.now() - began < plan.atMostSeconds * 1000) {
    await nextTask();
    scroller.scrollTop = topPx + clientHeight * plan.screens;
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const { scrollTop, scrollHeight } = scroller;
    if (scrollTop === topPx) stillFrames += 1;
    topPx = scrollTop;
    if (isBlank(topPx, scrollHeight)) blankFrames += 1;
  }
  observer.disconnect();
  return {
    wayPx: topPx,
    seconds: (performance.now() - began) / 1000,
    stillFrames,
    blankFrames,
    longTasks: tasks.length,
    longestTaskMs: Math.max(0, ...tasks),
  };
}

/** Frames of the page that reached the screen, out of what Chromium noted. */
function presentedFrames(trace: Buffer): number {
  const { traceEvents } = JSON.parse(trace.toString('utf8')) as {
    traceEvents: readonly { name: string; pid: number; ts: number }[];
  };
  return new Set(
    traceEvents
      .filter(({ name }) => name === 'AnimationFrame::Presentation')
      .map(({ pid, ts }) => `${pid} ${ts}`),
  ).size;
}

/** Frames per second of a page as long as the list with nothing on it: what the machine and its software rendering allow. */
export async function scrollNothing(browser: Browser | null, plan: ScrollPlan): Promise<number> {
  if (browser === null) throw new Error('Chromium is gone.');
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.setContent(
    `<div id="list" style="height:680px;overflow:auto"><div style="height:${plan.rows * plan.rowPx}px"></div></div>`,
  );
  const { framesPerSecond } = await scrollDown(page, { ...plan, scroller: '#list', atMostSeconds: 10 });
  await page.close();
  return framesPerSecond;
}
