import type { VmState } from '../../../../shared/domains/fleet/vm-rules.ts';
import type { HostRecord } from '../hosts/host-store.ts';
import type { MinuteLoad } from './load-meter.ts';
import type { BlockSizes } from './vm-statistics.ts';
import type { VmShape } from '../vms/vm-xml.ts';

/** What is known of one VM on a host at one moment. Undefined where nothing new was learnt: the store keeps what it has. */
export interface VmSighting {
  readonly uuid: string;
  readonly name: string;
  readonly state: VmState;
  /** It stands still, or is off, because it is being handed over to another host. Absent: it is not. */
  readonly isHandedOver?: boolean;
  /** Names this boot of the guest, see usage-accrual.ts. */
  readonly boot: string;
  readonly cpuTimeMs: number;
  readonly vcpus: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly memoryUsedBytes: number | undefined;
  readonly cpuPercent: number | undefined;
  readonly blocks: readonly BlockSizes[];
  readonly shape: VmShape | undefined;
  /** What it starts with next, asked of one that runs when its definition was changed. Absent: not asked. */
  readonly next?: { readonly vcpus: number; readonly memoryBytes: number } | undefined;
  /** Addresses by MAC, lower case; undefined: not asked. */
  readonly addresses: ReadonlyMap<string, readonly string[]> | undefined;
  readonly os: string | undefined;
  readonly agent: boolean | undefined;
  readonly autostart: boolean | undefined;
  readonly persistent: boolean | undefined;
  /** When this boot began; undefined: not known. */
  readonly startedAtMs: number | undefined;
  readonly minutes: readonly MinuteLoad[];
  /** By its network interfaces since this boot began. Absent: the host did not say. */
  readonly sentBytes?: number | undefined;
}

export interface VmEventSighting {
  readonly uuid: string;
  readonly atMs: number;
  readonly event: string;
  readonly detail: string;
}

/** All that one look at a host gave; times by the clock of the store. */
export interface HostSighting {
  readonly hostId: string;
  /** When the host had answered. */
  readonly atMs: number;
  /** When it was asked: what was done since may not be in its answer. Absent: `atMs`. */
  readonly beganAtMs?: number;
  /** Whether `vms` are all there are: what is not among them, nor in `leftOut`, has vanished. */
  readonly whole: boolean;
  /** Whether events pointed to these VMs: somebody has just done something to them. */
  readonly isHeard?: boolean;
  /** VMs of which a later look at this host tells, or will: nothing is said of them here. Absent: none. */
  readonly leftOut?: readonly string[];
  readonly vms: readonly VmSighting[];
  /** VMs of which something was heard and that are no longer there: removed on purpose, not lost. */
  readonly undefinedUuids: readonly string[];
  /** Boots that ended, in order. */
  readonly switchedOff: readonly { readonly uuid: string; readonly atMs: number; readonly boot: string }[];
  readonly events: readonly VmEventSighting[];
  /** What was learnt of the host itself. */
  readonly host: Partial<HostRecord>;
  /** Load of the host itself in the minutes that are over by now; one told before may come again, more complete. Absent: none. */
  readonly minutes?: readonly MinuteLoad[];
}
