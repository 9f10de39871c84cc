import { createInterface } from 'node:readline';
import { MessageChannelMain, utilityProcess, type UtilityProcess, type WebContents } from 'electron';
import type { Log } from '../../platform/log/log.ts';
import type { EngineSays, ShellSays } from './engine-words.ts';
import { answerKeychain, type Keychain } from './keychain.ts';

/** Before each try after a death; after as many deaths in a row it is left to the person. */
const RESTART_PAUSES_MS: readonly number[] = [0, 500, 2000, 5000, 15_000];
/** An engine that ran this long was well: the next restart is quick again. */
const WELL_AFTER_MS = 60_000;
/** Of what a dying engine wrote to stderr, this much goes into the log. */
const LAST_LINES = 40;

export interface EngineLinkOptions {
  /** Built entry of the engine's process. */
  readonly entry: string;
  readonly arguments: readonly string[];
  readonly log: Log;
  readonly restartPausesMs?: readonly number[];
  /** The engine does not start, or not any more, and is not tried again by itself: a sentence to show. */
  readonly onFailed: (sentence: string) => void;
}

/**
 * The engine in a process of its own, so that neither a slow host nor a big query can freeze a window. If it dies it is
 * started again; each window sees its port close and asks for a new one, and its feeds go on after their cursors.
 */
export class EngineLink {
  private readonly options: EngineLinkOptions;
  private child: UtilityProcess | undefined;
  /** Windows that asked for a port before the engine was ready. */
  private readonly waiting = new Map<WebContents, Set<string>>();
  private isReady = false;
  private isEnding = false;
  private deaths = 0;
  private startedAtMs = 0;
  private failure: { readonly sentence: string; readonly final: boolean } | undefined;
  private restart: NodeJS.Timeout | undefined;
  private keychain: Keychain | undefined;

  constructor(options: EngineLinkOptions) {
    this.options = options;
  }

  /** Starts the engine for the first time. Without a keychain it seals with a key file. */
  start(keychain: Keychain | undefined): void {
    this.keychain = keychain;
    this.fork();
  }

  /** The person asked for another try: as if nothing had failed before. */
  tryAgain(): void {
    this.deaths = 0;
    this.fork();
  }

  /** Gives a window a port to the engine of an installation (empty: the first); waits for the engine when it is still starting. */
  connect(contents: WebContents, to = ''): void {
    if (!this.isReady || !this.child) {
      this.waiting.set(contents, (this.waiting.get(contents) ?? new Set()).add(to));
      return;
    }
    if (contents.isDestroyed()) return;
    const { port1, port2 } = new MessageChannelMain();
    this.say(this.child, { t: 'port', to }, port1);
    contents.postMessage('innkeeper:port', to, [port2]);
  }

  /** Lets the engine end what it is doing; killed after `graceMs`. */
  async stop(graceMs = 8000): Promise<void> {
    this.isEnding = true;
    clearTimeout(this.restart);
    const { child } = this;
    if (!child) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.say(child, { t: 'stop' });
    const timer = setTimeout(() => child.kill(), graceMs);
    await gone;
    clearTimeout(timer);
  }

  /** Does nothing when it runs, or when the application is ending. */
  private fork(): void {
    if (this.child || this.isEnding) return;
    clearTimeout(this.restart);
    this.startedAtMs = Date.now();
    this.failure = undefined;
    const words = [...this.options.arguments, ...(this.keychain ? ['--keychain'] : [])];
    const child = utilityProcess.fork(this.options.entry, words, {
      serviceName: 'Innkeeper engine',
      stdio: 'pipe',
    });
    this.child = child;
    const lastLines = this.keepLines(child);
    child.on('message', (message: EngineSays) => this.hear(child, message));
    child.on('exit', (code) => this.exited(child, code, lastLines));
  }

  private say(child: UtilityProcess, message: ShellSays, ...ports: Electron.MessagePortMain[]): void {
    child.postMessage(message, ports);
  }

  /** What the engine writes to its streams goes to ours; the end of stderr is kept for the log. */
  private keepLines(child: UtilityProcess): readonly string[] {
    const lastLines: string[] = [];
    child.stdout?.pipe(process.stdout, { end: false });
    if (child.stderr)
      createInterface({ input: child.stderr }).on('line', (line) => {
        process.stderr.write(`${line}\n`);
        lastLines.push(line);
        if (lastLines.length > LAST_LINES) lastLines.shift();
      });
    return lastLines;
  }

  private hear(child: UtilityProcess, message: EngineSays): void {
    if (this.child !== child) return;
    if (message.t === 'ready') {
      this.isReady = true;
      const waiting = [...this.waiting];
      this.waiting.clear();
      for (const [contents, asked] of waiting) for (const to of asked) this.connect(contents, to);
    } else if (message.t === 'failed') {
      this.failure = message;
      this.say(child, { t: 'stop' });
    } else if (this.keychain) {
      void answerKeychain(this.keychain, message.question).then((answer) => {
        if (this.child === child) this.say(child, { t: 'keychain', answer });
      });
    }
  }

  private exited(child: UtilityProcess, code: number, lastLines: readonly string[]): void {
    if (this.child !== child) return;
    this.child = undefined;
    this.isReady = false;
    if (this.isEnding) return;
    const ranMs = Date.now() - this.startedAtMs;
    this.deaths = ranMs > WELL_AFTER_MS ? 1 : this.deaths + 1;
    this.options.log.error('the engine ended', { code, ranMs, failure: this.failure?.sentence, lastLines });
    const pauseMs = (this.options.restartPausesMs ?? RESTART_PAUSES_MS)[this.deaths - 1];
    if (this.failure?.final || pauseMs === undefined) {
      this.options.onFailed(this.failure?.sentence ?? this.deathsInWords());
      return;
    }
    this.restart = setTimeout(() => this.fork(), pauseMs);
  }

  private deathsInWords(): string {
    return `The engine ended ${this.deaths} times in a row. Its log says why: please send it with a report.`;
  }
}
