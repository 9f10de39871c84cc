import { dayAt, dayStartMs, localDate, type LocalDate } from '../../kernel/local-date.ts';

/** One event as it is told: what was used of a meter, by whom, and when. */
export interface ToldEvent {
  readonly id: string;
  readonly subscriptionId: string;
  readonly meter: string;
  /** An instant with its offset (`2026-10-03T14:05:00Z`) or a local day (`2026-10-03`). */
  readonly at: string;
  /** Exact decimal text. */
  readonly quantity: string;
  /** Which part of the subscription it is of, where each has readings of its own; empty for the whole. */
  readonly member: string;
}

/** How long a clock that tells events may run ahead of the store's. */
export const CLOCK_AHEAD_MS = 300_000;

export interface EventTime {
  readonly atMs: number;
  readonly day: LocalDate;
  /** It was told as a day: `atMs` is when that began. */
  readonly isOfDay: boolean;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
/** The offsets of all zones are whole quarters of an hour, so a day begins with one. */
const QUARTER_MS = 900_000;

/** The local days of instants in one zone; each quarter of an hour is worked out once. */
export class LocalDays {
  private readonly days = new Map<number, LocalDate>();
  private readonly known = new Map<string, number | null>();
  private readonly zone: string;

  constructor(zone: string) {
    this.zone = zone;
  }

  dayOf(atMs: number): LocalDate {
    const quarter = Math.floor(atMs / QUARTER_MS);
    const before = this.days.get(quarter);
    if (before !== undefined) return before;
    const day = dayAt(atMs, this.zone);
    this.days.set(quarter, day);
    return day;
  }

  /** When an event was, or undefined for what is no time. */
  timeOf(at: string): EventTime | undefined {
    if (DAY.test(at)) {
      const startMs = this.startOf(at);
      return startMs === null ? undefined : { atMs: startMs, day: at as LocalDate, isOfDay: true };
    }
    const date = INSTANT.exec(at)?.[1];
    if (date === undefined || this.startOf(date) === null) return undefined;
    const atMs = Date.parse(at);
    return Number.isNaN(atMs) ? undefined : { atMs, day: this.dayOf(atMs), isOfDay: false };
  }

  /** First instant of a day; null for one that no calendar has. */
  private startOf(date: string): number | null {
    const before = this.known.get(date);
    if (before !== undefined) return before;
    let startMs: number | null;
    try {
      startMs = dayStartMs(localDate(date), this.zone);
    } catch {
      startMs = null;
    }
    this.known.set(date, startMs);
    return startMs;
  }
}

/** Farther from UTC than this is no zone, before it or behind. */
const ZONES_WITHIN_MS = 15 * 3_600_000;
const beginnings = new Map<string, ReadonlySet<number>>();
const BEGINNINGS_KEPT = 1000;

/**
 * Whether a day began at that instant in any zone there is. What was told of a day alone is the same when it is told again, although the
 * zone by which it is charged may be another by then: its subscription was sold meanwhile, or the company moved.
 */
export function isBeginningOf(day: LocalDate, atMs: number): boolean {
  if (Math.abs(atMs - dayStartMs(day, 'UTC')) > ZONES_WITHIN_MS) return false;
  let known = beginnings.get(day);
  if (known === undefined) {
    known = new Set(Intl.supportedValuesOf('timeZone').map((zone) => dayStartMs(day, zone)));
    if (beginnings.size >= BEGINNINGS_KEPT) beginnings.clear();
    beginnings.set(day, known);
  }
  return known.has(atMs);
}

/** Why usage waits for a person. */
export const HELD_REASONS = [
  'no-subscription',
  'before-start',
  'after-end',
  'paused',
  'not-metered',
] as const;
export type HeldReason = (typeof HELD_REASONS)[number];

/** What held usage is of, as far as it is known. */
export interface HeldOf {
  readonly subscriptionId: string;
  readonly meter: string;
  readonly day: string;
  /** Plan and VM, and the customer; empty where there is no such subscription. */
  readonly what: string;
  readonly customer: string;
}

/** Why it waits and what to do, as one sentence. */
export function heldSentence(reason: HeldReason, of: HeldOf): string {
  const { subscriptionId, meter, day, what, customer } = of;
  const whose = `${what} of ${customer}`;
  const todo = 'charge it to the right subscription or dismiss it';
  switch (reason) {
    case 'no-subscription':
      return `There is no subscription ${subscriptionId} that ${meter} of ${day} could be charged to: ${todo}.`;
    case 'before-start':
      return `${whose} (${subscriptionId}) had not begun on ${day}, when ${meter} was used: ${todo}.`;
    case 'after-end':
      return `${whose} (${subscriptionId}) had ended by ${day}, when ${meter} was used: ${todo}.`;
    case 'paused':
      return `${whose} (${subscriptionId}) was paused on ${day}, when ${meter} was used: ${todo}.`;
    case 'not-metered':
      return `${whose} (${subscriptionId}) was not charged by ${meter} on ${day}: ${todo}.`;
  }
}
