import { setTimeout as sleep } from 'node:timers/promises';
import type { Transaction } from 'kysely';
import { noticeMessage } from '../../../shared/domains/alerts/alerts-contract.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { SealBroken } from '../../platform/secrets/sealer.ts';
import type { DutyGrant } from '../../platform/store/duty-hold.ts';
import { StoreError } from '../../platform/store/store-error.ts';
import type { AlertsParts } from './alerts-parts.ts';
import {
  CHANNEL_TOPIC,
  DELIVERY_TOPIC,
  type AlertsTables,
  type ChannelRecord,
  type DeliveryRecord,
} from './alerts-tables.ts';
import { SlowDown, sendOver } from './channel-send.ts';
import { channelById, lockChannel, noteAttempt } from './channel-store.ts';
import {
  claimDelivery,
  delayDeliveries,
  endDeliveries,
  settleDelivery,
  waitingChannels,
} from './outbox-store.ts';
import { signalLater } from './signal-later.ts';

type Trx = Transaction<AlertsTables>;
type Parts = Pick<AlertsParts, 'store' | 'sealer' | 'nowMs' | 'log'>;
type Grant = Pick<DutyGrant, 'guard' | 'signal'>;

/** Waits between attempts; after the last one it is given up. About two hours in all. */
const WAITS_MS = [10, 30, 60, 120, 300, 600, 900, 1800, 3600].map((seconds) => seconds * 1000);
/** What is being sent when the engine stops may end: cut off, it would have to be sent again. Less than a lease lasts. */
const GRACE_MS = 5_000;
const SETTLE_AGAIN_MS = 1_000;

/** Sends what is due, all channels at once. Ends after all of it has ended, and throws what went wrong first. */
export async function sendDueDeliveries(parts: Parts, grant: Grant): Promise<void> {
  const db = parts.store.tables<AlertsTables>();
  const nowMs = await parts.nowMs(db);
  const due = (await waitingChannels(db, nowMs)).filter(({ dueAtMs }) => dueAtMs <= nowMs);
  const ended = await Promise.allSettled(
    due.map(async ({ channelId }) => await sendChannel(parts, grant, channelId)),
  );
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

interface Claimed {
  readonly channel: ChannelRecord;
  readonly delivery: DeliveryRecord;
}

/**
 * Sends what is due over a channel, one after the other. One that fails holds up those behind it: they would fail as well, and come
 * in order later.
 */
export async function sendChannel(parts: Parts, grant: Grant, channelId: string): Promise<void> {
  while (!grant.signal.aborted) {
    const claimed = await parts.store.transaction<AlertsTables, Claimed | undefined>(
      async (trx) => {
        await grant.guard(trx);
        return await claim(parts, trx, channelId);
      },
      { repeatable: true },
    );
    if (claimed === undefined) return;
    const became = await outcomeOf(parts, grant.signal, claimed);
    // Cut off when the engine stopped: whoever takes over sends it again.
    if (became === undefined) return;
    await settleSurely(parts, grant.signal, { ...claimed, became });
    if (!became.isSent) return;
  }
}

async function claim(parts: Parts, trx: Trx, channelId: string): Promise<Claimed | undefined> {
  const nowMs = await parts.nowMs(trx);
  const channel = await channelById(trx, channelId);
  if (channel?.enabled === 1) {
    const delivery = await claimDelivery(trx, channelId, nowMs);
    return delivery && { channel, delivery };
  }
  // Made while it was switched off or deleted: nobody would ever send it.
  const problem = `The channel was ${channel === undefined ? 'deleted' : 'switched off'}.`;
  await endDeliveries(trx, channelId, { problem, nowMs });
  await parts.store.changes.note(trx, DELIVERY_TOPIC, channelId);
  return undefined;
}

interface Became {
  readonly isSent: boolean;
  /** Why it was not sent, or what was odd about it. */
  readonly problem: string;
  readonly retryAfterMs: number | undefined;
}

async function outcomeOf(
  parts: Parts,
  stopping: AbortSignal,
  { channel, delivery }: Claimed,
): Promise<Became | undefined> {
  const grace = signalLater(stopping, GRACE_MS);
  try {
    const { oddity } = await sendOver({
      sealer: parts.sealer,
      channel,
      deliveryId: delivery.id,
      message: noticeMessage.parse(JSON.parse(delivery.message)),
      nowMs: delivery.decided_at_ms,
      signal: grace.signal,
    });
    return { isSent: true, problem: oddity, retryAfterMs: undefined };
  } catch (error) {
    if (grace.signal.aborted) return undefined;
    const isKnown = error instanceof OperatingFailure || error instanceof SealBroken;
    // A fault of ours must not hold up every other channel for ever.
    if (!isKnown) parts.log.error('A notification could not be made.', { channel: channel.name, error });
    const problem = isKnown ? error.message : 'It could not be made: a fault of this program, see its log.';
    parts.log.warn('A notification was not sent.', { channel: channel.name, problem });
    const retryAfterMs = error instanceof SlowDown ? error.retryAfterMs : undefined;
    return { isSent: false, problem, retryAfterMs };
  } finally {
    grace.clear();
  }
}

/** What was sent is sent: a store that is away now must not make it be sent again, so it is waited for as long as the duty is held. */
async function settleSurely(
  parts: Parts,
  signal: AbortSignal,
  of: Claimed & { readonly became: Became },
): Promise<void> {
  for (;;) {
    try {
      await parts.store.transaction<AlertsTables, void>(async (trx) => await settle(parts, trx, of), {
        repeatable: true,
      });
      return;
    } catch (error) {
      if (signal.aborted || !(error instanceof StoreError)) throw error;
      parts.log.warn('How a notification went could not be written down; trying again.', { error });
      await sleep(SETTLE_AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function settle(
  parts: Parts,
  trx: Trx,
  { channel, delivery, became }: Claimed & { readonly became: Became },
): Promise<void> {
  const { isSent, problem } = became;
  // Before its deliveries, as whoever changes a channel takes them.
  await lockChannel(trx, parts.store, channel.id);
  const nowMs = await parts.nowMs(trx);
  const waitMs = WAITS_MS[delivery.attempts - 1];
  const isOver = !isSent && waitMs === undefined;
  const nextAtMs = nowMs + Math.max(waitMs ?? 0, became.retryAfterMs ?? 0);
  const isOurs = await settleDelivery(trx, delivery, {
    state: isSent ? 'sent' : isOver ? 'failed' : 'waiting',
    next_at_ms: nextAtMs,
    decided_at_ms: nowMs,
    sent_at_ms: isSent ? nowMs : null,
    problem: isOver ? `${problem} Given up after ${delivery.attempts} attempts.` : problem,
  });
  if (!isOurs) return;
  if (!isSent) await delayDeliveries(trx, channel.id, { nowMs, nextAtMs });
  await noteAttempt(trx, channel.id, { sentAtMs: isSent ? nowMs : null, problem });
  await parts.store.changes.note(trx, DELIVERY_TOPIC, delivery.id);
  await parts.store.changes.note(trx, CHANNEL_TOPIC, channel.id);
}
