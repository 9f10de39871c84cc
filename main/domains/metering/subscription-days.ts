import { addDays, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { CalendarDays, MeteringParts, SubscriptionTerms } from './metering-parts.ts';

/** What subscriptions are charged by, and by whose days; neither changes until the caller's transaction ends. */
export interface SubscriptionDays {
  /** By subscription; those that are not there are left out. */
  readonly terms: ReadonlyMap<string, SubscriptionTerms>;
  /** By {@link SubscriptionTerms.calendar}; the first one is for what is of no subscription. */
  readonly days: ReadonlyMap<string, CalendarDays>;
}

/** Undefined while nobody sells. */
export async function holdSubscriptionDays(
  { billing }: Pick<MeteringParts, 'billing'>,
  db: AnyDatabase,
  subscriptionIds: readonly string[],
): Promise<SubscriptionDays | undefined> {
  const ids = [...new Set(subscriptionIds)];
  const held = async (): Promise<SubscriptionDays> => {
    const days = await billing.daysHeldOpen(db);
    return { days, terms: days.size === 0 ? new Map() : await billing.termsOf(db, ids, days) };
  };
  const first = await held();
  if (first.days.size === 0) return undefined;
  const isWhole = [...first.terms.values()].every(({ calendar }) => first.days.has(calendar));
  // A zone in which something was sold for the first time between the two: its calendar is held now.
  return isWhole ? first : await held();
}

/** Of what was used on a day and is known by now: the day whose close reckons with it first. */
export function knownBy({ closedUntil }: Pick<CalendarDays, 'closedUntil'>): (day: LocalDate) => LocalDate {
  if (closedUntil === null) return (day) => day;
  const firstOpen = addDays(closedUntil, 1);
  return (day) => (day <= closedUntil ? firstOpen : day);
}
