import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { templatesNameKey } from '../domains/templates/schema/20261129T0230-templates-name-key.ts';
import { templatesTemplate } from '../domains/templates/schema/20261122T1030-templates-template.ts';
import { templatesHandlers } from '../domains/templates/templates-handlers.ts';
import type { TemplatesParts } from '../domains/templates/templates-parts.ts';
import { templateTasks } from '../domains/templates/templates-public.ts';
import type { TemplatesTables } from '../domains/templates/templates-tables.ts';
import type { CallContext } from '../platform/calls/call-context.ts';
import { keyFileSealer } from '../platform/secrets/key-file-sealer.ts';
import type { AnyTransaction, Store } from '../platform/store/store.ts';
import type { TaskEngine } from '../platform/tasks/task-engine.ts';
import { makeImage, StorageHosts } from './storage-hosts.ts';
import type { StoreForTest } from './store-for-test.ts';
import {
  silentTasksLog,
  taskEngineForTest,
  tasksSchemaForTest,
  whenTask,
  type TaskAsSeen,
} from './tasks-for-test.ts';

export const HV1 = 'host_hv1';
export const HV2 = 'host_hv2';
export const hasLibvirt = spawnSync('libvirtd', ['--version']).error === undefined;
export const templatesSchema = [templatesTemplate, templatesNameKey];
/** Two hosts, a folder and an image in it, for a file of tests. */
export let hosts: StorageHosts;
export let folder = '';
export let image = '';

/** Run after each test, before its store is closed. */
export const closing: (() => Promise<void>)[] = [];

/** Called by a file of tests. */
export function startHosts(): void {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'innkeeper-templates-'));
    if (!hasLibvirt) return;
    hosts = await StorageHosts.start(['hv1', 'hv2']);
    image = makeImage(folder);
  });
  afterAll(async () => {
    await hosts?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
}

/** Closes what was opened, and leaves nothing on the hosts. */
export async function clean(): Promise<void> {
  for (const close of closing.splice(0).toReversed()) await close();
  for (const { hostId } of hosts?.all ?? []) {
    hosts.back(hostId);
    for (const volume of hosts.volumes(hostId)) rmSync(hosts.path(hostId, volume));
  }
}

export function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

export function partsOf(store: Store, tasks: TaskEngine | undefined): TemplatesParts {
  const noTasks: TemplatesParts['tasks'] = { start: async () => Promise.reject(new Error('no tasks here')) };
  const spoolFolder = mkdtempSync(join(folder, 'spool-'));
  const sealer = keyFileSealer(join(folder, 'key'));
  return { store, sealer, hosts, spoolFolder, log: silentTasksLog, tasks: tasks ?? noTasks };
}

/** An engine with templates alone, on a store of the test. */
export async function world(stores: StoreForTest) {
  const address = await stores.newAddress();
  const store = await stores.openStoreForTest([...tasksSchemaForTest, ...templatesSchema], {
    address,
  });
  const engine = await taskEngineForTest({ store, address, definitions: [] });
  const parts = partsOf(store, engine);
  engine.add(templateTasks(parts));
  closing.push(async () => await engine.stop({ graceMs: 0 }));
  await engine.begin();
  return { store, engine, parts, handlers: templatesHandlers(parts), context: contextOf(store) };
}

export type World = Awaited<ReturnType<typeof world>>;
export type Asked = Parameters<ReturnType<typeof templatesHandlers>['templateImport']>[0];

/** As the engine does it: in one transaction. */
export async function deleted(on: World, confirmName: string, templateId: string) {
  return await on.store.transaction(
    async (trx) => await on.handlers.templateDelete({ templateId, confirmName }, contextOf(on.store, trx)),
  );
}

export function contextOf(store: Store, trx?: AnyTransaction): CallContext {
  return {
    actor: { id: 'person_ada', login: 'ada', name: 'Ada', role: 'administrator' },
    operation: 'templates.test',
    operationId: 'op_1',
    signal: new AbortController().signal,
    tables: <T>() => (trx ?? store.tables<T>()) as ReturnType<typeof store.tables<T>>,
    note: async (topic, key) =>
      trx
        ? await store.changes.note(trx, topic, key)
        : await store.transaction(async (own) => await store.changes.note(own, topic, key)),
    subject: () => undefined,
  };
}

export const asked = (changes: Partial<Asked> = {}): Asked => ({
  name: 'Debian 12',
  os: 'debian12',
  source: { kind: 'file', path: image },
  hostIds: [],
  minDiskBytes: 0,
  minMemoryBytes: 0,
  minVcpus: 1,
  ...changes,
});

/** Imports to its end. */
export async function imported(
  on: World,
  changes: Partial<Asked> = {},
): Promise<TaskAsSeen & { templateId: string }> {
  const started = await on.handlers.templateImport(asked(changes), on.context);
  if (!started.ok) throw new Error(`refused: ${JSON.stringify(started)}`);
  return { ...(await whenTask(on.store, started.value.taskId)), templateId: started.value.templateId };
}

/** Neither on a host, nor in the store, nor here. */
export async function noTrace(on: World): Promise<void> {
  expect(hosts.all.map(({ hostId }) => hosts.volumes(hostId))).toEqual([[], []]);
  expect(await on.store.tables<TemplatesTables>().selectFrom('template_copy').selectAll().execute()).toEqual(
    [],
  );
  expect(readdirSync(on.parts.spoolFolder)).toEqual([]);
}
