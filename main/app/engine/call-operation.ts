import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, Query } from '../../../shared/contract/operation.ts';
import type { Facts, Outcome } from '../../../shared/contract/outcome.ts';
import type { WireError } from '../../../shared/contract/wire-error.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { Actor, CallContext, Caller } from '../../platform/calls/call-context.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { canonicalJson } from '../../platform/store/canonical-json.ts';
import { OutcomeUnknown, StoreError } from '../../platform/store/store-error.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import type { EngineParts } from './engine-parts.ts';
import { admit, findOperation } from './operation-admit.ts';
import { withoutSecrets } from './secret-fields.ts';
import { refusal, translateThrown } from './translate-error.ts';

export type CallResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: WireError };

export interface Call {
  readonly op: string;
  readonly input: unknown;
  readonly actor: Actor;
  readonly signal: AbortSignal;
  /** Idempotency key: the same key with the same input has its effect once, and the same answer every time. */
  readonly key?: string | undefined;
}

type AnyHandler = (input: unknown, context: CallContext) => Promise<Outcome<unknown, string>>;

/** Well within the time after which a claim is taken for a dead engine's. */
const RENEW_CLAIM_MS = 20_000;
/** How long the answer of a command that was done waits for a database that is away. */
const KEEP_ANSWER_MS = 60_000;
const RETRY_ANSWER_MS = 500;

export function handlerOf(parts: EngineParts, op: string): unknown {
  const [domain = '', name = ''] = op.split('.');
  return (parts.handlers as unknown as Record<string, Record<string, unknown>>)[domain]?.[name];
}

/** Runs one query or command and says how it ended; never throws. */
export async function callOperation(parts: EngineParts, call: Call): Promise<CallResult> {
  const admitted = admit(call.op, call.input, call.actor);
  if ('error' in admitted) return { ok: false, error: admitted.error };
  const { operation, input } = admitted;
  if (operation.kind === 'feed') {
    return {
      ok: false,
      error: { kind: 'bad-input', sentence: `${call.op} is a feed: subscribe to it.`, issues: [] },
    };
  }
  const running = new RunningCall(parts, call, operation, input);
  try {
    const outcome = await running.run();
    if (!outcome.ok) return { ok: false, error: refusal(operation, outcome.code, outcome.facts) };
    return { ok: true, value: operation.output.parse(outcome.value) };
  } catch (error) {
    return {
      ok: false,
      error: translateThrown(error, {
        operation,
        name: call.op,
        operationId: running.operationId,
        log: parts.log,
      }),
    };
  }
}

/** The same for whoever calls now, who may have lost the right meanwhile. */
export async function callAs(
  parts: EngineParts,
  caller: Caller,
  call: Omit<Call, 'actor'>,
): Promise<CallResult> {
  const found = findOperation(call.op);
  if ('error' in found) return { ok: false, error: found.error };
  let actor: Actor;
  try {
    actor = await caller.current();
    // A handler only hears of an abort that comes after it began.
    call.signal.throwIfAborted();
  } catch (error) {
    const at = { operation: found.operation, name: call.op, operationId: newId('op'), log: parts.log };
    return { ok: false, error: translateThrown(error, at) };
  }
  return await callOperation(parts, { ...call, actor });
}

/** Leaves the transaction of a refused command with nothing written. */
class RolledBack extends Error {
  readonly code: string;
  readonly facts: Facts;
  constructor(code: string, facts: Facts) {
    super(code);
    this.code = code;
    this.facts = facts;
  }
}

class RunningCall {
  readonly operationId = newId('op');
  private readonly parts: EngineParts;
  private readonly call: Call;
  private readonly operation: Query | Command;
  private readonly input: unknown;
  private readonly handler: AnyHandler;
  private subjectWords: string;

  constructor(parts: EngineParts, call: Call, operation: Query | Command, input: unknown) {
    this.parts = parts;
    this.call = call;
    this.operation = operation;
    this.input = input;
    this.handler = handlerOf(parts, call.op) as AnyHandler;
    this.subjectWords = namedIn(input);
  }

  async run(): Promise<Outcome<unknown, string>> {
    const { operation } = this;
    if (operation.kind === 'query' || !operation.audited)
      return await this.handler(this.input, this.context());
    return operation.effect === 'store' ? await this.runInStore() : await this.runOutside();
  }

  private context(trx?: AnyTransaction): CallContext {
    const { store } = this.parts;
    const note = async (topic: string, key: string): Promise<void> => {
      if (trx) await store.changes.note(trx, topic, key);
      else
        await store.transaction(async (own) => await store.changes.note(own, topic, key), {
          repeatable: true,
        });
    };
    return {
      actor: this.call.actor,
      operation: this.call.op,
      operationId: this.operationId,
      signal: this.call.signal,
      tables: <T>() => (trx ?? store.tables<T>()) as ReturnType<typeof store.tables<T>>,
      note,
      subject: (words) => {
        this.subjectWords = words;
      },
    };
  }

  private get key(): string {
    return this.call.key === undefined ? this.operationId : `${this.call.actor.id}:${this.call.key}`;
  }

  private get secrets(): readonly string[] {
    return this.operation.kind === 'command' ? this.operation.secrets : [];
  }

  private claim(): { key: string; operation: string; inputHash: string; holder: string } {
    // Without its secrets: a hash of a weak password can be guessed by whoever reads the table.
    const said = withoutSecrets(this.input ?? null, this.secrets);
    const inputHash = createHash('sha256').update(canonicalJson(said)).digest('hex');
    return { key: this.key, operation: this.call.op, inputHash, holder: this.parts.engineId };
  }

  /** One transaction holds the effect, its answer under the key, and the audit row: all of them or none. */
  private async runInStore(): Promise<Outcome<unknown, string>> {
    const { store } = this.parts;
    try {
      return await store.transaction(
        async (trx) => {
          const claimed = await store.outcomes.claim(trx, this.claim());
          if (claimed.state === 'done') return { ok: true, value: claimed.result };
          if (claimed.state === 'conflict') throw keyReused(claimed.operation);
          if (claimed.state === 'running') throw stillRunning();
          const outcome = await this.handler(this.input, this.context(trx));
          if (!outcome.ok) throw new RolledBack(outcome.code, outcome.facts);
          await store.outcomes.finish(trx, this.key, this.parts.engineId, outcome.value);
          await this.audit(trx, 'done', { kind: 'result', value: outcome.value });
          return outcome;
        },
        { repeatable: true },
      );
    } catch (error) {
      return await this.afterFailure(error, 'done');
    }
  }

  /** What the call did outside cannot be rolled back, so the log says when it began and how it ended. */
  private async runOutside(): Promise<Outcome<unknown, string>> {
    const { store } = this.parts;
    const known = await this.claimOutside();
    if (known) return known;
    const { key, parts } = this;
    const renewing = setInterval(
      () => void store.outcomes.renew(key, parts.engineId).catch(() => undefined),
      RENEW_CLAIM_MS,
    );
    try {
      let outcome: Outcome<unknown, string>;
      try {
        await store.transaction(async (trx) => await this.audit(trx, 'begun'), { repeatable: true });
        outcome = await this.handler(this.input, this.context());
        if (!outcome.ok) throw new RolledBack(outcome.code, outcome.facts);
      } catch (error) {
        await this.giveUpClaim(error);
        return await this.afterFailure(error, 'ended');
      }
      await this.keepAnswer(outcome.value);
      return outcome;
    } finally {
      clearInterval(renewing);
    }
  }

  /** A command that may have done something is never run a second time under its key; one that failed for good may be. */
  private async giveUpClaim(error: unknown): Promise<void> {
    const { outcomes } = this.parts.store;
    const { key } = this;
    const giveUp =
      error instanceof OutcomeUnknown
        ? outcomes.abandon(key, this.parts.engineId)
        : outcomes.release(undefined, key, this.parts.engineId);
    await giveUp.catch(() => undefined);
  }

  /**
   * The effect is there and its answer known, so a database that goes away now changes neither: it is waited for, and what could
   * not be written down is said in the log.
   */
  private async keepAnswer(value: unknown): Promise<void> {
    const { store, log, stopping } = this.parts;
    const untilMs = performance.now() + KEEP_ANSWER_MS;
    for (;;) {
      try {
        if ((await store.outcomes.find(this.key))?.state === 'done') return;
        await store.transaction(
          async (trx) => {
            await store.outcomes.finish(trx, this.key, this.parts.engineId, value);
            await this.audit(trx, 'ended', { kind: 'result', value });
          },
          { repeatable: true },
        );
        return;
      } catch (error) {
        const isOver = !(error instanceof StoreError) || stopping.aborted || performance.now() > untilMs;
        if (isOver) {
          log.error('a command was done, and its end could not be written into the audit log', {
            error,
            operation: this.call.op,
            reference: this.operationId,
          });
          return;
        }
        await sleep(RETRY_ANSWER_MS, undefined, { signal: stopping }).catch(() => undefined);
      }
    }
  }

  private async claimOutside(): Promise<Outcome<unknown, string> | undefined> {
    const { store, engineId } = this.parts;
    for (;;) {
      const claimed = await store.outcomes.claim(undefined, this.claim());
      if (claimed.state === 'fresh' && !claimed.takenOver) return undefined;
      if (claimed.state === 'fresh') {
        await store.outcomes.abandon(this.key, engineId);
        throw begunBefore();
      }
      if (claimed.state === 'done') return { ok: true, value: claimed.result };
      if (claimed.state === 'conflict') throw keyReused(claimed.operation);
      // An embedded store has one engine at a time: another one that runs this is dead.
      if (store.kind === 'sqlite' && claimed.holder !== engineId) throw begunBefore();
      // The same click sent twice: the second waits for the first one's answer.
      await pause(200, this.call.signal);
    }
  }

  private async afterFailure(error: unknown, phase: 'done' | 'ended'): Promise<Outcome<unknown, string>> {
    if (error instanceof OutcomeUnknown && phase === 'done') return await this.resolveUnknown(error);
    const refused = error instanceof RolledBack;
    const value = refused
      ? { code: error.code }
      : { message: error instanceof Error ? error.message : String(error) };
    await this.parts.store
      .transaction(
        async (trx) => await this.audit(trx, phase, { kind: refused ? 'refusal' : 'error', value }),
        { repeatable: true },
      )
      .catch((failure: unknown) =>
        this.parts.log.error('the audit row of a failed command could not be written', {
          error: failure,
          operation: this.call.op,
        }),
      );
    if (refused) return { ok: false, code: error.code, facts: error.facts };
    throw error;
  }

  /** The connection broke during COMMIT: the answer kept under the key tells whether the effect is there. */
  private async resolveUnknown(error: OutcomeUnknown): Promise<Outcome<unknown, string>> {
    const { outcomes } = this.parts.store;
    const found = await outcomes.find(this.key).catch((failure: unknown) => {
      // Still away: then it is still unknown.
      throw failure instanceof StoreError ? error : failure;
    });
    if (found?.state === 'done') return { ok: true, value: found.result };
    if (found === undefined) {
      throw new OperatingFailure({
        code: 'store-connection-lost',
        sentence: 'The connection to the database broke and nothing was changed. Try again.',
        mayRetry: true,
        cause: error,
      });
    }
    throw error;
  }

  private async audit(
    trx: AnyTransaction,
    phase: 'done' | 'begun' | 'ended',
    outcome?: { kind: 'result' | 'refusal' | 'error'; value: unknown },
  ): Promise<void> {
    await this.parts.store.audit.append(trx, {
      actor: this.call.actor.login,
      operation: this.call.op,
      phase,
      operationId: this.operationId,
      input: withoutSecrets(this.input, this.secrets),
      ...(outcome
        ? { outcome: { kind: outcome.kind, value: { subject: this.subjectWords, value: outcome.value } } }
        : {}),
    });
    await this.parts.store.changes.note(trx, 'audit', this.operationId);
  }
}

const NAMES = ['name', 'login', 'address', 'day'];

/** What the input itself says the call is about, until the handler knows better: a refused call has an object too. */
function namedIn(input: unknown): string {
  if (typeof input !== 'object' || input === null) return '';
  const given = Object.entries(input).filter(([, value]) => typeof value === 'string' && value !== '');
  const named =
    NAMES.map((name) => given.find(([key]) => key === name)).find((found) => found !== undefined) ??
    given.find(([key]) => key.endsWith('Id'));
  return named === undefined ? '' : String(named[1]);
}

function keyReused(operation: string): OperatingFailure {
  return new OperatingFailure({
    code: 'key-reused',
    sentence: `This idempotency key was used for another call of ${operation}. Use a new one.`,
  });
}

function stillRunning(): OperatingFailure {
  return new OperatingFailure({
    code: 'still-running',
    sentence: 'The same command is still running. Ask again in a moment.',
    mayRetry: true,
  });
}

function begunBefore(): OperatingFailure {
  return new OperatingFailure({
    code: 'outcome-unknown',
    sentence:
      'This command was begun before, and the engine that ran it ended before it could say how it went. Look at what it was to do; if it is not done, give the command anew.',
  });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason as Error)), {
      once: true,
    });
  });
}
