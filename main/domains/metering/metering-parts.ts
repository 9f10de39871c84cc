import type { HeldReason } from '../../../shared/domains/metering/usage-event-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { InsertMany } from '../../platform/store/insert-many.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import type { UpdateMany } from '../../platform/store/update-many.ts';

/** What usage of a subscription is charged by. */
export interface SubscriptionTerms {
  /** By whose days it is charged: a key of `daysHeldOpen`. */
  readonly calendar: string;
  readonly customerId: string;
  /** Plan, and VM where it is for one, in words. */
  readonly what: string;
  /** Why usage of a meter on a day has no place on its bill; null where it has. */
  whyHeld(meter: string, day: LocalDate): HeldReason | null;
  /** The day nearest to this one on which it is charged by that meter; undefined where it never is. */
  nearestDay(meter: string, day: LocalDate): LocalDate | undefined;
}

/** The days of a calendar (of a company and billing zone), and which of them are closed. */
export interface CalendarDays {
  /** IANA. */
  readonly zone: string;
  readonly closedUntil: LocalDate | null;
  /** Another number once somebody had the calendar's lock, and may have changed subscriptions. */
  readonly turns: number;
}

/** Subscriptions and closed days, from where they are kept. */
export interface MeteringBilling {
  /** The days of every calendar, that of the first company's own zone first; none closes until the caller's transaction ends. */
  daysHeldOpen(db: AnyDatabase): Promise<ReadonlyMap<string, CalendarDays>>;
  /** By id; subscriptions that are not there are left out. `days`: those that the caller's transaction holds, by which what was read before may still be known. */
  termsOf(
    db: AnyDatabase,
    subscriptionIds: readonly string[],
    days?: ReadonlyMap<string, CalendarDays>,
  ): Promise<ReadonlyMap<string, SubscriptionTerms>>;
  /** Ids of the plans' versions by which subscriptions that have not ended are charged, and the day it is. */
  versionsSubscribed(
    db: AnyDatabase,
  ): Promise<{ readonly today: LocalDate; readonly ids: ReadonlySet<string> }>;
}

export interface MeteringParts {
  /** Epoch milliseconds by the clock of the store. */
  nowMs(db: AnyDatabase): Promise<number>;
  readonly kind: StoreKind;
  readonly insertMany: InsertMany;
  readonly updateMany: UpdateMany;
  readonly billing: MeteringBilling;
}
