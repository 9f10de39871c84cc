import type { EntryGate } from '../../../platform/ssh/entry-gate.ts';
import { LeaseLost, StoreError } from '../../../platform/store/store-error.ts';
import { recordSightings, type SightingParts } from './sighting-record.ts';
import type { HostSighting } from './vm-sighting.ts';

interface Waiting {
  readonly sighting: HostSighting;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Transactions at once: the next one gathers what comes meanwhile. */
const AT_ONCE = 2;
/** VMs of one transaction: whoever else writes waits for all of it. */
const MOST_VMS = 1600;
/** The same where what events have shown goes with it, or may come any moment: somebody waits for that. */
const MOST_VMS_WHILE_URGENT = 480;

/**
 * Writes what the watches of many hosts have seen. While one transaction runs the next sightings gather, and go into the next one
 * together: a sweep of 350 hosts is some dozens of transactions. What events have shown goes before the sweeps of other hosts; of one host
 * everything is written in the order it was seen.
 */
export class SightingWriter {
  readonly #parts: SightingParts & { readonly writes: EntryGate };
  #waiting: Waiting[] = [];
  #writing = 0;
  /** Hosts of which something is being written. */
  readonly #busy = new Set<string>();
  #wasUrgent = false;

  constructor(parts: SightingParts & { readonly writes: EntryGate }) {
    this.#parts = parts;
  }

  /** Resolves when it is committed. */
  async write(sighting: HostSighting): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ sighting, done: resolve, failed: reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#writing === AT_ONCE || !this.#waiting.some((one) => this.#isFree(one))) return;
    this.#writing += 1;
    void this.#inTurn().finally(() => {
      this.#writing -= 1;
      this.#next();
    });
  }

  #isFree({ sighting }: Waiting): boolean {
    return !this.#busy.has(sighting.hostId);
  }

  async #inTurn(): Promise<void> {
    const leave = await this.#parts.writes.enter();
    // What came while we waited for our turn goes with it.
    const taken = this.#take();
    for (const { sighting } of taken) this.#busy.add(sighting.hostId);
    try {
      if (taken.length > 0) await this.#writeSome(taken);
    } finally {
      for (const { sighting } of taken) this.#busy.delete(sighting.hostId);
      leave();
    }
  }

  #take(): Waiting[] {
    const free = this.#waiting.filter((one) => this.#isFree(one));
    const urgent = urgentOf(free);
    // Alone every other turn at most: events that never end must not keep sweeps from being written. Of those some go with the next one then, the
    // one that has waited longest before all others.
    const most = urgent.length > 0 || this.#wasUrgent ? MOST_VMS_WHILE_URGENT : MOST_VMS;
    this.#wasUrgent = urgent.length > 0 && !this.#wasUrgent;
    const inOrder = this.#wasUrgent ? urgent : withOldestFirst(urgent, free);
    const taken: Waiting[] = [];
    let vms = 0;
    for (const one of inOrder) {
      if (taken.length > 0 && vms + one.sighting.vms.length > most) break;
      taken.push(one);
      vms += one.sighting.vms.length;
    }
    const gone = new Set(taken);
    this.#waiting = this.#waiting.filter((one) => !gone.has(one));
    return taken;
  }

  async #writeSome(taken: readonly Waiting[]): Promise<void> {
    try {
      await recordSightings(
        this.#parts,
        taken.map(({ sighting }) => sighting),
      );
      for (const { done } of taken) done();
    } catch (error) {
      const isOfAll = error instanceof StoreError || error instanceof LeaseLost;
      if (taken.length === 1 || isOfAll) for (const { failed } of taken) failed(error);
      // What one host said cannot be written: it must not stop the others.
      else for (const one of taken) await this.#writeSome([one]);
    }
  }
}

/**
 * What an event has shown is little, and somebody may be looking at it. With it goes what was seen on its host before: written later, that would
 * turn it back.
 */
function urgentOf(waiting: readonly Waiting[]): Waiting[] {
  const last = new Map<string, Waiting>();
  for (const one of waiting) if (one.sighting.isHeard === true) last.set(one.sighting.hostId, one);
  const urgent: Waiting[] = [];
  for (const one of waiting) {
    const { hostId } = one.sighting;
    if (!last.has(hostId)) continue;
    urgent.push(one);
    // What was seen there after it, a sweep, can wait.
    if (last.get(hostId) === one) last.delete(hostId);
  }
  return urgent;
}

/** All that waits: the oldest of a host without events, then what is urgent, then the rest. Of one host everything stays in its order. */
function withOldestFirst(urgent: readonly Waiting[], all: readonly Waiting[]): Waiting[] {
  const hosts = new Set(urgent.map(({ sighting }) => sighting.hostId));
  const oldest = all.find(({ sighting }) => !hosts.has(sighting.hostId));
  const before = new Set(oldest === undefined ? urgent : [oldest, ...urgent]);
  return [...(oldest === undefined ? [] : [oldest]), ...urgent, ...all.filter((one) => !before.has(one))];
}
