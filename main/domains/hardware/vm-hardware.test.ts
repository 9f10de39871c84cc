import { describe, expect, test, vi } from 'vitest';
import type { HardwareEffect } from '../../../shared/domains/hardware/resize-rules.ts';
import {
  change,
  giveEachTestAVm,
  guest,
  hardware,
  made,
  off,
  outside,
  refusalOf,
  removed,
  room,
  row,
  vmId,
} from '../../testing/hardware-vm.ts';
import { soon } from '../../testing/one-host-room.ts';

const PATIENCE = { timeout: 180_000 };
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

giveEachTestAVm();

describe('CPU and memory', () => {
  test('what was said before is what is done, and what both definitions say after', PATIENCE, async () => {
    const wanted = { vcpus: 3, memoryBytes: 128 * MIB, vcpusMax: 4 };
    const said = await room.value<{ effects: HardwareEffect[] }>('hardware.vmResizePlan', {
      vmId,
      ...wanted,
    });
    expect(said.effects.map(({ what, to, when }) => [what, to, when])).toEqual([
      ['Memory', '128 MiB', 'now'],
      ['vCPUs', '3', 'next-start'],
      ['Memory', '128 MiB', 'next-start'],
      ['Room for vCPUs', '4', 'next-start'],
    ]);
    const sold = async () =>
      (await room.value<{ rows: { cpuSold: number }[] }>('fleet.hostList')).rows[0]!.cpuSold;
    const before = await sold();
    expect(await change('vmResize', wanted)).toEqual(said.effects);
    // The host may not be sold to somebody else until then.
    expect(await sold()).toBe(before + 2);
    expect(await hardware()).toMatchObject({
      running: { vcpus: 1, vcpusMax: 1, memoryBytes: 128 * MIB, memoryMaxBytes: 256 * MIB },
      next: { vcpus: 3, vcpusMax: 4, memoryBytes: 128 * MIB, memoryMaxBytes: 128 * MIB },
    });
    expect(await row()).toMatchObject({ vcpus: 1, memoryBytes: 256 * MIB });
    await off();
    await room.value('fleet.vmStart', { vmId });
    await vi.waitFor(
      async () => expect(await row()).toMatchObject({ vcpus: 3, memoryBytes: 128 * MIB }),
      soon,
    );
    // Now there is room to add to it while it runs.
    expect((await change('vmResize', { vcpus: 4, memoryBytes: 128 * MIB })).map(({ when }) => when)).toEqual([
      'now',
    ]);
    expect(guest.live?.vcpus).toBe(4);
    // Billing counts by the row, which knows at once.
    expect(await row()).toMatchObject({ vcpus: 4 });
  });

  test('vCPUs that were added are taken back, and those it was started with stay', PATIENCE, async () => {
    await off();
    await change('vmResize', { vcpus: 2, vcpusMax: 6 });
    await room.value('fleet.vmStart', { vmId });
    await change('vmResize', { vcpus: 5 });
    const running = async () => (await hardware()).running!;
    expect(await running()).toMatchObject({ vcpus: 5, vcpusMax: 6, vcpusFixed: 2 });
    const said = async (vcpus: number) =>
      (await room.value<{ effects: HardwareEffect[] }>('hardware.vmResizePlan', { vmId, vcpus })).effects;
    const before = await said(3);
    expect(before).toMatchObject([{ from: '5', to: '3', when: 'now' }]);
    expect(await change('vmResize', { vcpus: 3 })).toEqual(before);
    expect(guest.live?.vcpus).toBe(3);
    expect(await row()).toMatchObject({ vcpus: 3 });
    expect(await change('vmResize', { vcpus: 1 })).toMatchObject([
      {
        from: '3',
        to: '1',
        when: 'next-start',
        why: 'it was started with 2, which a running guest does not give back',
      },
    ]);
    expect(guest.live?.vcpus).toBe(3);
    await off();
    await room.value('fleet.vmStart', { vmId });
    expect(await running()).toMatchObject({ vcpus: 1, vcpusFixed: 1 });
  });

  test('a guest that keeps its vCPUs loses them at its next start, and that is said', PATIENCE, async () => {
    await off();
    await change('vmResize', { vcpus: 1, vcpusMax: 4 });
    await room.value('fleet.vmStart', { vmId });
    await change('vmResize', { vcpus: 3 });
    await room.host.fault({ kind: 'guest-holds', vm: 'acct-hw' });
    expect(await change('vmResize', { vcpus: 2 })).toEqual([
      {
        what: 'vCPUs',
        from: '3',
        to: '2',
        when: 'next-start',
        why: expect.stringContaining('rejected by the guest') as string,
      },
    ]);
    await room.host.fault({ kind: 'heal' });
    expect(await hardware()).toMatchObject({ running: { vcpus: 3 }, next: { vcpus: 2 } });
  });

  test('memory that is not named stays to the byte', PATIENCE, async () => {
    await off();
    outside((xml) => xml.replace(/(<(?:memory|currentMemory) unit=.KiB.>)\d+</g, '$1300032<'));
    await change('vmResize', { vcpus: 2 });
    expect(await hardware()).toMatchObject({ next: { vcpus: 2, memoryMaxBytes: 300_032 * 1024 } });
    await change('vmResize', { vcpus: 2, memoryBytes: 300_096 * 1024 });
    expect(await hardware()).toMatchObject({ next: { memoryMaxBytes: 300_096 * 1024 } });
  });

  test('two that together want more than their host has are not both served', PATIENCE, async () => {
    const secondId = await made('acct-second');
    const ids = [vmId, secondId];
    for (const id of ids) await room.value('fleet.vmForceOff', { vmId: id });
    const size = { vcpus: 1, memoryBytes: GIB, diskBytes: GIB };
    const { rows } = await room.value<{ rows: { memoryFreeBytes: number }[] }>('fleet.hostPlacement', size);
    const memoryBytes = Math.floor((rows[0]!.memoryFreeBytes * 0.6) / MIB) * MIB;
    const answers = await Promise.all(
      ids.map(async (id) => await room.engine.call('hardware.vmResize', { vmId: id, vcpus: 1, memoryBytes })),
    );
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    expect(answers.find((answer) => !answer.ok)).toMatchObject({ error: { code: 'no-room' } });
    await removed(secondId, 'acct-second');
  });

  test('is refused where the host has no room, and nothing is changed', PATIENCE, async () => {
    const before = await hardware();
    expect(await refusalOf('vmResize', { vcpus: 1, memoryBytes: 8192 * GIB })).toEqual([
      'no-room',
      expect.objectContaining({ reason: expect.stringContaining('of memory free') as string }),
    ]);
    expect(await hardware()).toEqual(before);
  });
});

describe('rescue', () => {
  test('starts from the image this once; the definition is what it was', PATIENCE, async () => {
    const { volume } = (await hardware()).disks.find((disk) => disk.device === 'cdrom')!;
    expect(await refusalOf('vmRescueStart', { pool: 'default', volume })).toMatchObject([
      'not-now',
      { reason: 'it is running: shut it down first, or force it off' },
    ]);
    await off();
    const defined = guest.persistent!.xml;
    await change('vmRescueStart', { pool: 'default', volume });
    expect(guest.live?.definition.xml).toMatch(/<boot order='1'\/>/);
    expect(guest.persistent!.xml).toBe(defined);
    expect(await hardware()).toMatchObject({ rescue: true, state: 'running' });
    expect(await row()).toMatchObject({ state: 'running' });
    await change('vmRescueEnd', {});
    expect(await hardware()).toMatchObject({ rescue: false, state: 'running' });
    expect(guest.live?.definition.xml).toBe(defined);
    expect(await refusalOf('vmRescueEnd', {})).toMatchObject(['not-in-rescue', {}]);
  });
});

describe('name, password, autostart', () => {
  test('a VM that is off is renamed, and found by its new name', PATIENCE, async () => {
    expect(await refusalOf('vmRename', { name: 'acct-new' })).toMatchObject(['not-now', {}]);
    await off();
    const other = [...room.host.machine.vms.values()].find((vm) => vm !== guest)!;
    expect(await refusalOf('vmRename', { name: other.name })).toMatchObject([
      'name-taken',
      { name: other.name },
    ]);
    expect(await change('vmRename', { name: 'acct-new' })).toMatchObject([
      { from: 'acct-hw', to: 'acct-new' },
    ]);
    expect(await row()).toMatchObject({ name: 'acct-new', state: 'shut-off' });
  });

  test('a password goes into the guest and stands nowhere else', PATIENCE, async () => {
    const password = 'correct-horse-7421';
    await change('vmPassword', { user: 'root', password });
    expect(guest.accounts.get('root')).toMatchObject({ password });
    const audit = JSON.stringify(await room.value('system.auditList', {}));
    expect(audit).toContain('hardware.vmPassword');
    expect(audit).not.toContain(password);
    guest.live!.agentConnected = false;
    expect(await refusalOf('vmPassword', { password })).toMatchObject(['no-agent', { name: 'acct-hw' }]);
  });

  test('starts with its host, or not', PATIENCE, async () => {
    expect(await change('vmAutostart', { autostart: true })).toMatchObject([
      { from: 'by hand', to: 'with its host' },
    ]);
    expect(guest.autostart).toBe(true);
    expect(await row()).toMatchObject({ autostart: true });
    expect(await change('vmAutostart', { autostart: true })).toEqual([]);
  });
});
