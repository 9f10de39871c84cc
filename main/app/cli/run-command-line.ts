import { text } from 'node:stream/consumers';
import { CallError } from '../../../shared/contract/call-error.ts';
import { allOperations } from '../../../shared/contract/contract.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { StoreError } from '../../platform/store/store-error.ts';
import { readSettings, SettingsError, type Settings } from '../settings/settings.ts';
import { version } from '../version.ts';
import { awaitTask } from './await-task.ts';
import { PipeCaller } from './call-over-pipe.ts';
import { CommandLineError, readCommandLine, USAGE, type CommandLine } from './command-line.ts';
import { EXIT, exitFor } from './exit-codes.ts';
import { operationList, operationText } from './operation-list.ts';
import { reachEngine } from './reach-engine.ts';

/** Where a command reads and says what it has to say, and what tells it to stop. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream;
  /** A result. */
  print(words: string): void;
  /** Whatever is no result. */
  say(words: string): void;
  readonly signal: AbortSignal;
}

/** `innkeeper …words`: its exit code. What went wrong has been said then. */
export async function runCommandLine(words: readonly string[], on: Terminal): Promise<number> {
  try {
    return await run(readCommandLine(words), on);
  } catch (error) {
    return explain(error, on);
  }
}

async function run(line: CommandLine, on: Terminal): Promise<number> {
  const { print, signal } = on;
  const done = (said: string): number => {
    print(said);
    return EXIT.done;
  };
  const [verb, ...rest] = line.words;
  if (line.flags.version) return done(version);
  if (line.flags.help || verb === undefined) {
    print(USAGE.trimEnd());
    return line.flags.help ? EXIT.done : EXIT.badInput;
  }
  if (verb === 'ops')
    return done(line.flags.json ? JSON.stringify(operationList(), null, 2) : operationText().trimEnd());
  if (verb === 'billing' && rest[0] !== 'run') {
    const { billingReplay } = await import('./billing-replay.ts');
    return await billingReplay(rest, { json: line.flags.json, print });
  }
  const settings = readSettings({ environment: on.environment, arguments: line.settings });
  switch (verb) {
    case 'call':
      return await withCaller(settings, async (caller) => await call(caller, line, rest, on));
    case 'vms': {
      const { vmsByQuery } = await import('./vms-by-query.ts');
      return await vmsByQuery(settings, { ...line.flags, query: rest.join(' '), ...on });
    }
    case 'installations': {
      const { installationLines } = await import('./installation-lines.ts');
      return done(installationLines(settings));
    }
    case 'follow':
      return await withCaller(settings, async (caller) => await follow(caller, line, rest, on));
    case 'audit':
    case 'ledger':
      if (rest[0] !== 'verify')
        throw new CommandLineError(`"${verb} ${rest[0] ?? ''}" is not known: there is "${verb} verify".`);
      return await withCaller(settings, async (caller) => await verify(caller, verb, on));
    case 'billing': {
      const { billingRun } = await import('./billing-run.ts');
      return await withCaller(settings, async (caller) => await billingRun(caller, line, rest.slice(1), on));
    }
    case 'usage': {
      const { usageImport } = await import('./usage-import.ts');
      return await withCaller(settings, async (caller) => await usageImport(caller, rest, on));
    }
    case 'backup':
    case 'restore': {
      const { backup, restore } = await import('./backup-restore.ts');
      return await (verb === 'backup' ? backup : restore)(settings, rest[0], print);
    }
    case 'diagnose': {
      const { diagnose } = await import('./diagnose.ts');
      return done(await diagnose(settings, line.flags.out));
    }
    case 'practice': {
      const { runPractice } = await import('./run-practice.ts');
      return await runPractice({ hosts: line.flags.hosts, vms: line.flags.vms, signal, print });
    }
    case 'worker': {
      const { runWorker } = await import('../worker/run-worker.ts');
      return await runWorker(settings, signal);
    }
    default:
      throw new CommandLineError(`There is no command "${verb}". "innkeeper --help" lists them.`);
  }
}

async function withCaller(
  settings: Settings,
  work: (caller: PipeCaller) => Promise<number>,
): Promise<number> {
  const reached = await reachEngine(settings);
  const caller = new PipeCaller(reached.pipe);
  try {
    return await work(caller);
  } finally {
    await reached.close();
  }
}

async function inputOf(words: string | undefined, { stdin }: Terminal): Promise<unknown> {
  const json = words === '-' ? await text(stdin) : (words ?? '{}');
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CallError({
      kind: 'bad-input',
      sentence: 'The input is not JSON.',
      issues: [{ path: '', message: reason }],
    });
  }
}

async function call(
  caller: PipeCaller,
  { flags }: CommandLine,
  [operation, json]: readonly string[],
  on: Terminal,
): Promise<number> {
  const { print, say, signal } = on;
  if (operation === undefined) throw new CommandLineError('Which operation? "innkeeper ops" lists them.');
  const result = await caller.call(operation, await inputOf(json, on), { key: flags.key, signal });
  const taskId = (result as { taskId?: unknown } | null)?.taskId;
  if (!flags.wait || typeof taskId !== 'string') {
    print(JSON.stringify(result));
    return EXIT.done;
  }
  const task = await awaitTask(caller, taskId, { signal, onStep: say });
  print(JSON.stringify({ ...(result as object), task }));
  return task.state === 'succeeded' ? EXIT.done : EXIT.failed;
}

async function follow(
  caller: PipeCaller,
  { flags }: CommandLine,
  [name, json]: readonly string[],
  on: Terminal,
): Promise<number> {
  const isFeed = [...allOperations()].some(
    ([known, operation]) => known === name && operation.kind === 'feed',
  );
  if (name === undefined || !isFeed)
    throw new CommandLineError(`"${name ?? ''}" is no feed. "innkeeper ops" lists them.`);
  const show = (item: unknown, cursor: string | undefined): void =>
    on.print(JSON.stringify(cursor === undefined ? { item } : { item, cursor }));
  await caller.follow(name, await inputOf(json, on), show, { after: flags.after, signal: on.signal });
  return EXIT.done;
}

async function verify(
  caller: PipeCaller,
  what: 'audit' | 'ledger',
  { print, signal }: Terminal,
): Promise<number> {
  const verdict = (await caller.call(
    what === 'audit' ? 'system.auditVerify' : 'billing.ledgerVerify',
    {},
    { signal },
  )) as { ok: boolean };
  print(JSON.stringify(verdict));
  return verdict.ok ? EXIT.done : EXIT.failed;
}

/** Says what went wrong, and gives its exit code. */
function explain(error: unknown, { say, signal }: Terminal): number {
  if (error instanceof CallError) {
    const { code, text: words } = exitFor(error.wire);
    say(words);
    return code;
  }
  if (error instanceof CommandLineError || error instanceof SettingsError) {
    say(error.message);
    return EXIT.badInput;
  }
  if (error instanceof StoreError || error instanceof OperatingFailure) {
    say(
      error instanceof OperatingFailure
        ? `${error.code}: ${error.message}`
        : `store-${error.kind}: ${error.message}`,
    );
    return EXIT.failed;
  }
  if (signal.aborted) return EXIT.failed;
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return EXIT.bug;
}
