import { addDays, type LocalDate, type Period } from '../../kernel/local-date.ts';
import { ratio } from '../../kernel/ratio.ts';
import { roundRatio } from '../../kernel/rounding.ts';
import { dayOf } from './day-number-rules.ts';

/*
 * What is charged in advance is not earned yet: it is owed as a service, and becomes revenue day by day as the days close. What an entry
 * defers over the same days is one sum, recognised cumulatively: by the end of a day `round(sum × days served / days)` of it is revenue,
 * so the days of a period come to the sum exactly, whatever it was made of.
 */

/** An amount that is earned evenly over days of which none is closed when it is written. */
export interface Deferral extends Period {
  /** Minor units; below 0 where something is taken back. */
  readonly amountMinor: bigint;
}

/**
 * Parts a charge into what is earned by the end of a day and what is deferred over the days after it.
 *
 * @param served the days it is for; none or all over: all of it is earned
 * @param earnedUntil the last day that is closed, or closes with it
 */
export function deferredOf(
  amountMinor: bigint,
  served: Period,
  earnedUntil: LocalDate,
): { readonly earnedMinor: bigint; readonly deferred: Deferral | null } {
  const earnedMinor = recognisedMinor({ ...served, amountMinor }, earnedUntil);
  const restMinor = amountMinor - earnedMinor;
  if (restMinor === 0n) return { earnedMinor, deferred: null };
  const tomorrow = addDays(earnedUntil, 1);
  const start = served.start > tomorrow ? served.start : tomorrow;
  return { earnedMinor, deferred: { start, endExclusive: served.endExclusive, amountMinor: restMinor } };
}

/** How much of it is revenue by the end of a day. */
export function recognisedMinor(deferral: Deferral, day: LocalDate): bigint {
  const { start, endExclusive, amountMinor } = deferral;
  if (day >= addDays(endExclusive, -1)) return amountMinor;
  if (day < start) return 0n;
  const first = dayOf(start);
  const served = dayOf(day) + 1 - first;
  return roundRatio(ratio(amountMinor * BigInt(served), dayOf(endExclusive) - first), 0);
}

/** What of it becomes revenue with a day. */
export function recognisedOn(deferral: Deferral, day: LocalDate): bigint {
  return recognisedMinor(deferral, day) - recognisedMinor(deferral, addDays(day, -1));
}

/** Sums over the same days together, those that come to nothing left out. */
export class Deferrals {
  private readonly sums = new Map<string, Deferral>();

  add(deferral: Deferral | null): void {
    if (deferral === null) return;
    const { start, endExclusive, amountMinor } = deferral;
    const key = `${start} ${endExclusive}`;
    const sum = (this.sums.get(key)?.amountMinor ?? 0n) + amountMinor;
    this.sums.set(key, { start, endExclusive, amountMinor: sum });
  }

  all(): readonly Deferral[] {
    return [...this.sums.values()].filter(({ amountMinor }) => amountMinor !== 0n);
  }

  get minor(): bigint {
    return this.all().reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  }
}
