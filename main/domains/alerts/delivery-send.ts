import type { Transaction } from 'kysely';
import { noticeMessage } from '../../../shared/domains/alerts/alerts-contract.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { SealBroken } from '../../platform/secrets/sealer.ts';
import type { DutyGrant } from '../../platform/store/duty-hold.ts';
import type { AlertsParts } from './alerts-parts.ts';
import {
  CHANNEL_TOPIC,
  DELIVERY_TOPIC,
  type AlertsTables,
  type ChannelRecord,
  type DeliveryRecord,
} from './alerts-tables.ts';
import { SlowDown, sendOver } from './channel-send.ts';
import { allChannels, noteAttempt } from './channel-store.ts';
import { delayDeliveries, dueDeliveries, settleDelivery, takeDelivery } from './delivery-store.ts';

type Trx = Transaction<AlertsTables>;
type Parts = Pick<AlertsParts, 'store' | 'sealer' | 'nowMs' | 'log'>;
type Grant = Pick<DutyGrant, 'guard' | 'signal'>;

/** Waits between attempts; after the last one it is given up. About two hours in all. */
const WAITS_MS = [10, 30, 60, 120, 300, 600, 900, 1800, 3600].map((seconds) => seconds * 1000);
const AT_ONCE = 100;

/** Sends what is due, over each channel one after the other, all channels at once. Gives how many were due. */
export async function sendDueDeliveries(parts: Parts, grant: Grant): Promise<number> {
  const db = parts.store.tables<AlertsTables>();
  const due = await dueDeliveries(db, await parts.nowMs(db), AT_ONCE);
  const channels = new Map((await allChannels(db)).map((channel) => [channel.id, channel]));
  const byChannel = Map.groupBy(due, (delivery) => delivery.channel_id);
  await Promise.all(
    [...byChannel].map(async ([channelId, deliveries]) => {
      const channel = channels.get(channelId);
      if (channel !== undefined) await sendOne(parts, grant, { channel, deliveries });
    }),
  );
  return due.length;
}

/** One that fails holds up those behind it: they would fail as well, and come in order later. */
async function sendOne(
  parts: Parts,
  grant: Grant,
  { channel, deliveries }: { channel: ChannelRecord; deliveries: readonly DeliveryRecord[] },
): Promise<void> {
  for (const delivery of deliveries) {
    if (grant.signal.aborted) return;
    const isTaken = await parts.store.transaction<AlertsTables, boolean>(async (trx) => {
      await grant.guard(trx);
      return await takeDelivery(trx, delivery.id);
    });
    if (isTaken && !(await attempt(parts, grant, { channel, delivery }))) return;
  }
}

async function attempt(
  parts: Parts,
  grant: Grant,
  { channel, delivery }: { channel: ChannelRecord; delivery: DeliveryRecord },
): Promise<boolean> {
  const became = await outcomeOf(parts, grant.signal, { channel, delivery });
  // The engine stops: whoever takes over sends it again.
  if (became === undefined) return false;
  await parts.store.transaction<AlertsTables, void>(
    async (trx) => {
      await grant.guard(trx);
      await settle(parts, trx, { channel, delivery, became });
    },
    { repeatable: true },
  );
  return became.problem === '';
}

interface Became {
  readonly problem: string;
  readonly retryAfterMs: number | undefined;
}

async function outcomeOf(
  parts: Parts,
  signal: AbortSignal,
  { channel, delivery }: { channel: ChannelRecord; delivery: DeliveryRecord },
): Promise<Became | undefined> {
  try {
    const db = parts.store.tables<AlertsTables>();
    await sendOver({
      sealer: parts.sealer,
      channel,
      deliveryId: delivery.id,
      message: noticeMessage.parse(JSON.parse(delivery.message)),
      nowMs: await parts.nowMs(db),
      signal,
    });
    return { problem: '', retryAfterMs: undefined };
  } catch (error) {
    if (signal.aborted) return undefined;
    const isKnown = error instanceof OperatingFailure || error instanceof SealBroken;
    // A fault of ours must not hold up every other channel for ever.
    if (!isKnown) parts.log.error('A notification could not be made.', { channel: channel.name, error });
    const problem = isKnown ? error.message : 'It could not be made: a fault of this program, see its log.';
    parts.log.warn('A notification was not sent.', { channel: channel.name, problem });
    return {
      problem,
      retryAfterMs: error instanceof SlowDown ? error.retryAfterMs : undefined,
    };
  }
}

async function settle(
  parts: Parts,
  trx: Trx,
  of: { channel: ChannelRecord; delivery: DeliveryRecord; became: Became },
): Promise<void> {
  const { channel, delivery, became } = of;
  const nowMs = await parts.nowMs(trx);
  const isSent = became.problem === '';
  const waitMs = WAITS_MS[delivery.attempts];
  const isOver = !isSent && waitMs === undefined;
  const nextAtMs = nowMs + Math.max(waitMs ?? 0, became.retryAfterMs ?? 0);
  await settleDelivery(trx, delivery.id, {
    state: isSent ? 'sent' : isOver ? 'failed' : 'waiting',
    next_at_ms: nextAtMs,
    sent_at_ms: isSent ? nowMs : null,
    problem: isOver ? `${became.problem} Given up after ${delivery.attempts + 1} attempts.` : became.problem,
  });
  if (!isSent) await delayDeliveries(trx, channel.id, nextAtMs);
  await noteAttempt(trx, channel.id, { sentAtMs: isSent ? nowMs : null, problem: became.problem });
  await parts.store.changes.note(trx, DELIVERY_TOPIC, delivery.id);
  await parts.store.changes.note(trx, CHANNEL_TOPIC, channel.id);
}
