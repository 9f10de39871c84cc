import type { Transaction } from 'kysely';
import type { HostState } from '../../../../shared/domains/fleet/host-contract.ts';
import type { Log } from '../../../platform/log/log.ts';
import type { DutyGrant } from '../../../platform/store/duty-hold.ts';
import type { EntryGate } from '../../../platform/ssh/entry-gate.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import type { HostConnections } from '../sweep/host-connections.ts';
import { recordHost, recordHostLost } from '../hosts/host-record.ts';
import { HostWatch, type HostWatchSettings } from '../sweep/host-watch.ts';
import { SightingWriter } from '../sweep/sighting-writer.ts';
import type { StoreClock } from '../hosts/store-clock.ts';

export interface ClusterCollectorParts {
  readonly clusterId: string;
  readonly store: Store;
  readonly connections: HostConnections;
  readonly clock: StoreClock;
  /** Lets in those who write what was seen. */
  readonly writes: EntryGate;
  /** Lets in those who ask guests, and those who read the XML of a bundle of VMs. */
  readonly asking: EntryGate;
  readonly reading: EntryGate;
  /** Lets in those who sweep a host. */
  readonly sweeping: EntryGate;
  readonly log: Log;
  readonly settings: HostWatchSettings;
  /** Of these VMs, those a subscription holds on to. */
  readonly subscribed: (
    trx: Transaction<FleetTables>,
    vmIds: readonly string[],
  ) => Promise<ReadonlySet<string>>;
  /** Whether a host, of any cluster, is heard by this engine; undefined for one that another engine collects. */
  readonly isHeard: (hostId: string) => boolean | undefined;
  /** These VMs have left a host for another one, of any cluster. */
  readonly departed: (hostId: string, uuids: readonly string[]) => void;
}

interface Watching {
  readonly watch: HostWatch;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/**
 * Collects the hosts of one cluster for as long as its duty is ours: one watch per host, each on its own. What it writes is
 * fenced twice, by the duty's token and by the host still being in this cluster.
 */
export class ClusterCollector {
  readonly #parts: ClusterCollectorParts;
  readonly #grant: DutyGrant;
  readonly #writer: SightingWriter;
  readonly #watches = new Map<string, Watching>();
  readonly #standing = new Map<string, HostState>();
  /** Settles when the duty was lost or something is broken for good. */
  readonly #broken = Promise.withResolvers<never>();
  #meeting: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(parts: ClusterCollectorParts, grant: DutyGrant) {
    this.#parts = parts;
    this.#grant = grant;
    this.#writer = new SightingWriter({ ...parts, grant, countEveryMs: parts.settings.countEveryMs });
    // It may break before `run` waits for it.
    this.#broken.promise.catch(() => undefined);
  }

  /** Until the grant's signal aborts; throws when the duty was lost. */
  async run(): Promise<void> {
    const { signal } = this.#grant;
    const ended = Promise.withResolvers<void>();
    const end = (): void => ended.resolve();
    signal.addEventListener('abort', end, { once: true });
    try {
      await this.#parts.clock.adjust();
      this.meetHosts();
      if (!signal.aborted) await Promise.race([this.#broken.promise, ended.promise]);
    } finally {
      signal.removeEventListener('abort', end);
      this.#isOver = true;
      await this.#meeting;
      await Promise.all([...this.#watches.keys()].map(async (hostId) => await this.#leave(hostId)));
    }
  }

  /** Hosts came into the cluster or left it: takes up the ones and lets go of the others. */
  meetHosts(): void {
    this.#meeting = this.#meeting
      .then(async () => await this.#meet())
      .catch((error: unknown) => this.#broken.reject(error as Error));
  }

  /** Reads a host anew, now, if it is one of these. */
  refresh(hostId: string): void {
    this.#watches.get(hostId)?.watch.refresh();
  }

  /** Sweeps every host now, whenever it was due. */
  sweepNow(): void {
    for (const { watch } of this.#watches.values()) watch.sweepNow();
  }

  /** Looks on all hosts but one whether VMs that left it have come there. */
  lookFor(uuids: readonly string[], from: string): void {
    for (const [hostId, { watch }] of this.#watches) if (hostId !== from) watch.lookFor(uuids);
  }

  /** Undefined for a host that is not collected here. */
  isHeard(hostId: string): boolean | undefined {
    const state = this.#standing.get(hostId);
    return state && (state === 'connected' || state === 'slow');
  }

  async #meet(): Promise<void> {
    if (this.#isOver) return;
    const rows = await this.#parts.store
      .tables<FleetTables>()
      .selectFrom('host')
      .select(['id', 'state', 'reason'])
      .where('cluster_id', '=', this.#parts.clusterId)
      .where('removed_at_ms', 'is', null)
      .execute();
    const present = new Set(rows.map((row) => row.id));
    const left = [...this.#watches.keys()].filter((hostId) => !present.has(hostId));
    await Promise.all(left.map(async (hostId) => await this.#leave(hostId)));
    if (this.#isOver) return;
    for (const row of rows) {
      if (!this.#watches.has(row.id))
        this.#join(row.id, { state: row.state as HostState, reason: row.reason });
    }
  }

  #join(hostId: string, standing: { state: HostState; reason: string }): void {
    const { clusterId, store } = this.#parts;
    const stop = new AbortController();
    this.#standing.set(hostId, standing.state);
    const under = { store, clusterId, grant: this.#grant };
    const watch = new HostWatch({
      hostId,
      standing,
      connections: this.#parts.connections,
      asking: this.#parts.asking,
      reading: this.#parts.reading,
      sweeping: this.#parts.sweeping,
      clock: this.#parts.clock,
      log: this.#parts.log.with({ host: hostId }),
      settings: this.#parts.settings,
      record: async (sighting) => await this.#writer.write(sighting),
      recordHost: async (id, columns) => {
        await recordHost(under, id, columns);
        if (columns.state !== undefined) this.#standing.set(id, columns.state as HostState);
      },
      recordLost: async (id, lost) => await recordHostLost(under, id, lost),
      departed: (uuids) => {
        if (uuids.length > 0) this.#parts.departed(hostId, uuids);
      },
    });
    const ended = watch.run(AbortSignal.any([this.#grant.signal, stop.signal])).catch((error: unknown) => {
      this.#broken.reject(error as Error);
    });
    this.#watches.set(hostId, { watch, stop, ended });
  }

  async #leave(hostId: string): Promise<void> {
    const watching = this.#watches.get(hostId);
    this.#watches.delete(hostId);
    this.#standing.delete(hostId);
    watching?.stop.abort();
    await watching?.ended;
  }
}
