import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { StepContext } from '../../platform/tasks/task-definition.ts';
import { targetPool } from '../../../shared/domains/moves/fits-rules.ts';
import { movedVolumeName } from './move-volumes.ts';
import { drivesOf, type Drive } from './move-xml.ts';
import { isSharedPath, volumeAt, type MoveEnds } from './shared-path.ts';
import type { DiskPlan, VmMoveInput, VmMoveState } from './vm-move-input.ts';

type Context = Pick<StepContext<VmMoveInput>, 'input' | 'signal' | 'stillOurs' | 'log'>;

/** First-boot seeds and the like: bigger CDs are not carried along. */
const SEED_MOST_BYTES = 64 * 1024 ** 2;

/** The definitions of a VM: what it runs with, or what it starts with next where it is off; and that one where it runs. */
export interface Definitions {
  readonly now: string;
  readonly next: string | undefined;
}

export type StoragePlan = Pick<VmMoveState, 'disks' | 'ejected' | 'shared' | 'storage'>;

/** Which disks are copied and where to; looks only, but for the mark with which a shared folder is known. */
export async function planStorage(
  ends: MoveEnds,
  definitions: Definitions,
  context: Context,
): Promise<StoragePlan> {
  const { input, log } = context;
  const drives = drivesTogether(definitions, input);
  const disks: DiskPlan[] = [];
  const ejected: string[] = [];
  const shared: string[] = [];
  for (const drive of drives) {
    const isFile = drive.kind === 'file';
    if (!isFile && movesWhole(drive)) throw noFile(drive, input);
    if (isFile ? await isSharedPath(ends, drive.source, context) : drive.kind === 'network') {
      shared.push(drive.source);
      continue;
    }
    const plan = isFile && !drive.isLater ? await planOf(ends, drive, context) : undefined;
    if (plan !== undefined) disks.push(plan);
    else if (drive.device === 'disk') throw readOnlyDisk(drive, input);
    else {
      ejected.push(drive.source);
      log('warn', `${drive.source} is not on ${input.toName}: the drive ${drive.target} is empty there.`);
    }
  }
  const copies = disks.some((disk) => disk.kind === 'disk');
  const storage = copies ? 'copy' : drives.some(movesWhole) ? 'shared' : 'none';
  return { disks, ejected, shared, storage };
}

/** A disk the guest writes to; CDs and read-only seeds are dealt with apart. */
function movesWhole(drive: Drive): boolean {
  return (drive.device === 'disk' || drive.device === 'lun') && !drive.readonly;
}

/** Drives of both definitions, each thing once; the move of a running VM copies no disk that only its next start has. */
function drivesTogether({ now, next }: Definitions, { name }: VmMoveInput): (Drive & { isLater: boolean })[] {
  const drives = drivesOf(now);
  const known = new Set(drives.map((drive) => drive.source));
  const more = next === undefined ? [] : drivesOf(next).filter((drive) => !known.has(drive.source));
  const coming = more.find(movesWhole);
  if (coming !== undefined)
    throw new OperatingFailure({
      code: 'disk-comes-later',
      sentence: `${name} gets its disk ${coming.target} (${coming.source}) only at its next start, so it would not be copied. Restart it first, or detach that disk.`,
    });
  return [
    ...drives.map((drive) => ({ ...drive, isLater: false })),
    ...more.map((drive) => ({ ...drive, isLater: true })),
  ];
}

/** Undefined for a CD that is better left out. */
async function planOf(
  { source, pools, otherUser }: MoveEnds,
  drive: Drive,
  context: Context,
): Promise<DiskPlan | undefined> {
  const { input, signal } = context;
  const kind = movesWhole(drive) ? 'disk' : 'seed';
  const at = await volumeAt(source, drive.source, { pools: pools.from, signal });
  if (at === undefined) {
    if (kind === 'seed') return undefined;
    throw new OperatingFailure({
      code: 'disk-in-no-pool',
      sentence: `${drive.source} of ${input.name} is in no storage pool of ${input.fromName}, so it cannot be copied. Define a pool on its folder.`,
    });
  }
  const [{ capacityBytes, typeName }, xml] = await Promise.all([
    source.storage.volumeInfo(at, { signal }),
    source.storage.volumeXml(at, { signal }),
  ]);
  if (kind === 'seed' && (typeName !== 'file' || capacityBytes > SEED_MOST_BYTES)) return undefined;
  if (typeName !== 'file') throw noFile(drive, input);
  requireAlone(drive, xml, input);
  const user = await otherUser({ pool: at.pool, name: at.name, path: drive.source });
  if (user !== undefined && kind === 'disk') throw usedBy(user, drive, input);
  const pool = targetPool(drive.source, pools.from, pools.to);
  if (pool === undefined)
    throw new OperatingFailure({
      code: 'no-pool',
      sentence: `${input.toName} has no active storage pool for the disks of ${input.name}.`,
    });
  const toVolume = movedVolumeName(at.name, { moveId: input.moveId, target: drive.target });
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

/** One file, of one VM: a copy of it is all there is to it, and nobody misses it afterwards. */
function requireAlone(drive: Drive, volumeXml: string, { name }: VmMoveInput): void {
  if (drive.shareable)
    throw new OperatingFailure({
      code: 'disk-is-shared',
      sentence: `The disk ${drive.target} of ${name} (${drive.source}) is shared with other VMs: put it on storage both hosts see, or detach it first.`,
    });
  if (volumeXml.includes('<backingStore>')) throw hasBacking(name);
}

/** It would be copied, and what the other VM has deleted under it. */
function usedBy(user: string, drive: Drive, { name }: VmMoveInput): OperatingFailure {
  return new OperatingFailure({
    code: 'disk-is-shared',
    sentence: `The disk ${drive.target} of ${name} (${drive.source}) is a disk of ${user} too: detach it from one of them first.`,
  });
}

export function hasBacking(name: string): OperatingFailure {
  return new OperatingFailure({
    code: 'disk-has-backing-file',
    sentence: `A disk of ${name} stands on another file. Commit or flatten it first: a copy would miss that.`,
  });
}

function noFile(drive: Drive, { name }: VmMoveInput): OperatingFailure {
  return new OperatingFailure({
    code: 'disk-is-no-file',
    sentence: `The disk ${drive.target} of ${name} (${drive.source}) is no file, and only files can be copied: convert it to a volume of a folder, or detach it first.`,
  });
}

function readOnlyDisk(drive: Drive, { name, toName }: VmMoveInput): OperatingFailure {
  return new OperatingFailure({
    code: 'disk-is-read-only',
    sentence: `The read-only disk ${drive.target} of ${name} (${drive.source}) is not on ${toName} and too big to be carried along: detach it first.`,
  });
}
