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
 * together: a sweep of 350 hosts is some dozens of transactions, and a single event waits for nobody.
 */
export class SightingWriter {
  readonly #parts: SightingParts & { readonly writes: EntryGate };
  #waiting: Waiting[] = [];
  #writing = 0;

  constructor(parts: SightingParts & { readonly writes: EntryGate }) {
    this.#parts = parts;
  }

  /** Resolves when it is committed. No two of one host at once. */
  async write(sighting: HostSighting): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ sighting, done: resolve, failed: reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#writing === AT_ONCE || this.#waiting.length === 0) return;
    this.#writing += 1;
    void this.#inTurn().finally(() => {
      this.#writing -= 1;
      this.#next();
    });
  }

  async #inTurn(): Promise<void> {
    const leave = await this.#parts.writes.enter();
    try {
      // What came while we waited for our turn goes with it.
      const taken = this.#take();
      if (taken.length > 0) await this.#writeSome(taken);
    } finally {
      leave();
    }
  }

  #take(): Waiting[] {
    // What an event has shown first: it is little, and somebody may be looking at it.
    const sorted = this.#waiting.toSorted((a, b) => Number(a.sighting.whole) - Number(b.sighting.whole));
    const taken: Waiting[] = [];
    let vms = 0;
    for (const one of sorted) {
      if (taken.length > 0 && vms + one.sighting.vms.length > MOST_VMS) break;
      taken.push(one);
      vms += one.sighting.vms.length;
    }
    this.#waiting = sorted.slice(taken.length);
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
