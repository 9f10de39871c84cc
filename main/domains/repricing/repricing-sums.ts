import { sql } from 'kysely';
import {
  REPRICING_ITEM_STATES,
  type RepricingItemState,
} from '../../../shared/domains/repricing/repricing-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { InsertMany } from '../../platform/store/insert-many.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import type { RepricingDb } from './repricing-store.ts';
import type { ItemRecord, RepricingTables } from './repricing-tables.ts';

export type Counts = Record<RepricingItemState, number>;
type Sum = RepricingTables['repricing_sum'];

const KEY = ['repricing_id', 'state', 'code', 'currency', 'every', 'on_day'] as const;
const MEASURES = [
  'item_count',
  'other_usage',
  'now_minor',
  'then_minor',
  'change_minor',
  'once_minor',
] as const;

/** Items as they were, and what of each is written. */
interface ChangedItems {
  readonly items: readonly ItemRecord[];
  readonly rows: readonly (Pick<ItemRecord, 'id'> & Partial<ItemRecord>)[];
}

/**
 * What the items of a move come to by state, reason, currency, period and day, kept beside them: a page adds what it changed, so that
 * whoever watches reads some rows and not all. In the transaction that changes the items, which holds the move.
 */
export async function moveSums(
  insertMany: InsertMany,
  trx: RepricingDb,
  { items, rows }: ChangedItems,
): Promise<void> {
  const sums = new Map<string, Sum>();
  const add = (item: ItemRecord, sign: 1 | -1): void => {
    const one = sumOf(item);
    const key = KEY.map((name) => one[name]).join('\n');
    const so = sums.get(key);
    const measured = MEASURES.map((name) => [name, (so?.[name] ?? 0) + sign * one[name]]);
    sums.set(key, { ...one, ...Object.fromEntries(measured) });
  };
  const written = new Map(rows.map((row) => [row.id, row]));
  for (const before of items) {
    add(before, -1);
    add({ ...before, ...written.get(before.id) }, 1);
  }
  const onConflict = { key: KEY, add: MEASURES };
  await insertMany(trx as unknown as AnyTransaction, 'repricing_sum', [...sums.values()], { onConflict });
}

function sumOf(item: ItemRecord): Sum {
  return {
    repricing_id: item.repricing_id,
    state: item.state,
    code: item.code,
    currency: item.currency,
    every: item.every,
    on_day: item.on_day ?? '',
    item_count: 1,
    other_usage: item.usage === 'other' ? 1 : 0,
    now_minor: item.now_minor ?? 0,
    then_minor: item.then_minor ?? 0,
    change_minor: item.change_minor,
    once_minor: item.once_minor,
  };
}

/** Sums a move's items up anew, after all of them were made or many were changed by one statement. */
export async function renewSums(trx: RepricingDb, id: string): Promise<void> {
  await trx.deleteFrom('repricing_sum').where('repricing_id', '=', id).execute();
  await sql`
    insert into repricing_sum (repricing_id, state, code, currency, every, on_day, item_count, other_usage, now_minor,
      then_minor, change_minor, once_minor)
    select repricing_id, state, code, currency, every, coalesce(on_day, ''), count(*),
      sum(case when usage = 'other' then 1 else 0 end), cast(coalesce(sum(now_minor), 0) as bigint),
      cast(coalesce(sum(then_minor), 0) as bigint), cast(sum(change_minor) as bigint), cast(sum(once_minor) as bigint)
    from repricing_item where repricing_id = ${id}
    group by repricing_id, state, code, currency, every, coalesce(on_day, '')`.execute(trx);
}

/** Items by state, of several moves. */
export async function countsOf(
  db: RepricingDb,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Counts>> {
  const found = new Map<string, Counts>(ids.map((id) => [id, noCounts()]));
  if (ids.length === 0) return found;
  const rows = await db
    .selectFrom('repricing_sum')
    .select(['repricing_id', 'state'])
    .select(sql<number>`cast(sum(item_count) as bigint)`.as('count'))
    .where('repricing_id', 'in', ids)
    .groupBy(['repricing_id', 'state'])
    .execute();
  for (const row of rows) {
    const counts = found.get(row.repricing_id);
    if (counts !== undefined) counts[row.state] = Number(row.count);
  }
  return found;
}

export function noCounts(): Counts {
  return Object.fromEntries(REPRICING_ITEM_STATES.map((state) => [state, 0])) as Counts;
}

/** Of those moved: how many take effect after a day and were not refused to be taken back. */
export async function plannedCount(db: RepricingDb, id: string, today: LocalDate): Promise<number> {
  const { count } = await db
    .selectFrom('repricing_sum')
    .select(sql<number>`cast(coalesce(sum(item_count), 0) as bigint)`.as('count'))
    .where('repricing_id', '=', id)
    .where('state', '=', 'done')
    .where('code', '=', '')
    .where('on_day', '>', today)
    .executeTakeFirstOrThrow();
  return Number(count);
}
