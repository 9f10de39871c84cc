import type { HeldReason } from '../../../shared/domains/metering/usage-event-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { InsertMany } from '../../platform/store/insert-many.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import type { UpdateMany } from '../../platform/store/update-many.ts';

/** What usage of a subscription is charged by. */
export interface SubscriptionTerms {
  readonly companyId: string;
  readonly customerId: string;
  /** Plan, and VM where it is for one, in words. */
  readonly what: string;
  /** Why usage of a meter on a day has no place on its bill; null where it has. */
  whyHeld(meter: string, day: LocalDate): HeldReason | null;
  /** The day nearest to this one on which it is charged by that meter; undefined where it never is. */
  nearestDay(meter: string, day: LocalDate): LocalDate | undefined;
}

/** Subscriptions and closed days, from where they are kept. */
export interface MeteringBilling {
  /** The days of every company by its id, the first company first; none closes until the caller's transaction ends. */
  daysHeldOpen(
    db: AnyDatabase,
  ): Promise<ReadonlyMap<string, { readonly zone: string; readonly closedUntil: LocalDate | null }>>;
  /** By id; subscriptions that are not there are left out. */
  termsOf(
    db: AnyDatabase,
    subscriptionIds: readonly string[],
  ): Promise<ReadonlyMap<string, SubscriptionTerms>>;
}

export interface MeteringParts {
  /** Epoch milliseconds by the clock of the store. */
  nowMs(db: AnyDatabase): Promise<number>;
  readonly kind: StoreKind;
  readonly insertMany: InsertMany;
  readonly updateMany: UpdateMany;
  readonly billing: MeteringBilling;
}
