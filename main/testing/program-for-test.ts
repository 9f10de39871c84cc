import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runCommandLine } from '../app/cli/run-command-line.ts';
import { root } from './laws/source-files.ts';
import { makeQuickFolder } from './quick-folder.ts';

export interface ProgramAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Innkeeper as people run it from a terminal, on a HOME of its own: the command line and workers, each a process that can be killed. */
export interface ProgramForTest {
  readonly home: string;
  /** Address of the store all of them use. */
  readonly store: string;
  /** `innkeeper …words`, to its end. */
  run(...words: readonly string[]): Promise<ProgramAnswer>;
  /** The same in the process of the test: for what no process of its own has to show, at a tenth of what one costs. */
  here(...words: readonly string[]): Promise<ProgramAnswer>;
  /** `call` in the process of the test. */
  callHere: ProgramForTest['call'];
  /** `innkeeper call operation input`: the parsed result. Throws with stderr when it did not end with 0. */
  call<T = Record<string, unknown>>(
    operation: string,
    input?: unknown,
    ...flags: readonly string[]
  ): Promise<T>;
  /** A worker that holds duties; resolves when it works. */
  startWorker(environment?: Record<string, string>): Promise<WorkerForTest>;
  close(): Promise<void>;
}

export interface WorkerForTest {
  readonly process: ChildProcess;
  /** SIGKILL: nothing is tidied up. */
  kill(): Promise<void>;
  /** SIGTERM, as systemd does. */
  stop(): Promise<void>;
}

/** What ships where `npm test` has just built it; else the sources as they stand. */
const entry =
  process.env['npm_lifecycle_event'] === 'test'
    ? join(root, 'dist/main/cli.js')
    : join(root, 'main/app/cli/cli.ts');
const nodeFlags = ['--disable-warning=ExperimentalWarning'];

export function programForTest(
  options: { store?: string; environment?: Record<string, string> } = {},
): ProgramForTest {
  const { folder: home } = makeQuickFolder('innkeeper-program-');
  const store = options.store ?? `sqlite:${join(home, 'store.sqlite')}`;
  const environment = {
    PATH: process.env['PATH'],
    HOME: home,
    LANG: 'C.UTF-8',
    // What runs in the process of the test joins a worker by the same socket.
    XDG_RUNTIME_DIR: process.env['XDG_RUNTIME_DIR'],
    TMPDIR: process.env['TMPDIR'],
    // Its own HOME has nothing compiled in it yet.
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    INNKEEPER_STORE: store,
    INNKEEPER_LOGIN: 'anna',
    ...options.environment,
  };
  const workers = new Set<WorkerForTest>();
  const run = async (...words: readonly string[]): Promise<ProgramAnswer> =>
    await finished(spawn(process.execPath, [...nodeFlags, entry, ...words], { env: environment }));
  const here = async (...words: readonly string[]): Promise<ProgramAnswer> =>
    await runHere(words, environment);
  return {
    home,
    store,
    run,
    here,
    call: callBy(run),
    callHere: callBy(here),
    startWorker: async (more = {}) => {
      const worker = await workerOf(
        spawn(process.execPath, [...nodeFlags, entry, 'worker'], { env: { ...environment, ...more } }),
      );
      workers.add(worker);
      return worker;
    },
    close: async () => {
      await Promise.all([...workers].map(async (worker) => await worker.stop()));
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function callBy(run: ProgramForTest['run']): ProgramForTest['call'] {
  return async <T>(operation: string, input: unknown = {}, ...flags: readonly string[]) => {
    const answer = await run('call', operation, JSON.stringify(input), ...flags);
    if (answer.code !== 0) throw new Error(`${operation} ended with ${answer.code}: ${answer.stderr}`);
    return JSON.parse(answer.stdout) as T;
  };
}

async function runHere(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ProgramAnswer> {
  const said = { stdout: '', stderr: '' };
  const code = await runCommandLine(words, {
    environment,
    stdin: Readable.from([]),
    print: (line) => void (said.stdout += `${line}\n`),
    say: (line) => void (said.stderr += `${line}\n`),
    signal: new AbortController().signal,
  });
  return { code, ...said };
}

async function finished(child: ChildProcess): Promise<ProgramAnswer> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

async function workerOf(child: ChildProcess): Promise<WorkerForTest> {
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await gone;
  };
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString('utf8');
      if (said.includes('works on')) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}: ${said}`)));
  });
  return { process: child, kill: async () => await end('SIGKILL'), stop: async () => await end('SIGTERM') };
}
