import { changeOf, loadRow, vmRowAfter, type LoadRow, type RowChange } from '../vms/vm-row.ts';
import type { HostSighting, VmSighting } from './vm-sighting.ts';
import { isPowered } from './vm-statistics.ts';
import { hasSameDevices, type VmRecord } from '../vms/vm-store.ts';

/** A VM nobody owns that vanished from its host may be moving: it is forgotten only after this. */
const FORGET_AFTER_MS = 300_000;
/** What one sighting counts for usage and charts. */
export interface Counted extends HostSighting {
  /** VMs that this host has no more, or that are lost: they are not counted on. */
  readonly dropped: readonly string[];
}

/** A VM that is not where it was, and since when. */
export interface Gone {
  readonly row: VmRecord;
  readonly atMs: number;
}

/** What sightings change. */
export interface Weighed {
  /** Rows that are new, or different in more than their load. */
  readonly changed: readonly VmRecord[];
  /** Of these, those whose devices did: they change seldom, and weigh more than all the rest. */
  readonly rewired: readonly VmRecord[];
  readonly loads: readonly LoadRow[];
  readonly forgotten: readonly Gone[];
  readonly missing: readonly Gone[];
  readonly counted: readonly Counted[];
  /** Ids of the VMs that changed, by host, loads not among them. */
  readonly told: ReadonlyMap<string, readonly string[]>;
  /** Hosts of whose VMs at least the load changed. */
  readonly touched: ReadonlySet<string>;
  /** Size of each VM that was seen. */
  readonly sizes: ReadonlyMap<string, Pick<VmRecord, 'vcpus' | 'memory_bytes' | 'disk_bytes' | 'nics'>>;
}

export interface WeighParts {
  /** Rows of the VMs concerned as the store has them, by UUID. */
  readonly rows: ReadonlyMap<string, VmRecord>;
  readonly isHeard: (hostId: string) => boolean;
  /** Of the ids of VMs that may have vanished, those a subscription holds on to. */
  readonly subscribed: ReadonlySet<string>;
}

/** What these sightings, one after the other, make of the rows. Writes nothing. */
export function weighSightings(parts: WeighParts, sightings: readonly HostSighting[]): Weighed {
  const weighing = new Weighing(parts);
  for (const sighting of sightings) weighing.add(sighting);
  return weighing.result();
}

/**
 * Of the rows of this host those that it has no more. One that is being moved is not among them: it leaves its host before its move is written down,
 * and would be forgotten with its history; whoever moves it looks after it until that has ended.
 */
export function vanishedFrom(rowsOfHost: Iterable<VmRecord>, sighting: HostSighting): VmRecord[] {
  if (!sighting.whole && sighting.undefinedUuids.length === 0) return [];
  const present = new Set(sighting.leftOut);
  for (const { uuid } of sighting.vms) present.add(uuid);
  const removed = new Set(sighting.undefinedUuids);
  return [...rowsOfHost].filter(
    (row) =>
      row.state !== 'provisioning' &&
      row.moving_to === null &&
      !present.has(row.uuid) &&
      (sighting.whole || removed.has(row.uuid)),
  );
}

class Weighing {
  readonly #parts: WeighParts;
  /** Rows as they are by now. */
  readonly #rows: Map<string, VmRecord>;
  /** By host, those that are or were on it. */
  readonly #uuids = new Map<string, Set<string>>();
  /** What changed of a VM's row since the store had it; undefined where more than one look at it has to be taken together. */
  readonly #seen = new Map<string, RowChange | undefined>();
  readonly #forgotten = new Map<string, Gone>();
  readonly #missing = new Map<string, Gone>();
  readonly #counted: Counted[] = [];
  readonly #told = new Map<string, string[]>();
  readonly #touched = new Set<string>();

  constructor(parts: WeighParts) {
    this.#parts = parts;
    this.#rows = new Map(parts.rows);
    for (const { uuid, host_id: hostId } of parts.rows.values()) this.#place(uuid, hostId);
  }

  #place(uuid: string, hostId: string): void {
    const uuids = this.#uuids.get(hostId) ?? new Set();
    this.#uuids.set(hostId, uuids.add(uuid));
  }

  #rowsOf(hostId: string): VmRecord[] {
    const rows: VmRecord[] = [];
    for (const uuid of this.#uuids.get(hostId) ?? []) {
      const row = this.#rows.get(uuid);
      if (row?.host_id === hostId) rows.push(row);
    }
    return rows;
  }

  add(sighting: HostSighting): void {
    const told: string[] = [];
    const seen = sighting.vms.filter((vm) => this.#mayTake(this.#rows.get(vm.uuid), vm, sighting));
    // Before its VMs are taken in: what came to this host now has not vanished from it.
    const vanished = vanishedFrom(this.#rowsOf(sighting.hostId), sighting);
    for (const vm of seen) this.#take(vm, sighting, told);
    const gone = this.#vanish(vanished, sighting);
    told.push(...gone.map((row) => row.id));
    this.#counted.push({ ...sighting, vms: seen, dropped: gone.map((row) => row.uuid) });
    if (told.length > 0)
      this.#told.set(sighting.hostId, [...(this.#told.get(sighting.hostId) ?? []), ...told]);
  }

  #take(vm: VmSighting, sighting: HostSighting, told: string[]): void {
    const before = this.#rows.get(vm.uuid);
    const after = vmRowAfter(before, vm, sighting);
    this.#rows.set(vm.uuid, after);
    if (before?.host_id !== sighting.hostId) this.#place(vm.uuid, sighting.hostId);
    const change = before === undefined ? 'more' : changeOf(before, after);
    const isFirst = before === this.#parts.rows.get(vm.uuid) && !this.#seen.has(vm.uuid);
    this.#seen.set(vm.uuid, isFirst ? change : undefined);
    if (change === 'nothing') return;
    this.#touched.add(sighting.hostId);
    if (change === 'more') told.push(after.id);
  }

  /** Forgotten when nobody owns them, else kept and called missing. */
  #vanish(vanished: readonly VmRecord[], sighting: HostSighting): VmRecord[] {
    const removed = new Set(sighting.undefinedUuids);
    const gone: VmRecord[] = [];
    for (const row of vanished) {
      const isOwned =
        row.customer_id !== null || row.template_id !== null || this.#parts.subscribed.has(row.id);
      const isOver =
        removed.has(row.uuid) ||
        (row.missing_since_at_ms ?? sighting.atMs) + FORGET_AFTER_MS <= sighting.atMs;
      if (!isOwned && isOver) {
        this.#forgotten.set(row.uuid, { row, atMs: sighting.atMs });
        this.#rows.delete(row.uuid);
      } else if (row.state === 'missing') continue;
      else {
        this.#missing.set(row.uuid, { row, atMs: sighting.atMs });
        this.#rows.set(row.uuid, { ...row, state: 'missing', missing_since_at_ms: sighting.atMs });
      }
      this.#seen.delete(row.uuid);
      this.#touched.add(sighting.hostId);
      gone.push(row);
    }
    return gone;
  }

  /**
   * Whether what this host says of a VM decides. The same VM can be on two hosts: while it moves, or copied by mistake. Then the
   * host it was on keeps it as long as that host is heard and runs it.
   */
  #mayTake(row: VmRecord | undefined, vm: VmSighting, by: HostSighting): boolean {
    if (row === undefined || row.host_id === by.hostId || row.state === 'missing') return true;
    const isHeard = this.#parts.isHeard(row.host_id);
    const held = isPowered(row.state as VmSighting['state']) && isHeard;
    return !held && (isPowered(vm.state) || !isHeard);
  }

  result(): Weighed {
    const changed: VmRecord[] = [];
    const loads: LoadRow[] = [];
    const sizes = new Map<string, VmRecord>();
    for (const [uuid, known] of this.#seen) {
      const after = this.#rows.get(uuid);
      if (after === undefined) continue;
      sizes.set(uuid, after);
      const before = this.#parts.rows.get(uuid);
      if (before === undefined || this.#forgotten.has(uuid) || this.#missing.has(uuid)) changed.push(after);
      else {
        const change = known ?? changeOf(before, after);
        if (change === 'load') loads.push(loadRow(after));
        else if (change === 'more') changed.push(after);
      }
    }
    const rewired = changed.filter((row) => {
      const before = this.#parts.rows.get(row.uuid);
      return before === undefined || !hasSameDevices(before, row);
    });
    return {
      changed,
      rewired,
      loads,
      forgotten: [...this.#forgotten.values()],
      missing: [...this.#missing.values()],
      counted: this.#counted,
      told: this.#told,
      touched: this.#touched,
      sizes,
    };
  }
}
