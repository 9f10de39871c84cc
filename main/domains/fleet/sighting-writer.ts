import type { EntryGate } from '../../platform/ssh/entry-gate.ts';
import { LeaseLost, StoreError } from '../../platform/store/store-error.ts';
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
    // Every other turn at most: events that never end must not keep sweeps from being written.
    this.#wasUrgent = urgent.length > 0 && !this.#wasUrgent;
    const taken: Waiting[] = [];
    let vms = 0;
    for (const one of this.#wasUrgent ? urgent : free) {
      if (taken.length > 0 && vms + one.sighting.vms.length > MOST_VMS) break;
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
