import type { BulkPace } from '../../../shared/domains/bulk/bulk-rules.ts';
import type { PlannedItem } from './bulk-item-store.ts';

/**
 * What is to be begun, under the caps: so many per host, per cluster and in all. Hosts take turns, so that one that is full or
 * slow delays nobody else's.
 */
export class BulkQueue {
  readonly #pace: BulkPace;
  readonly #waiting = new Map<string, PlannedItem[]>();
  readonly #busyHosts = new Map<string, number>();
  readonly #busyClusters = new Map<string, number>();
  readonly #begun = new Map<number, PlannedItem>();
  #left = 0;

  constructor(items: readonly PlannedItem[], pace: BulkPace) {
    this.#pace = pace;
    for (const item of items) {
      const ofHost = this.#waiting.get(item.hostId);
      if (ofHost === undefined) this.#waiting.set(item.hostId, [item]);
      else ofHost.push(item);
    }
    // Taken from their ends.
    for (const ofHost of this.#waiting.values()) ofHost.reverse();
    this.#left = items.length;
  }

  get left(): number {
    return this.#left;
  }

  get begun(): number {
    return this.#begun.size;
  }

  /** As many as may be begun now; they count as begun until {@link ended}. */
  take(): PlannedItem[] {
    const taken: PlannedItem[] = [];
    for (let before = -1; before !== taken.length;) {
      before = taken.length;
      for (const [hostId, ofHost] of this.#waiting) {
        if (this.#begun.size >= this.#pace.atOnce) return taken;
        const item = ofHost.at(-1);
        if (item === undefined || !this.#mayBegin(item)) continue;
        ofHost.pop();
        if (ofHost.length === 0) this.#waiting.delete(hostId);
        this.#count(item, 1);
        this.#begun.set(item.seq, item);
        this.#left -= 1;
        taken.push(item);
      }
    }
    return taken;
  }

  ended(seq: number): void {
    const item = this.#begun.get(seq);
    if (item === undefined) return;
    this.#begun.delete(seq);
    this.#count(item, -1);
  }

  #mayBegin({ hostId, clusterId }: PlannedItem): boolean {
    const { perHost, perCluster } = this.#pace;
    if ((this.#busyHosts.get(hostId) ?? 0) >= perHost) return false;
    return perCluster === null || clusterId === null || (this.#busyClusters.get(clusterId) ?? 0) < perCluster;
  }

  #count({ hostId, clusterId }: PlannedItem, by: 1 | -1): void {
    this.#busyHosts.set(hostId, (this.#busyHosts.get(hostId) ?? 0) + by);
    if (clusterId !== null) this.#busyClusters.set(clusterId, (this.#busyClusters.get(clusterId) ?? 0) + by);
  }
}
