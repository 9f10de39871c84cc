import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { BulkItem, BulkPreview, BulkRow } from '../../../shared/domains/bulk/bulk-contract.ts';
import { startEngine, type Engine } from '../../app/build-engine.ts';
import { readSettings } from '../../app/settings/settings.ts';
import { startPracticeFleet, type PracticeFleet } from '../../testing/practice/practice-fleet.ts';
import type { SimulatedVm } from '../../testing/practice/simulated-vm.ts';
import { makeQuickFolder } from '../../testing/quick-folder.ts';

const VMS = 12;
const soon = { timeout: 60_000, interval: 20 };
const PATIENCE = { timeout: 120_000 };

describe('a bulk action on hosts', () => {
  let folder = '';
  let practice: PracticeFleet;
  let engine: Engine;

  beforeAll(async () => {
    ({ folder } = makeQuickFolder('innkeeper-bulk-'));
    practice = await startPracticeFleet({ hosts: 3, vms: VMS, bootMs: 50 });
    const environment = { HOME: folder, INNKEEPER_STORE: `sqlite:${join(folder, 'store.sqlite')}` };
    engine = await startEngine({
      settings: readSettings({ environment }),
      hostKind: 'worker',
      logToFile: true,
    });
    const { hosts, privateKey } = practice.describe();
    for (const { name, address, port, fingerprint } of hosts)
      await value('fleet.hostAdd', {
        name,
        address,
        port,
        auth: { kind: 'key', privateKey },
        acceptedFingerprint: fingerprint,
      });
    await vi.waitFor(async () => expect(await value('fleet.vmList')).toMatchObject({ total: VMS }), soon);
  }, 120_000);
  afterEach(async () => {
    for (const host of practice.hosts) await host.fault({ kind: 'heal' });
  });
  afterAll(async () => {
    await engine?.stop();
    await practice?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function value<T>(op: string, input: unknown = {}): Promise<T> {
    const called = await engine.call(op, input);
    if (!called.ok) throw new Error(`${op}: ${JSON.stringify(called.error)}`);
    return called.value as T;
  }
  const preview = async (what: object, query = ''): Promise<BulkPreview> =>
    await value('bulk.bulkPreview', { what, select: { query } });
  const start = async (
    what: object,
    more: object = {},
    query = '',
  ): Promise<{ bulkId: string; taskId: string }> => {
    const { will, digest } = await preview(what, query);
    const input = { what, select: { query }, expected: { count: will, digest }, confirmCount: will };
    return await value('bulk.bulkStart', { ...input, ...more });
  };
  const got = async (bulkId: string): Promise<BulkRow> => await value('bulk.bulkGet', { bulkId });
  const ended = async (bulkId: string): Promise<BulkRow> => {
    await vi.waitFor(async () => expect((await got(bulkId)).endedAt).not.toBeNull(), soon);
    return await got(bulkId);
  };
  const items = async (bulkId: string, query = ''): Promise<BulkItem[]> =>
    (await value<{ rows: BulkItem[] }>('bulk.bulkItems', { bulkId, query })).rows;
  const vms = (): SimulatedVm[] => practice.hosts.flatMap(({ machine }) => [...machine.vms.values()]);
  /** A look at a host that began before may be written after; what the host tells next sets it right. */
  const listed = async (query: string, total: number): Promise<void> =>
    await vi.waitFor(
      async () => expect(await value('fleet.vmList', { query })).toMatchObject({ total }),
      soon,
    );
  const allConnected = async (): Promise<void> =>
    await vi.waitFor(async () => {
      const listed = await value<{ rows: { state: string }[] }>('fleet.hostList');
      expect(listed.rows.map(({ state }) => state)).toEqual(practice.hosts.map(() => 'connected'));
    }, soon);
  /** All off or all on, on the hosts and in the list; what the list did not know yet is done when it does. */
  const allAre = async (state: 'running' | 'shut-off'): Promise<void> => {
    await allConnected();
    const last = state === 'running' ? 'start' : 'forceOff';
    await vi.waitFor(async () => {
      for (const action of ['resume', last]) {
        if ((await preview({ action })).will === 0) continue;
        const { id, counts } = await ended((await start({ action })).bulkId);
        expect(counts.failed === 0 ? [] : await items(id, 'state:failed'), action).toEqual([]);
      }
      expect(await value('fleet.vmList', { query: `state:${state}` })).toMatchObject({ total: VMS });
    }, soon);
  };

  test('stops, starts, pauses and resumes all of them, and the list says so at once', PATIENCE, async () => {
    await allAre('running');
    for (const [action, state] of [
      ['forceOff', 'shut-off'],
      ['start', 'running'],
      ['pause', 'paused'],
      ['resume', 'running'],
    ] as const) {
      const { bulkId } = await start({ action });
      expect(await ended(bulkId), action).toMatchObject({ state: 'done', counts: { done: VMS, failed: 0 } });
      await listed(`state:${state}`, VMS);
      await vi.waitFor(async () => {
        const { rows } = await value<{ rows: { vmsRunning: number }[] }>('fleet.hostList');
        const running = rows.reduce((sum, host) => sum + host.vmsRunning, 0);
        expect(running).toBe(state === 'running' ? VMS : 0);
      }, soon);
      expect(vms().filter((vm) => vm.live !== null)).toHaveLength(state === 'shut-off' ? 0 : VMS);
    }
    const { bulkId } = await start({ action: 'autostart', on: false });
    expect((await ended(bulkId)).counts.done).toBeGreaterThan(0);
    expect(vms().filter((vm) => vm.autostart)).toEqual([]);
    await listed('has:autostart', 0);
  });

  test('never asks more of a host at a time than the cap, and hosts take turns', PATIENCE, async () => {
    await allAre('shut-off');
    const most = new Map<string, number>();
    const { bulkId } = await start({ action: 'start' }, { pace: { perHost: 2, atOnce: 3 } });
    for (const host of practice.hosts) await host.fault({ kind: 'slow', delayMs: 60 });
    await vi.waitFor(async () => {
      const running = await items(bulkId, 'state:running');
      expect(running.length).toBeLessThanOrEqual(3);
      for (const { host } of running) {
        const now = running.filter((item) => item.host === host).length;
        most.set(host, Math.max(most.get(host) ?? 0, now));
      }
      expect((await got(bulkId)).endedAt).not.toBeNull();
    }, soon);
    expect(Math.max(...most.values())).toBeLessThanOrEqual(2);
    expect(most.size).toBeGreaterThan(1);
    expect((await got(bulkId)).counts.done).toBe(VMS);
  });

  test('stops, goes on, and is undone: those it stopped run again, and no others', PATIENCE, async () => {
    await allAre('running');
    const [first] = (await value<{ rows: { id: string }[] }>('fleet.vmList', {})).rows;
    await value('fleet.vmForceOff', { vmId: first!.id });
    for (const host of practice.hosts) await host.fault({ kind: 'slow', delayMs: 150 });
    const { bulkId, taskId } = await start({ action: 'forceOff' }, { pace: { atOnce: 2 } });
    await vi.waitFor(async () => expect((await got(bulkId)).counts.done).toBeGreaterThan(0), soon);
    await value('bulk.bulkStop', { bulkId });
    const stopped = await ended(bulkId);
    expect(stopped).toMatchObject({ state: 'stopped', counts: { running: 0 } });
    expect(stopped.counts.waiting).toBeGreaterThan(0);
    expect(vms().filter((vm) => vm.live === null)).toHaveLength(stopped.counts.done + 1);
    for (const host of practice.hosts) await host.fault({ kind: 'heal' });
    const { taskId: second } = await value<{ taskId: string }>('bulk.bulkGoOn', { bulkId });
    expect(second).not.toBe(taskId);
    expect(await ended(bulkId)).toMatchObject({ state: 'done', counts: { done: VMS - 1, skipped: 1 } });
    const undo = await value<{ bulkId: string; total: number }>('bulk.bulkUndo', { bulkId });
    expect(await ended(undo.bulkId)).toMatchObject({ action: 'start', counts: { done: VMS - 1 } });
    expect(await got(bulkId)).toMatchObject({ counts: { undone: VMS - 1, done: 0 } });
    expect(vms().filter((vm) => vm.live === null)).toHaveLength(1);
  });

  test('goes on while it is being stopped: the same task works all of it off', PATIENCE, async () => {
    await allAre('shut-off');
    const [quick, slow, slower] = practice.hosts;
    await quick!.fault({ kind: 'slow', delayMs: 50 });
    await slow!.fault({ kind: 'slow', delayMs: 1_500 });
    await slower!.fault({ kind: 'slow', delayMs: 3_000 });
    const { bulkId, taskId } = await start({ action: 'start' }, { pace: { perHost: 1, atOnce: 3 } });
    const doneIs = async (least: number): Promise<void> =>
      await vi.waitFor(
        async () => expect((await got(bulkId)).counts.done).toBeGreaterThanOrEqual(least),
        soon,
      );
    await doneIs(1);
    await value('bulk.bulkStop', { bulkId });
    const { counts, state } = await got(bulkId);
    expect(state).toBe('stopping');
    // Once more is written, the work has read that it is to stop, and has put back what it was about to begin.
    await doneIs(counts.done + 1);
    expect(await value('bulk.bulkGoOn', { bulkId })).toEqual({ taskId });
    for (const host of practice.hosts) await host.fault({ kind: 'heal' });
    expect(await ended(bulkId)).toMatchObject({ state: 'done', taskId, counts: { done: VMS, waiting: 0 } });
  });

  test('goes on after it stopped by itself: only new failures stop it again', PATIENCE, async () => {
    await allAre('shut-off');
    const [dead, ...slow] = practice.hosts;
    for (const host of slow) await host.fault({ kind: 'slow', delayMs: 1_500 });
    const pace = { perHost: 1, atOnce: 3, stopAfterFailures: 3 };
    const { bulkId, taskId } = await start({ action: 'start' }, { pace });
    await dead!.fault({ kind: 'kill-daemon' });
    await vi.waitFor(async () => expect((await got(bulkId)).state).toBe('stopping'), soon);
    expect(await value('bulk.bulkGoOn', { bulkId })).toEqual({ taskId });
    for (const host of slow) await host.fault({ kind: 'heal' });
    const { state, counts } = await ended(bulkId);
    expect({ state, waiting: counts.waiting }).toEqual({ state: 'done', waiting: 0 });
    expect(counts.failed).toBeGreaterThanOrEqual(3);
  });

  test('on a host that is gone fails in words, is tried again and ends', PATIENCE, async () => {
    await allAre('shut-off');
    const { hosts } = practice;
    // Slow, so that it dies before all of them have started.
    for (const host of hosts) await host.fault({ kind: 'slow', delayMs: 150 });
    const { bulkId } = await start({ action: 'start' }, { pace: { atOnce: 1, stopAfterFailures: 2 } });
    await hosts[0]!.fault({ kind: 'kill-daemon' });
    const first = await ended(bulkId);
    expect(first).toMatchObject({ state: 'stopped', counts: { failed: 2 } });
    expect(first.stateReason).toBe('It stopped by itself after 2 failures.');
    // What waits would be begun with them, which nobody asked for.
    const asked = await engine.call('bulk.bulkRetry', { bulkId });
    expect(asked).toMatchObject({ ok: false, error: { kind: 'refusal', code: 'not-now' } });
    for (const item of await items(bulkId, 'state:failed')) {
      expect(item.host).toBe(hosts[0]!.name);
      expect(item.code).toMatch(/host-|outcome/);
      expect(item.reason.length).toBeGreaterThan(10);
    }
    for (const host of hosts) await host.fault({ kind: 'heal' });
    await allConnected();
    // Its connection may be between two tries: what fails again is tried again.
    await vi.waitFor(async () => {
      const { state, counts } = await ended(bulkId);
      if (state === 'stopped') await value('bulk.bulkGoOn', { bulkId });
      else if (counts.failed > 0) await value('bulk.bulkRetry', { bulkId });
      expect(await ended(bulkId)).toMatchObject({ state: 'done', counts: { failed: 0, waiting: 0 } });
    }, soon);
    expect(vms().every((vm) => vm.live !== null)).toBe(true);
  });

  test('shuts down; guests that do not listen fail or are forced, as was said', PATIENCE, async () => {
    await allAre('running');
    const deaf = vms()[0]!;
    const { guest } = deaf;
    deaf.guest = { ...guest, bootMs: 10_000_000 };
    const left = await ended((await start({ action: 'shutdown', graceSeconds: 2 })).bulkId);
    expect(left).toMatchObject({ counts: { done: VMS - 1, failed: 1 } });
    expect(await items(left.id, 'state:failed')).toMatchObject([{ name: deaf.name, code: 'guest-stays-on' }]);
    const forced = await ended(
      (await start({ action: 'shutdown', graceSeconds: 1, thenForce: true })).bulkId,
    );
    expect(forced).toMatchObject({ counts: { done: 1, skipped: VMS - 1 } });
    expect(deaf.live).toBeNull();
    deaf.guest = guest;
  });

  test('its task cancelled from the list of tasks stops it; it goes on from there', PATIENCE, async () => {
    await allAre('running');
    for (const host of practice.hosts) await host.fault({ kind: 'slow', delayMs: 150 });
    const { bulkId, taskId } = await start({ action: 'pause' }, { pace: { atOnce: 1 } });
    await vi.waitFor(async () => expect((await got(bulkId)).counts.done).toBeGreaterThan(0), soon);
    await value('tasks.taskCancel', { taskId });
    const stopped = await ended(bulkId);
    expect(stopped).toMatchObject({ state: 'stopped', counts: { running: 0 } });
    for (const host of practice.hosts) await host.fault({ kind: 'heal' });
    await value('bulk.bulkGoOn', { bulkId });
    await ended(bulkId);
    if (stopped.counts.failed > 0) await value('bulk.bulkRetry', { bulkId });
    const all = await ended(bulkId);
    expect(all.counts.done + all.counts.skipped).toBe(VMS);
    await value('bulk.bulkUndo', { bulkId });
  });

  test('deletes, one task each; one that is gone behind our back counts as gone', PATIENCE, async () => {
    const query = `host:${practice.hosts[2]!.name}`;
    const { will } = await preview({ action: 'delete' }, query);
    const { bulkId } = await start({ action: 'delete' }, {}, query);
    expect(await ended(bulkId)).toMatchObject({ state: 'done', counts: { done: will, failed: 0 } });
    expect(practice.hosts[2]!.machine.vms.size).toBe(0);
    await listed(query, 0);
  });
});
