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

export async function forgetDeliveries(db: Db, madeBeforeMs: number): Promise<void> {
  await db
    .deleteFrom('alert_delivery')
    .where('created_at_ms', '<', madeBeforeMs)
    .where('state', 'in', ['sent', 'failed'])
    .execute();
  await db.deleteFrom('alert_notice').where('created_at_ms', '<', madeBeforeMs).execute();
}
