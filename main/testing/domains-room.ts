import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperationAt, OperationName } from '../../shared/contract/contract.ts';
import type { CallInputOf, OutputOf } from '../../shared/contract/operation.ts';
import { allSchema } from '../app/all-schema.ts';
import { composeDomains, type Domains } from '../app/engine-domains.ts';
import { callOperation } from '../app/engine/call-operation.ts';
import type { AllHandlers, EngineParts } from '../app/engine/engine-parts.ts';
import { HostConnections } from '../domains/fleet/sweep/host-connections.ts';
import { HostKeys } from '../domains/fleet/hosts/host-keys.ts';
import type { Actor, CallContext } from '../platform/calls/call-context.ts';
import { keyFileSealer } from '../platform/secrets/key-file-sealer.ts';
import type { AnyTransaction, Store } from '../platform/store/store.ts';
import { createTaskEngine } from '../platform/tasks/task-engine.ts';
import { taskRows } from '../domains/tasks/tasks-public.ts';
import { pressForTest } from './billing-room.ts';
import { actor, silentLog } from './engine-for-test.ts';
import type { StoreForTest } from './store-for-test.ts';
import { silentTasksLog } from './tasks-for-test.ts';

/** All domains as an engine has them, on a store of the test; tasks are recorded, and worked on where the room says so. */
export interface DomainsRoom {
  readonly store: Store;
  /** For another process on the same store. */
  readonly address: string;
  readonly keyFile: string;
  readonly handlers: AllHandlers;
  readonly domains: Domains;
  /** Its value, or the refusal's code. */
  call<N extends OperationName>(
    name: N,
    input: CallInputOf<OperationAt<N>>,
    /** Who calls; else an administrator. */
    as?: Actor,
  ): Promise<OutputOf<OperationAt<N>> | string>;
  /** The refusal, with its facts; throws where it was not refused. */
  refusal<N extends OperationName>(
    name: N,
    input: CallInputOf<OperationAt<N>>,
  ): Promise<{ readonly code: string; readonly facts: Readonly<Record<string, unknown>> }>;
  /** What a handler is given inside a transaction of the test's own. */
  context(trx: AnyTransaction): CallContext;
  close(): Promise<void>;
}

/** One engine that works on its tasks. */
export async function workingRoom(stores: StoreForTest): Promise<DomainsRoom> {
  const address = await stores.newAddress(allSchema);
  const store = await stores.openStoreForTest(allSchema, { address });
  return await domainsRoom(store, address, true);
}

/** Two engines on one store: two of their own on PostgreSQL, two sharing it on SQLite. */
export async function twoDomainsRooms(stores: StoreForTest): Promise<readonly [DomainsRoom, DomainsRoom]> {
  const address = await stores.newAddress(allSchema);
  const store = await stores.openStoreForTest(allSchema, { address });
  const other = stores.kind === 'postgres' ? await stores.openAlso(address, allSchema) : store;
  return [await domainsRoom(store, address), await domainsRoom(other, address)];
}

async function domainsRoom(store: Store, address: string, works = false): Promise<DomainsRoom> {
  const folder = mkdtempSync(join(tmpdir(), 'innkeeper-domains-'));
  const keyFile = join(folder, 'key');
  const sealer = keyFileSealer(keyFile);
  const keys = new HostKeys(store, sealer);
  const tasks = await createTaskEngine({
    address,
    store,
    ...taskRows({ store }),
    holder: 'test',
    log: silentTasksLog,
  });
  const domains = composeDomains({
    store,
    log: silentLog,
    connections: new HostConnections({ store, keys, log: silentLog }),
    keys,
    sealer,
    press: pressForTest(),
    tasks,
    spoolFolder: folder,
    prometheus: '',
    sweepMs: 5_000,
    system: {
      facts: {
        version: '0',
        engineId: 'engine_test',
        hostKind: 'cli',
        startedAt: new Date(0).toISOString(),
        logFolder: '',
        settingsFile: '',
        schema: '1',
        secrets: { available: true, detail: 'a key file' },
      },
      storeFile: undefined,
      openPractice: undefined,
    },
  });
  const handlers = domains.handlers(tasks);
  tasks.add(domains.definitions);
  if (works) await tasks.begin();
  domains.lists.handlers = handlers;
  const stopping = new AbortController();
  const parts: EngineParts = {
    engineId: 'engine_test',
    storeId: 'store_test',
    version: '0',
    store,
    handlers,
    log: silentLog,
    stopping: stopping.signal,
  };
  const answerOf = async (op: string, input: unknown, as: Actor = actor()) =>
    await callOperation(parts, { op, input, actor: as, signal: stopping.signal });
  const run = async (op: string, input: unknown, as?: Actor): Promise<unknown> => {
    const answer = await answerOf(op, input, as);
    if (answer.ok) return answer.value;
    if (answer.error.kind === 'refusal') return answer.error.code;
    throw new Error(`${op}: ${JSON.stringify(answer.error)}`);
  };
  return {
    store,
    address,
    keyFile,
    handlers,
    domains,
    call: run as DomainsRoom['call'],
    refusal: async (op, input) => {
      const answer = await answerOf(op, input);
      if (answer.ok || answer.error.kind !== 'refusal') throw new Error(`${op} was not refused`);
      return answer.error;
    },
    context: (trx) => ({
      actor: actor(),
      operation: 'test',
      operationId: 'op_test',
      signal: stopping.signal,
      tables: <T>() => trx as unknown as ReturnType<typeof store.tables<T>>,
      note: async (topic, key) => await store.changes.note(trx, topic, key),
      subject: () => undefined,
    }),
    close: async () => {
      stopping.abort();
      await tasks.stop({ graceMs: 0 });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
