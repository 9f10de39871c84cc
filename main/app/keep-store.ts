import { setTimeout as sleep } from 'node:timers/promises';
import { addDays } from '../../shared/kernel/local-date.ts';
import { closedEverywhere, isClosedEverywhere } from '../domains/billing/billing-public.ts';
import { forgetBulks } from '../domains/bulk/bulk-public.ts';
import { forgetLateUsage } from '../domains/metering/metering-public.ts';
import type { Log } from '../platform/log/log.ts';
import { StoreError } from '../platform/store/store-error.ts';
import type { Store } from '../platform/store/store.ts';

const HOUR_MS = 3_600_000;
/** A console that was away longer reads everything anew. */
const KEEP_CHANGES_MS = 24 * HOUR_MS;
/** How long a command sent again under its key gets its first answer. */
const KEEP_OUTCOMES_MS = 7 * 24 * HOUR_MS;
/** As long as their tasks. */
const KEEP_BULKS_MS = 90 * 24 * HOUR_MS;

/** How long it can be looked up of whom usage came late after all of it is charged. */
const KEEP_LATE_USAGE_DAYS = 62;

async function forgetSettledUsage(store: Store, signal: AbortSignal): Promise<number> {
  const closed = await closedEverywhere(store.tables());
  if (closed === undefined) return 0;
  const before = addDays(closed, -KEEP_LATE_USAGE_DAYS);
  return await forgetLateUsage(store, { before, isSettled: isClosedEverywhere }, signal);
}

/** Housekeeping of the store, hourly: forgets old changes, old answers of commands, old bulk actions and of whom usage came late long ago. */
export async function keepStore(
  { store, log }: { store: Store; log: Log },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const changes = await store.changes.expire(KEEP_CHANGES_MS);
      const outcomes = await store.outcomes.expire(KEEP_OUTCOMES_MS);
      const bulks = await forgetBulks(store, (await store.nowMs()) - KEEP_BULKS_MS, signal);
      const late = await forgetSettledUsage(store, signal);
      log.debug('store kept', { changes, outcomes, bulks, late });
    } catch (error) {
      // The next hour is early enough.
      if (!(error instanceof StoreError)) throw error;
      log.warn('old rows of the store could not be forgotten', { error: error.message });
    }
    await sleep(HOUR_MS, undefined, { signal }).catch(() => undefined);
  }
}
