import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { openOneHostRoom, type OneHostRoom, type Started } from '../testing/one-host-room.ts';
import { qemuRefusal } from '../testing/practice/host-refusal.ts';

const PATIENCE = { timeout: 180_000 };

let room: OneHostRoom;
let customerId = '';

beforeAll(async () => {
  room = await openOneHostRoom({ vms: 1 });
  ({ customerId } = await room.value<{ customerId: string }>('customers.customerCreate', {
    name: 'Anna',
    country: 'PL',
    currency: 'PLN',
  }));
}, 120_000);

afterEach(async () => await room.host.fault({ kind: 'heal' }));

afterAll(async () => await room.stop());

async function made(name: string): Promise<string> {
  const { taskId, vmId } = await room.make(name);
  expect(await room.ended(taskId)).toMatchObject({ state: 'succeeded', error: '' });
  return vmId;
}

async function remove(vmId: string, name: string): Promise<void> {
  const { taskId } = await room.value<Started>('fleet.vmDelete', { vmId, confirmName: name });
  expect((await room.ended(taskId)).state).toBe('succeeded');
}

function onHost(): { domains: string[]; volumes: number } {
  const { domains, volumes } = room.onHost();
  return { domains, volumes: volumes.length };
}

/** Begins to make a VM and takes it back while its disk is made. */
async function cancelled(name: string, more: object = {}): Promise<Started> {
  await room.host.fault({ kind: 'slow', delayMs: 100 });
  const started = await room.make(name, more);
  await room.when(started.taskId, 'disk');
  await room.value('tasks.taskCancel', { taskId: started.taskId });
  expect((await room.ended(started.taskId)).state).toBe('cancelled');
  expect(onHost()).toEqual({ domains: [], volumes: 0 });
  await room.host.fault({ kind: 'heal' });
  return started;
}

test(
  'a VM whose making was taken back and is tried again is the same VM, of the same customer',
  PATIENCE,
  async () => {
    const { taskId, vmId } = await cancelled('acct-again', { customerId, tags: ['gold'] });
    const again = await room.value<{ taskId: string }>('tasks.taskRetry', { taskId });
    expect(await room.ended(again.taskId)).toMatchObject({ state: 'succeeded', error: '' });
    expect(await room.value('fleet.vmGet', { vmId })).toMatchObject({
      name: 'acct-again',
      customerId,
      templateId: room.templateId,
      tags: ['gold'],
      state: 'running',
    });
    expect(onHost()).toEqual({ domains: ['acct-again'], volumes: 2 });
    await remove(vmId, 'acct-again');
  },
);

test(
  'tried again when its name is another one by now, it ends in words and makes nothing',
  PATIENCE,
  async () => {
    const { taskId } = await cancelled('acct-taken');
    const vmId = await made('acct-taken');
    const again = await room.value<{ taskId: string }>('tasks.taskRetry', { taskId });
    const { state, error } = await room.ended(again.taskId);
    expect([state, error]).toEqual(['failed', expect.stringContaining('acct-taken') as string]);
    expect(onHost()).toEqual({ domains: ['acct-taken'], volumes: 2 });
    expect(await room.value('fleet.vmGet', { vmId })).toMatchObject({ state: 'running' });
    await remove(vmId, 'acct-taken');
  },
);

test(
  'a guest whose power the host refuses to cut keeps its disk; tried again, it is taken back first and then made',
  PATIENCE,
  async () => {
    await room.host.fault({ kind: 'slow', delayMs: 100 });
    const { taskId, vmId } = await room.make('acct-held');
    await room.when(taskId, 'ready');
    const cut = vi.spyOn(room.host.power, 'destroy').mockImplementation(() => {
      throw qemuRefusal('VIR_ERR_OPERATION_FAILED', 'the monitor does not answer');
    });
    await room.value('tasks.taskCancel', { taskId });
    const { state, error } = await room.ended(taskId);
    cut.mockRestore();
    expect(state).toBe('failed');
    expect(error).toMatch(
      /^Not undone: Start acct-held: .* the monitor does not answer.* Untouched until that is undone: “Define acct-held on .*”, .*“Make the disk of 2 GiB”, “Have Small on .*”\. Try again: it goes on undoing first\.$/,
    );
    const vm = room.host.machine.vmByName('acct-held')!;
    const instance = vm.live;
    expect(instance).not.toBeNull();
    expect(onHost()).toEqual({ domains: ['acct-held'], volumes: 2 });
    expect(await room.value('fleet.vmGet', { vmId })).toMatchObject({
      name: 'acct-held',
      state: 'provisioning',
    });

    await room.host.fault({ kind: 'heal' });
    const again = await room.value<{ taskId: string }>('tasks.taskRetry', { taskId });
    expect(await room.ended(again.taskId)).toMatchObject({ state: 'succeeded', error: '' });
    expect(onHost()).toEqual({ domains: ['acct-held'], volumes: 2 });
    // Another domain than the one that was left, which is off.
    expect(vm.live).toBeNull();
    expect(await room.value('fleet.vmGet', { vmId })).toMatchObject({ state: 'running' });
    await remove(vmId, 'acct-held');
  },
);

test('while it is made it is neither deleted nor started; cancelling is the way', PATIENCE, async () => {
  await room.host.fault({ kind: 'slow', delayMs: 100 });
  const { taskId, vmId } = await room.make('acct-early');
  await room.when(taskId, 'disk');
  for (const [op, input] of [
    ['fleet.vmDelete', { vmId, confirmName: 'acct-early' }],
    ['fleet.vmStart', { vmId }],
    ['fleet.vmShutdown', { vmId, graceSeconds: 5 }],
  ] as const) {
    expect(await room.engine.call(op, input), op).toMatchObject({
      ok: false,
      error: {
        kind: 'refusal',
        code: 'not-now',
        facts: { reason: expect.stringContaining('it is still being made') },
      },
    });
  }
  await room.value('tasks.taskCancel', { taskId });
  await room.ended(taskId);
  expect(onHost()).toEqual({ domains: [], volumes: 0 });
});

test('two that delete at once share one task, and its name must be typed', PATIENCE, async () => {
  const vmId = await made('acct-gone');
  for (const confirmName of ['acct-gon', 'ACCT-GONE', 'acct-gone-2']) {
    expect(await room.engine.call('fleet.vmDelete', { vmId, confirmName })).toMatchObject({
      error: { code: 'name-differs', facts: { name: 'acct-gone' } },
    });
  }
  await room.host.fault({ kind: 'slow', delayMs: 100 });
  const deletion = { vmId, confirmName: 'acct-gone' };
  const both = await Promise.all([
    room.value<Started>('fleet.vmDelete', deletion),
    room.value<Started>('fleet.vmDelete', deletion),
  ]);
  const third = await room.value<Started>('fleet.vmDelete', deletion);
  expect(new Set([...both, third].map(({ taskId }) => taskId)).size).toBe(1);
  expect(await room.ended(third.taskId)).toMatchObject({ state: 'succeeded', result: { volumes: 2 } });
  expect(onHost()).toEqual({ domains: [], volumes: 0 });
  expect(await room.engine.call('fleet.vmDelete', deletion)).toMatchObject({ error: { code: 'no-such-vm' } });
});

test('started by somebody while it is deleted, it is gone all the same', PATIENCE, async () => {
  const vmId = await made('acct-started');
  await room.host.fault({ kind: 'slow', delayMs: 300 });
  const { taskId } = await room.value<Started>('fleet.vmDelete', { vmId, confirmName: 'acct-started' });
  await room.when(taskId, 'undefine');
  await room.host.power.start(room.host.machine.vmByName('acct-started')!, 0);
  expect(await room.ended(taskId)).toMatchObject({ state: 'succeeded', error: '' });
  expect(onHost()).toEqual({ domains: [], volumes: 0 });
});

test('a shutdown that was overtaken by a restart leaves the new instance alone', PATIENCE, async () => {
  const vmId = await made('acct-back');
  const vm = room.host.machine.vmByName('acct-back')!;
  // It does not go by itself.
  vm.guest = { ...vm.guest, bootMs: 10_000_000 };
  const asked = { vmId, graceSeconds: 8, thenForce: true };
  const { taskId } = await room.value<Started>('fleet.vmShutdown', asked);
  await room.when(taskId, 'ask');
  room.host.power.destroy(vm);
  await room.host.power.start(vm, 0);
  const instance = vm.live;
  expect(await room.ended(taskId)).toMatchObject({
    state: 'succeeded',
    error: '',
    result: { forced: false },
  });
  expect(vm.live).toBe(instance);
  // One that stays on is forced off.
  const again = await room.value<Started>('fleet.vmShutdown', { ...asked, graceSeconds: 1 });
  expect(await room.ended(again.taskId)).toMatchObject({ state: 'succeeded', result: { forced: true } });
  expect(vm.live).toBeNull();
  await remove(vmId, 'acct-back');
});
