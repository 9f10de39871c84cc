import { setTimeout as sleep } from 'node:timers/promises';
import type { DutyGrant } from '../../platform/store/duty-hold.ts';
import type { AlertsParts } from './alerts-parts.ts';
import { CHANNEL_TOPIC, DELIVERY_TOPIC, type AlertsTables } from './alerts-tables.ts';
import { bellOf } from './change-bell.ts';
import { sendChannel } from './delivery-send.ts';
import { waitingChannels } from './outbox-store.ts';
import { unlessAway } from './store-away.ts';

/** A store that was away is asked again so soon. */
const AWAY_MS = 5_000;
const SHORTEST_MS = 200;
const WORDS = 'Notifications could not be sent; trying again.';

/** Sends what waits in the outbox until the grant is withdrawn, each channel by itself: a slow one holds up no other. Ends after all it began has ended. */
export async function deliver(
  parts: AlertsParts,
  grant: DutyGrant,
  pace: { readonly sendEveryMs: number },
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([grant.signal, stop.signal]);
  const bell = bellOf(parts, [DELIVERY_TOPIC, CHANNEL_TOPIC], signal);
  const sending = new Map<string, Promise<void>>();
  const failures: unknown[] = [];

  async function send(channelId: string): Promise<void> {
    try {
      const isHere = await unlessAway(
        parts,
        WORDS,
        async () => await sendChannel(parts, { ...grant, signal }, channelId),
      );
      if (!isHere) await sleep(AWAY_MS, undefined, { signal }).catch(() => undefined);
    } catch (error) {
      failures.push(error);
      stop.abort();
    } finally {
      sending.delete(channelId);
      bell.ring();
    }
  }

  async function look(): Promise<number> {
    let waitMs = pace.sendEveryMs;
    const db = parts.store.tables<AlertsTables>();
    const nowMs = await parts.nowMs(db);
    for (const { channelId, dueAtMs } of await waitingChannels(db, nowMs)) {
      if (sending.has(channelId)) continue;
      if (dueAtMs <= nowMs) sending.set(channelId, send(channelId));
      else waitMs = Math.min(waitMs, Math.max(dueAtMs - nowMs, SHORTEST_MS));
    }
    return waitMs;
  }

  try {
    while (!signal.aborted) {
      let waitMs = AWAY_MS;
      await unlessAway(parts, WORDS, async () => {
        waitMs = await look();
      });
      await bell.rung(waitMs);
    }
  } finally {
    stop.abort();
    await Promise.allSettled(sending.values());
  }
  if (failures.length > 0) throw failures[0];
}
