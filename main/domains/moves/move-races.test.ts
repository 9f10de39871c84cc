import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { GIB } from '../../../shared/kernel/bytes.ts';
import { closePressForTest } from '../../testing/billing-room.ts';
import { twoDomainsRooms, type DomainsRoom } from '../../testing/domains-room.ts';
import { hostRowForTest } from '../../testing/host-row.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { whileOpen } from '../../testing/two-at-once.ts';
import { noFacts } from '../fleet/hosts/host-store.ts';
import type { FleetTables } from '../fleet/fleet-public.ts';
import { forgetDeleted, provisioningRow } from '../fleet/vms/vm-provisioning-store.ts';
import { insertVms } from '../fleet/vms/vm-store.ts';
import type { TasksTables } from '../tasks/tasks-tables.ts';
import { advanceEvacuations } from './evacuation-advance.ts';
import { endEvacuation, holdHost, noteEvacuationVm, vmsAskedOff } from './evacuation-store.ts';
import { dispatchMove, dispatchMoves } from './move-dispatch.ts';
import { planNow } from './balancer.ts';
import type { MovesTables } from './moves-tables.ts';

afterAll(closePressForTest);

const pool = {
  name: 'default',
  type: 'dir',
  path: '/images',
  active: true,
  capacityBytes: 1,
  availableBytes: 1,
};
const unguarded = async (): Promise<void> => undefined;

describeOnBothStores('moves and what else is done to a VM', (stores) => {
  let one: DomainsRoom;
  let two: DomainsRoom;

  beforeEach(async () => {
    [one, two] = await twoDomainsRooms(stores);
    const facts = JSON.stringify({ ...noFacts, pools: [pool] });
    await fleet()
      .insertInto('host')
      .values(['hv1', 'hv2', 'hv3'].map((id) => ({ ...hostRowForTest(id), facts })))
      .execute();
    await addVm('vm1');
  });
  afterEach(async () => {
    await one.close();
    await two.close();
  });

  const fleet = () => one.store.tables<FleetTables>();
  const moves = () => one.store.tables<MovesTables>();
  const move = async (id: string) =>
    await moves().selectFrom('vm_move').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const openMoves = async () =>
    await moves()
      .selectFrom('vm_move')
      .select(['id', 'to_host_id'])
      .where('state', 'in', ['queued', 'running'])
      .execute();

  async function addVm(id: string, hostId = 'hv1'): Promise<void> {
    const made = {
      vmId: id,
      uuid: id,
      hostId,
      name: id,
      customerId: null,
      templateId: null,
      os: '',
      tags: [],
    };
    const size = { vcpus: 2, memoryBytes: GIB, diskBytes: GIB };
    const row = { ...provisioningRow({ ...made, ...size }, 0), state: 'running', cpu_percent: 50 };
    await one.store.transaction(async (trx) => await insertVms(trx, one.store, [row]));
  }

  async function ask(vmId: string, hostId: string): Promise<string> {
    const asked = await one.call('moves.vmMove', { vmId, hostId });
    if (typeof asked === 'string') throw new Error(asked);
    return asked.moveId;
  }

  /** One that waits: another move of its host is under way. */
  async function askWaiting(hostId = 'hv2'): Promise<string> {
    await one.call('moves.moveCapsSet', { perHost: 1, perLink: 1, mibPerSecond: 0 });
    await addVm('other');
    await ask('other', hostId);
    const moveId = await ask('vm1', hostId);
    expect(await move(moveId)).toMatchObject({ state: 'queued' });
    await one.call('moves.moveCapsSet', { perHost: 4, perLink: 4, mibPerSecond: 0 });
    return moveId;
  }

  async function begin(kind: string, vmId: string): Promise<string> {
    const definition = one.domains.definitions.find((each) => each.kind === kind);
    if (definition === undefined) throw new Error(`there is no task ${kind}`);
    const input = { vmId, uuid: vmId, name: vmId, hostId: 'hv1', hostName: 'hv1', target: 'vdb' };
    return (await one.domains.moves.tasks.start(definition, input as never, { startedBy: 'ada' })).taskId;
  }
  const end = async (taskId: string): Promise<unknown> =>
    await one.store
      .tables<TasksTables>()
      .updateTable('task')
      .set({ state: 'succeeded' })
      .where('id', '=', taskId)
      .execute();
  const evacuate = async (): Promise<void> =>
    await advanceEvacuations(one.domains.moves, unguarded, new AbortController().signal);

  test('two who ask for the same at once ask once', async () => {
    const input = { vmId: 'vm1', hostId: 'hv2', keepSource: false };
    const [first, second] = await whileOpen(
      one.store,
      async (trx) => await one.handlers.moves.vmMove(input, one.context(trx)),
      async () => await two.call('moves.vmMove', { vmId: 'vm1', hostId: 'hv2' }),
    );
    expect(first).toMatchObject({ ok: true, value: second });
    expect(await openMoves()).toHaveLength(1);
    expect(await one.call('moves.vmMove', { vmId: 'vm1', hostId: 'hv3' })).toBe('already-moving');
  });

  test('a person and an evacuation that want it moved at once move it once', async () => {
    await one.call('moves.hostEvacuate', { hostId: 'hv1' });
    const input = { vmId: 'vm1', hostId: 'hv2', keepSource: false };
    await whileOpen(
      two.store,
      async (trx) => await two.handlers.moves.vmMove(input, two.context(trx)),
      evacuate,
    );
    expect(await openMoves()).toMatchObject([{ to_host_id: 'hv2' }]);
  });

  test('what is being deleted is moved by nobody', async () => {
    const moveId = await askWaiting();
    expect(await one.call('fleet.vmDelete', { vmId: 'vm1', confirmName: 'vm1' })).toMatchObject({});
    await one.store.transaction(async (trx) => await dispatchMove(one.domains.moves, trx as never, moveId));
    expect(await move(moveId)).toMatchObject({
      state: 'failed',
      note: 'vm1 is being deleted.',
      task_id: null,
    });
    await one.call('moves.hostEvacuate', { hostId: 'hv1' });
    await evacuate();
    expect((await openMoves()).map((each) => each.id)).not.toContain(moveId);
    const { blocked } = (await one.call('moves.evacuationGet', { hostId: 'hv1' })) as { blocked: object[] };
    expect(blocked).toMatchObject([{ vm: 'vm1', reason: 'it is being deleted, or moved by somebody else' }]);
  });

  test('a deletion that is tried again leaves a VM alone that was moved since', async () => {
    const at = { vmId: 'vm1', uuid: 'vm1', name: 'vm1', hostId: 'hv1' };
    await ask('vm1', 'hv2');
    await expect(forgetDeleted(one.store, at)).rejects.toMatchObject({ code: 'moved-meanwhile' });
    await fleet()
      .updateTable('vm')
      .set({ host_id: 'hv2', moving_to: null })
      .where('id', '=', 'vm1')
      .execute();
    await expect(forgetDeleted(one.store, at)).rejects.toMatchObject({ code: 'moved-meanwhile' });
    await forgetDeleted(one.store, { ...at, hostId: 'hv2' });
    expect(await fleet().selectFrom('vm').select('id').execute()).toEqual([]);
  });

  test('no step of a deletion touches a VM that was moved', async () => {
    await ask('vm1', 'hv2');
    const deletion = one.domains.definitions.find((each) => each.kind === 'vm-delete');
    const input = { vmId: 'vm1', uuid: 'vm1', name: 'vm1', hostId: 'hv1', hostName: 'hv1' };
    const context = { input, signal: new AbortController().signal } as never;
    expect(deletion?.steps).toHaveLength(5);
    for (const step of deletion?.steps ?? [])
      await expect(step.run(context, { volumes: [] })).rejects.toMatchObject({ code: 'moved-meanwhile' });
  });

  test('a move waits while another task works on its VM, and begins when that has ended', async () => {
    const taskId = await begin('vm-disk-delete', 'vm1');
    const moveId = await ask('vm1', 'hv2');
    expect(await move(moveId)).toMatchObject({ state: 'queued' });
    expect((await move(moveId)).note).toContain('another task works on it');
    await end(taskId);
    await dispatchMoves(one.domains.moves, unguarded);
    expect(await move(moveId)).toMatchObject({ state: 'running' });
  });

  test.each([
    ['is closed', { maintenance: 'evacuating' }, 'it is being evacuated'],
    ['is away', { state: 'unreachable' }, 'it is unreachable'],
    ['is full', { memory_bytes: 0 }, 'of memory free'],
  ] as const)('a move that waited is given up when its target %s', async (_what, columns, words) => {
    const moveId = await askWaiting();
    await fleet().updateTable('host').set(columns).where('id', '=', 'hv2').execute();
    await one.store.transaction(async (trx) => await dispatchMove(one.domains.moves, trx as never, moveId));
    expect(await move(moveId)).toMatchObject({ state: 'failed' });
    expect((await move(moveId)).note).toContain(words);
  });

  test('a host is not held while a VM comes to it', async () => {
    const held = async (): Promise<boolean> =>
      await one.store.transaction(
        async (trx) => await holdHost(one.store, trx as never, { hostId: 'hv2', stays: new Set() }),
      );
    const moveId = await ask('vm1', 'hv2');
    expect(await held()).toBe(false);
    await one.call('moves.hostEvacuate', { hostId: 'hv2' });
    await evacuate();
    expect(await one.call('moves.evacuationGet', { hostId: 'hv2' })).toMatchObject({
      maintenance: 'evacuating',
    });
    await moves().updateTable('vm_move').set({ state: 'failed' }).where('id', '=', moveId).execute();
    await fleet().updateTable('vm').set({ moving_to: null }).where('id', '=', 'vm1').execute();
    expect(await held()).toBe(true);
  });

  test('what was shut down for an evacuation is remembered when that is called off', async () => {
    await one.call('moves.hostEvacuate', { hostId: 'hv1' });
    await addVm('vm2');
    await one.call('moves.evacuationAnswer', { hostId: 'hv1', vmIds: ['vm1', 'vm2'], answer: 'shut-down' });
    await one.store.transaction(async (trx) => {
      await noteEvacuationVm(one.store, trx as never, { host_id: 'hv1', vm_id: 'vm1', asked_off_at_ms: 5 });
      await endEvacuation(one.store, trx as never, 'hv1');
    });
    expect(await vmsAskedOff(moves())).toMatchObject([{ vm_id: 'vm1', asked_off_at_ms: 5 }]);
    expect(await moves().selectFrom('evacuation_vm').select('vm_id').execute()).toHaveLength(1);
  });

  test.each([
    ['ended 29 min ago, however long it took', 29, []],
    ['ended 31 min ago', 31, ['vm1']],
  ] as const)('the balancer leaves a VM in peace whose move %s', async (_what, minutes, vms) => {
    const nowMs = await one.store.nowMs();
    const moveId = await ask('vm1', 'hv2');
    await moves()
      .updateTable('vm_move')
      .set({ state: 'done', asked_at_ms: nowMs - 3 * 3_600_000, ended_at_ms: nowMs - minutes * 60_000 })
      .where('id', '=', moveId)
      .execute();
    await fleet().updateTable('vm').set({ moving_to: null }).where('id', '=', 'vm1').execute();
    const sample = (host_id: string, cpu_percent: number) => ({
      host_id,
      at_ms: nowMs,
      cpu_percent,
      memory_percent: 10,
    });
    await moves()
      .insertInto('balance_sample')
      .values([sample('hv1', 80), sample('hv2', 10)])
      .execute();
    const { plan } = await planNow({ store: one.store });
    expect(plan.map((each) => each.vmId)).toEqual(vms);
  });
});
