import type { Kysely } from 'kysely';
import {
  channelConfig,
  type ChannelConfig,
  type ChannelRow,
} from '../../../shared/domains/alerts/alerts-contract.ts';
import { forUpdate } from '../../platform/store/for-update.ts';
import type { Store } from '../../platform/store/store.ts';
import { instantOrNull } from './alert-store.ts';
import type { AlertsTables, ChannelRecord } from './alerts-tables.ts';

type Db = Kysely<AlertsTables>;

export async function allChannels(db: Db): Promise<ChannelRecord[]> {
  return await db.selectFrom('alert_channel').selectAll().orderBy('name').execute();
}

export async function channelById(db: Db, channelId: string): Promise<ChannelRecord | undefined> {
  return await db.selectFrom('alert_channel').selectAll().where('id', '=', channelId).executeTakeFirst();
}

/** The same, which nobody else changes or deletes until the transaction ends. */
export async function lockChannel(
  db: Db,
  store: Pick<Store, 'kind'>,
  channelId: string,
): Promise<ChannelRecord | undefined> {
  const query = db.selectFrom('alert_channel').selectAll().where('id', '=', channelId);
  return await forUpdate(query, store.kind).executeTakeFirst();
}

export async function channelRows(db: Db): Promise<ChannelRow[]> {
  const counts = await db
    .selectFrom('alert_delivery')
    .select(['channel_id', (count) => count.fn.countAll<number>().as('waiting')])
    .where('state', 'in', ['waiting', 'sending'])
    .groupBy('channel_id')
    .execute();
  const waiting = new Map(counts.map((row) => [row.channel_id, Number(row.waiting)]));
  return (await allChannels(db)).map((row) => {
    const config = channelConfig.parse(JSON.parse(row.config));
    return {
      id: row.id,
      name: row.name,
      enabled: row.enabled === 1,
      leastSeverity: row.least_severity,
      ruleIds: JSON.parse(row.rule_ids) as string[],
      sendsResolved: row.sends_resolved === 1,
      config,
      target: targetWords(config, row.config),
      hasSecret: row.sealed !== null,
      lastSentAt: instantOrNull(row.last_sent_at_ms),
      problem: row.problem,
      waiting: waiting.get(row.id) ?? 0,
    };
  });
}

/** A channel's settings as they stand in the store: beside the contract's, of an address that is a secret its server. */
export type StoredConfig = ChannelConfig & { readonly shownServer?: string };

function targetWords(config: ChannelConfig, stored: string): string {
  const { shownServer = '' } = JSON.parse(stored) as StoredConfig;
  switch (config.kind) {
    case 'mail':
      return `${config.to.join(', ')} by ${config.server}:${config.port}`;
    case 'webhook':
    case 'slack':
      return shownServer;
    case 'telegram':
      return `chat ${config.chatId}`;
    case 'desktop':
      return 'whoever has a console open';
  }
}

/** Adds or replaces a channel. Throws ConstraintViolated when another one has its name. */
export async function writeChannel(db: Db, row: ChannelRecord): Promise<void> {
  const { id: _id, ...columns } = row;
  await db
    .insertInto('alert_channel')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
    .execute();
}

export async function deleteChannel(db: Db, channelId: string): Promise<boolean> {
  const gone = await db.deleteFrom('alert_channel').where('id', '=', channelId).executeTakeFirst();
  if (Number(gone.numDeletedRows) === 0) return false;
  await db.deleteFrom('alert_delivery').where('channel_id', '=', channelId).execute();
  return true;
}

/** What became of an attempt; `sentAtMs` null: it failed. A problem beside it is what was odd about it. */
export async function noteAttempt(
  db: Db,
  channelId: string,
  attempt: { sentAtMs: number | null; problem: string },
): Promise<void> {
  await db
    .updateTable('alert_channel')
    .set({
      problem: attempt.problem,
      ...(attempt.sentAtMs === null ? {} : { last_sent_at_ms: attempt.sentAtMs }),
    })
    .where('id', '=', channelId)
    .execute();
}
