import { availableParallelism, hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { EnginePipe } from '../../shared/contract/messages.ts';
import { newId } from '../../shared/kernel/id.ts';
import { PersonAtWork } from '../domains/access/access-public.ts';
import { fleetMetrics } from '../domains/fleet/fleet-metrics.ts';
import { defaultWatchSettings } from '../domains/fleet/sweep/host-watch.ts';
import { HostConnections } from '../domains/fleet/sweep/host-connections.ts';
import { HostKeys } from '../domains/fleet/hosts/host-keys.ts';
import { taskRows } from '../domains/tasks/tasks-public.ts';
import type { Actor } from '../platform/calls/call-context.ts';
import { makeFolder } from '../platform/calls/folder-make.ts';
import { openLog, type Log } from '../platform/log/log.ts';
import { familyLines, sampleLine } from '../platform/metrics/metrics-text.ts';
import { createPdfPress, type PdfPress } from '../platform/pdf/pdf-press.ts';
import { keyFileSealer } from '../platform/secrets/key-file-sealer.ts';
import { redact } from '../platform/secrets/redact.ts';
import type { Sealer } from '../platform/secrets/sealer.ts';
import { parseStoreAddress } from '../platform/store/store-address.ts';
import { openStore } from '../platform/store/store-open.ts';
import type { Store } from '../platform/store/store.ts';
import { readStoreIdentity } from '../domains/system/system-public.ts';
import type { TaskStarter } from '../platform/tasks/task-definition.ts';
import { createTaskEngine, type TaskEngine } from '../platform/tasks/task-engine.ts';
import { allSchema } from './all-schema.ts';
import { composeDomains } from './engine-domains.ts';
import { callAs, callOperation, type CallResult } from './engine/call-operation.ts';
import type { EngineParts } from './engine/engine-parts.ts';
import { servePipe } from './engine/serve-pipe.ts';
import { holdDuties } from './hold-duties.ts';
import { joinAddressFor } from './join/join-address.ts';
import { listenForJoiners } from './join/listen-for-joiners.ts';
import { startPractice, type RunningPractice } from './practice-door.ts';
import { entriesFolder, resourcesFolder } from './program-folders.ts';
import type { Settings } from './settings/settings.ts';
import { version } from './version.ts';

export interface EngineOptions {
  readonly settings: Settings;
  readonly hostKind: 'desktop' | 'browser' | 'worker' | 'cli';
  /** Log to files of the settings' folder; else to stderr. */
  readonly logToFile?: boolean;
  /** Let other programs of this user work through this engine (embedded store only). */
  readonly joinable?: boolean;
  /** Start the practice fleet and add its hosts; the store is one that is thrown away with the engine. */
  readonly practice?: { readonly hosts: number; readonly vms: number };
  /** Of several stores in one console, the one this is for: its log has its name. */
  readonly installation?: string;
  /** Seals secrets; default: the key file of the settings. */
  readonly sealer?: Sealer;
}

export interface Engine {
  readonly version: string;
  readonly store: Store;
  readonly log: Log;
  /** Serves one console until its pipe closes. */
  serve(pipe: EnginePipe): void;
  call(op: string, input: unknown, options?: { key?: string; signal?: AbortSignal }): Promise<CallResult>;
  /** The fleet in Prometheus' text format. */
  metrics(): AsyncIterable<string>;
  /** Ends what runs, gives up duties, closes everything. A second call does nothing. */
  stop(): Promise<void>;
}

/**
 * Opens the store and everything on it. Throws StoreError (among them StoreInUse with the address to join) or OperatingFailure;
 * nothing is left open then.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const closing: (() => Promise<void>)[] = [];
  try {
    return await assemble(options, closing);
  } catch (error) {
    await closeAll(closing);
    throw error;
  }
}

async function closeAll(closing: (() => Promise<void>)[], log?: Log): Promise<void> {
  for (const close of closing.splice(0).toReversed()) {
    await close().catch((error: unknown) =>
      log?.warn('something could not be closed', { error: error instanceof Error ? error : String(error) }),
    );
  }
}

async function assemble(options: EngineOptions, closing: (() => Promise<void>)[]): Promise<Engine> {
  const { settings, hostKind } = options;
  const stopping = new AbortController();
  const log = openLog({
    name: options.installation ? `${hostKind}-${options.installation}` : hostKind,
    level: settings.logLevel,
    redact,
    ...(options.logToFile ? { folder: settings.logFolder } : {}),
  });
  closing.push(async () => await log.close());
  const address = parseStoreAddress(settings.store);
  const practice = new PracticeKeeper();
  closing.push(async () => await practice.stop());
  // It starts while the store is opened; what went wrong is told when its hosts are added.
  if (options.practice) practice.begin(options.practice).catch(() => undefined);
  const storeFile = address.kind === 'sqlite' ? address.file : undefined;
  if (storeFile !== undefined) makeFolder(dirname(storeFile), 'INNKEEPER_DATA_FOLDER or INNKEEPER_STORE');
  const store = await openStore({
    address: settings.store,
    schema: allSchema,
    program: { name: 'Innkeeper', version },
    isThrownAway: options.practice !== undefined,
    log,
  });
  closing.push(async () => await store.close());
  // Two engines of one process (tests) must not share leases.
  const engineId = `${hostKind}@${hostname()}:${process.pid}:${newId('engine').slice(-4)}`;
  const sealer = options.sealer ?? keyFileSealer(settings.keyFile);
  const keys = new HostKeys(store, sealer);
  const connections = new HostConnections({ store, keys, log });
  const press = pdfPress();
  closing.push(async () => await press.close());
  const late = new LateStarter();
  const domains = composeDomains({
    store,
    log,
    connections,
    keys,
    sealer,
    press,
    tasks: late,
    spoolFolder: join(settings.dataFolder, 'spool'),
    sweepMs: settings.sweepSeconds * 1000,
    prometheus: settings.prometheus,
    system: {
      facts: {
        version,
        engineId,
        hostKind,
        startedAt: new Date().toISOString(),
        logFolder: settings.logFolder,
        settingsFile: settings.file,
        schema: allSchema.at(-1)?.id ?? '',
        secrets: { available: true, detail: sealer.describe() },
      },
      storeFile,
      openPractice: async (size, actor) => await practice.open(size, actor, parts()),
    },
  });
  const tasks = await createTaskEngine({
    address: settings.store,
    store,
    ...taskRows({ store }),
    holder: engineId,
    log,
    definitions: domains.definitions,
  });
  late.engine = tasks;
  closing.push(async () => await tasks.stop());
  const handlers = domains.handlers(tasks);
  domains.lists.handlers = handlers;
  const storeId = await readStoreIdentity(store.tables());
  const { signal } = stopping;
  const parts = (): EngineParts => ({ engineId, version, store, storeId, handlers, log, stopping: signal });
  const running = connections.run(stopping.signal);
  closing.push(async () => {
    stopping.abort();
    await running;
  });
  const person = await PersonAtWork.enter(store, settings.login);
  const following = person.follow(stopping.signal).catch((error: unknown) => {
    log.warn('the change feed ended: what people may do is looked up every two seconds', { error });
  });
  closing.push(async () => {
    stopping.abort();
    await following;
  });
  await tasks.begin();
  if (settings.duties) {
    const duties = holdDuties(
      {
        store,
        connections,
        log,
        domains,
        engineId,
        hostKind,
        watch: { ...defaultWatchSettings, sweepMs: settings.sweepSeconds * 1000 },
      },
      stopping.signal,
    );
    closing.push(async () => await duties);
  }
  const serve = (pipe: EnginePipe): void => servePipe(parts(), pipe, person);
  if (options.joinable && storeFile !== undefined) {
    const joinAddress = joinAddressFor(storeFile);
    const listening = await listenForJoiners(joinAddress, serve);
    closing.push(async () => await listening.close());
    await store.announce({ joinAddress });
  }
  log.info('engine ready', { engine: engineId, version, store: store.address });
  const call: Engine['call'] = async (op, input, more = {}) =>
    await callAs(parts(), person, { op, input, signal: more.signal ?? stopping.signal, key: more.key });
  if (options.practice) void openPracticeAtStart(call, options.practice, log);
  let ending: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopping.abort();
    ending ??= closeAll(closing, log);
    await ending;
  };
  return { version, store, log, serve, call, metrics: () => engineMetrics(store), stop };
}

async function* engineMetrics(store: Store): AsyncGenerator<string, void, undefined> {
  const info = { name: 'innkeeper_build_info', help: 'Version of this engine.', type: 'gauge' } as const;
  yield familyLines(info) + sampleLine(info.name, { version }, 1);
  yield* fleetMetrics(store.tables(), { nowMs: await store.nowMs() });
}

async function openPracticeAtStart(
  call: Engine['call'],
  size: { hosts: number; vms: number },
  log: Log,
): Promise<void> {
  const opened = await call('system.practiceOpen', size);
  if (!opened.ok) log.error('the practice fleet could not be opened', { error: opened.error });
}

/** Handlers are made before the task engine, which needs to know what they start. */
class LateStarter implements TaskStarter {
  engine: TaskEngine | undefined;
  start: TaskStarter['start'] = async (definition, input, options) => {
    if (!this.engine) throw new Error('a task was started before the engine was assembled');
    return await this.engine.start(definition, input, options);
  };
}

/** One practice fleet per engine, ended with it. */
class PracticeKeeper {
  private starting: Promise<RunningPractice> | undefined;

  /** Starts its program; a second call gives the one that is there. */
  async begin(size: { hosts: number; vms: number }): Promise<RunningPractice> {
    this.starting ??= startPractice(size).catch((error: unknown) => {
      this.starting = undefined;
      throw error;
    });
    return await this.starting;
  }

  async open(
    size: { hosts: number; vms: number },
    actor: Actor,
    parts: EngineParts,
  ): Promise<{ hosts: number }> {
    const { hosts, privateKey } = (await this.begin(size)).description;
    await Promise.all(
      hosts.map(async (host) => {
        const added = await callOperation(parts, {
          op: 'fleet.hostAdd',
          input: {
            name: host.name,
            address: host.address,
            port: host.port,
            user: 'root',
            auth: { kind: 'key', privateKey },
            acceptedFingerprint: host.fingerprint,
          },
          actor,
          signal: parts.stopping,
        });
        if (!added.ok)
          parts.log.warn('a practice host could not be added', { host: host.name, error: added.error });
      }),
    );
    return { hosts: hosts.length };
  }

  async stop(): Promise<void> {
    const running = await this.starting?.catch(() => undefined);
    await running?.stop();
  }
}

/** The worker's program is beside us: built, or as a source when we run from sources. As many draw as there are processors, when so many documents wait. */
function pdfPress(): PdfPress {
  const isBuilt = !fileURLToPath(import.meta.url).endsWith('.ts');
  const worker = isBuilt
    ? pathToFileURL(join(entriesFolder, 'pdf-worker.js'))
    : new URL('../platform/pdf/pdf-worker.ts', import.meta.url);
  const fonts = {
    regular: join(resourcesFolder, 'fonts/Inter-Regular.ttf'),
    semibold: join(resourcesFolder, 'fonts/Inter-SemiBold.ttf'),
  };
  return createPdfPress({ worker, fonts, workers: availableParallelism() });
}
