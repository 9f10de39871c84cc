import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openOneHostRoom, soon, type OneHostRoom, type TaskSeen } from '../testing/one-host-room.ts';

const PATIENCE = { timeout: 240_000 };

let room: OneHostRoom;

beforeAll(async () => {
  room = await openOneHostRoom({ vms: 2 });
}, 120_000);

afterAll(async () => await room.stop());

async function killedFor(ms: number): Promise<void> {
  await room.host.fault({ kind: 'kill-daemon' });
  await vi.waitFor(
    async () =>
      expect(JSON.stringify(await room.value('fleet.hostList'))).not.toContain('"state":"connected"'),
    soon,
  );
  const backAtMs = performance.now() + ms;
  await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(backAtMs), soon);
  await room.host.fault({ kind: 'heal' });
}

test.each(['disk', 'seed', 'define', 'start', 'ready'])(
  'libvirtd killed in the middle of the step "%s" of making a VM: it goes on, and nothing is doubled',
  PATIENCE,
  async (step) => {
    const name = `acct-${step}`;
    // Long enough answers, so that the daemon dies while it owes one.
    await room.host.fault({ kind: 'slow', delayMs: 120 });
    const { taskId, vmId } = await room.make(name);
    await room.when(taskId, step);
    await killedFor(500);
    const { state, error, steps } = await room.ended(taskId);
    expect({ state, error }).toEqual({ state: 'succeeded', error: '' });
    expect(steps.find((one) => one.name === step)).toMatchObject({ state: 'done' });
    const { domains, volumes } = room.onHost();
    expect([domains, volumes.length]).toEqual([[name], 2]);
    const gone = await room.value<{ taskId: string }>('fleet.vmDelete', { vmId, confirmName: name });
    expect((await room.ended(gone.taskId)).state).toBe('succeeded');
    expect(room.onHost()).toEqual({ domains: [], volumes: [] });
  },
);

test('libvirtd killed while a guest is asked to shut down: asked again, off once', PATIENCE, async () => {
  const vm = [...room.host.machine.vms.values()].find((one) => one.isRunning)!;
  // It is slow to go: the daemon dies between the question and the answer.
  vm.guest = { ...vm.guest, bootMs: 10_000_000 };
  const { rows } = await room.value<{ rows: { id: string }[] }>('fleet.vmList', { query: `name:${vm.name}` });
  const vmId = rows[0]!.id;
  const { taskId } = await room.value<{ taskId: string }>('fleet.vmShutdown', { vmId, graceSeconds: 3600 });
  await room.when(taskId, 'ask');
  await killedFor(200);
  vm.guest = { ...vm.guest, bootMs: 50 };
  expect(await room.ended(taskId)).toMatchObject({ state: 'succeeded', error: '' });
  expect(vm.live).toBeNull();
});

test('libvirtd that does not come back: the task fails in words and leaves nothing', PATIENCE, async () => {
  // Long enough answers, so that the daemon dies in the middle of the step.
  await room.host.fault({ kind: 'slow', delayMs: 120 });
  const { taskId } = await room.make('acct-never');
  await room.when(taskId, 'disk');
  await room.host.fault({ kind: 'kill-daemon' });
  // It is given half a minute to come back, then what was made is taken away again as soon as it can be.
  await vi.waitFor(
    async () => expect((await room.value<TaskSeen>('tasks.taskGet', { taskId })).state).toBe('undoing'),
    {
      timeout: 150_000,
      interval: 100,
    },
  );
  await room.host.fault({ kind: 'heal' });
  const failed = await room.ended(taskId);
  expect(failed.state).toBe('failed');
  expect(failed.error).toMatch(/start the daemon/);
  expect(room.onHost()).toEqual({ domains: [], volumes: [] });
});
