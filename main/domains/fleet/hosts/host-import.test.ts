import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HostImportLine } from '../../../../shared/domains/fleet/host-import-contract.ts';
import { keyFileSealer } from '../../../platform/secrets/key-file-sealer.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { AnyTaskDefinition } from '../../../platform/tasks/task-definition.ts';
import type { TaskEngine } from '../../../platform/tasks/task-engine.ts';
import { fleetForTest, fleetTestSchema, type FleetForTest } from '../../../testing/fleet-for-test.ts';
import { startPracticeFleet, type PracticeFleet } from '../../../testing/practice/practice-fleet.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { taskEngineForTest, whenTask } from '../../../testing/tasks-for-test.ts';
import { FIRST_CLUSTER_ID } from '../clusters/cluster-store.ts';
import { hostImport, hostImportGet } from './host-import.ts';
import { hostImportTask, type HostImportCommandParts, type HostImportInput } from './host-import-task.ts';

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describeOnBothStores('an import of hosts', ({ newAddress, openAlso }) => {
  let practice: PracticeFleet;
  let store: Store;
  let fleet: FleetForTest;
  let engine: TaskEngine;
  let parts: HostImportCommandParts;
  let folder: string;

  beforeEach(async () => {
    practice = await startPracticeFleet({ hosts: 3, vms: 6, bootMs: 50 });
    const address = await newAddress(fleetTestSchema);
    store = await openAlso(address, fleetTestSchema, { isOwner: true });
    fleet = fleetForTest(store);
    folder = mkdtempSync(join(tmpdir(), 'innkeeper-import-'));
    const base = { store, keys: fleet.parts.keys, sealer: keyFileSealer(join(folder, 'key')) };
    const definition = hostImportTask(base) as unknown as AnyTaskDefinition;
    engine = await taskEngineForTest({ store, address, definitions: [definition] });
    await engine.begin();
    parts = { ...base, tasks: engine };
  });
  afterEach(async () => {
    await engine.stop();
    await fleet.close();
    await practice.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const auth = () => ({ kind: 'key' as const, privateKey: practice.describe().privateKey });
  const lineOf = (at: number, more: Partial<HostImportLine> = {}): HostImportLine => {
    const { name, address, port } = practice.describe().hosts[at]!;
    return {
      line: at + 1,
      name,
      address,
      port,
      user: 'root',
      jump: [],
      cluster: '',
      labels: [],
      fingerprint: '',
      ...more,
    };
  };
  const keyed = (at: number, more: Partial<HostImportLine> = {}): HostImportLine =>
    lineOf(at, { fingerprint: practice.describe().hosts[at]!.fingerprint, ...more });
  const check = async (...lines: HostImportLine[]) => {
    const found = await fleet.call('hostImportCheck', { auth: auth(), lines });
    if (!found.ok) throw new Error(JSON.stringify(found));
    return found.value.lines;
  };
  const start = async (...lines: HostImportLine[]) =>
    await store.transaction(
      async (trx) =>
        await hostImport(parts, { auth: auth(), lines }, fleet.context(new AbortController().signal, trx)),
    );
  const started = async (...lines: HostImportLine[]) => {
    const answer = await start(...lines);
    if (!answer.ok) throw new Error(answer.code);
    return answer.value;
  };
  const get = async (importId: string) => {
    const found = await hostImportGet({ importId }, fleet.context(new AbortController().signal));
    if (!found.ok) throw new Error(found.code);
    return found.value;
  };
  const names = async () =>
    (await fleet.tables.selectFrom('host').select('name').orderBy('name').execute()).map(({ name }) => name);

  test('is looked at first: known, reachable, the key to confirm, then what is there', async () => {
    await fleet.call('hostAdd', { ...keyed(0), auth: auth(), acceptedFingerprint: keyed(0).fingerprint });
    const free = await closedPort();
    const found = await check(
      lineOf(0),
      lineOf(1),
      keyed(2, { labels: ['ssd'] }),
      lineOf(1, { line: 4, cluster: 'Nowhere' }),
      lineOf(1, { line: 5, name: 'off', port: free }),
      lineOf(1, { line: 6, fingerprint: keyed(2).fingerprint }),
    );
    expect(found.map(({ line, verdict }) => `${line} ${verdict}`)).toEqual([
      '1 known',
      '2 key',
      '3 ready',
      '4 bad',
      '5 bad',
      '6 bad',
    ]);
    expect(found[1]).toMatchObject({ fingerprint: keyed(1).fingerprint, keyOf: '', facts: null });
    expect(found[2]).toMatchObject({ facts: { hostname: lineOf(2).name, vms: 2 } });
    expect(found.slice(3).map(({ sentence }) => sentence)).toEqual([
      'There is no cluster Nowhere.',
      '127.0.0.1 cannot be reached: nothing listens on that port.',
      expect.stringMatching(/shows the key .* is on record/) as string,
    ]);
    expect(await names()).toEqual([lineOf(0).name]);
  });

  test('adds each line in its cluster with its labels; a key nobody confirmed and a cluster that is not there are refused', async () => {
    const made = await fleet.call('clusterCreate', { name: 'Praha' });
    const praha = made.ok ? made.value.clusterId : '';
    expect(await start(keyed(0), lineOf(1))).toMatchObject({ code: 'key-unconfirmed', facts: { line: 2 } });
    expect(await start(keyed(0, { cluster: 'Brno' }))).toMatchObject({ code: 'no-such-cluster' });
    expect(await start(keyed(0), keyed(1, { line: 1 }))).toMatchObject({ code: 'line-twice' });
    const { importId, taskId } = await started(keyed(0), keyed(1, { cluster: 'praha', labels: ['ssd'] }));
    const { task } = await whenTask(store, taskId);
    expect(task).toMatchObject({ state: 'succeeded', error: '' });
    expect(JSON.parse(task.input)).not.toHaveProperty('sealed');
    expect(await get(importId)).toMatchObject({ taskId, added: 2, failed: 0, waiting: 0 });
    const hosts = await fleet.tables.selectFrom('host').selectAll().orderBy('name').execute();
    expect(new Map(hosts.map((host) => [host.name, [host.cluster_id, host.labels]]))).toEqual(
      new Map([
        [lineOf(0).name, [FIRST_CLUSTER_ID, '[]']],
        [lineOf(1).name, [praha, '["ssd"]']],
      ]),
    );
  });

  test('says of each line why it failed, keeps what was added, and tries the rest again', async () => {
    await practice.fault(lineOf(1).name, { kind: 'auth-fail' });
    const { importId, taskId } = await started(keyed(0), keyed(1), keyed(2));
    const { task } = await whenTask(store, taskId);
    expect(task).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/^1 of 3 hosts could not be added \(line 2: /) as string,
    });
    // What is kept for another try is not readable.
    expect(task.input).not.toContain('PRIVATE KEY');
    expect(await get(importId)).toMatchObject({ added: 2, failed: 1 });
    const before = await names();
    await practice.fault(lineOf(1).name, { kind: 'heal' });
    const again = await engine.startAgain({
      taskId,
      kind: task.kind,
      input: JSON.parse(task.input),
      startedBy: 'ada',
    });
    if (again === undefined) throw new Error('its kind is known');
    expect((await whenTask(store, again.taskId)).task.state).toBe('succeeded');
    const now = await get(importId);
    expect(now).toMatchObject({ taskId: again.taskId, added: 3, failed: 0 });
    expect(await names()).toHaveLength(3);
    expect(before).toHaveLength(2);
  });

  test("a line that cannot even be tried is that line's result: the others go on", async () => {
    const crooked = keyed(0, { jump: ['not a jump host'] });
    const { importId, taskId } = await started(crooked, keyed(1), keyed(2));
    const { task } = await whenTask(store, taskId);
    expect(task.error).toMatch(/^1 of 3 hosts could not be added \(line 1: /);
    expect(await get(importId)).toMatchObject({
      added: 2,
      failed: 1,
      lines: [
        { state: 'failed', sentence: expect.stringContaining('a jump host is written user@address:port') },
        { state: 'added' },
        { state: 'added' },
      ],
    });
  });

  test('run twice, as after a crash, adds nothing twice', async () => {
    const { importId, taskId } = await started(keyed(0), keyed(1));
    await whenTask(store, taskId);
    const definition = hostImportTask(parts);
    const input: HostImportInput = {
      importId,
      lines: [keyed(0), keyed(1)].map((line) => ({ ...line, cluster: undefined, clusterId: null })),
      sealed: { auth: await parts.sealer.seal(JSON.stringify(auth()), `${importId}:ssh-login`) },
    };
    const context = {
      taskId,
      input,
      startedBy: 'ada',
      signal: new AbortController().signal,
      attempt: 2,
      stillOurs: async () => undefined,
      log: () => undefined,
      progress: () => undefined,
    };
    // One line was being entered when the engine died: the host is there, the line says so in the same transaction or not at all.
    for (const step of definition.steps) await step.run(context, {});
    expect(await names()).toHaveLength(2);
    expect(await get(importId)).toMatchObject({ added: 2, failed: 0 });
  });
});
