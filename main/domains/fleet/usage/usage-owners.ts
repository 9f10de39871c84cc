import { sql, type Kysely, type Transaction } from 'kysely';
import { storeKindOf } from '../../../platform/store/store-kind-of.ts';
import { valueRows } from '../../../platform/store/value-rows.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { HOUR_MS } from './usage-accrual.ts';

/*
 * Hours are counted by UUID, and a UUID may come back as another VM: deleted and made again, restored, or on a host that was removed and
 * added. What was counted until one went is its own, what is counted from then on is of the next. The hour in which it went is kept
 * under its id, so whatever comes back in that hour begins a row of its own, and no row is ever of two.
 */

/** Takes the hour in which these VMs go for themselves. Called once of each, in the transaction that takes them out of the fleet. */
export async function keepLastHours(
  trx: Transaction<FleetTables>,
  gone: readonly { readonly id: string; readonly uuid: string }[],
  atMs: number,
): Promise<void> {
  const kind = storeKindOf(trx);
  const went = valueRows(kind, { uuid: 'text', id: 'text' }, gone, ({ uuid, id }) => [uuid, id]);
  // One statement for all of them: a host that is taken out of the fleet takes hundreds along.
  await sql`update usage_hour set vm_uuid = went.id from ${went} as went
    where usage_hour.vm_uuid = went.uuid and usage_hour.hour_at_ms >= ${hourOf(atMs)}`.execute(trx);
}

/** Which hours of a UUID are a VM's: those that begin in `[fromMs, toMs)`. */
interface Spell {
  readonly vmId: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** By what the hours of VMs are kept, and whose each is. */
export class UsageOwners {
  /** What `usage_hour` calls them. */
  readonly keys: readonly string[];
  /** VMs whose UUID was and is no other's, by it: all its hours are theirs. */
  readonly alone: ReadonlyMap<string, string>;
  readonly #ids: ReadonlySet<string>;
  readonly #spells: ReadonlyMap<string, readonly Spell[]>;

  private constructor(
    alone: ReadonlyMap<string, string>,
    ids: ReadonlySet<string>,
    spells: ReadonlyMap<string, readonly Spell[]>,
  ) {
    this.alone = alone;
    this.#ids = ids;
    this.#spells = spells;
    this.keys = [...alone.keys(), ...ids, ...spells.keys()];
  }

  /** Of some hundreds of VMs, those that are gone among them; unknown ids are left out. */
  static async of(db: Kysely<FleetTables>, vmIds: readonly string[]): Promise<UsageOwners> {
    if (vmIds.length === 0) return new UsageOwners(new Map(), new Set(), new Map());
    const here = await db.selectFrom('vm').select(['id', 'uuid']).where('id', 'in', vmIds).execute();
    const gone = await db.selectFrom('vm_gone').select(['id', 'uuid']).where('id', 'in', vmIds).execute();
    const uuids = [...new Set([...here, ...gone].map(({ uuid }) => uuid))];
    const went =
      uuids.length === 0
        ? []
        : await db
            .selectFrom('vm_gone')
            .select(['id', 'uuid', 'gone_at_ms'])
            .where('uuid', 'in', uuids)
            .orderBy('gone_at_ms')
            .orderBy('id')
            .execute();
    const before = Map.groupBy(went, ({ uuid }) => uuid);
    const asked = new Set(vmIds);
    const now = new Map(here.map(({ id, uuid }) => [uuid, id]));
    const spells = [...before].map(([uuid, all]) => {
      const ends = all.map(({ id, gone_at_ms: atMs }) => ({ vmId: id, toMs: hourOf(atMs) }));
      const current = now.get(uuid);
      if (current !== undefined) ends.push({ vmId: current, toMs: Number.POSITIVE_INFINITY });
      const own = ends.map((end, n) => ({ ...end, fromMs: ends[n - 1]?.toMs ?? 0 }));
      return [uuid, own.filter(({ vmId }) => asked.has(vmId))] as const;
    });
    return new UsageOwners(
      new Map([...now].filter(([uuid]) => !before.has(uuid))),
      new Set(gone.map(({ id }) => id)),
      new Map(spells),
    );
  }

  /** Whose an hour is, by its key; undefined: of a VM that was not asked for. */
  ownerOf(key: string, hourAtMs: number): string | undefined {
    if (this.#ids.has(key)) return key;
    const spell = this.#spells.get(key)?.find(({ fromMs, toMs }) => hourAtMs >= fromMs && hourAtMs < toMs);
    return spell?.vmId ?? this.alone.get(key);
  }
}

function hourOf(atMs: number): number {
  return Math.floor(atMs / HOUR_MS) * HOUR_MS;
}
