import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPracticeFleet, type PracticeFleet } from '../testing/practice/practice-fleet.ts';
import type { PracticeHost } from '../testing/practice/practice-host.ts';
import { programForTest, type ProgramForTest } from '../testing/program-for-test.ts';

/** Looked at often: what is waited for may be over in a moment. */
const often = { timeout: 120_000, interval: 2 };
const soon = { timeout: 120_000, interval: 300 };
/** For ever, until the fault is taken away. */
const SENT_IN_MS = 600_000;
let practice: PracticeFleet;
let program: ProgramForTest;

beforeAll(async () => {
  practice = await startPracticeFleet({ hosts: 2, vms: 2, bootMs: 100 });
  program = programForTest({ environment: { INNKEEPER_SWEEP_SECONDS: '2' } });
});
afterAll(async () => {
  await program.close();
  await practice.stop();
});

/** Hosts on which a VM is awaited or runs, and those where it runs. */
function where(uuid: string): { there: string[]; runs: string[] } {
  const having = practice.hosts.filter((host) => host.machine.vms.has(uuid));
  const running = having.filter((host) => host.machine.vms.get(uuid)?.isRunning === true);
  const name = (host: PracticeHost): string => host.name;
  return { there: having.map(name), runs: running.map(name) };
}

test(
  'an engine that is killed in every phase of a move: the VM never runs twice, is never lost, and arrives',
  { timeout: 400_000 },
  async () => {
    const [from, to] = practice.hosts;
    if (from === undefined || to === undefined) throw new Error('there are two hosts');
    let worker = await program.startWorker();
    const { hosts, privateKey } = practice.describe();
    const ids = new Map<string, string>();
    for (const { name, address, port, fingerprint } of hosts) {
      const door = {
        name,
        address,
        port,
        auth: { kind: 'key', privateKey },
        acceptedFingerprint: fingerprint,
      };
      ids.set(name, (await program.callHere<{ hostId: string }>('fleet.hostAdd', door)).hostId);
    }
    const query = `host:"${from.name}" state:running`;
    const list = async (): Promise<{ id: string; uuid: string }[]> =>
      (await program.callHere<{ rows: { id: string; uuid: string }[] }>('fleet.vmList', { query })).rows;
    await expect.poll(async () => (await list()).length, soon).toBe(1);
    const [vm] = await list();
    if (vm === undefined) throw new Error('it was there a moment ago');
    const disks = async (): Promise<number> =>
      (await program.callHere<{ disks: unknown[] }>('fleet.vmGet', { vmId: vm.id })).disks.length;
    await expect.poll(disks, soon).toBeGreaterThan(0);
    const states = async (): Promise<string[]> =>
      (await program.callHere<{ rows: { state: string }[] }>('fleet.hostList')).rows.map((row) => row.state);
    await expect.poll(states, soon).toEqual(['connected', 'connected']);
    await from.fault({ kind: 'migration', lastsMs: SENT_IN_MS });
    const { moveId } = await program.callHere<{ moveId: string }>('moves.vmMove', {
      vmId: vm.id,
      hostId: ids.get(to.name),
    });

    // The target waits for it.
    await expect.poll(() => where(vm.uuid).there.length, often).toBe(2);
    await worker.kill();
    await expect.poll(() => where(vm.uuid), often).toEqual({ there: [from.name], runs: [from.name] });
    // In the middle of sending.
    worker = await program.startWorker();
    await expect
      .poll(() => from.migrations.isMoving(practice.host(from.name).machine.vms.get(vm.uuid)!), often)
      .toBe(true);
    await worker.kill();
    await expect.poll(() => where(vm.uuid), often).toEqual({ there: [from.name], runs: [from.name] });
    // It has just begun to run there: the source may not have been told.
    await from.fault({ kind: 'migration' });
    worker = await program.startWorker();
    await expect.poll(() => where(vm.uuid).runs, often).toEqual([to.name]);
    await worker.kill();
    expect(where(vm.uuid).runs).toEqual([to.name]);
    worker = await program.startWorker();
    const state = async (): Promise<string> =>
      (await program.callHere<{ state: string }>('moves.moveGet', { moveId })).state;
    await expect.poll(state, soon).toBe('done');
    expect(where(vm.uuid)).toEqual({ there: [to.name], runs: [to.name] });
    const { hostId } = await program.callHere<{ hostId: string }>('fleet.vmGet', { vmId: vm.id });
    expect(hostId).toBe(ids.get(to.name));
  },
);
