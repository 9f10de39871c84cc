import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedItem } from '../../../../shared/contract/handlers.ts';
import type { ItemOf } from '../../../../shared/contract/operation.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import { FeedRefused } from '../../../platform/calls/feed-refused.ts';
import { domainStatsGroups } from '../../../platform/libvirt/flags.ts';
import type { FleetParts } from '../fleet-parts.ts';
import { loadBetween, type LoadCounters } from '../sweep/load-meter.ts';
import { onHostOf, type VmOnHost } from './vm-on-host.ts';
import { isPowered, vmStatisticsOf } from '../sweep/vm-statistics.ts';

export type LiveItem = ItemOf<typeof fleetContract.vmLive>;
type Parts = Pick<FleetParts, 'store' | 'connections'>;

const INTERVAL_MS = 2000;
const GROUPS =
  domainStatsGroups.state |
  domainStatsGroups.cpuTotal |
  domainStatsGroups.balloon |
  domainStatsGroups.vcpu |
  domainStatsGroups.interface |
  domainStatsGroups.block;

/** Live statistics: however many look at a VM, its host is asked once every two seconds. */
export class VmLive {
  readonly #parts: Parts;
  readonly #shared = new Map<string, SharedReading>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Until the subscriber leaves. Who reads slowly gets the newest, not all. */
  async *subscribe(vmId: string, context: CallContext): AsyncGenerator<FeedItem<LiveItem>, void, undefined> {
    const reading = this.#join(vmId, context);
    try {
      let seen = 0;
      while (!context.signal.aborted) {
        const { item, count } = await reading.after(seen, context.signal);
        seen = count;
        yield { item };
      }
    } finally {
      if (reading.leave()) this.#shared.delete(vmId);
    }
  }

  #join(vmId: string, context: CallContext): SharedReading {
    const known = this.#shared.get(vmId);
    if (known !== undefined && !known.isOver) {
      known.join();
      return known;
    }
    const reading = new SharedReading(async (signal, tell) => {
      const asked = { vmId, action: null, context: { signal, subject: context.subject } } as const;
      const refusal = await onHostOf(this.#parts, asked, async (found) => await readOn(found, signal, tell));
      if (refusal !== undefined) throw new FeedRefused(refusal.code, refusal.facts);
    });
    this.#shared.set(vmId, reading);
    return reading;
  }
}

/** Asks the host until nobody listens any more. */
async function readOn(
  { link, ref }: VmOnHost,
  signal: AbortSignal,
  tell: (item: LiveItem) => void,
): Promise<undefined> {
  let before: LoadCounters | undefined;
  let domain = ref;
  while (!signal.aborted) {
    const began = performance.now();
    const [read] = await link.session.domains.allStats({ groups: GROUPS, domains: [domain] }, { signal });
    if (read === undefined)
      throw new FeedRefused('not-now', { name: ref.name, reason: 'it is no longer on its host' });
    domain = read.domain;
    const { item, counters } = liveItem(read.stats, { boot: String(domain.id), before });
    before = counters;
    tell(item);
    const leftMs = INTERVAL_MS - (performance.now() - began);
    await sleep(Math.max(0, leftMs), undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

function liveItem(
  stats: Parameters<typeof vmStatisticsOf>[0],
  reading: { boot: string; before: LoadCounters | undefined },
): { item: LiveItem; counters: LoadCounters } {
  const statistics = vmStatisticsOf(stats);
  const counters = {
    ...statistics.counters,
    atMs: Date.now(),
    boot: reading.boot,
    vcpus: statistics.vcpus ?? 1,
  };
  const load = reading.before === undefined ? undefined : loadBetween(reading.before, counters);
  const powered = isPowered(statistics.state);
  return {
    counters,
    item: {
      at: new Date(counters.atMs).toISOString(),
      state: statistics.state,
      cpuPercent: load?.cpuPercent ?? null,
      memoryBytes: powered ? counters.memoryBytes : null,
      diskReadBytesPerSecond: load?.diskReadRate ?? null,
      diskWriteBytesPerSecond: load?.diskWriteRate ?? null,
      netReceiveBytesPerSecond: load?.netReceiveRate ?? null,
      netTransmitBytesPerSecond: load?.netTransmitRate ?? null,
    },
  };
}

class SharedReading {
  isOver = false;
  #listeners = 1;
  #latest: LiveItem | undefined;
  #count = 0;
  #failure: unknown;
  #next = Promise.withResolvers<void>();
  readonly #stop = new AbortController();

  constructor(read: (signal: AbortSignal, tell: (item: LiveItem) => void) => Promise<void>) {
    void this.#run(read);
  }

  join(): void {
    this.#listeners += 1;
  }

  /** True when this was the last listener. */
  leave(): boolean {
    this.#listeners -= 1;
    if (this.#listeners > 0) return false;
    this.isOver = true;
    this.#stop.abort();
    return true;
  }

  /** The newest item there is, once it is newer than the one with this number. */
  async after(count: number, signal: AbortSignal): Promise<{ item: LiveItem; count: number }> {
    for (;;) {
      if (this.#count > count && this.#latest !== undefined)
        return { item: this.#latest, count: this.#count };
      if (this.isOver) throw this.#failure;
      signal.throwIfAborted();
      const aborted = Promise.withResolvers<void>();
      const giveUp = (): void => aborted.resolve();
      signal.addEventListener('abort', giveUp, { once: true });
      await Promise.race([this.#next.promise, aborted.promise]);
      signal.removeEventListener('abort', giveUp);
    }
  }

  async #run(read: (signal: AbortSignal, tell: (item: LiveItem) => void) => Promise<void>): Promise<void> {
    try {
      await read(this.#stop.signal, (item) => {
        this.#latest = item;
        this.#count += 1;
        this.#wake();
      });
    } catch (error) {
      this.#failure = error;
    }
    this.isOver = true;
    this.#wake();
  }

  #wake(): void {
    const { resolve } = this.#next;
    this.#next = Promise.withResolvers<void>();
    resolve();
  }
}
