import { addDays, type LocalDate, type Period } from '../../kernel/local-date.ts';
import { ratio } from '../../kernel/ratio.ts';
import { roundRatio } from '../../kernel/rounding.ts';
import { dateOf, dayOf } from './day-number-rules.ts';

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

/** How the days of a charge lie about a day: what of it is earned by its end, and the days the rest is for. */
export interface Share {
  readonly servedDays: bigint;
  readonly days: bigint;
  /** Null where nothing is left. */
  readonly rest: Period | null;
}

/**
 * @param served the days it is for; none or all over: all of it is earned
 * @param earnedUntil the last day that is closed, or closes with it
 */
export function shareOf(served: Period, earnedUntil: LocalDate): Share {
  const first = dayOf(served.start);
  const end = dayOf(served.endExclusive);
  const tomorrow = dayOf(earnedUntil) + 1;
  if (end <= first || end <= tomorrow) return { servedDays: 1n, days: 1n, rest: null };
  const start = Math.max(first, tomorrow);
  return {
    servedDays: BigInt(start - first),
    days: BigInt(end - first),
    rest: { start: dateOf(start), endExclusive: served.endExclusive },
  };
}

/** Parts a charge into what is earned and what is deferred over the days after it. */
export function deferredOf(
  amountMinor: bigint,
  { servedDays, days, rest }: Share,
): { readonly earnedMinor: bigint; readonly deferred: Deferral | null } {
  const earnedMinor = roundRatio(ratio(amountMinor * servedDays, days), 0);
  const restMinor = amountMinor - earnedMinor;
  if (restMinor === 0n || rest === null) return { earnedMinor, deferred: null };
  return { earnedMinor, deferred: { ...rest, amountMinor: restMinor } };
}

/** How much of it is revenue by the end of a day. */
export function recognisedMinor(deferral: Deferral, day: LocalDate): bigint {
  const { start, endExclusive, amountMinor } = deferral;
  const first = dayOf(start);
  const end = dayOf(endExclusive);
  const tomorrow = dayOf(day) + 1;
  if (tomorrow >= end) return amountMinor;
  if (tomorrow <= first) return 0n;
  return roundRatio(ratio(amountMinor * BigInt(tomorrow - first), end - first), 0);
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
