import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { StoragePoolRef, StorageVolumeRef } from '../../platform/libvirt/xdr-objects.ts';
import { hostStorageFailure, isCode } from './host-storage-failure.ts';
import { findCopy, setCopy, volumeNameOf, type StoredTemplate } from './template-store.ts';
import type { HostStorage, NamedHost, TemplatesParts } from './templates-parts.ts';
import type { TemplatesTables } from './templates-tables.ts';

/** The pool disks are made in, on every host (the fleet names it as a problem where it is missing). */
export const TEMPLATE_POOL = 'default';
/** What a pool keeps free beside the image. */
const ROOM_LEFT_BYTES = 64 * 1024 ** 2;
/** Also after a cancellation, whose own signal is aborted already. */
const CLEANING_MS = 15_000;
const IN_USE_TRIES = 20;
const IN_USE_PAUSE_MS = 500;

export interface CopyWork {
  readonly signal: AbortSignal;
  /** Bytes of this copy that have arrived. */
  readonly onProgress?: (doneBytes: number) => void;
}

/** Image facts a copy is made and checked by. */
export type CopiedTemplate = Pick<
  StoredTemplate,
  'id' | 'name' | 'format' | 'file_bytes' | 'sha256' | 'virtual_size_bytes'
>;

/**
 * Makes the copy of a template on a host, unless it is there whole already: an upload that broke off before is thrown away and done
 * anew. Throws OperatingFailure: no pool, no room, the host lost (worth another try), other bytes than the template's.
 */
export async function copyPut(
  parts: TemplatesParts,
  to: { template: CopiedTemplate; host: NamedHost; open: () => AsyncIterable<Uint8Array> },
  work: CopyWork,
): Promise<void> {
  const { template, host } = to;
  const copy = { templateId: template.id, hostId: host.hostId, volume: volumeNameOf(template) };
  try {
    await parts.hosts.withHost(host.hostId, work.signal, async (storage) => {
      const pool = await defaultPool(storage, host, work.signal);
      if (await isWhole(parts, storage, { ...to, pool, signal: work.signal })) return;
      await removeVolume(storage, { pool, volume: copy.volume, signal: work.signal });
      await checkRoom(storage, { ...to, pool, signal: work.signal });
      await setCopy(parts.store, copy, 'copying');
      const volume = await storage.storage.createVolume(
        pool,
        volumeXml(copy.volume, template.file_bytes),
        0,
        work,
      );
      await upload(storage, { ...to, volume }, work);
      await storage.storage.refreshPool(pool, { signal: work.signal });
      await checkCopy(storage, { ...to, pool, signal: work.signal });
      await setCopy(parts.store, copy, 'ready');
    });
  } catch (error) {
    throw work.signal.aborted ? error : hostStorageFailure(error, host.host);
  }
}

/** Removes the copy from a host; nothing to do where there is none. Throws OperatingFailure where the host cannot be reached. */
export async function copyRemove(
  parts: TemplatesParts,
  of: { templateId: string; host: NamedHost; volume: string; signal: AbortSignal },
): Promise<void> {
  const { templateId, host, volume, signal } = of;
  try {
    await parts.hosts.withHost(host.hostId, signal, async (storage) => {
      const pool = await storage.storage
        .lookupPoolByName(TEMPLATE_POOL, { signal })
        .catch((error: unknown) => {
          if (isCode(error, 'VIR_ERR_NO_STORAGE_POOL')) return undefined;
          throw error;
        });
      if (pool !== undefined) await removeVolume(storage, { pool, volume, signal });
    });
  } catch (error) {
    const isNoHostOfOurs = error instanceof OperatingFailure && error.code === 'host-removed';
    if (!isNoHostOfOurs) throw signal.aborted ? error : hostStorageFailure(error, host.host);
  }
  await setCopy(parts.store, { templateId, hostId: host.hostId, volume }, null);
}

/** Half a copy is worth nothing: it goes at once, or as soon as the host can be reached again. Whole ones stay. */
export async function copyLeaveNothing(
  parts: TemplatesParts,
  of: { templateId: string; host: NamedHost },
): Promise<void> {
  const { templateId, host } = of;
  const copy = await findCopy(parts.store.tables<TemplatesTables>(), templateId, host.hostId);
  if (copy === undefined || copy.state === 'ready') return;
  const at = { templateId, hostId: host.hostId, volume: copy.volume };
  try {
    await copyRemove(parts, { ...at, host, signal: AbortSignal.timeout(CLEANING_MS) });
  } catch {
    await setCopy(parts.store, at, 'leftover');
  }
}

/** The bytes of a copy that is on a host. */
export async function* copyRead(
  storage: HostStorage,
  of: { volume: string; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const { signal } = of;
  const connection = await storage.openStreamConnection(signal);
  try {
    const pool = await connection.storage.lookupPoolByName(TEMPLATE_POOL, { signal });
    const volume = await connection.storage.lookupVolumeByName(pool, of.volume, { signal });
    const stream = await connection.storage.downloadVolume(volume, {}, { signal });
    for await (const piece of stream) yield piece as Uint8Array;
  } finally {
    await connection.close();
  }
}

interface OnPool {
  readonly template: CopiedTemplate;
  readonly host: NamedHost;
  readonly pool: StoragePoolRef;
  readonly signal: AbortSignal;
}

async function defaultPool(
  storage: HostStorage,
  host: NamedHost,
  signal: AbortSignal,
): Promise<StoragePoolRef> {
  try {
    const pool = await storage.storage.lookupPoolByName(TEMPLATE_POOL, { signal });
    if (await storage.storage.isPoolActive(pool, { signal })) return pool;
  } catch (error) {
    if (!isCode(error, 'VIR_ERR_NO_STORAGE_POOL')) throw error;
  }
  throw new OperatingFailure({
    code: 'no-pool',
    sentence: `${host.host} has no active storage pool "${TEMPLATE_POOL}": define it or start it there (virsh pool-start ${TEMPLATE_POOL}).`,
  });
}

async function findVolume(
  storage: HostStorage,
  at: { pool: StoragePoolRef; volume: string; signal: AbortSignal },
): Promise<StorageVolumeRef | undefined> {
  try {
    return await storage.storage.lookupVolumeByName(at.pool, at.volume, { signal: at.signal });
  } catch (error) {
    if (isCode(error, 'VIR_ERR_NO_STORAGE_VOL')) return undefined;
    throw error;
  }
}

/** Said to be whole by us, and of the right size on the host. */
async function isWhole(parts: TemplatesParts, storage: HostStorage, at: OnPool): Promise<boolean> {
  const copy = await findCopy(parts.store.tables<TemplatesTables>(), at.template.id, at.host.hostId);
  if (copy?.state !== 'ready') return false;
  const volume = await findVolume(storage, { ...at, volume: copy.volume });
  if (volume === undefined) return false;
  try {
    const physical = await storage.storage.volumePhysicalInfo(volume, { signal: at.signal });
    return physical.allocationBytes === at.template.file_bytes;
  } catch (error) {
    // Removed behind libvirt's back: it looks at the file only now.
    if (isCode(error, 'VIR_ERR_NO_STORAGE_VOL')) return false;
    throw error;
  }
}

async function removeVolume(
  storage: HostStorage,
  at: { pool: StoragePoolRef; volume: string; signal: AbortSignal },
): Promise<void> {
  const volume = await findVolume(storage, at);
  if (volume === undefined) return;
  for (let tries = 1; ; tries++) {
    try {
      return await storage.storage.deleteVolume(volume, 0, { signal: at.signal });
    } catch (error) {
      // Gone between the look and the deed.
      if (isCode(error, 'VIR_ERR_NO_STORAGE_VOL')) return;
      // An upload that was broken off holds the volume until the daemon has noticed ("is still in use").
      if (!isCode(error, 'VIR_ERR_OPERATION_INVALID') || tries === IN_USE_TRIES) throw error;
      await sleep(IN_USE_PAUSE_MS, undefined, { signal: at.signal });
    }
  }
}

async function checkRoom(storage: HostStorage, at: OnPool): Promise<void> {
  const { availableBytes } = await storage.storage.poolInfo(at.pool, { signal: at.signal });
  if (availableBytes >= at.template.file_bytes + ROOM_LEFT_BYTES) return;
  const needed = formatBytes(at.template.file_bytes + ROOM_LEFT_BYTES);
  throw new OperatingFailure({
    code: 'no-room',
    sentence: `The pool ${TEMPLATE_POOL} of ${at.host.host} has ${formatBytes(availableBytes)} free and the image needs ${needed}: free some space there or leave that host out.`,
  });
}

/**
 * Made as plain bytes of the file's exact length, whatever the image's format: libvirt would otherwise write an empty image of its
 * own first, whose end would stay behind a shorter one. The pool's refresh then reads the true format from the bytes.
 */
function volumeXml(name: string, fileBytes: number): string {
  return `<volume><name>${name}</name><capacity unit="bytes">${fileBytes}</capacity><allocation unit="bytes">0</allocation><target><format type="raw"/></target></volume>`;
}

async function upload(
  storage: HostStorage,
  to: { template: CopiedTemplate; volume: StorageVolumeRef; open: () => AsyncIterable<Uint8Array> },
  work: CopyWork,
): Promise<void> {
  const { template } = to;
  const sent = { bytes: 0, hash: createHash('sha256') };
  // Calls of others share the session: what fills the line gets one of its own.
  const connection = await storage.openStreamConnection(work.signal);
  try {
    const source = counted(to.open(), sent, template);
    const options = { signal: work.signal, onProgress: work.onProgress, sparse: template.format === 'raw' };
    await connection.storage.uploadVolume(to.volume, { lengthBytes: template.file_bytes }, source, options);
  } finally {
    await connection.close();
  }
  const sha256 = sent.hash.digest('hex');
  if (sent.bytes !== template.file_bytes || sha256 !== template.sha256) throw otherBytes(template);
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  sent: { bytes: number; hash: ReturnType<typeof createHash> },
  template: CopiedTemplate,
): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    sent.bytes += piece.length;
    if (sent.bytes > template.file_bytes) throw otherBytes(template);
    sent.hash.update(piece);
    yield piece;
  }
}

function otherBytes(template: CopiedTemplate): OperatingFailure {
  return new OperatingFailure({
    code: 'source-changed',
    sentence: `What was read for ${template.name} is not the image that was checked: the file was changed in between, or a copy of it is damaged.`,
  });
}

/** What the host makes of the bytes it got. */
async function checkCopy(storage: HostStorage, at: OnPool): Promise<void> {
  const volume = await findVolume(storage, { ...at, volume: volumeNameOf(at.template) });
  const capacityBytes =
    volume === undefined
      ? 0
      : (await storage.storage.volumeInfo(volume, { signal: at.signal })).capacityBytes;
  if (capacityBytes === at.template.virtual_size_bytes) return;
  throw new OperatingFailure({
    code: 'copy-not-understood',
    sentence: `${at.host.host} takes the uploaded image for a disk of ${formatBytes(capacityBytes)} and not of ${formatBytes(at.template.virtual_size_bytes)}: its QEMU may be too old for this image.`,
  });
}
