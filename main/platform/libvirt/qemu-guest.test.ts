import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { HostEvent } from './event-hub.ts';
import type { EventName } from './event-messages.ts';
import { eventMessages } from './event-messages.ts';
import {
  affect,
  blockCommitFlags,
  checkpointXmlFlags,
  domainXmlFlags,
  jobStatsFlags,
  keycodeSet,
  memoryFlags,
  migrateFlags,
  snapshotCreateFlags,
  undefineFlags,
  vcpuFlags,
} from './flags.ts';
import { LibvirtConnection } from './libvirt-connection.ts';
import { LibvirtError } from './libvirt-errors.ts';
import { startPrivateLibvirtd } from '../../testing/libvirt/private-libvirtd.ts';
import type { PrivateLibvirtd } from '../../testing/libvirt/private-libvirtd.ts';
import { directoryPoolXml, trialGuestXml, volumeXml } from '../../testing/libvirt/trial-guest.ts';
import type { DomainRef, StoragePoolRef, StorageVolumeRef } from './xdr-objects.ts';

const URI = 'qemu:///session';
const MIB = 1_024 * 1_024;
let daemon: PrivateLibvirtd;
let api: LibvirtConnection;
let pool: StoragePoolRef;
const heard: HostEvent[] = [];
const problems: string[] = [];

beforeAll(async () => {
  daemon = await startPrivateLibvirtd();
  api = await LibvirtConnection.open({
    dial: daemon.dial,
    uri: URI,
    onProtocolProblem: (problem) => problems.push(problem.message),
  });
  pool = await api.storage.createTransientPool(
    directoryPoolXml({ name: 'disks', path: join(daemon.folder, 'd', 'disks') }),
    1,
  );
  await api.listen(Object.keys(eventMessages) as EventName[], (event) => heard.push(event));
});

afterAll(async () => {
  await api.close();
  await daemon.stop();
  expect(problems).toEqual([]);
});

/** What virsh sees, without its last newline. */
async function virsh(...args: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await daemon.virsh(URI, args);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout.trim();
}

async function volume(name: string): Promise<StorageVolumeRef> {
  return api.storage.createVolume(pool, volumeXml({ name, capacityBytes: 32 * MIB }));
}

async function defined(name: string): Promise<DomainRef> {
  const disk = await volume(`${name}.qcow2`);
  return api.domains.define(trialGuestXml({ name, uuid: randomUUID(), diskPath: disk.key }));
}

function event<N extends EventName>(name: N, about: DomainRef): Promise<Extract<HostEvent, { name: N }>> {
  return vi.waitFor(
    () => {
      const found = heard.find(
        (one) => one.name === name && 'dom' in one.payload && one.payload.dom.uuid === about.uuid,
      );
      if (found === undefined) throw new Error(`${name} of ${about.name} has not come`);
      return found as Extract<HostEvent, { name: N }>;
    },
    { timeout: 60_000 },
  );
}

describe('the life of a guest, as virsh sees it', () => {
  test('defined, started, paused, resumed, reset, renamed, undefined', async () => {
    const guest = await defined('life');
    expect(await virsh('domstate', 'life')).toBe('shut off');
    const running = await api.domains.start(guest);
    expect(running.id).toBeGreaterThan(0);
    expect(await virsh('domstate', 'life')).toBe('running');
    expect((await api.domains.state(guest)).reasonName).toBe('booted');
    await api.domains.suspend(guest);
    expect(await virsh('domstate', 'life', '--reason')).toBe('paused (user)');
    await api.domains.resume(guest);
    expect(await virsh('domstate', 'life', '--reason')).toBe('running (unpaused)');
    await api.domains.reset(guest);
    await api.domains.shutdown(guest);
    await api.domains.destroy(guest);
    expect(await virsh('domstate', 'life', '--reason')).toBe('shut off (destroyed)');
    await api.domains.rename(guest, 'afterlife');
    expect(await virsh('list', '--all', '--name')).toContain('afterlife');
    await api.domains.undefine(guest, undefineFlags.managedSave);
    expect(await virsh('list', '--all', '--name')).not.toContain('afterlife');
    const lives = heard.flatMap((one) =>
      one.name === 'domainLifecycle' && one.payload.dom.uuid === guest.uuid ? [one.payload.event] : [],
    );
    expect(new Set(lives)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  });

  test('what is refused keeps the words and the code of the host', async () => {
    const guest = await defined('refused');
    await expect(api.domains.suspend(guest)).rejects.toMatchObject({
      codeName: 'VIR_ERR_OPERATION_INVALID',
      message: 'Requested operation is not valid: domain is not running',
    });
    await expect(api.domains.lookupByName('nobody')).rejects.toMatchObject({
      codeName: 'VIR_ERR_NO_DOMAIN',
      domainName: 'VIR_FROM_QEMU',
    });
    await expect(api.domains.define('<domain>')).rejects.toBeInstanceOf(LibvirtError);
  });

  test('autostart, title, description and metadata of our own', async () => {
    const guest = await defined('labels');
    await api.domains.setAutostart(guest, true);
    expect(await virsh('dominfo', 'labels')).toMatch(/Autostart:\s+enable/);
    await api.domains.setAutostart(guest, false);
    await api.domains.setMetadata(guest, 'title', { value: 'A title', flags: affect.config });
    expect(await virsh('desc', '--title', 'labels')).toBe('A title');
    const kind = { elementUri: 'urn:innkeeper:test' };
    await api.domains.setMetadata(guest, kind, {
      value: '<customer>42</customer>',
      key: 'ik',
      flags: affect.config,
    });
    expect(await virsh('metadata', 'labels', kind.elementUri)).toBe('<customer>42</customer>');
    expect((await api.domains.metadata(guest, kind)).trim()).toBe('<customer>42</customer>');
    await api.domains.setMetadata(guest, kind, { value: null, flags: affect.config });
    await expect(api.domains.metadata(guest, kind)).rejects.toMatchObject({
      codeName: 'VIR_ERR_NO_DOMAIN_METADATA',
    });
  });
});

describe('changing a running guest', () => {
  let guest: DomainRef;
  beforeAll(async () => {
    guest = await api.domains.start(await defined('changing'));
  });

  test('memory and vCPUs', async () => {
    await api.domains.setMemory(guest, 40 * MIB, memoryFlags.live | memoryFlags.config);
    expect(await virsh('dumpxml', 'changing', '--inactive')).toContain(
      `<currentMemory unit='KiB'>40960</currentMemory>`,
    );
    await api.domains.setVcpus(guest, 2, vcpuFlags.config);
    expect(await virsh('vcpucount', 'changing', '--current', '--config')).toBe('2');
    expect(await api.domains.vcpus(guest, vcpuFlags.live)).toBe(1);
  });

  test('its disk grows', async () => {
    await api.domains.blockResize(guest, 'vda', 48 * MIB);
    expect((await api.domains.blockInfo(guest, 'vda')).capacityBytes).toBe(48 * MIB);
    expect(await virsh('domblkinfo', 'changing', 'vda')).toMatch(/Capacity:\s+50331648/);
  });

  test('a disk is attached, updated and detached again', async () => {
    const extra = await volume('extra.qcow2');
    const xml = (source: string) =>
      `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${source}'/><target dev='vdb' bus='virtio'/></disk>`;
    await api.domains.attachDevice(guest, xml(extra.key), affect.config);
    expect(await virsh('domblklist', 'changing', '--inactive')).toContain(extra.key);
    await api.domains.detachDevice(guest, xml(extra.key), affect.config);
    expect(await virsh('domblklist', 'changing', '--inactive')).not.toContain(extra.key);
    await api.domains.updateDevice(
      guest,
      `<graphics type='vnc' listen='127.0.0.1' autoport='yes' passwd='secret1'/>`,
      affect.config,
    );
    expect(await api.domains.xml(guest, domainXmlFlags.secure | domainXmlFlags.inactive)).toContain(
      `passwd='secret1'`,
    );
    expect(await api.domains.xml(guest, domainXmlFlags.inactive)).not.toContain('secret1');
  });

  test('keys, NMI, screenshot and console', async () => {
    await api.domains.sendKeys(guest, { codeset: keycodeSet.linux, keycodes: [29, 56, 111], holdMs: 10 });
    await api.domains.injectNmi(guest);
    const { mimeType, image } = await api.domains.screenshot(guest);
    expect(mimeType).toBe('image/png');
    expect(image.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    await using streams = await api.openStreamConnection();
    const console = await streams.domains.openConsole(guest);
    const text = new Promise<string>((resolve) => {
      let seen = '';
      console.on('data', (bytes: Buffer) => {
        seen += bytes.toString('latin1');
        if (seen.includes('SeaBIOS')) resolve(seen);
      });
    });
    await api.domains.reset(guest);
    expect(await text).toContain('SeaBIOS');
    const closed = once(console, 'close');
    console.destroy();
    await closed;
  });

  test('the guest agent that does not answer is an error in words', async () => {
    await expect(api.guest.agentCommand(guest, { execute: 'guest-ping' }, 1)).rejects.toMatchObject({
      codeName: 'VIR_ERR_AGENT_UNRESPONSIVE',
    });
  });

  test('all statistics of the guest, by name', async () => {
    // What QEMU is still at (the change before) is left out of its answer.
    await vi.waitFor(async () => {
      const [one] = await api.domains.allStats({ domains: [guest] });
      expect(one?.domain.uuid).toBe(guest.uuid);
      expect(one?.stats).toMatchObject({
        'state.state': 1,
        'vcpu.maximum': 2,
        'block.count': 1,
        'block.0.name': 'vda',
        'block.0.capacity': 48 * MIB,
      });
    });
    const [few] = await api.domains.allStats({ domains: [guest], groups: 1 });
    expect(Object.keys(few!.stats)).toEqual(['state.state', 'state.reason']);
    const gone = { id: -1, name: 'gone', uuid: '00000000-0000-4000-8000-000000000000' };
    const left = await api.domains.allStats({ domains: [gone, guest], groups: 1 });
    expect(left.map(({ domain }) => domain.uuid)).toEqual([guest.uuid]);
  });
});

describe('states to go back to', () => {
  test('managed save and restore', async () => {
    const guest = await api.domains.start(await defined('saved'));
    await api.domains.managedSave(guest);
    expect(await api.domains.hasManagedSave(guest)).toBe(true);
    expect(await virsh('domstate', 'saved', '--reason')).toBe('shut off (saved)');
    await api.domains.start(guest);
    expect(await virsh('domstate', 'saved', '--reason')).toBe('running (restored)');
    const file = join(daemon.folder, 'd', 'disks', 'saved.state');
    await api.domains.save(guest, file);
    expect((await stat(file)).size).toBeGreaterThan(0);
    await api.domains.restore(file);
    expect(await virsh('domstate', 'saved')).toBe('running');
    await api.domains.destroy(guest);
  });

  test('snapshots: made, listed, reverted to, deleted', async () => {
    const guest = await defined('snapped');
    const first = await api.snapshots.create(guest, '<domainsnapshot><name>first</name></domainsnapshot>');
    const second = await api.snapshots.create(guest, '<domainsnapshot><name>second</name></domainsnapshot>');
    expect((await api.snapshots.current(guest))?.name).toBe('second');
    expect((await api.snapshots.parent(second)).name).toBe('first');
    await api.snapshots.revert(first);
    expect(await virsh('snapshot-current', 'snapped', '--name')).toBe('first');
    expect((await api.snapshots.lookupByName(guest, 'second')).name).toBe('second');
    await api.snapshots.delete(second);
    expect(await virsh('snapshot-list', 'snapped', '--name')).toBe('first');
  });

  test('an external snapshot is committed back and pivoted', async () => {
    const guest = await api.domains.start(await defined('committed'));
    await api.snapshots.create(
      guest,
      `<domainsnapshot><disks><disk name='vda' snapshot='external'/></disks></domainsnapshot>`,
      snapshotCreateFlags.diskOnly | snapshotCreateFlags.noMetadata,
    );
    const overlay = await virsh('domblklist', 'committed');
    await api.blockJobs.commit(guest, 'vda', { flags: blockCommitFlags.active | blockCommitFlags.shallow });
    await vi.waitFor(async () =>
      expect(
        heard.some(
          (one) =>
            one.name === 'domainBlockJob2' && one.payload.dom.uuid === guest.uuid && one.payload.status === 3,
        ),
      ).toBe(true),
    );
    expect((await api.blockJobs.info(guest, 'vda'))?.typeName).toBe('active-commit');
    await api.blockJobs.pivot(guest, 'vda');
    expect(await virsh('domblklist', 'committed')).not.toBe(overlay);
    expect(await virsh('domblklist', 'committed')).toContain('committed.qcow2');
    await api.domains.destroy(guest);
  });

  test('a copy, throttled, is aborted', async () => {
    const guest = await api.domains.start(await defined('copied'));
    const target = join(daemon.folder, 'd', 'disks', 'copy.qcow2');
    const xml = `<disk type='file'><source file='${target}'/><driver type='qcow2'/></disk>`;
    await api.blockJobs.copy(guest, 'vda', xml, { bandwidthBytesPerSecond: 4 * MIB, flags: 1 << 2 });
    await api.blockJobs.setBandwidth(guest, 'vda', 8 * MIB);
    expect((await api.blockJobs.info(guest, 'vda'))?.typeName).toBe('copy');
    await api.blockJobs.abort(guest, 'vda');
    expect(await api.blockJobs.info(guest, 'vda')).toBeNull();
    await api.domains.destroy(guest);
  });

  test('a backup with a checkpoint is a job that completes', async () => {
    const guest = await api.domains.start(await defined('backed'));
    const target = join(daemon.folder, 'd', 'disks', 'backup.qcow2');
    const backupXml = `<domainbackup><disks><disk name='vda' type='file'><target file='${target}'/><driver type='qcow2'/></disk></disks></domainbackup>`;
    await api.backups.begin(guest, {
      backupXml,
      checkpointXml: '<domaincheckpoint><name>one</name></domaincheckpoint>',
    });
    const { payload } = await event('domainJobCompleted', guest);
    expect(payload.params).toMatchObject({ operation: 9 });
    const done = await api.jobs.stats(guest, jobStatsFlags.completed);
    expect(done.typeName).toBe('completed');
    const [checkpoint] = await api.checkpoints.listAll(guest);
    expect(await api.checkpoints.xml(checkpoint!, checkpointXmlFlags.noDomain)).toContain('<name>one</name>');
    await api.checkpoints.delete(checkpoint!);
    expect(await virsh('checkpoint-list', 'backed', '--name')).toBe('');
    await api.domains.destroy(guest);
  });

  test('a migration to a host that is not there fails in words and leaves the guest running', async () => {
    const guest = await api.domains.start(await defined('staying'));
    const migrating = api.jobs.migrate(guest, {
      targetUri: 'qemu+tcp://127.0.0.1:1/session',
      flags: migrateFlags.unsafe,
      bandwidthMibPerSecond: 10,
      disks: ['vda'],
    });
    await expect(migrating).rejects.toMatchObject({
      message: expect.stringMatching(/127\.0\.0\.1|refused|unable to connect/i) as string,
    });
    expect(await virsh('domstate', 'staying')).toBe('running');
    await api.domains.destroy(guest);
  });
});

test('a guest changed by virsh is heard of', async () => {
  const guest = await defined('outside');
  await virsh('start', 'outside');
  const found = await vi.waitFor(() => {
    const one = heard.find(
      (item) =>
        item.name === 'domainLifecycle' && item.payload.dom.uuid === guest.uuid && item.payload.event === 2,
    );
    if (one === undefined) throw new Error('not yet');
    return one;
  });
  expect(found.payload).toMatchObject({ detail: 0 });
  await virsh('destroy', 'outside');
});

test('the daemon killed in mid-call: the call fails once, and a new connection finds the guest running', async () => {
  const guest = await api.domains.start(await defined('survivor'));
  const other = await LibvirtConnection.open({ dial: daemon.dial, uri: URI });
  const silent = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const dialled = once(silent, 'connection');
  const waiting = other.jobs.migrate(guest, {
    targetUri: `qemu+tcp://127.0.0.1:${port}/session`,
    flags: migrateFlags.unsafe,
  });
  const failed = expect(waiting).rejects.toMatchObject({ name: 'LibvirtConnectionLost', effectKnown: false });
  await dialled;
  await daemon.restart();
  await failed;
  api = await LibvirtConnection.open({ dial: daemon.dial, uri: URI });
  expect((await api.domains.state(guest)).stateName).toBe('running');
});
