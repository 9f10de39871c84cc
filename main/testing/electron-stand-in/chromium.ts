import { chromium, type Browser, type BrowserContext } from 'playwright-core';
import { session } from './session.ts';
import { shownOrigin } from './app-address.ts';
import { standInOptions } from './stand-in-options.ts';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** So that a page which is granted its place is answered at once. */
const NOWHERE = { latitude: 0, longitude: 0 };

let browser: Promise<Browser> | undefined;
let context: Promise<BrowserContext> | undefined;

/** The one browser and its one profile, started with the first window. */
export async function chromiumContext(
  prepare: (made: BrowserContext) => Promise<void>,
): Promise<BrowserContext> {
  browser ??= chromium.launch({ executablePath: standInOptions.chromium, args: FLAGS, timeout: 120_000 });
  context ??= browser.then(async (started) => {
    const made = await started.newContext({
      colorScheme: 'dark',
      reducedMotion: 'reduce',
      geolocation: NOWHERE,
    });
    made.setDefaultTimeout(60_000);
    await made.grantPermissions(session.defaultSession.granted(), { origin: shownOrigin });
    await prepare(made);
    return made;
  });
  return await context;
}

export async function closeChromium(): Promise<void> {
  await (await browser)?.close();
}
