import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import type { StoragePoolRef } from '../../platform/libvirt/xdr-objects.ts';
import type { StepContext } from '../../platform/tasks/task-definition.ts';
import {
  disksThatMove,
  poolOf,
  targetPool,
  type CandidatePool,
} from '../../../shared/domains/moves/fits-rules.ts';
import { dropVolume, findVolume, isCode, parseVmXml, volumeXml, type VmDisk } from '../fleet/fleet-public.ts';
import type { DiskPlan, VmMoveInput, VmMoveState } from './vm-move-input.ts';

type Context = Pick<StepContext<VmMoveInput>, 'input' | 'signal' | 'stillOurs' | 'log'>;
type Pools = readonly CandidatePool[];
interface Ends {
  readonly source: LibvirtApi;
  readonly target: LibvirtApi;
  readonly pools: { readonly from: Pools; readonly to: Pools };
}

/** First-boot seeds and the like: bigger CDs are not carried along. */
const SEED_MOST_BYTES = 64 * 1024 ** 2;
/** A copy under this name says that both hosts see one folder. */
const MARK = 'innkeeper-shared-';

/** Which disks are copied and where to; looks only, but for the mark with which a shared folder is known. */
export async function planStorage(
  ends: Ends,
  xml: string,
  context: Context,
): Promise<Pick<VmMoveState, 'disks' | 'ejected' | 'storage'>> {
  const { input, log } = context;
  const shape = parseVmXml(xml);
  const drives = shape.disks.filter((disk) => disk.source !== '');
  const moving = disksThatMove({
    disks: drives.map((disk) => ({ ...disk, capacityBytes: 0, allocationBytes: 0 })),
  });
  const disks: DiskPlan[] = [];
  const ejected: string[] = [];
  for (const drive of drives) {
    const isDisk = moving.some((disk) => disk.target === drive.target);
    if (await isSharedPath(ends, drive.source, context)) continue;
    const plan = await planOf(ends, drive, { kind: isDisk ? 'disk' : 'seed', context });
    if (plan !== undefined) disks.push(plan);
    else {
      ejected.push(drive.source);
      log('warn', `${drive.source} is not on ${input.toName}: the drive ${drive.target} is empty there.`);
    }
  }
  const copies = disks.some((disk) => disk.kind === 'disk');
  return { disks, ejected, storage: copies ? 'copy' : moving.length === 0 ? 'none' : 'shared' };
}

/** Undefined for a CD that is better left out. */
async function planOf(
  { source, target, pools }: Ends,
  drive: VmDisk,
  { kind, context }: { kind: DiskPlan['kind']; context: Context },
): Promise<DiskPlan | undefined> {
  const { input, signal } = context;
  const at = await volumeAt(source, drive.source, { pools: pools.from, signal });
  if (at === undefined) {
    if (kind === 'seed') return undefined;
    throw new OperatingFailure({
      code: 'disk-in-no-pool',
      sentence: `${drive.source} of ${input.name} is in no storage pool of ${input.fromName}, so it cannot be copied. Define a pool on its folder.`,
    });
  }
  const [{ capacityBytes }, xml] = await Promise.all([
    source.storage.volumeInfo(at, { signal }),
    source.storage.volumeXml(at, { signal }),
  ]);
  if (kind === 'seed' && capacityBytes > SEED_MOST_BYTES) return undefined;
  const pool = targetPool(drive.source, pools.from, pools.to);
  if (pool === undefined)
    throw new OperatingFailure({
      code: 'no-pool',
      sentence: `${input.toName} has no active storage pool for the disks of ${input.name}.`,
    });
  const toVolume = await freeName(target, { pool: pool.name, name: at.name }, signal);
  return {
    kind,
    target: drive.target,
    path: drive.source,
    pool: at.pool,
    volume: at.name,
    format: /<format type='qcow2'/.test(xml) ? 'qcow2' : 'raw',
    capacityBytes,
    toPool: pool.name,
    toVolume,
    toPath: `${pool.path}/${toVolume}`,
  };
}

/** What lies there under the same name is somebody else's, or what an earlier move was told to keep. */
async function freeName(
  api: LibvirtApi,
  at: { pool: string; name: string },
  signal: AbortSignal,
): Promise<string> {
  await refresh(api, at.pool, signal);
  const [, stem = at.name, ending = ''] = /^(.+?)(\.[a-z0-9]+)?$/i.exec(at.name) ?? [];
  for (let number = 1; ; number++) {
    const name = number === 1 ? at.name : `${stem}-${number}${ending}`;
    if ((await findVolume(api, { pool: at.pool, name }, signal)) === undefined) return name;
  }
}

/** Makes the volumes the disks are copied to, anew where they are there already: a half copy is none. */
export async function makeVolumes(
  ends: { readonly source: LibvirtApi; readonly target: LibvirtApi },
  disks: readonly DiskPlan[],
  context: Context,
): Promise<void> {
  const { signal } = context;
  for (const disk of disks) {
    await dropVolume(ends.target, { pool: disk.toPool, name: disk.toVolume }, context);
    const pool = await ends.target.storage.lookupPoolByName(disk.toPool, { signal });
    const xml = volumeXml({ name: disk.toVolume, format: disk.format, capacityBytes: disk.capacityBytes });
    const made = await ends.target.storage.createVolume(pool, xml, 0, { signal });
    if (disk.kind === 'disk') continue;
    const from = await findVolume(ends.source, { pool: disk.pool, name: disk.volume }, signal);
    if (from === undefined) continue;
    const bytes = await ends.source.storage.downloadVolume(from, {}, { signal });
    await ends.target.storage.uploadVolume(made, {}, bytes, { signal });
  }
}

export async function dropVolumes(
  api: LibvirtApi,
  disks: readonly DiskPlan[],
  context: Context,
): Promise<void> {
  for (const disk of disks) await dropVolume(api, { pool: disk.toPool, name: disk.toVolume }, context);
}

/** Whether the other host has the very same file there: known by a mark that is made here and seen there. */
async function isSharedPath(
  ends: Ends,
  path: string,
  { input, signal, stillOurs }: Context,
): Promise<boolean> {
  const at = await volumeAt(ends.source, path, { pools: ends.pools.from, signal });
  if (at === undefined) return false;
  const fromPool = ends.pools.from.find((pool) => pool.name === at.pool);
  const toPool = ends.pools.to.find((pool) => pool.active && pool.path === fromPool?.path);
  if (fromPool === undefined || toPool === undefined) return false;
  await refresh(ends.target, toPool.name, signal);
  if ((await findVolume(ends.target, { pool: toPool.name, name: at.name }, signal)) === undefined)
    return false;
  const name = `${MARK}${input.moveId}`;
  const mark = { pool: at.pool, name };
  try {
    await dropVolume(ends.source, mark, { signal, stillOurs });
    const pool = await ends.source.storage.lookupPoolByName(at.pool, { signal });
    const xml = volumeXml({ name, format: 'raw', capacityBytes: 4096 });
    await ends.source.storage.createVolume(pool, xml, 0, { signal });
    await refresh(ends.target, toPool.name, signal);
    return (await findVolume(ends.target, { pool: toPool.name, name }, signal)) !== undefined;
  } finally {
    await dropVolume(ends.source, mark, { signal, stillOurs });
  }
}

async function refresh(api: LibvirtApi, name: string, signal: AbortSignal): Promise<void> {
  const pool: StoragePoolRef = await api.storage.lookupPoolByName(name, { signal });
  try {
    await api.storage.refreshPool(pool, { signal });
  } catch (error) {
    // Somebody is writing into it: what it knows is then as old as the last time.
    if (!isCode(error, 'VIR_ERR_INTERNAL_ERROR', 'VIR_ERR_OPERATION_INVALID')) throw error;
  }
}

/** The volume behind a path; its pool is read anew where it is not known: files come behind libvirt's back. */
async function volumeAt(api: LibvirtApi, path: string, from: { pools: Pools; signal: AbortSignal }) {
  const known = await ifVolume(api.storage.lookupVolumeByPath(path, { signal: from.signal }));
  const pool = known === undefined ? poolOf(path, from.pools) : undefined;
  if (pool === undefined) return known;
  await refresh(api, pool.name, from.signal);
  return await ifVolume(api.storage.lookupVolumeByPath(path, { signal: from.signal }));
}

async function ifVolume<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isCode(error, 'VIR_ERR_NO_STORAGE_VOL')) return undefined;
    throw error;
  }
}
