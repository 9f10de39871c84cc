import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import type { StepContext } from '../../platform/tasks/task-definition.ts';
import { isFilePool, poolOf, type CandidatePool } from '../../../shared/domains/moves/fits-rules.ts';
import { dropVolume, findVolume, isCode, volumeXml } from '../fleet/fleet-public.ts';
import type { VmMoveInput } from './vm-move-input.ts';

type Context = Pick<StepContext<VmMoveInput>, 'input' | 'signal' | 'stillOurs' | 'log'>;
type Pools = readonly CandidatePool[];

export interface MoveEnds {
  readonly source: LibvirtApi;
  readonly target: LibvirtApi;
  readonly pools: { readonly from: Pools; readonly to: Pools };
  /** Another VM that has this volume of the source, in words; undefined where there is none. */
  readonly otherUser: OtherUser;
}

export type OtherUser = (volume: {
  readonly pool: string;
  readonly name: string;
  readonly path: string;
}) => Promise<string | undefined>;

/** A file of this name says that both hosts see one folder. */
const MARK = 'innkeeper-shared-';

/**
 * Whether the other host has the very same file there: known by a mark that is made here and seen there. That is so on a network file system, and
 * wherever else one folder is mounted on both; of the pools alone it cannot be told.
 */
export async function isSharedPath(
  ends: MoveEnds,
  path: string,
  { input, signal, stillOurs }: Context,
): Promise<boolean> {
  const at = await volumeAt(ends.source, path, { pools: ends.pools.from, signal });
  if (at === undefined) return false;
  const fromPool = ends.pools.from.find((pool) => pool.name === at.pool);
  const toPool = ends.pools.to.find(
    (pool) => pool.active && isFilePool(pool) && pool.path === fromPool?.path,
  );
  if (fromPool === undefined || !isFilePool(fromPool) || toPool === undefined) return false;
  await refreshPool(ends.target, toPool.name, signal);
  if ((await findVolume(ends.target, { pool: toPool.name, name: at.name }, signal)) === undefined)
    return false;
  const name = `${MARK}${input.moveId}`;
  const mark = { pool: at.pool, name };
  try {
    await dropVolume(ends.source, mark, { signal, stillOurs });
    const pool = await ends.source.storage.lookupPoolByName(at.pool, { signal });
    const xml = volumeXml({ name, format: 'raw', capacityBytes: 4096 });
    await ends.source.storage.createVolume(pool, xml, 0, { signal });
    await refreshPool(ends.target, toPool.name, signal);
    return (await findVolume(ends.target, { pool: toPool.name, name }, signal)) !== undefined;
  } finally {
    await dropVolume(ends.source, mark, { signal, stillOurs });
  }
}

export async function refreshPool(api: LibvirtApi, name: string, signal: AbortSignal): Promise<void> {
  const pool = await api.storage.lookupPoolByName(name, { signal });
  try {
    await api.storage.refreshPool(pool, { signal });
  } catch (error) {
    // Somebody is writing into it: what it knows is then as old as the last time.
    if (!isCode(error, 'VIR_ERR_INTERNAL_ERROR', 'VIR_ERR_OPERATION_INVALID')) throw error;
  }
}

/** The volume behind a path; its pool is read anew where it is not known: files come behind libvirt's back. */
export async function volumeAt(api: LibvirtApi, path: string, from: { pools: Pools; signal: AbortSignal }) {
  const known = await ifVolume(api.storage.lookupVolumeByPath(path, { signal: from.signal }));
  const pool = known === undefined ? poolOf(path, from.pools) : undefined;
  if (pool === undefined) return known;
  await refreshPool(api, pool.name, from.signal);
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
