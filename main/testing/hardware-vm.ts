import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { VmHardware } from '../../shared/domains/hardware/hardware-contract.ts';
import type { HardwareEffect } from '../../shared/domains/hardware/resize-rules.ts';
import { openOneHostRoom, type OneHostRoom, type Started, type TaskSeen } from './one-host-room.ts';
import type { SimulatedVm } from './practice/simulated-vm.ts';

/** One host for a file of tests. */
export let room: OneHostRoom;
/** Of each test its own: running, made from the template, with a seed in its CD drive. */
export let vmId = '';
export let guest: SimulatedVm;

/** Called by a file of tests: makes the host, and around each test its VM, of which nothing may be left on the host. */
export function giveEachTestAVm(): void {
  beforeAll(async () => {
    room = await openOneHostRoom({ vms: 3, bootMs: 1 });
  });
  afterAll(async () => await room.stop());
  beforeEach(async () => {
    vmId = await made('acct-hw');
    const found = room.host.machine.vmByName('acct-hw');
    if (found === undefined) throw new Error('it was made, and is not on its host');
    guest = found;
  });
  afterEach(async () => {
    await removed(vmId, room.host.machine.vms.get(guest.uuid)?.name ?? 'acct-hw');
    expect(room.onHost()).toEqual({ domains: [], volumes: [] });
  });
}

/** Makes another VM; gives its id. */
export async function made(name: string, more: object = {}): Promise<string> {
  const { taskId, vmId: id } = await room.make(name, more);
  expect(await room.ended(taskId)).toMatchObject({ state: 'succeeded', error: '' });
  return id;
}

export async function removed(id: string, name: string): Promise<void> {
  const { taskId } = await room.value<Started>('fleet.vmDelete', { vmId: id, confirmName: name });
  expect((await room.ended(taskId)).state).toBe('succeeded');
}

export const hardware = async (): Promise<VmHardware> => await room.value('hardware.vmHardware', { vmId });

export const row = async () => await room.value<Record<string, unknown>>('fleet.vmGet', { vmId });

/** Changes it; gives the effects that were told. */
export const change = async (op: string, input: object): Promise<HardwareEffect[]> =>
  (await room.value<{ effects: HardwareEffect[] }>(`hardware.${op}`, { vmId, ...input })).effects;

/** Code and facts of a refusal; 'done', or the error of anything else. */
export async function refusalOf(op: string, input: object): Promise<unknown> {
  const answer = await room.engine.call(`hardware.${op}`, { vmId, ...input });
  if (answer.ok) return 'done';
  return answer.error.kind === 'refusal' ? [answer.error.code, answer.error.facts] : answer.error;
}

export const off = async (): Promise<void> => void (await room.value('fleet.vmForceOff', { vmId }));

/** Starts a task on it and waits for its end. */
export const task = async (op: string, input: object): Promise<TaskSeen> =>
  await room.ended((await room.value<Started>(`hardware.${op}`, { vmId, ...input })).taskId);

/** Changes its definition as an administrator with virsh would. */
export function outside(edit: (xml: string) => string): void {
  const xml = guest.persistent?.xml;
  if (xml === undefined) throw new Error('it has no definition');
  guest.persistent = room.host.machine.define(edit(xml)).definition;
}
