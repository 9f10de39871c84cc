import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { root } from './laws/source-files.ts';

/** Chromium without what a machine of two cores and no network does not need. */
export const CHROMIUM = {
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
  timeout: 60_000,
};
const START_MS = 150_000;

export interface ConsoleForTest {
  readonly page: Page;
  /** HOME of the program: its store, its log and what the person had there before. */
  readonly home: string;
  /** `http://127.0.0.1:PORT`, without the token. */
  readonly origin: string;
  /** The program's process. */
  readonly pid: number;
  /** Errors the page wrote or threw so far. */
  readonly pageErrors: readonly string[];
  close(): Promise<void>;
}

export interface ConsoleOptions {
  /** Further variables of the program. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How far the page's clock is ahead of the machine's, where the program's is too. */
  readonly clockShiftMs?: number;
}

/** What `npm start` prints on its own HOME, opened in Chromium: the engine, the host and the page as people get them. */
export async function openConsole(
  startArguments: readonly string[] = ['--practice'],
  { environment = {}, clockShiftMs = 0 }: ConsoleOptions = {},
): Promise<ConsoleForTest> {
  const home = await mkdtemp(join(tmpdir(), 'innkeeper-console-'));
  const program = await startProgram(startArguments, { ...environment, HOME: home });
  let page: Page | undefined;
  const close = async (): Promise<void> => {
    // Its context goes with it: nothing of it is there for the next one.
    await page?.close();
    if (!isForTests) await (await browser?.catch(() => undefined))?.close();
    await program.stop();
    await rm(home, { recursive: true, force: true });
  };
  try {
    const chromiumOfAll = await chromiumThere();
    page = await chromiumOfAll.newPage({
      viewport: { width: 1440, height: 900 },
      colorScheme: 'dark',
      // Fades are over at once: what is looked at is what stays.
      reducedMotion: 'reduce',
      bypassCSP: false,
    });
    page.setDefaultTimeout(60_000);
    // Chromium itself takes half a minute to start under libfaketime, so its pages are told the time instead.
    if (clockShiftMs !== 0) await page.addInitScript(shiftClock, clockShiftMs);
    const pageErrors: string[] = [];
    page.on('pageerror', (error) => pageErrors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') pageErrors.push(message.text());
    });
    await page.goto(program.address);
    const { address, pid } = program;
    return { page, home, origin: new URL(address).origin, pid, pageErrors, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Files of tests take turns in a process, and so in the browser that it has started; it goes with the process. */
const isForTests = process.env['VITEST'] !== undefined;
let browser: Promise<Browser> | undefined;

async function chromiumThere(): Promise<Browser> {
  const asked = browser;
  const there = await asked?.catch(() => undefined);
  if (there?.isConnected() === true) return there;
  // Whoever asked at the same time may have started another one by now.
  if (browser === asked || browser === undefined) browser = chromium.launch(CHROMIUM);
  return await browser;
}

/** Runs in the page before its own scripts: durations stay, moments move. */
function shiftClock(shiftMs: number): void {
  const realNow = Date.now.bind(Date);
  globalThis.Date = new Proxy(Date, {
    construct: (date, given: [], newTarget) =>
      Reflect.construct(date, given.length === 0 ? [realNow() + shiftMs] : given, newTarget) as Date,
    get: (date, name) => (name === 'now' ? () => realNow() + shiftMs : (Reflect.get(date, name) as unknown)),
  });
}

async function startProgram(
  startArguments: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ address: string; pid: number; stop: () => Promise<void> }> {
  const child = spawn(
    process.execPath,
    [join(root, 'main/app/launch/start.mjs'), '--no-open', ...startArguments],
    {
      cwd: root,
      env: {
        PATH: process.env['PATH'],
        LANG: 'C.UTF-8',
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  let said = '';
  const address = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the console did not open in time:\n${said}`)), START_MS);
    const hear = (chunk: Buffer): void => {
      said += chunk.toString('utf8');
      const found = /Innkeeper is open at (\S+)/.exec(said)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the console ended with ${code ?? 'a signal'} before it opened:\n${said}`));
    });
  }).catch(async (error: unknown) => {
    child.kill('SIGTERM');
    throw error;
  });
  return { address, pid: child.pid ?? 0, stop };
}
