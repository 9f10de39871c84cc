import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import type { StepContext } from '../../platform/tasks/task-definition.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { dropVolume, findVolume, volumeXml } from '../fleet/fleet-public.ts';
import { refreshPool, type OtherUser } from './shared-path.ts';
import type { DiskPlan, VmMoveInput } from './vm-move-input.ts';

type Context = Pick<StepContext<VmMoveInput>, 'input' | 'signal' | 'stillOurs' | 'log'>;

/** Of the first-boot seed that came with a VM; other CDs are not its own. */
const SEED_ENDING = '-seed.iso';
const LONGEST_STEM = 180;

/**
 * What a copied volume is called at its new host. The name is this move's and this drive's own: what lies there under it is a half copy of this
 * very move, and nothing of anybody else's is ever under it.
 */
export function movedVolumeName(
  name: string,
  of: { readonly moveId: string; readonly target: string },
): string {
  const [, stem = name, ending = ''] = /^(.+?)(-seed\.iso|\.[a-z0-9]+)?$/i.exec(name) ?? [];
  const first = stem.replace(/\.m[0-9a-z]{8}-[a-z0-9]+$/, '').slice(0, LONGEST_STEM);
  return `${first}.m${of.moveId.slice(-8)}-${of.target}${ending}`;
}

/** Makes the volumes the disks are copied to, anew where they are there already: a half copy is none. */
export async function makeVolumes(
  ends: { readonly source: LibvirtApi; readonly target: LibvirtApi },
  disks: readonly DiskPlan[],
  context: Context,
): Promise<void> {
  const { signal } = context;
  // A daemon that was killed while it made one does not know of it.
  for (const pool of new Set(disks.map((disk) => disk.toPool))) await refreshPool(ends.target, pool, signal);
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

/** Removes what was copied from where it was: the VM's disks and its own seed. A CD may be in the drives of others. */
export async function dropSources(
  { source, otherUser }: { readonly source: LibvirtApi; readonly otherUser: OtherUser },
  disks: readonly DiskPlan[],
  context: Context,
): Promise<void> {
  let freed = 0;
  for (const disk of disks) {
    if (disk.kind !== 'disk' && !disk.volume.endsWith(SEED_ENDING)) continue;
    const at = { pool: disk.pool, name: disk.volume };
    if ((await findVolume(source, at, context.signal)) === undefined) continue;
    const user = await otherUser({ ...at, path: disk.path });
    if (user !== undefined) {
      context.log('warn', `${disk.path} is a disk of ${user} by now and stays where it is.`);
      continue;
    }
    await dropVolume(source, at, context);
    freed += disk.capacityBytes;
  }
  if (freed > 0)
    context.log('info', `Disks of ${formatBytes(freed)} were removed from ${context.input.fromName}.`);
}
