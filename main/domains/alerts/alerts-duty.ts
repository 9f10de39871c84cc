import { setTimeout as sleep } from 'node:timers/promises';
import { LeaseLost, StoreError } from '../../platform/store/store-error.ts';
import type { DutyGrant } from '../../platform/store/duty-hold.ts';
import { evaluateAlerts } from './alert-evaluate.ts';
import { forgetAlerts } from './alert-store.ts';
import type { AlertsParts } from './alerts-parts.ts';
import {
  CHANNEL_TOPIC,
  DELIVERY_TOPIC,
  RULE_TOPIC,
  SILENCE_TOPIC,
  type AlertsTables,
} from './alerts-tables.ts';
import { forgetDeliveries, nextDueMs, reclaimDeliveries } from './delivery-store.ts';
import { sendDueDeliveries } from './delivery-send.ts';
import { GROUPING, type Grouping } from './notice-make.ts';

export const ALERTS_DUTY = 'alerts';

/** What the rules look at, and the rules themselves. */
const WATCHED = ['host', 'vm', 'task', 'customer', 'cluster', RULE_TOPIC, SILENCE_TOPIC];
const SENT = [DELIVERY_TOPIC, CHANNEL_TOPIC];
const DAY_MS = 24 * 3_600_000;
const KEEP_ALERTS_MS = 90 * DAY_MS;
const KEEP_DELIVERIES_MS = 30 * DAY_MS;

export interface AlertsPace {
  readonly grouping: Grouping;
  /** It is looked at least so often: what must hold for a time ripens without any change. */
  readonly everyMs: number;
  /** Not more often than this, however much changes. */
  readonly restMs: number;
  /** A waiting delivery is looked for at least so often. */
  readonly sendEveryMs: number;
}

export const ALERTS_PACE: AlertsPace = {
  grouping: GROUPING,
  everyMs: 10_000,
  restMs: 2_000,
  sendEveryMs: 60_000,
};

/** The work of the duty `alerts`: looks at the fleet as it changes, and sends what waits in the outbox, until the grant is withdrawn. */
export async function runAlerts(
  parts: AlertsParts,
  grant: DutyGrant,
  pace: AlertsPace = ALERTS_PACE,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([grant.signal, stop.signal]);
  const held = { ...grant, signal };
  try {
    await Promise.race([watch(parts, held, pace), deliver(parts, held, pace)]);
  } finally {
    stop.abort();
  }
}

async function watch(parts: AlertsParts, grant: DutyGrant, pace: AlertsPace): Promise<void> {
  const bell = ringOn(parts, WATCHED, grant.signal);
  let cleanedAtMs = 0;
  while (!grant.signal.aborted) {
    const beganAtMs = performance.now();
    await unlessAway(parts, 'The alert rules could not be looked at; trying again.', async () => {
      await evaluateAlerts(parts, grant, pace.grouping);
      if (performance.now() - cleanedAtMs > 3_600_000 || cleanedAtMs === 0) {
        await clean(parts, grant);
        cleanedAtMs = performance.now();
      }
    });
    // A look at a large fleet takes its time: it is not to fill all of it.
    const restMs = Math.max(pace.restMs, 10 * (performance.now() - beganAtMs));
    await sleep(restMs, undefined, { signal: grant.signal }).catch(() => undefined);
    await bell.rung(pace.everyMs);
  }
}

async function deliver(parts: AlertsParts, grant: DutyGrant, pace: AlertsPace): Promise<void> {
  const bell = ringOn(parts, SENT, grant.signal);
  let isReclaimed = false;
  while (!grant.signal.aborted) {
    let waitMs = pace.sendEveryMs;
    await unlessAway(parts, 'Notifications could not be sent; trying again.', async () => {
      if (!isReclaimed) await reclaim(parts, grant);
      isReclaimed = true;
      while ((await sendDueDeliveries(parts, grant)) > 0 && !grant.signal.aborted);
      const db = parts.store.tables<AlertsTables>();
      const dueMs = await nextDueMs(db);
      if (dueMs !== undefined) waitMs = Math.min(waitMs, Math.max(dueMs - (await parts.nowMs(db)), 200));
    });
    await bell.rung(waitMs);
  }
}

/** What an engine that was killed had in its hands. */
async function reclaim(parts: AlertsParts, grant: DutyGrant): Promise<void> {
  await parts.store.transaction<AlertsTables, void>(
    async (trx) => {
      await grant.guard(trx);
      await reclaimDeliveries(trx, await parts.nowMs(trx));
    },
    { repeatable: true },
  );
}

async function clean(parts: AlertsParts, grant: DutyGrant): Promise<void> {
  await parts.store.transaction<AlertsTables, void>(
    async (trx) => {
      await grant.guard(trx);
      const nowMs = await parts.nowMs(trx);
      await forgetAlerts(trx, nowMs - KEEP_ALERTS_MS);
      await forgetDeliveries(trx, nowMs - KEEP_DELIVERIES_MS);
    },
    { repeatable: true },
  );
}

async function unlessAway(parts: AlertsParts, words: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof LeaseLost || !(error instanceof StoreError)) throw error;
    parts.log.warn(words, { error });
  }
}

interface Bell {
  /** Resolves when something changed since the last time, or after that long. */
  rung(withinMs: number): Promise<void>;
}

function ringOn(parts: AlertsParts, topics: readonly string[], signal: AbortSignal): Bell {
  let hasRung = false;
  let wake = (): void => undefined;
  const listen = async (): Promise<void> => {
    for await (const _ of parts.store.changes.subscribe({ topics, signal })) {
      hasRung = true;
      wake();
    }
  };
  listen().catch((error: unknown) =>
    parts.log.warn('The change feed ended: alerts are looked at by the clock alone.', { error }),
  );
  return {
    rung: async (withinMs) => {
      if (!hasRung && !signal.aborted) {
        const waiting = new AbortController();
        wake = () => waiting.abort();
        await sleep(withinMs, undefined, {
          signal: AbortSignal.any([signal, waiting.signal]),
        }).catch(() => undefined);
      }
      hasRung = false;
    },
  };
}
