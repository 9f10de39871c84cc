import {
  CLOCK_AHEAD_MS,
  heldSentence,
  LocalDays,
  type HeldReason,
  type ToldEvent,
} from '../../../shared/domains/metering/usage-event-rules.ts';
import { quantityUnits, type UsageMeter } from '../../../shared/domains/metering/usage-meter-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { CalendarDays } from './metering-parts.ts';
import { knownBy, type SubscriptionDays } from './subscription-days.ts';
import type { UsageEventTable } from './metering-tables.ts';

/** An event that can be kept, with its place in the batch. */
export interface ReadEvent {
  readonly index: number;
  readonly row: UsageEventTable;
  readonly held: HeldReason | null;
  /** It said the day alone, not when on it. */
  readonly isOfDay: boolean;
}

export interface Fault {
  readonly index: number;
  readonly id: string;
  readonly subscriptionId: string;
  /** What is wrong with it and what to do, after `The event … of …`. */
  readonly words: string;
}

interface Known extends SubscriptionDays {
  readonly meters: readonly UsageMeter[];
  readonly nowMs: number;
}

/** Reads the events of a batch one by one: what each is of and when it is reckoned with, or what is wrong with it. */
export class UsageBatch {
  readonly read: ReadEvent[] = [];
  readonly faults: Fault[] = [];
  private readonly known: Known;
  private readonly meters: ReadonlyMap<string, UsageMeter>;
  private readonly calendars: ReadonlyMap<string, Days>;
  private readonly first: Days;

  constructor(known: Known) {
    this.known = known;
    this.meters = new Map(known.meters.map((meter) => [meter.name, meter]));
    this.calendars = new Map([...known.days].map(([name, days]) => [name, new Days(days)]));
    this.first =
      this.calendars.values().next().value ?? new Days({ zone: 'UTC', closedUntil: null, turns: 0 });
  }

  add(event: ToldEvent, index: number): void {
    const { id, subscriptionId, member } = event;
    const fault = (words: string): void => void this.faults.push({ index, id, subscriptionId, words });
    if (![id, subscriptionId, member].every(canBeKept))
      return fault(
        'has characters in its id, subscription or member that are no text, and which no database keeps as they are: write them in other ones.',
      );
    const meter = this.meters.get(event.meter);
    if (meter === undefined)
      return fault(`is of the meter ${event.meter}, which is not declared: declare it, or correct its name.`);
    const terms = this.known.terms.get(subscriptionId);
    const days = (terms && this.calendars.get(terms.calendar)) ?? this.first;
    const time = days.local.timeOf(event.at);
    if (time === undefined)
      return fault(`is of "${event.at}", which is no time: write 2026-10-03T14:05:00Z or 2026-10-03.`);
    if (time.atMs > this.known.nowMs + CLOCK_AHEAD_MS)
      return fault(`is of ${event.at}, which is yet to come: send it when it has happened.`);
    const units = quantityUnits(event.quantity, meter.decimals);
    if (typeof units === 'string') return fault(`cannot be counted: ${units}.`);
    const held = terms === undefined ? 'no-subscription' : terms.whyHeld(meter.name, time.day);
    this.read.push({
      index,
      held,
      isOfDay: time.isOfDay,
      row: {
        id,
        subscription_id: subscriptionId,
        meter: meter.name,
        member,
        day: time.day,
        known_on: held === null ? days.knownOn(time.day) : null,
        at_ms: time.atMs,
        units,
        received_at_ms: this.known.nowMs,
      },
    });
  }
}

/** Halves of characters would be kept as one and the same sign, so two ids would be one; PostgreSQL keeps no NUL. */
export function canBeKept(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000');
}

class Days {
  readonly local: LocalDays;
  readonly knownOn: (day: LocalDate) => LocalDate;

  constructor(days: CalendarDays) {
    this.local = new LocalDays(days.zone);
    this.knownOn = knownBy(days);
  }
}

/** Why an event is held, with the names of what it is of. */
export function sentenceOfHeld(
  { row, held }: Pick<ReadEvent, 'row'> & { readonly held: HeldReason },
  of: { readonly what: string; readonly customer: string },
): string {
  return heldSentence(held, {
    subscriptionId: row.subscription_id,
    meter: row.meter,
    day: row.day,
    ...of,
  });
}
