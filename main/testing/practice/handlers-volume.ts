import { copyFileSync, closeSync, constants, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { StorageVolumeRef } from '../../platform/libvirt/xdr-objects.ts';
import { HostRefusal } from './host-refusal.ts';
import type { Handlers } from './procedure-table.ts';
import type { ServerStream, StreamPeer } from './server-stream.ts';
import type { SimulatedHost } from './simulated-host.ts';
import { storageRefusal } from './simulated-pool.ts';
import type { SimulatedPool } from './simulated-pool.ts';
import type { SimulatedVolume, VolumeFormat } from './simulated-volume.ts';
import { attribute, child, childText, parseDocument } from './xml-tree.ts';
import type { XmlElement } from './xml-tree.ts';

const CHUNK_BYTES = 262_120;

const BYTES_OF: Record<string, number> = {
  b: 1,
  bytes: 1,
  K: 1_024,
  KiB: 1_024,
  M: 1_048_576,
  MiB: 1_048_576,
  G: 1_073_741_824,
  GiB: 1_073_741_824,
  T: 1_099_511_627_776,
  TiB: 1_099_511_627_776,
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  TB: 1_000_000_000_000,
};

type VolumeWish = {
  readonly name: string;
  readonly format: VolumeFormat;
  readonly capacityBytes: number | null;
  readonly allocationBytes: number;
  readonly backing: { readonly path: string; readonly format: string } | null;
};

function bytesOf(one: XmlElement): number {
  const factor = BYTES_OF[one.attributes['unit'] ?? 'bytes'];
  if (factor === undefined)
    throw new HostRefusal(
      'VIR_ERR_INVALID_ARG',
      'VIR_FROM_NONE',
      `unknown suffix '${one.attributes['unit']}'`,
    );
  const bytes = Number(one.text) * factor;
  if (!Number.isSafeInteger(bytes) || bytes < 0)
    throw storageRefusal('VIR_ERR_XML_ERROR', `malformed ${one.name} element`);
  return bytes;
}

function parseVolume(xml: string): VolumeWish {
  const volume = parseDocument(xml, 'storage_volume_definition', 'volume');
  const name = childText(volume, 'name');
  if (name === undefined || name === '')
    throw storageRefusal('VIR_ERR_XML_ERROR', 'missing volume name element');
  if (name.includes('/'))
    throw storageRefusal('VIR_ERR_XML_ERROR', `volume name '${name}' cannot contain '/'`);
  const format = attribute(child(volume, 'target'), 'format', 'type') ?? 'raw';
  if (format !== 'raw' && format !== 'qcow2' && format !== 'iso')
    throw storageRefusal('VIR_ERR_CONFIG_UNSUPPORTED', `unknown volume format type ${format}`);
  const capacity = child(volume, 'capacity');
  const allocation = child(volume, 'allocation');
  const store = child(volume, 'backingStore');
  const path = childText(store, 'path');
  return {
    name,
    format,
    capacityBytes: capacity === undefined ? null : bytesOf(capacity),
    allocationBytes: allocation === undefined ? 0 : bytesOf(allocation),
    backing: path === undefined ? null : { path, format: attribute(store, 'format', 'type') ?? 'raw' },
  };
}

function requireNew(pool: SimulatedPool, name: string): void {
  pool.requireActive();
  if (pool.find(name) !== undefined) throw storageRefusal('VIR_ERR_STORAGE_VOL_EXIST', `'${name}'`);
}

/** `virStorageVolCreateFlags`, `…ResizeFlags` */
const createFlags = { preallocateMetadata: 1, reflink: 2 } as const;
const resizeFlags = { allocate: 1, delta: 2, shrink: 4 } as const;

/** Volumes: look-ups, making, copying, resizing and deleting. */
export function volumeHandlers(host: SimulatedHost): Handlers {
  const found = (ref: StorageVolumeRef): { pool: SimulatedPool; volume: SimulatedVolume } => {
    const pool = host.pool(ref.pool);
    return { pool, volume: pool.volume(ref.name) };
  };
  const byPath = (path: string, what: string): { vol: StorageVolumeRef } => {
    const at = host.volumeAt(path);
    if (at === undefined)
      throw storageRefusal('VIR_ERR_NO_STORAGE_VOL', `no storage vol with matching ${what} '${path}'`);
    return { vol: at.pool.volumeRef(at.volume) };
  };
  return {
    storageVolLookupByName: ({ pool: { name: poolName }, name }) => {
      const pool = host.pool(poolName);
      return { vol: pool.volumeRef(pool.volume(name)) };
    },
    storageVolLookupByKey: ({ key }) => byPath(key, 'key'),
    storageVolLookupByPath: ({ path }) => byPath(path, 'path'),
    storageVolGetPath: ({ vol }) => ({ name: found(vol).volume.path }),
    storageVolGetXmlDesc: ({ vol }) => ({ xml: found(vol).volume.xml }),
    storageVolGetInfo: ({ vol }) => info(found(vol).volume, false),
    storageVolGetInfoFlags: ({ vol, flags }) => info(found(vol).volume, (flags & 1) !== 0),
    storageVolCreateXml: ({ pool: ref, xml }) => createVolume(host, host.pool(ref.name), xml),
    storageVolCreateXmlFrom: ({ pool: ref, xml, clonevol, flags }) =>
      cloneVolume(host.pool(ref.name), xml, found(clonevol).volume, flags),
    storageVolDelete: ({ vol }) => {
      const { pool, volume } = found(vol);
      pool.remove(volume.name);
    },
    storageVolResize: ({ vol, capacity, flags }) => {
      const { pool, volume } = found(vol);
      resizeVolume(pool, volume, capacity, flags);
    },
    storageVolWipe: ({ vol }) => {
      const { volume } = found(vol);
      const capacityBytes = volume.capacityBytes;
      volume.resize(0, false);
      volume.resize(capacityBytes, false);
    },
    ...transferHandlers(host),
  };
}

function info(volume: SimulatedVolume, physical: boolean) {
  const allocation = physical ? volume.physicalBytes : volume.allocationBytes;
  return { type: 0, capacity: volume.capacityBytes, allocation };
}

function createVolume(host: SimulatedHost, pool: SimulatedPool, xml: string): { vol: StorageVolumeRef } {
  const wish = parseVolume(xml);
  requireNew(pool, wish.name);
  const path = `${pool.targetPath}/${wish.name}`;
  if (wish.capacityBytes === null && wish.backing === null)
    throw storageRefusal('VIR_ERR_XML_ERROR', 'missing capacity element');
  if (wish.backing !== null && !host.fileExists(wish.backing.path))
    throw new HostRefusal(
      'VIR_ERR_SYSTEM_ERROR',
      'VIR_FROM_STORAGE',
      `Cannot access backing store '${wish.backing.path}': No such file or directory`,
    );
  pool.requireRoom(Math.max(wish.allocationBytes, 1), path);
  const behind = wish.backing === null ? undefined : host.volumeAt(wish.backing.path)?.volume;
  const capacityBytes = wish.capacityBytes ?? behind?.capacityBytes ?? 0;
  const volume = pool.add({
    name: wish.name,
    format: wish.format,
    capacityBytes,
    backing: wish.backing,
    claimedBytes: wish.format === 'qcow2' ? 0 : Math.min(wish.allocationBytes, capacityBytes),
  });
  pool.build();
  volume.materialise();
  return { vol: pool.volumeRef(volume) };
}

function cloneVolume(
  pool: SimulatedPool,
  xml: string,
  source: SimulatedVolume,
  flags: number,
): { vol: StorageVolumeRef } {
  const wish = parseVolume(xml);
  requireNew(pool, wish.name);
  const asRaw = (format: VolumeFormat): VolumeFormat => (format === 'iso' ? 'raw' : format);
  if (asRaw(wish.format) !== asRaw(source.format))
    throw storageRefusal(
      'VIR_ERR_OPERATION_UNSUPPORTED',
      `a practice host copies volumes as they are, it does not convert ${source.format} to ${wish.format}`,
    );
  if ((flags & createFlags.reflink) !== 0)
    throw storageRefusal('VIR_ERR_OPERATION_FAILED', 'reflink is not supported by this file system');
  pool.requireRoom(source.allocationBytes, `${pool.targetPath}/${wish.name}`);
  source.materialise();
  const volume = pool.add({ name: wish.name, format: wish.format, capacityBytes: source.capacityBytes });
  pool.build();
  copyFileSync(source.file, volume.file, constants.COPYFILE_FICLONE);
  volume.probe();
  // A copy is never smaller than what it is a copy of; qemu-img, which copies qcow2, does not make it bigger either.
  if (volume.format !== 'qcow2' && wish.capacityBytes !== null && wish.capacityBytes > volume.capacityBytes)
    volume.resize(wish.capacityBytes, false);
  return { vol: pool.volumeRef(volume) };
}

function resizeVolume(pool: SimulatedPool, volume: SimulatedVolume, size: number, flags: number): void {
  const delta = (flags & resizeFlags.delta) !== 0;
  const shrink = (flags & resizeFlags.shrink) !== 0;
  const capacityBytes = delta ? volume.capacityBytes + (shrink ? -size : size) : size;
  if (capacityBytes < volume.allocationBytes && volume.format !== 'qcow2')
    throw storageRefusal('VIR_ERR_INVALID_ARG', "can't shrink capacity below existing allocation");
  if (capacityBytes < volume.capacityBytes && !shrink)
    throw storageRefusal(
      'VIR_ERR_INVALID_ARG',
      "Can't shrink capacity below current capacity unless shrink flag explicitly specified",
    );
  if (capacityBytes - volume.capacityBytes > pool.availableBytes)
    throw storageRefusal('VIR_ERR_OPERATION_FAILED', 'Not enough space left in storage pool');
  volume.resize(capacityBytes, (flags & resizeFlags.allocate) !== 0);
}

function transferHandlers(host: SimulatedHost): Handlers {
  return {
    storageVolUpload: ({ vol, offset, length }, call) => {
      const pool = host.pool(vol.pool);
      const volume = pool.volume(vol.name);
      volume.materialise();
      call.openStream(uploadPeer(host, pool, volume, { offset, length }));
    },
    storageVolDownload: ({ vol, offset, length }, call) => {
      const volume = host.pool(vol.pool).volume(vol.name);
      volume.materialise();
      // Opened now, so that a file that cannot be read is an error of the call, as with the daemon.
      closeSync(openSync(volume.file, 'r'));
      call.openStream(downloadPeer(volume, { offset, length }));
    },
  };
}

type Range = { readonly offset: number; readonly length: number };

function uploadPeer(
  host: SimulatedHost,
  pool: SimulatedPool,
  volume: SimulatedVolume,
  range: Range,
): StreamPeer {
  let file: FileHandle | undefined;
  let at = range.offset;
  const end = range.length === 0 ? Number.POSITIVE_INFINITY : range.offset + range.length;
  const close = async (): Promise<void> => {
    await file?.close();
    file = undefined;
    volume.probe();
  };
  return {
    take: async (bytes) => {
      if (pool.full || bytes.length > pool.availableBytes)
        throw new HostRefusal(
          'VIR_ERR_SYSTEM_ERROR',
          'VIR_FROM_STREAMS',
          `cannot write to stream: No space left on device`,
        );
      if (at + bytes.length > end)
        throw new HostRefusal(
          'VIR_ERR_SYSTEM_ERROR',
          'VIR_FROM_STREAMS',
          'cannot write to stream: No space left on device',
        );
      file ??= await open(volume.file, 'r+');
      await file.write(bytes, 0, bytes.length, at);
      at += bytes.length;
    },
    hole: async (bytes) => {
      file ??= await open(volume.file, 'r+');
      at += bytes;
      const { size } = await file.stat();
      if (size < at) await file.truncate(at);
    },
    finish: async () => {
      await close();
      host.events.tell('storagePoolRefresh', pool.uuid, { pool: pool.ref });
    },
    abort: () => void close().catch(() => undefined),
  };
}

function downloadPeer(volume: SimulatedVolume, range: Range): StreamPeer {
  return {
    start: async (stream) => {
      const file = await open(volume.file, 'r');
      try {
        await send(file, stream, range);
        await stream.end();
      } finally {
        await file.close();
      }
    },
  };
}

async function send(file: FileHandle, stream: ServerStream, range: Range): Promise<void> {
  let at = range.offset;
  const end = range.length === 0 ? Number.POSITIVE_INFINITY : range.offset + range.length;
  const buffer = Buffer.alloc(CHUNK_BYTES);
  while (stream.isOpen && at < end) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK_BYTES, end - at), at);
    if (bytesRead === 0) return;
    await stream.write(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}
