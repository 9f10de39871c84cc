import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EntryGate } from '../../platform/ssh/entry-gate.ts';
import { wakeWatch } from '../../platform/ssh/wake-watch.ts';
import type { FeedItem } from '../../platform/store/change-feed.ts';
import { holdDuty, type DutyGrant } from '../../platform/store/duty-hold.ts';
import type { Lease, LeaseRequest, Leases } from '../../platform/store/leases.ts';
import { LeaseLost, StoreError } from '../../platform/store/store-error.ts';
import { ClusterCollector, type ClusterCollectorParts } from './clusters/cluster-collector.ts';
import { COLLECTOR_TOPIC, CollectorSign, shareOf } from './clusters/collector-share.ts';
import { CLUSTER_TOPIC } from './clusters/cluster-store.ts';
import type { FleetTables } from './fleet-tables.ts';
import { Pause } from './hosts/host-pause.ts';
import { rollUpLoad } from './series/load-roll-up.ts';
import { StoreClock } from './hosts/store-clock.ts';

/** The duty of collecting one cluster. */
export function collectDuty(clusterId: string): string {
  return `collect:${clusterId}`;
}
/** The duty of averaging and forgetting the load of the whole fleet. */
export const LOAD_DUTY = 'keep:load';
/** Topic of the change feed: somebody wants this host collected now. */
export const HOST_REFRESH_TOPIC = 'host-refresh';
const LEASE_MS = 15_000;
const ROLL_UP_MS = 60_000;
const RETRY_MS = 1000;
/** Guests asked at once for what only they know, on all hosts; one that hangs is given up after seconds. */
const GUESTS_AT_ONCE = 8;
/** Hosts of which the XML of a bundle of VMs is read at once. */
const BUNDLES_AT_ONCE = 6;
/** Hosts whose answers are awaited and taken apart at once: 350 of them would fill the memory, and be no sooner done. */
const SWEEPS_AT_ONCE = 16;
/** SQLite has one writer; what waits for it gathers, see sighting-writer.ts. */
const WRITES_AT_ONCE = { sqlite: 1, postgres: 4 } as const;
const KEEP_EVENTS_MS = 90 * 24 * 3_600_000;

export interface FleetDutyParts extends Pick<
  ClusterCollectorParts,
  'store' | 'connections' | 'log' | 'settings' | 'subscribed'
> {
  /** Names this engine for people. */
  readonly engineId: string;
  /** 0 for a worker, 1 for a console: a worker comes first. */
  readonly priority: number;
  /** How soon a collector that died is replaced. Default: 15 seconds. */
  readonly leaseMs?: number;
  /** Tells when this machine slept. Default: the watch of this process. */
  readonly onWake?: (listener: () => void) => () => void;
}

/**
 * Collects every cluster whose duty this engine can have, until the signal aborts. Several engines share the clusters evenly between them
 * (collector-share.ts); clusters that are made or removed meanwhile are taken up and let go.
 */
export async function runFleetDuty(parts: FleetDutyParts, signal: AbortSignal): Promise<void> {
  await Promise.all([
    new FleetDuty(parts, signal).run(),
    holdDuty({
      ...holding(parts, signal),
      name: LOAD_DUTY,
      run: async (grant) => await keepLoad(parts, grant),
    }),
  ]);
}

function holding(
  { store, log, engineId, priority, leaseMs = LEASE_MS }: FleetDutyParts,
  signal: AbortSignal,
) {
  return { store, log, holder: engineId, ttlMs: leaseMs, priority, signal };
}

interface Holding {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  /** Until the duty is asked for again. */
  readonly rest: Pause;
}

class FleetDuty {
  readonly #parts: FleetDutyParts;
  readonly #signal: AbortSignal;
  readonly #clock: StoreClock;
  readonly #holdings = new Map<string, Holding>();
  /** Writes of all clusters together: they must not take every connection to the store. */
  readonly #writes: EntryGate;
  readonly #asking = new EntryGate(GUESTS_AT_ONCE);
  readonly #reading = new EntryGate(BUNDLES_AT_ONCE);
  readonly #sweeping = new EntryGate(SWEEPS_AT_ONCE);
  readonly #id: string;
  readonly #sign: CollectorSign;
  readonly #leaseMs: number;
  /** How many clusters this engine may have, and those it has. */
  #share = 0;
  readonly #taken = new Set<string>();
  /** Of the clusters whose duty is ours now. */
  readonly #collectors = new Map<string, ClusterCollector>();

  constructor(parts: FleetDutyParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
    this.#clock = new StoreClock(parts.store);
    this.#writes = new EntryGate(WRITES_AT_ONCE[parts.store.kind]);
    const { store, engineId, priority, leaseMs = LEASE_MS } = parts;
    this.#id = `${engineId} ${randomUUID()}`;
    this.#leaseMs = leaseMs;
    this.#sign = new CollectorSign(store, { id: this.#id, priority }, leaseMs);
  }

  async run(): Promise<void> {
    const { store, log, onWake = (listener) => wakeWatch.onWake(listener) } = this.#parts;
    const stopWake = onWake(() => this.#sweepAll());
    const signing = this.#keepSign();
    while (!this.#signal.aborted) {
      try {
        // Subscribed before the clusters and their hosts are read: none is missed between.
        const changes = store.changes.subscribe({
          topics: [CLUSTER_TOPIC, HOST_REFRESH_TOPIC, COLLECTOR_TOPIC],
          signal: this.#signal,
        });
        await this.#meetAll();
        for await (const item of changes) await this.#take(item);
      } catch (error) {
        if (this.#signal.aborted) break;
        log.warn('Clusters could not be followed; trying again.', { error });
        await sleep(RETRY_MS, undefined, { signal: this.#signal }).catch(() => undefined);
      }
    }
    stopWake();
    await signing;
    await Promise.all([...this.#holdings.values()].map(async ({ ended }) => await ended));
    await this.#sign.withdraw().catch(() => undefined);
  }

  async #keepSign(): Promise<void> {
    while (!this.#signal.aborted) {
      await sleep(this.#leaseMs / 3, undefined, { signal: this.#signal }).catch(() => undefined);
      if (this.#signal.aborted) return;
      try {
        await this.#meetCollectors();
      } catch (error) {
        this.#parts.log.warn('Clusters could not be shared out; trying again.', { error });
      }
    }
  }

  /** Reads who collects besides, lets go of what is more than this engine's share, and asks at once for what it has too few of. */
  async #meetCollectors(): Promise<void> {
    const alive = await this.#sign.renew();
    this.#share = shareOf(this.#id, alive, this.#holdings.size);
    const tooMany = [...this.#taken].slice(this.#share);
    await Promise.all(tooMany.map(async (clusterId) => await this.#letGo(clusterId)));
    if (this.#taken.size >= this.#share) return;
    for (const [clusterId, { rest }] of this.#holdings) if (!this.#taken.has(clusterId)) rest.wake();
  }

  async #letGo(clusterId: string): Promise<void> {
    const holding = this.#holdings.get(clusterId);
    // Somebody else is letting it go already.
    if (holding === undefined || holding.stop.signal.aborted) return;
    holding.stop.abort();
    await holding.ended;
    if (this.#signal.aborted || this.#holdings.get(clusterId) !== holding) return;
    this.#hold(clusterId);
    await this.#sign.tellFree(clusterId);
  }

  /** After sleep everything shown is old, and timers go on where they stood. */
  #sweepAll(): void {
    for (const collector of this.#collectors.values()) collector.sweepNow();
  }

  async #take(item: FeedItem): Promise<void> {
    if ('reset' in item) await this.#meetAll();
    else if (item.topic === COLLECTOR_TOPIC) {
      if (item.key !== this.#id) await this.#meetCollectors();
    } else if (item.topic === CLUSTER_TOPIC) {
      await this.#meetClusters();
      this.#collectors.get(item.key)?.meetHosts();
    } else for (const collector of this.#collectors.values()) collector.refresh(item.key);
  }

  async #meetAll(): Promise<void> {
    await this.#meetClusters();
    for (const collector of this.#collectors.values()) collector.meetHosts();
  }

  async #meetClusters(): Promise<void> {
    const rows = await this.#parts.store.tables<FleetTables>().selectFrom('cluster').select('id').execute();
    const present = new Set(rows.map((row) => row.id));
    for (const [clusterId, { stop }] of this.#holdings) {
      if (present.has(clusterId)) continue;
      this.#holdings.delete(clusterId);
      stop.abort();
    }
    for (const clusterId of present) if (!this.#holdings.has(clusterId)) this.#hold(clusterId);
    await this.#meetCollectors();
  }

  #hold(clusterId: string): void {
    const stop = new AbortController();
    const rest = new Pause();
    const ended = holdDuty({
      ...holding(this.#parts, AbortSignal.any([this.#signal, stop.signal])),
      store: { leases: this.#sharedLeases(clusterId) },
      rest: async (ms, signal) => await rest.for(ms, signal),
      name: collectDuty(clusterId),
      run: async (grant) => await this.#collect(clusterId, grant),
    });
    this.#holdings.set(clusterId, { stop, ended, rest });
  }

  /** The store's leases, of which this engine takes no more than its share. */
  #sharedLeases(clusterId: string): Leases {
    const { leases } = this.#parts.store;
    return {
      ...leases,
      acquire: async (request: LeaseRequest) => {
        if (this.#taken.size >= this.#share) return undefined;
        const lease = await leases.acquire(request);
        // All that are free are asked for at once, so the last ones may be more than this engine's share.
        if (lease !== undefined && this.#taken.size >= this.#share) {
          await leases.release(lease);
          await this.#sign.tellFree(clusterId);
          return undefined;
        }
        if (lease !== undefined) this.#taken.add(clusterId);
        return lease;
      },
      release: async (lease: Lease) => {
        this.#taken.delete(clusterId);
        await leases.release(lease);
      },
    };
  }

  async #collect(clusterId: string, grant: DutyGrant): Promise<void> {
    const collector = new ClusterCollector(
      {
        ...this.#parts,
        clusterId,
        clock: this.#clock,
        writes: this.#writes,
        asking: this.#asking,
        reading: this.#reading,
        sweeping: this.#sweeping,
        isHeard: (hostId) => this.#isHeard(hostId),
        departed: (hostId, uuids) => {
          for (const each of this.#collectors.values()) each.lookFor(uuids, hostId);
        },
      },
      grant,
    );
    // Before it reads its hosts: it is told of those that come meanwhile.
    this.#collectors.set(clusterId, collector);
    try {
      await collector.run();
    } finally {
      this.#collectors.delete(clusterId);
    }
  }

  #isHeard(hostId: string): boolean | undefined {
    for (const collector of this.#collectors.values()) {
      const isHeard = collector.isHeard(hostId);
      if (isHeard !== undefined) return isHeard;
    }
    return undefined;
  }
}

/** Averages load as it gets older and forgets what is too old, of all clusters. */
async function keepLoad({ store, log }: FleetDutyParts, { guard, signal }: DutyGrant): Promise<void> {
  while (!signal.aborted) {
    try {
      const nowMs = await store.nowMs();
      await rollUpLoad({ store, guard, signal }, nowMs);
      await store.transaction<FleetTables, void>(async (trx) => {
        await guard(trx);
        await trx
          .deleteFrom('vm_event')
          .where('at_ms', '<', nowMs - KEEP_EVENTS_MS)
          .execute();
      });
    } catch (error) {
      if (error instanceof LeaseLost || !(error instanceof StoreError)) throw error;
      log.warn('Old load could not be rolled up; trying again.', { error });
    }
    await sleep(ROLL_UP_MS, undefined, { signal }).catch(() => undefined);
  }
}
