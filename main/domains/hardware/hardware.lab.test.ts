import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { HardwareEffect } from '../../../shared/domains/hardware/resize-rules.ts';
import { startEngine, type Engine } from '../../app/build-engine.ts';
import { readSettings } from '../../app/settings/settings.ts';
import { startLabGuest, type LabGuest } from '../../testing/lab/lab-guest.ts';
import type { LabHost } from '../../testing/lab/lab-host.ts';
import { describeLab, labFromSetup } from '../../testing/lab/lab-in-test.ts';

const MIB = 1024 ** 2;
const soon = { timeout: 90_000, interval: 100 };

describeLab('the hardware of a VM of a real host', () => {
  let folder = '';
  let engine: Engine;
  let hv1: LabHost;
  let guest: LabGuest;
  let vmId = '';

  const value = async <T>(op: string, input: object = {}): Promise<T> => {
    const answer = await engine.call(op, input);
    if (!answer.ok) throw new Error(`${op}: ${JSON.stringify(answer.error)}`);
    return answer.value as T;
  };
  const change = async (op: string, input: object): Promise<HardwareEffect[]> =>
    (await value<{ effects: HardwareEffect[] }>(`hardware.${op}`, { vmId, ...input })).effects;
  const task = async (op: string, input: object): Promise<void> => {
    const { taskId } = await value<{ taskId: string }>(`hardware.${op}`, { vmId, ...input });
    const seen = async () =>
      await value<{ state: string; error: string; endedAt: string | null }>('tasks.taskGet', { taskId });
    await vi.waitFor(async () => expect((await seen()).endedAt).not.toBeNull(), soon);
    expect(await seen()).toMatchObject({ state: 'succeeded', error: '' });
  };
  const inGuest = async (command: string): Promise<string> => {
    const said = await guest.ssh(command);
    if (said.code !== 0) throw new Error(`${command}: ${said.stderr}`);
    return said.stdout.trim();
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'innkeeper-hardware-'));
    hv1 = labFromSetup().host('hv1');
    guest = await startLabGuest(labFromSetup(), hv1, { name: 'hw1' });
    const environment = { HOME: folder, INNKEEPER_STORE: `sqlite:${join(folder, 'store.sqlite')}` };
    engine = await startEngine({
      settings: readSettings({ environment }),
      hostKind: 'worker',
      logToFile: true,
    });
    await value('fleet.hostAdd', {
      name: 'hv1',
      address: hv1.address,
      auth: { kind: 'key', privateKey: hv1.privateKey },
      acceptedFingerprint: hv1.hostKeyFingerprint,
    });
    await vi.waitFor(async () => {
      const { rows } = await value<{ rows: { id: string }[] }>('fleet.vmList', { query: 'name:hw1' });
      expect(rows).toHaveLength(1);
      vmId = rows[0]!.id;
    }, soon);
    await guest.ready();
  }, 300_000);
  afterAll(async () => {
    await engine.stop();
    await guest.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a disk grown while the guest runs is seen inside, and so is one that is added', async () => {
    const bytesOf = async (disk: string): Promise<number> =>
      Number(await inGuest(`cat /sys/block/${disk}/size`)) * 512;
    expect(await bytesOf('vda')).toBe(96 * MIB);
    expect(await change('vmDiskGrow', { target: 'vda', capacityBytes: 128 * MIB })).toMatchObject([
      { when: 'now' },
    ]);
    await vi.waitFor(async () => expect(await bytesOf('vda')).toBe(128 * MIB), soon);
    await task('vmDiskAdd', { capacityBytes: 32 * MIB });
    await vi.waitFor(async () => expect(await bytesOf('vdb')).toBe(32 * MIB), soon);
    const { disks } = await value<{ disks: { target: string; volume: string; stands: string }[] }>(
      'hardware.vmHardware',
      { vmId },
    );
    expect(disks.find((disk) => disk.target === 'vdb')).toMatchObject({ stands: 'both' });
    await task('vmDiskDelete', {
      target: 'vdb',
      confirmName: disks.find((disk) => disk.target === 'vdb')!.volume,
    });
    expect(await inGuest('ls /sys/block')).not.toContain('vdb');
    expect(await value('fleet.vmGet', { vmId })).toMatchObject({ diskBytes: 128 * MIB });
  });

  test('a snapshot is made with memory, reverted to, and deleted', async () => {
    await inGuest('echo before > /root/kept && sync');
    await task('vmSnapshotMake', { name: 'before' });
    await inGuest('echo after > /root/kept && echo more > /root/lost && sync');
    await change('vmSnapshotRevert', { name: 'before', confirmName: 'hw1' });
    await vi.waitFor(
      async () => expect(await inGuest('cat /root/kept; ls /root')).toMatch(/^before\n(?!.*lost)/s),
      soon,
    );
    expect(await value('fleet.vmGet', { vmId })).toMatchObject({ state: 'running' });
    expect(await value('hardware.vmSnapshots', { vmId })).toMatchObject({
      snapshots: [{ name: 'before', withMemory: true, isCurrent: true, isExternal: false }],
    });
    await task('vmSnapshotDelete', { name: 'before' });
    expect((await hv1.virsh(['snapshot-list', '--name', 'hw1'])).trim()).toBe('');
  });

  test('what virsh changes in the middle of our change stays, and so does ours', async () => {
    const orders = ['vda', 'hdc'].map((first) =>
      [first, first === 'vda' ? 'hdc' : 'vda'].map((id) => ({ kind: 'disk', id })),
    );
    // The first time the definition, whose order is by kinds, is rewritten whole.
    await change('vmBootOrder', { order: orders[1]! });
    for (const [round, order] of [...orders, ...orders].entries()) {
      await Promise.all([
        change('vmBootOrder', { order }),
        change('vmResize', { vcpus: 1, memoryBytes: 128 * MIB, vcpusMax: 2 + round }),
        hv1.virsh(['desc', 'hw1', '--config', '--new-desc', `by hand ${round}`]),
        hv1.virsh([
          'metadata',
          'hw1',
          '--config',
          'urn:by-hand',
          '--key',
          'by',
          '--set',
          `<m round='${round}'/>`,
        ]),
      ]);
      const xml = await hv1.virsh(['dumpxml', '--inactive', 'hw1']);
      expect(xml).toContain(`by hand ${round}`);
      expect(xml).toMatch(new RegExp(`<by:m [^>]*round=.${round}.`));
      expect(xml).toContain(`current='1'>${2 + round}</vcpu>`);
      const { boot } = await value<{ boot: object[] }>('hardware.vmHardware', { vmId });
      expect(boot).toEqual(order);
    }
    // And what virsh does to a VM we show, shows here.
    await hv1.virsh(['setvcpus', 'hw1', '3', '--config']);
    expect(await value('hardware.vmHardware', { vmId })).toMatchObject({ next: { vcpus: 3, vcpusMax: 5 } });
  });

  test('vCPUs are added to a running guest and taken back, memory moves with its balloon', async () => {
    const cpus = async (): Promise<number> =>
      Number(await inGuest('ls -d /sys/devices/system/cpu/cpu[0-9]* | wc -l'));
    const running = async () => (await value<{ running: object }>('hardware.vmHardware', { vmId })).running;
    await hv1.virsh(['destroy', 'hw1']);
    await change('vmResize', { vcpus: 1, vcpusMax: 2 });
    await value('fleet.vmStart', { vmId });
    await guest.ready();
    expect(await change('vmResize', { vcpus: 2 })).toMatchObject([{ from: '1', to: '2', when: 'now' }]);
    await vi.waitFor(async () => expect(await cpus()).toBe(2), soon);
    expect(await running()).toMatchObject({ vcpus: 2, vcpusMax: 2, vcpusFixed: 1 });
    expect(await value('fleet.vmGet', { vmId })).toMatchObject({ vcpus: 2 });

    // Whether it lets one go is the guest's to say; what is answered is what the host has then.
    const [taken] = await change('vmResize', { vcpus: 1 });
    expect(taken).toMatchObject({ from: '2', to: '1' });
    const left = taken!.when === 'now' ? 1 : 2;
    expect((await hv1.virsh(['vcpucount', 'hw1', '--live', '--active'])).trim()).toBe(String(left));
    expect((await hv1.virsh(['vcpucount', 'hw1', '--config', '--active'])).trim()).toBe('1');
    expect(await value('fleet.vmGet', { vmId })).toMatchObject({ vcpus: left });

    const effects = await change('vmResize', { vcpus: left, memoryBytes: 112 * MIB });
    expect(effects.filter(({ what }) => what === 'Memory')).toMatchObject([
      { what: 'Memory', to: '112 MiB', when: 'now' },
      { what: 'Memory', to: '112 MiB', when: 'next-start' },
    ]);
    await vi.waitFor(
      async () => expect(await hv1.virsh(['dommemstat', 'hw1'])).toMatch(/actual 114688/),
      soon,
    );
  });
});
