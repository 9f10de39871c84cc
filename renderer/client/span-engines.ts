import { CallError } from '../../shared/contract/call-error.ts';
import { createEngine } from './engine-context.tsx';
import type { Engine } from './engine-context.tsx';
import type { EngineHost } from './engine-host.ts';

/** A place that does not answer holds up the others no longer than this. */
const DEADLINE_MS = 3000;
/** How often one that did not answer is tried again. */
const AGAIN_MS = 5000;

/**
 * Connections to several installations at once, one each, for as long as a view spans them: every call, feed and cached answer is of the one it was asked of. Knows which of them do
 * not answer, and why.
 */
export class SpanEngines {
  readonly names: readonly string[];
  private readonly host: EngineHost;
  private readonly engines = new Map<string, Engine>();
  private readonly listeners = new Set<() => void>();
  private awayNow: ReadonlyMap<string, string> = new Map();
  private timer: ReturnType<typeof setInterval> | undefined;
  private closed = false;

  constructor(host: EngineHost, names: readonly string[]) {
    this.host = host;
    this.names = names;
  }

  /** Connected when it is first asked for; undefined for a name that is not among them. */
  engineOf(name: string): Engine | undefined {
    const known = this.engines.get(name);
    if (known || this.closed || !this.names.includes(name)) return known;
    const made = createEngine(this.host.transport(name));
    this.engines.set(name, made);
    return made;
  }

  /** Why each of those that do not answer does not; another object after every change. */
  readonly away = (): ReadonlyMap<string, string> => this.awayNow;

  readonly onAway = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Those that answered last time they were asked, or were not asked yet. */
  present(): readonly string[] {
    return this.names.filter((name) => !this.awayNow.has(name));
  }

  /** Asks one of them, with a dead-line. One that does not answer is away from then on, and tried again by itself; an error it answers with is thrown as it came. */
  async ask<T>(
    name: string,
    work: (engine: Engine, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const engine = this.engineOf(name);
    if (!engine) throw new Error(`${name} is not among the installations`);
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort();
    }, DEADLINE_MS);
    const stopListening = engine.client.onConnection(() => {
      if (engine.client.connection().state === 'unavailable') late.abort();
    });
    if (engine.client.connection().state === 'unavailable') late.abort();
    try {
      const answer = await work(engine, AbortSignal.any([late.signal, signal]));
      this.setAway(name, undefined);
      return answer;
    } catch (error) {
      if (!signal.aborted) this.setAway(name, late.signal.aborted ? whyAway(engine) : brokenWords(error));
      throw error;
    } finally {
      clearTimeout(timer);
      stopListening();
    }
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
    for (const engine of this.engines.values()) engine.client.close();
  }

  private async tryAgain(name: string): Promise<void> {
    const never = new AbortController();
    await this.ask(
      name,
      async ({ client }, signal) => await client.query('access.whoAmI', {}, signal),
      never.signal,
    ).catch(() => undefined);
  }

  private setAway(name: string, why: string | undefined): void {
    if (this.awayNow.get(name) === why) return;
    const next = new Map(this.awayNow);
    if (why === undefined) next.delete(name);
    else next.set(name, why);
    this.awayNow = next;
    clearInterval(this.timer);
    if (next.size > 0 && !this.closed)
      this.timer = setInterval(() => {
        for (const each of this.awayNow.keys()) void this.tryAgain(each);
      }, AGAIN_MS);
    for (const listener of this.listeners) listener();
  }
}

/** What an engine says whose store or host is broken; an answer to the question itself (a query that is not clear) is none. */
function brokenWords(error: unknown): string | undefined {
  const isBroken = error instanceof CallError && ['failure', 'disconnected', 'bug'].includes(error.wire.kind);
  return isBroken ? error.wire.sentence : undefined;
}

function whyAway({ client }: Engine): string {
  const connection = client.connection();
  return connection.state === 'unavailable'
    ? connection.sentence
    : `It did not answer within ${DEADLINE_MS / 1000} seconds.`;
}
