import type { DrivePlan } from './move-xml.ts';

/** Kind of the task. */
export const VM_MOVE = 'vm-move';

/** What a move is told; all names are fixed before its first step. */
export interface VmMoveInput {
  readonly moveId: string;
  readonly vmId: string;
  readonly uuid: string;
  readonly name: string;
  readonly fromHostId: string;
  readonly fromName: string;
  readonly toHostId: string;
  readonly toName: string;
  /** Where the old host reaches the new one. */
  readonly toAddress: string;
  /** False: it is off and its disks are copied. */
  readonly live: boolean;
  readonly keepSource: boolean;
}

/** A disk that is copied: where it is, and what it becomes; its new name is this move's alone. */
export interface DiskPlan {
  readonly target: string;
  readonly path: string;
  readonly pool: string;
  readonly volume: string;
  readonly format: 'qcow2' | 'raw';
  readonly capacityBytes: number;
  readonly toPool: string;
  readonly toVolume: string;
  readonly toPath: string;
  /** `seed`: small and read-only; copied byte by byte before the move. */
  readonly kind: 'disk' | 'seed';
}

export interface VmMoveState {
  readonly disks: readonly DiskPlan[];
  /** CDs that the new host has not: taken out of the drive. */
  readonly ejected: readonly string[];
  /** Files that both hosts see: they stay where they are. */
  readonly shared: readonly string[];
  readonly storage: 'shared' | 'copy' | 'none';
  readonly autostart: boolean;
  readonly persistent: boolean;
  /** It is at the new host; from here on nothing is taken back. */
  readonly moved: boolean;
  readonly downtimeMs: number | null;
  /** Off, and found at the new host by an attempt that had not brought it there. */
  readonly unseen: boolean;
}

export function sourceHost(input: VmMoveInput): { id: string; name: string } {
  return { id: input.fromHostId, name: input.fromName };
}

export function targetHost(input: VmMoveInput): { id: string; name: string } {
  return { id: input.toHostId, name: input.toName };
}

export function drivePlanOf({ disks = [], ejected = [], shared = [] }: Partial<VmMoveState>): DrivePlan {
  return { paths: new Map(disks.map((disk) => [disk.path, disk.toPath])), ejected, shared };
}
