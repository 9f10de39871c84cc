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

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

const say = (words: string): void => void process.stderr.write(`${words}\n`);
const print = (words: string): void => void process.stdout.write(`${words}\n`);

try {
  const line = readCommandLine(process.argv.slice(2));
  process.exitCode = await run(line);
} catch (error) {
  process.exitCode = explain(error);
}

async function run(line: CommandLine): Promise<number> {
  const [verb, ...rest] = line.words;
  if (line.flags.version) return done(version);
  if (line.flags.help || verb === undefined) {
    process.stdout.write(USAGE);
    return line.flags.help ? EXIT.done : EXIT.badInput;
  }
  if (verb === 'ops')
    return done(line.flags.json ? JSON.stringify(operationList(), null, 2) : operationText().trimEnd());
  if (verb === 'billing') {
    const { billingReplay } = await import('./billing-replay.ts');
    return await billingReplay(rest, print);
  }
  const settings = readSettings({ environment: process.env, arguments: line.settings });
  switch (verb) {
    case 'call':
      return await withCaller(settings, async (caller) => await call(caller, line, rest));
    case 'vms': {
      const { vmsByQuery } = await import('./vms-by-query.ts');
      return await vmsByQuery(settings, {
        query: rest.join(' '),
        ...line.flags,
        print,
        say,
        signal: stop.signal,
      });
    }
    case 'installations': {
      const { installationLines } = await import('./installation-lines.ts');
      return done(installationLines(settings));
    }
    case 'follow':
      return await withCaller(settings, async (caller) => await follow(caller, line, rest));
    case 'audit':
    case 'ledger':
      if (rest[0] !== 'verify')
        throw new CommandLineError(`"${verb} ${rest[0] ?? ''}" is not known: there is "${verb} verify".`);
      return await withCaller(settings, async (caller) => await verify(caller, verb));
    case 'usage': {
      const { usageImport } = await import('./usage-import.ts');
      const by = { print, say, signal: stop.signal };
      return await withCaller(settings, async (caller) => await usageImport(caller, rest, by));
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
      return await runPractice({ hosts: line.flags.hosts, vms: line.flags.vms, signal: stop.signal, print });
    }
    case 'worker': {
      const { runWorker } = await import('../worker/run-worker.ts');
      return await runWorker(settings, stop.signal);
    }
    default:
      throw new CommandLineError(`There is no command "${verb}". "innkeeper --help" lists them.`);
  }
}

function done(words: string): number {
  print(words);
  return EXIT.done;
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

async function inputOf(words: string | undefined): Promise<unknown> {
  const json = words === '-' ? await text(process.stdin) : (words ?? '{}');
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
): Promise<number> {
  if (operation === undefined) throw new CommandLineError('Which operation? "innkeeper ops" lists them.');
  const result = await caller.call(operation, await inputOf(json), { key: flags.key, signal: stop.signal });
  const taskId = (result as { taskId?: unknown } | null)?.taskId;
  if (!flags.wait || typeof taskId !== 'string') return done(JSON.stringify(result));
  const task = await awaitTask(caller, taskId, { signal: stop.signal, onStep: say });
  print(JSON.stringify({ ...(result as object), task }));
  return task.state === 'succeeded' ? EXIT.done : EXIT.failed;
}

async function follow(
  caller: PipeCaller,
  { flags }: CommandLine,
  [name, json]: readonly string[],
): Promise<number> {
  const isFeed = [...allOperations()].some(
    ([known, operation]) => known === name && operation.kind === 'feed',
  );
  if (name === undefined || !isFeed)
    throw new CommandLineError(`"${name ?? ''}" is no feed. "innkeeper ops" lists them.`);
  const show = (item: unknown, cursor: string | undefined): void =>
    print(JSON.stringify(cursor === undefined ? { item } : { item, cursor }));
  await caller.follow(name, await inputOf(json), show, { after: flags.after, signal: stop.signal });
  return EXIT.done;
}

async function verify(caller: PipeCaller, what: 'audit' | 'ledger'): Promise<number> {
  const verdict = (await caller.call(
    what === 'audit' ? 'system.auditVerify' : 'billing.ledgerVerify',
    {},
    { signal: stop.signal },
  )) as { ok: boolean };
  print(JSON.stringify(verdict));
  return verdict.ok ? EXIT.done : EXIT.failed;
}

/** What went wrong, on stderr, and its exit code. */
function explain(error: unknown): number {
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
  if (stop.signal.aborted) return EXIT.failed;
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return EXIT.bug;
}
