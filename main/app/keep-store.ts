import { setTimeout as sleep } from 'node:timers/promises';
import { forgetBulks } from '../domains/bulk/bulk-public.ts';
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

/** Housekeeping of the store, hourly: forgets old changes, old answers of commands and old bulk actions. */
export async function keepStore(
  { store, log }: { store: Store; log: Log },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const changes = await store.changes.expire(KEEP_CHANGES_MS);
      const outcomes = await store.outcomes.expire(KEEP_OUTCOMES_MS);
      const bulks = await forgetBulks(store, (await store.nowMs()) - KEEP_BULKS_MS, signal);
      log.debug('store kept', { changes, outcomes, bulks });
    } catch (error) {
      // The next hour is early enough.
      if (!(error instanceof StoreError)) throw error;
      log.warn('old rows of the store could not be forgotten', { error: error.message });
    }
    await sleep(HOUR_MS, undefined, { signal }).catch(() => undefined);
  }
}
