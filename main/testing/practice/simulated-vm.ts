import type { DomainRef } from '../../platform/libvirt/xdr-objects.ts';
import type { DomainShape } from './domain-shape.ts';
import { addCounters, bootCounters, countersBetween, noCounters } from './guest-load.ts';
import type { LoadCounters, LoadProfile } from './guest-load.ts';
import type { GuestSystem } from './guest-cast.ts';
import type { XmlElement } from './xml-tree.ts';

/** A definition: its XML and the facts in it. Seeded guests make their XML when it is asked for, so thousands of them stay small. */
export type Definition = {
  readonly xml: string;
  readonly shape: DomainShape;
  /** The XML as a tree that may be changed, for who has no need to write it only to parse it again. */
  readonly tree?: () => XmlElement;
};

/** `virDomainState` */
export const vmStates = { running: 1, blocked: 2, paused: 3, shutdown: 4, shutOff: 5, crashed: 6 } as const;
/** Reasons (`virDomain…Reason`) of the states above. */
export const runningReasons = {
  booted: 1,
  migrated: 2,
  restored: 3,
  fromSnapshot: 4,
  unpaused: 5,
  migrationCanceled: 6,
  crashedReset: 9,
} as const;
export const pausedReasons = {
  user: 1,
  migration: 2,
  ioError: 5,
  fromSnapshot: 7,
  crashed: 10,
  startingUp: 11,
} as const;
export const shutOffReasons = {
  unknown: 0,
  shutdown: 1,
  destroyed: 2,
  crashed: 3,
  migrated: 4,
  saved: 5,
  failed: 6,
  fromSnapshot: 7,
} as const;

export type VmStateReason = { readonly state: number; readonly reason: number };

/** What exists only while the guest runs. */
export type LiveVm = {
  readonly id: number;
  readonly startedAtMs: number;
  /** When the guest inside last began to boot: a reboot does not end the instance. */
  bootStartedAtMs: number;
  /** When it last began to run; null while it is paused. */
  runningSinceMs: number | null;
  /** Used until `runningSinceMs`, or until the pause. */
  counters: LoadCounters;
  stateReason: VmStateReason;
  agentConnected: boolean;
  readonly firstTap: number;
  readonly pty: number;
  readonly vncPort: number | null;
  definition: Definition;
  vcpus: number;
  /** Those it was started with, which it keeps. */
  readonly vcpusFixed: number;
  memoryKiB: number;
};

export type VmSnapshot = {
  readonly name: string;
  readonly createdAtSeconds: number;
  readonly description: string;
  readonly parent: string | null;
  readonly state: string;
  readonly definition: string;
  readonly external: boolean;
  /** Virtual sizes of the disks by path: an image goes back to the size it had. */
  readonly capacities: ReadonlyMap<string, number>;
};

export type VmCheckpoint = {
  readonly name: string;
  readonly createdAtSeconds: number;
  readonly description: string;
  readonly parent: string | null;
  readonly disks: readonly string[];
};

/** What the person at the keyboard of the guest can tell. */
export type GuestFacts = {
  readonly system: GuestSystem;
  readonly hostname: string;
  /** Address on the first network card, with prefix; null where there is none. */
  readonly address: string | null;
  readonly bootMs: number;
};

/** One VM of a practice host: what is defined, what runs, and how it is used. */
export class SimulatedVm {
  readonly uuid: string;
  readonly seed: number;
  /** What it does all day; may be made busier. */
  load: LoadProfile;
  name: string;
  guest: GuestFacts;
  persistent: Definition | null = null;
  live: LiveVm | null = null;
  offState: VmStateReason = { state: vmStates.shutOff, reason: shutOffReasons.unknown };
  autostart = false;
  managedSave = false;
  /** It has an agent channel, but nothing in it answers: asked for as a fault. */
  agentSilent = false;
  /** Its guest lets go of no device and no vCPU it is asked for: asked for as a fault. */
  holdsDevices = false;
  snapshots: VmSnapshot[] = [];
  currentSnapshot: string | null = null;
  checkpoints: VmCheckpoint[] = [];
  /** Passwords and keys the agent was told to set, by user; secret, never shown. */
  readonly accounts = new Map<string, { password?: string; keys?: readonly string[] }>();

  constructor(options: { uuid: string; name: string; seed: number; load: LoadProfile; guest: GuestFacts }) {
    this.uuid = options.uuid;
    this.name = options.name;
    this.seed = options.seed;
    this.load = options.load;
    this.guest = options.guest;
  }

  get ref(): DomainRef {
    return { name: this.name, uuid: this.uuid, id: this.live?.id ?? -1 };
  }

  get state(): VmStateReason {
    return this.live?.stateReason ?? this.offState;
  }

  get isRunning(): boolean {
    return this.live !== null && this.live.runningSinceMs !== null;
  }

  /** The definition in force: of the running instance, else the persistent one. */
  get definition(): Definition {
    const definition = this.live?.definition ?? this.persistent;
    if (definition === null) throw new Error(`VM ${this.name} is neither defined nor running`);
    return definition;
  }

  /** Everything used since it was started; zeros while it is off. */
  counters(nowMs: number): LoadCounters {
    const { live } = this;
    if (live === null) return noCounters;
    if (live.runningSinceMs === null) return live.counters;
    const fromMs = live.runningSinceMs;
    const used = countersBetween(this.load, { seed: this.seed, vcpus: live.vcpus, fromMs, toMs: nowMs });
    const { bootMs } = this.guest;
    const booting = (atMs: number): LoadCounters =>
      bootCounters({ vcpus: live.vcpus, elapsedMs: atMs - live.bootStartedAtMs, bootMs });
    const { cpuNs, rxBytes, txBytes, readBytes, writeBytes } = booting(fromMs);
    const before = {
      cpuNs: -cpuNs,
      rxBytes: -rxBytes,
      txBytes: -txBytes,
      readBytes: -readBytes,
      writeBytes: -writeBytes,
    };
    return addCounters(addCounters(live.counters, used), addCounters(booting(nowMs), before));
  }

  /** Stops the clock of the counters: it is paused, or its number of vCPUs is about to change. */
  settle(nowMs: number, running: boolean): void {
    if (this.live === null) return;
    this.live.counters = this.counters(nowMs);
    this.live.runningSinceMs = running ? nowMs : null;
  }
}
