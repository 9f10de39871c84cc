import { setTimeout as sleep } from 'node:timers/promises';
import type { DutyGrant } from '../../platform/store/duty-hold.ts';
import { evaluateAlerts } from './alert-evaluate.ts';
import { forgetAlerts } from './alert-store.ts';
import type { AlertsParts } from './alerts-parts.ts';
import { RULE_TOPIC, SILENCE_TOPIC, type AlertsTables } from './alerts-tables.ts';
import { bellOf } from './change-bell.ts';
import { deliver } from './delivery-loop.ts';
import { forgetDeliveries } from './delivery-store.ts';
import { GROUPING, type Grouping } from './notice-make.ts';
import { unlessAway } from './store-away.ts';

export const ALERTS_DUTY = 'alerts';

/** What the rules look at, and the rules themselves. */
const WATCHED = ['host', 'vm', 'task', 'customer', 'cluster', RULE_TOPIC, SILENCE_TOPIC];
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

/**
 * The work of the duty `alerts`: looks at the fleet as it changes, and sends what waits in the outbox, until the grant is withdrawn.
 * Ends after both have ended, so that nothing is under way any more when another engine gets the duty.
 */
export async function runAlerts(
  parts: AlertsParts,
  grant: DutyGrant,
  pace: AlertsPace = ALERTS_PACE,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([grant.signal, stop.signal]);
  const held = { ...grant, signal };
  const works = [watch(parts, held, pace), deliver(parts, held, pace)].map(
    async (work) => await work.finally(() => stop.abort()),
  );
  const failed = (await Promise.allSettled(works)).find((work) => work.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function watch(parts: AlertsParts, grant: DutyGrant, pace: AlertsPace): Promise<void> {
  const bell = bellOf(parts, WATCHED, grant.signal);
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
    // A look at a large fleet takes its time: it is not to fill all of it, nor is the next one to be late.
    const restMs = restAfter(performance.now() - beganAtMs, pace);
    await sleep(restMs, undefined, { signal: grant.signal }).catch(() => undefined);
    await bell.rung(pace.everyMs - restMs);
  }
}

/** How long is rested after a look that took so long: ten times that, within the bounds. */
export function restAfter(tookMs: number, { restMs, everyMs }: AlertsPace): number {
  return Math.min(everyMs, Math.max(restMs, 10 * tookMs));
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
