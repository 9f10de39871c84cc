import type { Kysely } from 'kysely';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { todayIn } from '../companies/company-store.ts';
import { notEndedBy } from '../subscriptions/subscription-store.ts';
import { daysHeldOpen, usageTermsOf, type OpenDays, type UsageTerms } from './usage-terms.ts';
import { UsageTermsKept } from './usage-terms-kept.ts';

/** What whoever takes usage from outside asks of billing. */
export interface UsageBilling {
  daysHeldOpen(db: AnyDatabase): Promise<ReadonlyMap<string, OpenDays>>;
  /** `days`: those that the caller's transaction holds, by which what was read before may still be known; absent: read anew. */
  termsOf(
    db: AnyDatabase,
    subscriptionIds: readonly string[],
    days?: ReadonlyMap<string, OpenDays>,
  ): Promise<ReadonlyMap<string, UsageTerms>>;
  /** Ids of the plans' versions by which subscriptions that have not ended are charged, and the day it is. */
  versionsSubscribed(
    db: AnyDatabase,
  ): Promise<{ readonly today: LocalDate; readonly ids: ReadonlySet<string> }>;
}

export function usageBilling({ kind, nowMs }: Pick<BillingParts, 'kind' | 'nowMs'>): UsageBilling {
  const kept = new UsageTermsKept(kind);
  return {
    daysHeldOpen: async (db) => await daysHeldOpen(db, kind),
    termsOf: async (db, ids, days) =>
      days === undefined ? await usageTermsOf(db, kind, ids) : await kept.termsOf(db, ids, days),
    versionsSubscribed: async (anyDb) => {
      const db = anyDb as Kysely<BillingTables>;
      const today = await todayIn(db, await nowMs(db));
      const rows = await db
        .selectFrom('subscription')
        .select('price_id')
        .distinct()
        .where(notEndedBy(today))
        .execute();
      return { today, ids: new Set(rows.map((row) => row.price_id)) };
    },
  };
}
