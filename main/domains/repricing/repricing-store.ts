import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { RepricingItemState } from '../../../shared/domains/repricing/repricing-rules.ts';
import { forNoKeyUpdate } from '../../platform/store/for-update.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import type { ItemRecord, RepricingRecord, RepricingTables } from './repricing-tables.ts';

export type RepricingDb = Kysely<RepricingTables>;

/** Topic of the change feed; the key is the move's id. */
export const REPRICING_TOPIC = 'repricing';

export async function findRepricing(db: RepricingDb, id: string): Promise<RepricingRecord | undefined> {
  return await db.selectFrom('repricing').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Reads a move and keeps everybody else from changing it or its items until the transaction ends. */
export async function lockRepricing(
  trx: RepricingDb,
  kind: StoreKind,
  id: string,
): Promise<RepricingRecord | undefined> {
  const found = trx.selectFrom('repricing').selectAll().where('id', '=', id);
  return await forNoKeyUpdate(found, kind).executeTakeFirst();
}

export async function changeRepricing(
  trx: RepricingDb,
  id: string,
  set: Partial<RepricingRecord>,
): Promise<void> {
  await trx.updateTable('repricing').set(set).where('id', '=', id).execute();
}

/** Natural key under which it stands in the histories of the subscriptions it moved. */
export function sourceOf({ id }: Pick<RepricingRecord, 'id'>): string {
  return `move ${id}`;
}

/** "Basic, now", "Basic, at the end of the period", "Basic from 2027-01-01"; and whom. */
export function repricingTitle(of: Pick<RepricingRecord, 'plan_name' | 'effect' | 'query'>): string {
  const when =
    of.effect === 'now'
      ? ', now'
      : of.effect === 'period-end'
        ? ', at the end of the period'
        : ` from ${of.effect}`;
  return [`${of.plan_name}${when}`, of.query].filter(Boolean).join(', ');
}

/** Items of a state after one, in their order. */
export async function itemsAfter(
  db: RepricingDb,
  of: {
    readonly id: string;
    readonly state: RepricingItemState;
    readonly after: number;
    readonly limit: number;
  },
): Promise<ItemRecord[]> {
  return await db
    .selectFrom('repricing_item')
    .selectAll()
    .where('repricing_id', '=', of.id)
    .where('state', '=', of.state)
    .where('seq', '>', of.after)
    .orderBy('seq')
    .limit(of.limit)
    .execute();
}

/** SHA-256 over whom would be moved to what, when and at what price: what was looked at, and nothing else, is what is done. */
export async function digestOf(db: RepricingDb, id: string): Promise<string> {
  const rows = await db
    .selectFrom('repricing_item')
    .select(['subscription_id', 'version_after', 'on_day', 'now_minor', 'then_minor', 'once_minor'])
    .where('repricing_id', '=', id)
    .where('state', '=', 'waiting')
    .orderBy('seq')
    .execute();
  const hash = createHash('sha256');
  for (const row of rows) hash.update(`${Object.values(row).join(' ')}\n`);
  return hash.digest('hex');
}
