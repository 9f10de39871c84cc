import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { HostEvent } from './event-hub.ts';
import { poolBuildFlags, volumeResizeFlags } from './flags.ts';
import { LibvirtConnection } from './libvirt-connection.ts';
import { startPrivateLibvirtd } from '../../testing/libvirt/private-libvirtd.ts';
import type { PrivateLibvirtd } from '../../testing/libvirt/private-libvirtd.ts';
import { directoryPoolXml, volumeXml } from '../../testing/libvirt/trial-guest.ts';
import type { StoragePoolRef, StorageVolumeRef } from './xdr-objects.ts';

const URI = 'qemu:///session';
const MIB = 1_024 * 1_024;
let daemon: PrivateLibvirtd;
let api: LibvirtConnection;
let pool: StoragePoolRef;
const heard: HostEvent[] = [];

beforeAll(async () => {
  daemon = await startPrivateLibvirtd();
  api = await LibvirtConnection.open({ dial: daemon.dial, uri: URI });
  await api.listen(['storagePoolLifecycle', 'storagePoolRefresh', 'networkLifecycle'], (event) =>
    heard.push(event),
  );
  pool = await api.storage.definePool(
    directoryPoolXml({ name: 'disks', path: join(daemon.folder, 'd', 'disks') }),
  );
  await api.storage.buildPool(pool, poolBuildFlags.new);
  await api.storage.startPool(pool);
});

afterAll(async () => {
  await api.close();
  await daemon.stop();
});

async function virsh(...args: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await daemon.virsh(URI, args);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout.trim();
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const raw = (name: string, capacityBytes: number) =>
  api.storage.createVolume(pool, volumeXml({ name, capacityBytes, format: 'raw' }));

async function downloaded(volume: StorageVolumeRef, range = {}): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of (await api.storage.downloadVolume(volume, range)) as AsyncIterable<Buffer>)
    parts.push(part);
  return Buffer.concat(parts);
}

describe('pools', () => {
  test('are started, refreshed, stopped and forgotten, as virsh sees it', async () => {
    const one = await api.storage.definePool(
      directoryPoolXml({ name: 'other', path: join(daemon.folder, 'd', 'other') }),
    );
    await api.storage.buildPool(one);
    await api.storage.startPool(one);
    await api.storage.setPoolAutostart(one, true);
    expect(await virsh('pool-info', 'other')).toMatch(/State:\s+running[^]*Autostart:\s+yes/);
    await api.storage.refreshPool(one);
    await api.storage.destroyPool(one);
    expect(await virsh('pool-info', 'other')).toMatch(/State:\s+inactive/);
    await api.storage.deletePool(one);
    await api.storage.undefinePool(one);
    expect(await virsh('pool-list', '--all', '--name')).toBe('disks');
    await vi.waitFor(() => {
      const seen = heard.flatMap((event) =>
        'pool' in event.payload && event.payload.pool.name === 'other'
          ? [event.name === 'storagePoolLifecycle' ? event.payload.event : event.name]
          : [],
      );
      expect(new Set(seen)).toEqual(new Set([0, 4, 2, 'storagePoolRefresh', 3, 5, 1]));
    });
    await expect(api.storage.lookupPoolByName('other')).rejects.toMatchObject({
      codeName: 'VIR_ERR_NO_STORAGE_POOL',
    });
  });

  test('are found by name, UUID, path and volume', async () => {
    const volume = await raw('found.raw', MIB);
    const path = join(daemon.folder, 'd', 'disks');
    const found = await Promise.all([
      api.storage.lookupPoolByName('disks'),
      api.storage.lookupPoolByUuid(pool.uuid),
      api.storage.lookupPoolByTargetPath(path),
      api.storage.poolOfVolume(volume),
    ]);
    expect(found).toEqual([pool, pool, pool, pool]);
  });
});

describe('volumes', () => {
  test('what is uploaded is on the disk, to the byte, and comes back the same', async () => {
    const bytes = randomBytes(3 * MIB + 12_345);
    const volume = await raw('bytes.raw', bytes.length);
    const progress: number[] = [];
    await using streams = await api.openStreamConnection();
    const source = Readable.from([bytes.subarray(0, 1_000_000), bytes.subarray(1_000_000)]);
    await streams.storage.uploadVolume(volume, { offsetBytes: 0, lengthBytes: bytes.length }, source, {
      onProgress: (done) => progress.push(done),
    });
    expect(progress.at(-1)).toBe(bytes.length);
    expect(digest(await readFile(volume.key))).toBe(digest(bytes));
    expect(digest(await downloaded(volume))).toBe(digest(bytes));
    expect(digest(await downloaded(volume, { offsetBytes: 500, lengthBytes: 100_000 }))).toBe(
      digest(bytes.subarray(500, 100_500)),
    );
  });

  test('zeros of a sparse upload become a hole, and a sparse download gives them back', async () => {
    const bytes = Buffer.alloc(8 * MIB);
    bytes.write('begin', 0);
    bytes.write('end', bytes.length - 3);
    const volume = await raw('sparse.raw', bytes.length);
    await api.storage.uploadVolume(volume, {}, [bytes], { sparse: true });
    expect(digest(await readFile(volume.key))).toBe(digest(bytes));
    expect((await stat(volume.key)).blocks * 512).toBeLessThan(2 * MIB);
    expect(digest(await downloaded(volume, { flags: 1 }))).toBe(digest(bytes));
  });

  test('a slow reader gets everything', async () => {
    const bytes = randomBytes(2 * MIB);
    const volume = await raw('slow.raw', bytes.length);
    await api.storage.uploadVolume(volume, {}, [bytes]);
    const parts: Buffer[] = [];
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        parts.push(chunk);
        setImmediate(done);
      },
    });
    await pipeline(await api.storage.downloadVolume(volume), slow);
    expect(digest(Buffer.concat(parts))).toBe(digest(bytes));
  });

  test('a download that is given up leaves the connection usable', async () => {
    const volume = await raw('given-up.raw', 16 * MIB);
    const stream = await api.storage.downloadVolume(volume);
    for await (const _ of stream) break;
    expect(stream.destroyed).toBe(true);
    expect(await api.host.hypervisorType()).toBe('QEMU');
  });

  test('more than fits is refused by the host', async () => {
    const volume = await raw('small.raw', 1_000);
    await expect(
      api.storage.uploadVolume(volume, { lengthBytes: 1_000 }, [Buffer.alloc(10_000)]),
    ).rejects.toMatchObject({
      name: 'LibvirtError',
    });
  });

  test('are cloned, resized, wiped and deleted', async () => {
    const bytes = randomBytes(MIB);
    const source = await raw('source.raw', bytes.length);
    await api.storage.uploadVolume(source, {}, [bytes]);
    const clone = await api.storage.cloneVolume(
      pool,
      volumeXml({ name: 'clone.raw', capacityBytes: bytes.length, format: 'raw' }),
      source,
    );
    expect(digest(await readFile(clone.key))).toBe(digest(bytes));
    await api.storage.resizeVolume(clone, 2 * MIB);
    expect((await api.storage.volumeInfo(clone)).capacityBytes).toBe(2 * MIB);
    await expect(api.storage.resizeVolume(clone, MIB)).rejects.toMatchObject({
      codeName: 'VIR_ERR_INVALID_ARG',
    });
    await api.storage.resizeVolume(clone, MIB, volumeResizeFlags.shrink);
    await api.storage.wipeVolume(clone);
    expect((await readFile(clone.key)).every((byte) => byte === 0)).toBe(true);
    await api.storage.deleteVolume(clone);
    expect(await virsh('vol-list', 'disks')).not.toContain('clone.raw');
    await expect(api.storage.lookupVolumeByPath(clone.key)).rejects.toMatchObject({
      codeName: 'VIR_ERR_NO_STORAGE_VOL',
    });
  });
});

test('networks are defined, listed, changed and undefined', async () => {
  const xml = `<network><name>tenants</name><bridge name='ikbr8'/><ip address='10.9.7.1' prefix='24'><dhcp><range start='10.9.7.10' end='10.9.7.20'/></dhcp></ip></network>`;
  const network = await api.networks.define(xml);
  expect(await virsh('net-list', '--all', '--name')).toBe('tenants');
  expect(await api.networks.bridgeName(network)).toBe('ikbr8');
  await api.networks.setAutostart(network, true);
  await api.networks.update(network, {
    command: 3,
    section: 4,
    xml: `<host mac='52:54:00:00:00:01' name='one' ip='10.9.7.11'/>`,
    flags: 2,
  });
  expect(await virsh('net-dumpxml', 'tenants')).toContain(
    `<host mac='52:54:00:00:00:01' name='one' ip='10.9.7.11'/>`,
  );
  expect(await api.networks.autostart(network)).toBe(true);
  expect((await api.networks.lookupByUuid(network.uuid)).name).toBe('tenants');
  await api.networks.undefine(network);
  expect(await virsh('net-list', '--all', '--name')).toBe('');
  await vi.waitFor(() =>
    expect(
      heard.flatMap((event) => (event.name === 'networkLifecycle' ? [event.payload.event] : [])),
    ).toEqual([0, 1]),
  );
});
