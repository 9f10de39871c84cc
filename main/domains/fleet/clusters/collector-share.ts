import { sql, type Expression } from 'kysely';
import type { Store } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';

/** Topic of the change feed: a collector came, went, or let go of a cluster. */
export const COLLECTOR_TOPIC = 'collector';

/** An engine that collects, or would. */
export interface Collector {
  readonly id: string;
  /** 0 for workers, 1 for consoles. */
  readonly priority: number;
  readonly joinedAtMs: number;
}

/**
 * How many of so many clusters one of these collectors has. Those who come first share them evenly; where that does not come out, those who are
 * here longest have one more, so that as few as can be change hands when somebody comes. Whoever does not come first has no share to keep
 * to: the leases let it collect what nobody else does.
 */
export function shareOf(id: string, alive: readonly Collector[], clusters: number): number {
  const first = Math.min(...alive.map(({ priority }) => priority));
  const sharing = alive
    .filter(({ priority }) => priority === first)
    .toSorted((one, other) => one.joinedAtMs - other.joinedAtMs || (one.id < other.id ? -1 : 1));
  const rank = sharing.findIndex((one) => one.id === id);
  if (rank === -1) return clusters;
  return Math.floor(clusters / sharing.length) + (rank < clusters % sharing.length ? 1 : 0);
}

/** The list of those who are alive, and this engine's sign in it. */
export class CollectorSign {
  readonly #store: Pick<Store, 'transaction' | 'changes' | 'nowMs'>;
  readonly #own: Pick<Collector, 'id' | 'priority'>;
  readonly #lastsMs: number;

  /** Whoever has not signed for `lastsMs` is taken for dead. */
  constructor(
    store: Pick<Store, 'transaction' | 'changes' | 'nowMs'>,
    own: Pick<Collector, 'id' | 'priority'>,
    lastsMs: number,
  ) {
    this.#store = store;
    this.#own = own;
    this.#lastsMs = lastsMs;
  }

  /** Signs and gives all who are alive. */
  async renew(): Promise<Collector[]> {
    return await this.#store.transaction<FleetTables, Collector[]>(
      async (trx) => {
        const nowMs = await this.#store.nowMs(trx);
        const mine = { ...this.#own, joined_at_ms: nowMs, seen_at_ms: nowMs };
        const known = await trx
          .updateTable('fleet_collector')
          .set({ seen_at_ms: nowMs })
          .where('id', '=', mine.id)
          .executeTakeFirst();
        if (known.numUpdatedRows === 0n) {
          await trx.insertInto('fleet_collector').values(mine).execute();
          await this.#store.changes.note(trx, COLLECTOR_TOPIC, mine.id);
        }
        // Signs of a time to come were made before a clock was set back.
        const dead = (column: Expression<number>) =>
          sql<boolean>`abs(${column} - cast(${nowMs} as bigint)) >= cast(${this.#lastsMs} as bigint)`;
        await trx
          .deleteFrom('fleet_collector')
          .where(({ ref }) => dead(ref('seen_at_ms')))
          .execute();
        const rows = await trx.selectFrom('fleet_collector').selectAll().execute();
        return rows.map(({ id, priority, joined_at_ms }) => ({ id, priority, joinedAtMs: joined_at_ms }));
      },
      { repeatable: true },
    );
  }

  /** Leaves the list: the others need not wait to find out. */
  async withdraw(): Promise<void> {
    await this.#store.transaction<FleetTables, void>(async (trx) => {
      await trx.deleteFrom('fleet_collector').where('id', '=', this.#own.id).execute();
      await this.#store.changes.note(trx, COLLECTOR_TOPIC, this.#own.id);
    });
  }

  /** A cluster was let go: whoever has too few may take it now. */
  async tellFree(clusterId: string): Promise<void> {
    await this.#store.transaction<FleetTables, void>(
      async (trx) => await this.#store.changes.note(trx, COLLECTOR_TOPIC, clusterId),
    );
  }
}
