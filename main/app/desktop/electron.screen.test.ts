import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { electronBinary } from '../../testing/electron-binary.ts';
import { root } from '../../testing/laws/source-files.ts';

// The real runtime wherever there is one; where there is none, that is said, and what a person then gets is tried instead.

const patient = { timeout: 60_000, interval: 100 };
const runtime = electronBinary();
const home = mkdtempSync(join(tmpdir(), 'innkeeper-electron-'));

afterAll(() => {
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

function environment(more: NodeJS.ProcessEnv): Record<string, string> {
  mkdirSync(join(home, 'run'), { recursive: true });
  const own = {
    ...process.env,
    HOME: home,
    XDG_RUNTIME_DIR: join(home, 'run'),
    INNKEEPER_DATA_FOLDER: join(home, 'data'),
  };
  return Object.fromEntries(
    Object.entries({ ...own, ...more }).filter(([, value]) => value !== undefined),
  ) as Record<string, string>;
}

function inTheRuntime(binary: string): void {
  let application: ElectronApplication;
  let page: Page;
  // Chromium does not sandbox for root.
  const words = [root, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];

  beforeAll(async () => {
    application = await _electron.launch({
      executablePath: binary,
      args: words,
      env: environment({}),
      timeout: 120_000,
    });
    page = await application.firstWindow();
  });
  afterAll(async () => {
    await application?.close();
  });

  const enginePid = async (): Promise<number | undefined> =>
    await application.evaluate(
      ({ app }) => app.getAppMetrics().find((metric) => metric.name === 'Innkeeper engine')?.pid,
    );

  test('the console opens and is connected to its engine', async () => {
    await expect
      .poll(async () => await page.locator('body').innerText(), patient)
      .toContain('Where do you want to begin?');
    expect(page.url()).toBe('app://innkeeper/welcome');
    expect(await enginePid()).toBeGreaterThan(0);
  });

  test('without Node in the page, with its policy, and nothing of another origin', async () => {
    expect(
      await page.evaluate(async () => [
        typeof Reflect.get(globalThis, 'require'),
        window.location.origin,
        (await fetch('/')).headers.get('content-security-policy')?.slice(0, 38),
        await fetch('https://example.org/', { mode: 'no-cors' }).then(
          () => 'reached',
          () => 'stopped',
        ),
      ]),
    ).toEqual(['undefined', 'app://innkeeper', "default-src 'none'; script-src 'self';", 'stopped']);
  });

  test('no other window, no other page', async () => {
    await page.evaluate(() => {
      window.open('http://example.org/');
      window.location.href = 'http://example.org/';
    });
    await page.getByText('Where do you want to begin?').waitFor();
    expect(application.windows()).toHaveLength(1);
    expect(page.url()).toBe('app://innkeeper/welcome');
  });

  test('a second start brings its link to the first', async () => {
    await promisify(execFile)(binary, [...words, 'innkeeper://task/task_01k9z3'], { env: environment({}) });
    await expect.poll(() => page.url(), patient).toBe('app://innkeeper/tasks/task_01k9z3');
  });

  test('an engine that is killed is started again, and the page is live again', async () => {
    const before = await enginePid();
    expect(before).toBeDefined();
    process.kill(before!, 'SIGKILL');
    await expect.poll(enginePid, patient).not.toBeOneOf([before, undefined]);
    await expect.poll(async () => await page.locator('body').innerText(), patient).toMatch(/\bLive\b/);
  });

  test('the menu stands in the system', async () => {
    const labels = await application.evaluate(({ Menu }) =>
      Menu.getApplicationMenu()?.items.map((item) => item.label),
    );
    expect(labels).toEqual(expect.arrayContaining(['&File', '&Go', '&View']));
  });
}

if (runtime.found) {
  describe(`on the real runtime, ${runtime.path}`, () => inTheRuntime(runtime.path));
} else {
  test(`the real runtime is not tried here: ${runtime.reason}`, () => {
    expect(runtime.reason).toMatch(/^there is (no Electron binary in \S+|a binary, but no display \(.+\))$/);
    process.stderr.write(
      `Electron itself is not tried here: ${runtime.reason}. The shell is tried on its stand-in.\n`,
    );
  });
}

describe('where the runtime cannot be had', () => {
  const children: ChildProcess[] = [];
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  const given = join(home, 'given-to-the-browser');

  /** `npm start` until it has opened the console in a browser that notes what it is given; what it said on stderr beside a build's words. */
  const opensInTheBrowser = async (more: NodeJS.ProcessEnv): Promise<string[]> => {
    const bin = join(home, 'bin');
    rmSync(given, { force: true });
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'xdg-open'), `#!/bin/sh\nprintf '%s' "$1" > '${given}'\n`, { mode: 0o755 });
    const child = spawn(process.execPath, [join(root, 'main/app/launch/start.mjs')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment({
        PATH: `${bin}:${process.env['PATH'] ?? ''}`,
        DISPLAY: ':99',
        ...more,
      }),
    });
    children.push(child);
    let said = '';
    let warned = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (warned += text));
    await expect
      .poll(() => said, patient)
      .toMatch(/Innkeeper is open at http:\/\/127\.0\.0\.1:\d+\/\S*token=\S+\n/);
    await expect
      .poll(() => existsSync(given) && readFileSync(given, 'utf8'), patient)
      .toMatch(/^http:\/\/127\.0\.0\.1:/);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    return warned.split('\n').filter((each) => /desktop|electron|install|runtime/i.test(each));
  };

  test('npm start says so in one line and opens the console in the browser', async () => {
    mkdirSync(join(home, 'no-runtime'));
    const said = await opensInTheBrowser({
      ELECTRON_OVERRIDE_DIST_PATH: join(home, 'no-runtime'),
      ELECTRON_MIRROR: 'http://127.0.0.1:1/',
      electron_config_cache: join(home, 'no-cache'),
    });
    expect(said).toEqual([
      'Fetching the desktop runtime (once; npm start -- --browser does without)…',
      'The desktop runtime cannot be fetched here; opening the console in the browser instead.',
    ]);
  });

  test('a runtime that cannot run here (no sandbox for root, a display that is not ours) is no reason to go without a console', async () => {
    const folder = join(home, 'broken-runtime');
    mkdirSync(folder);
    writeFileSync(join(folder, 'electron'), '#!/bin/sh\nkill -TRAP $$\n', { mode: 0o755 });
    expect(await opensInTheBrowser({ ELECTRON_OVERRIDE_DIST_PATH: folder })).toEqual([
      'The desktop runtime cannot run here (it ended with SIGTRAP); opening the console in the browser instead.',
    ]);
  });
});

describe('looking for the runtime', () => {
  const folder = join(home, 'a-runtime');
  test.each<[what: string, environment: NodeJS.ProcessEnv, found: string | true]>([
    [
      'an empty folder',
      { ELECTRON_OVERRIDE_DIST_PATH: home, DISPLAY: ':0' },
      'there is no Electron binary in ELECTRON_OVERRIDE_DIST_PATH',
    ],
    ['a binary and a display', { ELECTRON_OVERRIDE_DIST_PATH: folder, DISPLAY: ':0' }, true],
    ['a binary and Wayland', { ELECTRON_OVERRIDE_DIST_PATH: folder, WAYLAND_DISPLAY: 'wayland-0' }, true],
    [
      'a binary alone',
      { ELECTRON_OVERRIDE_DIST_PATH: folder },
      'there is a binary, but no display (DISPLAY, WAYLAND_DISPLAY)',
    ],
  ])('%s', (_what, given, found) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'electron'), '');
    const answer = electronBinary(given);
    expect(answer.found ? true : answer.reason).toBe(found);
  });
});
