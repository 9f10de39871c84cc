import { sql, type Kysely } from 'kysely';
import type { AlertsTables, DeliveryRecord } from './alerts-tables.ts';

type Db = Kysely<AlertsTables>;

/**
 * Longer than any sending may take. Whoever took a delivery and has not said by then how it went is gone: it is taken again and sent
 * with its own id. Until then nobody else touches it.
 */
export const CLAIM_MS = 60_000;

/** As the index has it: a parameter would not find it. */
const isOpen = sql<boolean>`alert_delivery.state in ('waiting', 'sending')`;

/** A time that was decided on in the future is of a clock that was set back since: it holds nobody up. */
function dueAtMs(nowMs: number) {
  return sql<number>`case when alert_delivery.decided_at_ms > ${nowMs} then 0 else alert_delivery.next_at_ms end`;
}

export interface WaitingChannel {
  readonly channelId: string;
  readonly dueAtMs: number;
}

/** Channels for which something waits or is being sent, and when the first of it is due. */
export async function waitingChannels(db: Db, nowMs: number): Promise<WaitingChannel[]> {
  const rows = await db
    .selectFrom('alert_delivery')
    .select(['channel_id', (of) => of.fn.min(dueAtMs(nowMs)).as('at_ms')])
    .where(isOpen)
    .groupBy('channel_id')
    .execute();
  return rows.map((row) => ({ channelId: row.channel_id, dueAtMs: Number(row.at_ms) }));
}

/** Takes the oldest that is due over a channel, to send it now; undefined: there is none, or another engine was faster. */
export async function claimDelivery(
  db: Db,
  channelId: string,
  nowMs: number,
): Promise<DeliveryRecord | undefined> {
  const next = await db
    .selectFrom('alert_delivery')
    .selectAll()
    .where('channel_id', '=', channelId)
    .where(isOpen)
    .where(dueAtMs(nowMs), '<=', nowMs)
    .orderBy('created_at_ms')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  if (next === undefined) return undefined;
  const claim = {
    state: 'sending' as const,
    attempts: next.attempts + 1,
    next_at_ms: nowMs + CLAIM_MS,
    decided_at_ms: nowMs,
  };
  const claimed = await db
    .updateTable('alert_delivery')
    .set(claim)
    .where('id', '=', next.id)
    .where('state', '=', next.state)
    .where('attempts', '=', next.attempts)
    .executeTakeFirst();
  return Number(claimed.numUpdatedRows) === 1 ? { ...next, ...claim } : undefined;
}

/**
 * What became of one that was claimed. False when it is nobody's any more, or was claimed anew: the number of the attempt is its
 * fence, so that what was sent is written down even by an engine that has lost the duty meanwhile.
 */
export async function settleDelivery(
  db: Db,
  claimed: Pick<DeliveryRecord, 'id' | 'attempts'>,
  became: Pick<DeliveryRecord, 'state' | 'next_at_ms' | 'decided_at_ms' | 'sent_at_ms' | 'problem'>,
): Promise<boolean> {
  const settled = await db
    .updateTable('alert_delivery')
    .set(became)
    .where('id', '=', claimed.id)
    .where('state', '=', 'sending')
    .where('attempts', '=', claimed.attempts)
    .executeTakeFirst();
  return Number(settled.numUpdatedRows) === 1;
}

/** A channel was changed: what waits for it need not wait for its turn. */
export async function hurryDeliveries(db: Db, channelId: string, nowMs: number): Promise<void> {
  await db
    .updateTable('alert_delivery')
    .set({ next_at_ms: nowMs, decided_at_ms: nowMs })
    .where('channel_id', '=', channelId)
    .where('state', '=', 'waiting')
    .execute();
}

/** The channel fails: what waits behind is tried when its turn comes again, in order. */
export async function delayDeliveries(
  db: Db,
  channelId: string,
  until: { readonly nowMs: number; readonly nextAtMs: number },
): Promise<void> {
  await db
    .updateTable('alert_delivery')
    .set({ next_at_ms: until.nextAtMs, decided_at_ms: until.nowMs })
    .where('channel_id', '=', channelId)
    .where('state', '=', 'waiting')
    .where(dueAtMs(until.nowMs), '<', until.nextAtMs)
    .execute();
}

/** Nothing is sent over this channel any more: what waits for it ends, and what nobody is sending any more. */
export async function endDeliveries(
  db: Db,
  channelId: string,
  why: { readonly problem: string; readonly nowMs: number },
): Promise<void> {
  await db
    .updateTable('alert_delivery')
    .set({ state: 'failed', problem: why.problem })
    .where('channel_id', '=', channelId)
    .where(isOpen)
    .where((is) => is.or([is('state', '=', 'waiting'), is(dueAtMs(why.nowMs), '<=', why.nowMs)]))
    .execute();
}
