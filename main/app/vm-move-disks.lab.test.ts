import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { MoveRow } from '../../shared/domains/moves/moves-contract.ts';
import type { LabHost } from '../testing/lab/lab-host.ts';
import { describeLab, labFromSetup } from '../testing/lab/lab-in-test.ts';
import { startEngine, type Engine } from './build-engine.ts';
import { readSettings } from './settings/settings.ts';

const soon = { timeout: 180_000, interval: 50 };

describeLab('disks of VMs that move between real hosts', () => {
  let hv1: LabHost;
  let hv2: LabHost;
  let engine: Engine;
  let folder = '';
  const hostIds = new Map<string, string>();

  async function value<T>(op: string, input: unknown = {}): Promise<T> {
    const called = await engine.call(op, input);
    if (!called.ok) throw new Error(`${op}: ${JSON.stringify(called.error)}`);
    return called.value as T;
  }

  beforeAll(async () => {
    const lab = labFromSetup();
    [hv1, hv2] = [lab.host('hv1'), lab.host('hv2')];
    folder = mkdtempSync(join(tmpdir(), 'innkeeper-shared-'));
    for (const host of [hv1, hv2])
      await host.virsh(['pool-create-as', 'shared', 'dir', '--target', '/var/lib/libvirt/shared']);
    const environment = { HOME: folder, INNKEEPER_STORE: `sqlite:${join(folder, 'store.sqlite')}` };
    engine = await startEngine({
      settings: readSettings({ environment }),
      hostKind: 'worker',
      logToFile: true,
    });
    for (const { name, address, privateKey, hostKeyFingerprint } of [hv1, hv2]) {
      const auth = { kind: 'key', privateKey };
      const door = { name, address, auth, acceptedFingerprint: hostKeyFingerprint };
      hostIds.set(name, (await value<{ hostId: string }>('fleet.hostAdd', door)).hostId);
    }
  }, 240_000);

  afterAll(async () => {
    await engine?.stop();
    for (const host of [hv1, hv2]) await host.tryExec('virsh -q pool-destroy shared');
    rmSync(folder, { recursive: true, force: true });
  });

  /** A VM of firmware alone, which runs for ever, with one disk. Gives its id once the store knows that disk. */
  async function start(name: string, file: string, format: string): Promise<string> {
    const xml = `<domain type="qemu"><name>${name}</name><memory unit="MiB">64</memory>
      <os><type arch="x86_64" machine="pc">hvm</type></os>
      <features><tcg><tb-cache unit="MiB">64</tb-cache></tcg></features><devices>
      <disk type="file" device="disk"><driver name="qemu" type="${format}"/><source file="${file}"/>
      <target dev="vda" bus="virtio"/></disk></devices></domain>`;
    await hv1.exec(`qemu-img create -q -f ${format} ${file} 16M`);
    await hv1.exec(`printf %s '${xml.replaceAll('\n', ' ')}' >/tmp/${name}.xml`);
    await hv1.virsh(['define', `/tmp/${name}.xml`]);
    await hv1.virsh(['autostart', name]);
    await hv1.virsh(['start', name]);
    let vmId = '';
    await vi.waitFor(async () => {
      const { rows } = await value<{ rows: { id: string }[] }>('fleet.vmList', { query: name });
      vmId = rows[0]?.id ?? '';
      const vm = await value<{ state: string; disks: { source: string }[] }>('fleet.vmGet', { vmId });
      expect(vm).toMatchObject({ state: 'running', disks: [{ source: file }] });
    }, soon);
    return vmId;
  }

  async function move(vmId: string, to: LabHost): Promise<MoveRow> {
    const { moveId } = await value<{ moveId: string }>('moves.vmMove', {
      vmId,
      hostId: hostIds.get(to.name),
    });
    const moveOf = async (): Promise<MoveRow> => await value('moves.moveGet', { moveId });
    await vi.waitFor(async () => expect((await moveOf()).endedAt).not.toBeNull(), soon);
    return await moveOf();
  }

  async function remove(name: string): Promise<void> {
    for (const host of [hv1, hv2])
      await host.tryExec(
        `virsh -q destroy ${name}; virsh -q undefine ${name}; rm -f /var/lib/libvirt/shared/${name}.* /var/lib/libvirt/images/${name}.*; virsh -q pool-refresh default`,
      );
  }

  const diskOf = async (host: LabHost, name: string): Promise<string> =>
    /vda\s+(\S+)/.exec(await host.virsh(['domblklist', name]))?.[1] ?? '';
  const filesOf = async (host: LabHost, name: string): Promise<string[]> =>
    (await host.exec(`ls /var/lib/libvirt/images | grep ^${name} || true`)).split('\n').filter(Boolean);
  const isGone = async (host: LabHost, name: string): Promise<boolean> =>
    (await host.tryExec(`virsh -q domstate ${name}`)).code !== 0;

  test('on a folder both hosts mount a disk stays where it is', { timeout: 300_000 }, async () => {
    const file = '/var/lib/libvirt/shared/sharer.raw';
    try {
      const vmId = await start('sharer', file, 'raw');
      const inode = await hv1.exec(`stat -c %i ${file}`);
      expect(await move(vmId, hv2)).toMatchObject({ state: 'done', note: '', storage: 'shared', live: true });
      expect(await diskOf(hv2, 'sharer')).toBe(file);
      expect(await hv2.exec(`stat -c %i ${file}`)).toBe(inode);
      expect((await hv2.exec('ls /var/lib/libvirt/shared')).trim()).toBe('sharer.raw');
      expect(await isGone(hv1, 'sharer')).toBe(true);
    } finally {
      await remove('sharer');
    }
  });

  test('a disk is copied while its VM runs, and back while it is off', { timeout: 300_000 }, async () => {
    const named = /^\/var\/lib\/libvirt\/images\/copier\.m[0-9a-z]{8}-vda\.qcow2$/;
    try {
      const vmId = await start('copier', '/var/lib/libvirt/images/copier.qcow2', 'qcow2');
      expect(await move(vmId, hv2)).toMatchObject({ state: 'done', note: '', storage: 'copy', live: true });
      const there = await diskOf(hv2, 'copier');
      expect(there).toMatch(named);
      expect([await filesOf(hv1, 'copier'), await filesOf(hv2, 'copier')]).toEqual([[], [basename(there)]]);
      await hv2.virsh(['destroy', 'copier']);
      await vi.waitFor(async () => {
        const vm = await value<{ state: string }>('fleet.vmGet', { vmId });
        expect(vm.state).toBe('shut-off');
      }, soon);
      expect(await move(vmId, hv1)).toMatchObject({ state: 'done', note: '', storage: 'copy', live: false });
      const back = await diskOf(hv1, 'copier');
      expect(back).toMatch(named);
      expect(back).not.toBe(there);
      expect([await filesOf(hv1, 'copier'), await filesOf(hv2, 'copier')]).toEqual([[basename(back)], []]);
      expect(await isGone(hv2, 'copier')).toBe(true);
      expect(await hv1.virsh(['dominfo', 'copier'])).toMatch(/Autostart:\s+enable/);
      await value('fleet.vmStart', { vmId });
    } finally {
      await remove('copier');
    }
  });
});
