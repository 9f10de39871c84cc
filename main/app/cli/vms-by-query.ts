import { CallError } from '../../../shared/contract/call-error.ts';
import { vmListSort, type VmRow } from '../../../shared/domains/fleet/vm-contract.ts';
import { spanPage, type PartPage } from '../../../shared/kernel/span-pages.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { StoreError } from '../../platform/store/store-error.ts';
import { installationSettings } from '../settings/installations.ts';
import type { Settings } from '../settings/settings.ts';
import { PipeCaller } from './call-over-pipe.ts';
import { CommandLineError } from './command-line.ts';
import { EXIT } from './exit-codes.ts';
import { reachEngine, type ReachedEngine } from './reach-engine.ts';

/** An installation that does not answer holds up the others no longer than this, opening its store included. */
const DEADLINE_MS = 20_000;
const PAGE_ROWS = 500;

interface VmsAsked {
  readonly query: string;
  readonly everywhere: boolean;
  readonly sort: string | undefined;
  readonly limit: string | undefined;
  readonly print: (words: string) => void;
  readonly say: (words: string) => void;
  readonly signal: AbortSignal;
}

/**
 * `innkeeper vms`: VMs by query, a line of JSON each with the name of its installation, of one or of all installations in one order. Those that do not answer are
 * named on stderr, and the exit code says so (4); the others' rows are printed all the same.
 */
export async function vmsByQuery(settings: Settings, asked: VmsAsked): Promise<number> {
  const places = new Places(settings, asked);
  try {
    return await printAll(places, asked);
  } finally {
    await places.close();
  }
}

async function printAll(places: Places, asked: VmsAsked): Promise<number> {
  const most = limitOf(asked.limit);
  const away = new Map<string, unknown>();
  let cursor: string | undefined;
  let printed = 0;
  do {
    const page = await spanPage<VmRow>({
      parts: places.names,
      cursor,
      direction: places.order.direction,
      idOf: (vm) => vm.id,
      ask: async (name, after) => await places.ask(name, after),
    });
    for (const [name, reason] of page.away) away.set(name, reason);
    for (const { part, row } of page.rows.slice(0, most - printed)) {
      asked.print(JSON.stringify(part === '' ? row : { installation: part, ...row }));
      printed += 1;
    }
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && printed < most && !asked.signal.aborted);
  return tellAway(away, asked.say);
}

/** Of one installation its error is the command's; of several, each is a line. */
function tellAway(away: ReadonlyMap<string, unknown>, say: (words: string) => void): number {
  for (const [name, reason] of away) {
    if (name === '' || !isSilence(reason)) throw reason;
    say(`${name} did not answer: ${reason.message}`);
  }
  return away.size === 0 ? EXIT.done : EXIT.failed;
}

/** What is wrong with one place alone; an answer to the question itself (a query that is not clear) is the same everywhere. */
function isSilence(reason: unknown): reason is Error {
  if (reason instanceof StoreError || reason instanceof OperatingFailure) return true;
  return reason instanceof CallError && ['failure', 'disconnected'].includes(reason.wire.kind);
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return Infinity;
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new CommandLineError(`--limit takes a whole number from 1, not "${text}".`);
  return Number(text);
}

function orderOf(text = 'name'): { sort: string; direction: 'asc' | 'desc' } {
  const sort = text.replace(/^-/, '');
  const known: readonly string[] = vmListSort;
  if (!known.includes(sort))
    throw new CommandLineError(
      `--sort takes one of ${known.join(', ')}, with - before it for downwards, not "${text}".`,
    );
  return { sort, direction: text.startsWith('-') ? 'desc' : 'asc' };
}

/** The engines asked, each reached once and closed in the end. */
class Places {
  readonly names: readonly string[];
  readonly order: { readonly sort: string; readonly direction: 'asc' | 'desc' };
  readonly #settings: Settings;
  readonly #asked: VmsAsked;
  readonly #reached = new Map<string, Promise<{ engine: ReachedEngine; caller: PipeCaller }>>();

  constructor(settings: Settings, asked: VmsAsked) {
    this.#settings = settings;
    this.#asked = asked;
    this.order = orderOf(asked.sort);
    const { installations, installation } = settings;
    if (asked.everywhere && installations.length === 0)
      throw new CommandLineError('--everywhere: the settings name no installations (docs/installations.md).');
    this.names = asked.everywhere ? installations.map((each) => each.name) : [installation];
  }

  async ask(name: string, cursor: string | undefined): Promise<PartPage<VmRow>> {
    const late = AbortSignal.timeout(DEADLINE_MS);
    const { caller } = await beforeEnd(this.#reach(name), late);
    const input = {
      query: this.#asked.query,
      ...this.order,
      limit: PAGE_ROWS,
      withKeys: true,
      ...(cursor === undefined ? {} : { cursor }),
    };
    const signal = AbortSignal.any([late, this.#asked.signal]);
    return (await beforeEnd(caller.call('fleet.vmList', input, { signal }), late)) as PartPage<VmRow>;
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.#reached].map(async ([name, reaching]) => {
        // One that never answered is not waited for: the process ends without it.
        const found = await beforeEnd(reaching, AbortSignal.timeout(0)).catch(() => undefined);
        if (found) await found.engine.close();
        else void closeLate(name, reaching, this.#asked.say);
      }),
    );
  }

  async #reach(name: string): Promise<{ engine: ReachedEngine; caller: PipeCaller }> {
    const known = this.#reached.get(name);
    if (known) return await known;
    const settings = installationSettings(this.#settings, name) ?? this.#settings;
    const reaching = reachEngine(settings).then((engine) => ({
      engine,
      caller: new PipeCaller(engine.pipe),
    }));
    this.#reached.set(name, reaching);
    return await reaching;
  }
}

/** Closes an engine that was still being opened when the command ended. That it could not be opened was said already; that it is not closed is said here. */
export async function closeLate(
  name: string,
  reaching: Promise<{ readonly engine: Pick<ReachedEngine, 'close'> }>,
  say: (words: string) => void,
): Promise<void> {
  const found = await reaching.catch(() => undefined);
  await found?.engine.close().catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    say(`${name === '' ? 'The engine' : name} was opened too late and could not be closed: ${why}`);
  });
}

async function beforeEnd<T>(work: Promise<T>, late: AbortSignal): Promise<T> {
  const silent = Promise.withResolvers<never>();
  const give = (): void =>
    silent.reject(
      new OperatingFailure({
        code: 'no-answer',
        sentence: `It did not answer within ${DEADLINE_MS / 1000} seconds.`,
      }),
    );
  if (late.aborted) give();
  late.addEventListener('abort', give, { once: true });
  try {
    return await Promise.race([work, silent.promise]);
  } finally {
    late.removeEventListener('abort', give);
  }
}
