import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { root } from '../laws/source-files.ts';
import { atMost, machineLine, median, type BenchResult } from './bench-result.ts';

const ROUNDS = 5;
const MIB = 1024 * 1024;
const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

interface Started {
  readonly readyMs: number;
  /** Of npm, its shell, the engine and the practice fleet together. */
  readonly readyCpuMs: number;
  readonly rowMs: number;
  readonly engineMib: number;
  readonly pageMib: number;
}

/**
 * A warm `npm start -- --practice`: from the command to an engine that takes calls and to the first VM painted on the screen, with what the engine's process
 * and the page's process take. Chromium runs already, as a person's browser does.
 */
export async function run(): Promise<BenchResult> {
  const home = mkdtempSync(join(tmpdir(), 'innkeeper-bench-'));
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: CHROMIUM_FLAGS,
    timeout: 60_000,
  });
  try {
    await once(browser, home);
    const rounds: Started[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await once(browser, home));
    const bareNpmMs = await bareNpm();
    const of = (pick: (started: Started) => number): number => median(rounds.map(pick));
    return {
      name: 'start',
      machine: `${machineLine()}, load ${loadavg()[0]?.toFixed(1) ?? '?'} of others and of this`,
      metrics: [
        {
          metric: 'npm start to engine ready',
          value: of((one) => one.readyMs),
          unit: 'ms',
          note: `median of ${ROUNDS}, ${list(rounds, (one) => one.readyMs)}`,
        },
        {
          metric: 'npm start to first VM row painted',
          value: of((one) => one.rowMs),
          unit: 'ms',
          note: list(rounds, (one) => one.rowMs),
        },
        {
          metric: 'processor time until the engine is ready',
          value: of((one) => one.readyCpuMs),
          unit: 'ms',
          note: `npm, engine and practice fleet; ${list(rounds, (one) => one.readyCpuMs)}`,
        },
        { metric: 'npm itself, running an empty script', value: bareNpmMs, unit: 'ms' },
        { metric: 'engine process, resident', value: of((one) => one.engineMib), unit: 'MiB' },
        { metric: 'page process, private memory', value: of((one) => one.pageMib), unit: 'MiB' },
      ],
      baseline:
        'npm running an empty script on the same machine: what no program started by npm can be faster than',
      limits: [
        atMost(
          'engine ready',
          of((one) => one.readyMs),
          'ms',
          1000,
        ),
        atMost(
          'first VM row painted',
          of((one) => one.rowMs),
          'ms',
          2500,
        ),
        atMost(
          'engine memory',
          of((one) => one.engineMib),
          'MiB',
          200,
        ),
        atMost(
          'page memory',
          of((one) => one.pageMib),
          'MiB',
          150,
        ),
      ],
    };
  } finally {
    await browser.close();
    rmSync(home, { recursive: true, force: true });
  }
}

function list(rounds: readonly Started[], pick: (started: Started) => number): string {
  return rounds.map((one) => pick(one).toFixed(0)).join(' ');
}

async function once(browser: Browser, home: string): Promise<Started> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const startMs = performance.now();
  const child = spawn('npm', ['start', '--silent', '--', '--practice', '--no-open'], {
    cwd: root,
    detached: true,
    env: { PATH: process.env['PATH'], HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const address = await addressOf(child);
    const readyMs = performance.now() - startMs;
    const readyCpuMs = cpuMs(child);
    const url = new URL(address);
    url.pathname = '/vms';
    await page.goto(url.href);
    await page.getByRole('row').filter({ hasText: 'acct-' }).first().waitFor({ timeout: 60_000 });
    await page.evaluate(
      async () => await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
    const rowMs = performance.now() - startMs;
    const pageMib = await pageMemoryMib(browser);
    return { readyMs, readyCpuMs, rowMs, engineMib: engineMemoryMib(child), pageMib };
  } finally {
    await page.close();
    await end(child);
  }
}

async function addressOf(child: ChildProcess): Promise<string> {
  let said = '';
  return await new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const found = /open at (\S+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}: ${said}`)));
  });
}

/** npm, its shell and the launcher are between us and the engine: the whole group is told. */
async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  await gone;
}

/** Resident memory of the engine's process: of what `npm start` runs, the largest but for npm itself and the practice fleet. */
function engineMemoryMib(child: ChildProcess): number {
  const engines = groupWith(child).filter((pid) =>
    /dist\/main\/browser\.js|launch\/start\.mjs/.test(commandOf(pid)),
  );
  return Math.max(...engines.map((pid) => statusMib(pid, 'VmRSS')));
}

/** Processes of `npm start`. */
function groupWith(child: ChildProcess): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && groupOf(name) === child.pid);
}

/** User and system time of the whole group so far; the kernel counts it in hundredths of a second (proc(5), fields 14 to 17). */
function cpuMs(child: ChildProcess): number {
  const ticks = groupWith(child).flatMap((pid) => statOf(pid)?.slice(11, 15).map(Number) ?? []);
  return ticks.reduce((sum, each) => sum + each, 0) * 10;
}

async function pageMemoryMib(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const renderers = processInfo
    .filter((one) => one.type === 'renderer')
    .map((one) => statusMib(String(one.id), 'RssAnon'));
  return Math.max(...renderers);
}

function statusMib(pid: string, field: string): number {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return (Number(found?.[1]) * 1024) / MIB;
}

function groupOf(pid: string): number | undefined {
  const group = statOf(pid)?.[2];
  return group === undefined ? undefined : Number(group);
}

/** Fields of /proc/PID/stat from the third on; undefined for a process that is gone. */
function statOf(pid: string): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
  } catch {
    return undefined;
  }
}

function commandOf(pid: string): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
}

async function bareNpm(): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const startMs = performance.now();
    const child = spawn('npm', ['exec', '--silent', '--offline', '--', 'node', '-e', '0'], {
      cwd: root,
      stdio: 'ignore',
    });
    await new Promise((resolve) => child.once('exit', resolve));
    times.push(performance.now() - startMs);
  }
  return median(times);
}
