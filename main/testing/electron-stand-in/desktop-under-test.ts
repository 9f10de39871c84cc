import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ControlCalls, ControlReply, ControlRequest, DesktopState } from './control.ts';
import type { StandInOptions } from './stand-in-options.ts';

const root = resolve(import.meta.dirname, '../../..');
const register = new URL('./register.ts', import.meta.url).href;

type Answered<Name extends keyof ControlCalls> = Promise<Awaited<ReturnType<ControlCalls[Name]>>>;

/** The real desktop entry, running on the stand-in, in a home of its own. */
export class DesktopUnderTest {
  /** Everything the program wrote, for a failing test to show. */
  output = '';
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, (reply: ControlReply) => void>();
  private readonly gone: Promise<number | null>;
  private nextId = 1;

  constructor(options: DesktopOptionsForTest) {
    const { home, words = [], standIn = {}, environment = {} } = options;
    this.child = fork(join(options.program ?? root, 'dist/main/desktop.js'), words, {
      // As the runtime is started from a checkout: the first word is the folder of the application.
      execArgv: ['--disable-warning=ExperimentalWarning', '--import', register],
      cwd: home,
      env: {
        PATH: process.env['PATH'],
        CHROMIUM: process.env['CHROMIUM'],
        HOME: home,
        XDG_RUNTIME_DIR: join(home, 'run'),
        INNKEEPER_DATA_FOLDER: join(home, 'data'),
        ELECTRON_STAND_IN: JSON.stringify(standIn),
        ...environment,
      },
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.child.on('message', (reply: ControlReply) => {
      this.waiting.get(reply.id)?.(reply);
      this.waiting.delete(reply.id);
    });
    this.gone = once(this.child, 'exit').then(([code]) => code as number | null);
  }

  async call<Name extends keyof ControlCalls>(
    name: Name,
    ...args: Parameters<ControlCalls[Name]>
  ): Answered<Name> {
    const id = this.nextId++;
    const request: ControlRequest = { id, name, args };
    const reply = await Promise.race([
      new Promise<ControlReply>((answered) => {
        this.waiting.set(id, answered);
        this.child.send(request, () => undefined);
      }),
      this.gone.then((code): ControlReply => ({
        id,
        error: `the desktop ended with ${code}:\n${this.output}`,
      })),
    ]);
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply.value as Awaited<ReturnType<ControlCalls[Name]>>;
  }

  async state(): Promise<DesktopState> {
    return await this.call('state');
  }

  /** Number of the one window that is open. */
  async window(): Promise<number> {
    const [window] = (await this.state()).windows;
    if (!window) throw new Error(`No window is open.\n${this.output}`);
    return window.id;
  }

  async text(): Promise<string> {
    return await this.call('text', await this.window());
  }

  async evaluate<Value>(expression: string): Promise<Value> {
    return (await this.call('evaluate', await this.window(), expression)) as Value;
  }

  /** Resolves to the exit code when the program has ended by itself. */
  async ended(): Promise<number | null> {
    return await this.gone;
  }

  async quit(): Promise<number | null> {
    await this.call('quit').catch(() => undefined);
    return await this.gone;
  }

  /** Whatever state it is in; nothing is left behind. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const engines = await this.engines();
    // Without its test it closes its browser and ends.
    this.child.disconnect();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 15_000);
    await this.gone;
    clearTimeout(timer);
    for (const pid of engines) killIfThere(pid);
  }

  private async engines(): Promise<number[]> {
    const state = await this.state().catch(() => undefined);
    return (state?.engines ?? []).filter((pid) => pid !== undefined);
  }
}

export interface DesktopOptionsForTest {
  readonly home: string;
  readonly words?: readonly string[];
  readonly standIn?: Partial<StandInOptions>;
  readonly environment?: NodeJS.ProcessEnv;
  /** Folder of the built program; default: this checkout. */
  readonly program?: string;
}

export function homeForTest(): { home: string; remove: () => void } {
  const home = mkdtempSync(join(tmpdir(), 'innkeeper-desktop-'));
  mkdirSync(join(home, 'run'));
  return { home, remove: () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }) };
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended with the program, as it must.
  }
}
