import { sql, type Kysely } from 'kysely';
import type { InputOf, OutputOf } from '../../../shared/contract/operation.ts';
import {
  noticeMessage,
  type alertsContract,
  type DeliveryRow,
} from '../../../shared/domains/alerts/alerts-contract.ts';
import { noticeLines } from '../../../shared/domains/alerts/alert-rules.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../platform/paging/list-query-filter.ts';
import { instantOf, instantOrNull } from './alert-store.ts';
import type { AlertsTables, DeliveryRecord } from './alerts-tables.ts';

type Db = Kysely<AlertsTables>;
type List = typeof alertsContract.deliveryList;
type Notices = typeof alertsContract.noticeList;

const fields: ListFields = {
  fields: {
    channel: { kind: 'text', column: sql.ref('alert_channel.name') },
    state: {
      kind: 'word',
      column: sql.ref('alert_delivery.state'),
      values: ['waiting', 'sending', 'sent', 'failed'],
    },
  },
  bare: [sql.ref('alert_delivery.title'), sql.ref('alert_channel.name')],
};

export async function deliveryList(db: Db, input: InputOf<List>): Promise<OutputOf<List>> {
  const filter = listQueryFilter(input.query, fields);
  let query = db
    .selectFrom('alert_delivery')
    .innerJoin('alert_channel', 'alert_channel.id', 'alert_delivery.channel_id')
    .selectAll('alert_delivery')
    .select('alert_channel.name as channel');
  if (filter !== undefined) query = query.where(filter);
  const found = await keysetPage({
    query,
    sortKey: sql.ref('alert_delivery.created_at_ms'),
    id: sql.ref<string>('alert_delivery.id'),
    page: input,
  });
  return { ...found, rows: found.rows.map(rowOf) };
}

function rowOf(row: DeliveryRecord & { channel: string }): DeliveryRow {
  return {
    id: row.id,
    channelId: row.channel_id,
    channel: row.channel,
    state: row.state,
    title: row.title,
    attempts: row.attempts,
    createdAt: instantOf(row.created_at_ms),
    sentAt: instantOrNull(row.sent_at_ms),
    nextAt: row.state === 'waiting' ? instantOf(row.next_at_ms) : null,
    problem: row.problem,
  };
}

/** What consoles show their people: notifications of enabled desktop channels since then, each once. */
export async function noticesSince(db: Db, sinceMs: number): Promise<OutputOf<Notices>> {
  const rows = await db
    .selectFrom('alert_delivery')
    .innerJoin('alert_channel', 'alert_channel.id', 'alert_delivery.channel_id')
    .select(['alert_delivery.notice_id', 'alert_delivery.created_at_ms', 'title', 'message'])
    .where('alert_channel.kind', '=', 'desktop')
    .where('alert_channel.enabled', '=', 1)
    .where('alert_delivery.created_at_ms', '>=', sinceMs)
    .orderBy('alert_delivery.created_at_ms', 'desc')
    .limit(20)
    .execute();
  const once = new Map(rows.map((row) => [row.notice_id, row]));
  return {
    rows: [...once.values()].map((row) => ({
      id: row.notice_id,
      at: instantOf(row.created_at_ms),
      title: row.title.slice(0, 120),
      body: noticeLines(noticeMessage.parse(JSON.parse(row.message)))
        .slice(0, 4)
        .join('\n')
        .slice(0, 400),
    })),
  };
}

export async function dueDeliveries(db: Db, nowMs: number, limit: number): Promise<DeliveryRecord[]> {
  return await db
    .selectFrom('alert_delivery')
    .selectAll()
    .where('state', '=', 'waiting')
    .where('next_at_ms', '<=', nowMs)
    .orderBy('created_at_ms')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** When the next one is due; undefined: nothing waits. */
export async function nextDueMs(db: Db): Promise<number | undefined> {
  const row = await db
    .selectFrom('alert_delivery')
    .select((of) => of.fn.min('next_at_ms').as('at_ms'))
    .where('state', '=', 'waiting')
    .executeTakeFirst();
  return row?.at_ms === null || row?.at_ms === undefined ? undefined : Number(row.at_ms);
}

/** Takes one to send it now. False when it is not waiting any more. */
export async function takeDelivery(db: Db, deliveryId: string): Promise<boolean> {
  const taken = await db
    .updateTable('alert_delivery')
    .set({ state: 'sending', attempts: sql`attempts + 1` })
    .where('id', '=', deliveryId)
    .where('state', '=', 'waiting')
    .executeTakeFirst();
  return Number(taken.numUpdatedRows) === 1;
}

/** What became of one that was taken. */
export async function settleDelivery(
  db: Db,
  deliveryId: string,
  became: Pick<DeliveryRecord, 'state' | 'next_at_ms' | 'sent_at_ms' | 'problem'>,
): Promise<void> {
  await db
    .updateTable('alert_delivery')
    .set(became)
    .where('id', '=', deliveryId)
    .where('state', '=', 'sending')
    .execute();
}

/** Whoever was sending these was ended before it said how it went: they are sent again, with their own ids. */
export async function reclaimDeliveries(db: Db, nowMs: number): Promise<void> {
  await db
    .updateTable('alert_delivery')
    .set({ state: 'waiting', next_at_ms: nowMs })
    .where('state', '=', 'sending')
    .execute();
}

/** A channel was changed: what waits for it need not wait for its turn. */
export async function hurryDeliveries(db: Db, channelId: string, nowMs: number): Promise<void> {
  await db
    .updateTable('alert_delivery')
    .set({ next_at_ms: nowMs })
    .where('channel_id', '=', channelId)
    .where('state', '=', 'waiting')
    .execute();
}

/** The channel fails: what waits behind is tried when its turn comes again, in order. */
export async function delayDeliveries(db: Db, channelId: string, untilMs: number): Promise<void> {
  await db
    .updateTable('alert_delivery')
    .set({ next_at_ms: untilMs })
    .where('channel_id', '=', channelId)
    .where('state', '=', 'waiting')
    .where('next_at_ms', '<', untilMs)
    .execute();
}

export async function endDeliveries(db: Db, channelId: string, problem: string): Promise<void> {
  await db
    .updateTable('alert_delivery')
    .set({ state: 'failed', problem })
    .where('channel_id', '=', channelId)
    .where('state', '=', 'waiting')
    .execute();
}

export async function forgetDeliveries(db: Db, madeBeforeMs: number): Promise<void> {
  await db
    .deleteFrom('alert_delivery')
    .where('created_at_ms', '<', madeBeforeMs)
    .where('state', 'in', ['sent', 'failed'])
    .execute();
  await db.deleteFrom('alert_notice').where('created_at_ms', '<', madeBeforeMs).execute();
}
