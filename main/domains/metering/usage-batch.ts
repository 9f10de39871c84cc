import {
  CLOCK_AHEAD_MS,
  heldSentence,
  LocalDays,
  type HeldReason,
  type ToldEvent,
} from '../../../shared/domains/metering/usage-event-rules.ts';
import { quantityUnits, type UsageMeter } from '../../../shared/domains/metering/usage-meter-rules.ts';
import { addDays, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { SubscriptionTerms } from './metering-parts.ts';
import type { UsageEventTable } from './metering-tables.ts';

/** An event that can be kept, with its place in the batch. */
export interface ReadEvent {
  readonly index: number;
  readonly row: UsageEventTable;
  readonly held: HeldReason | null;
}

export interface Fault {
  readonly index: number;
  readonly id: string;
  readonly sentence: string;
}

interface Known {
  readonly meters: readonly UsageMeter[];
  readonly terms: ReadonlyMap<string, SubscriptionTerms>;
  /** By company, the first one first. */
  readonly days: ReadonlyMap<string, { readonly zone: string; readonly closedUntil: LocalDate | null }>;
  readonly nowMs: number;
}

/** Reads the events of a batch one by one: what each is of and when it is reckoned with, or what is wrong with it. */
export class UsageBatch {
  readonly read: ReadEvent[] = [];
  readonly faults: Fault[] = [];
  private readonly known: Known;
  private readonly meters: ReadonlyMap<string, UsageMeter>;
  private readonly companies: ReadonlyMap<string, Company>;
  private readonly first: Company;

  constructor(known: Known) {
    this.known = known;
    this.meters = new Map(known.meters.map((meter) => [meter.name, meter]));
    this.companies = new Map(
      [...known.days].map(([id, { zone, closedUntil }]) => [id, new Company(zone, closedUntil)]),
    );
    this.first = this.companies.values().next().value ?? new Company('UTC', null);
  }

  add(event: ToldEvent, index: number): void {
    const { id, subscriptionId, member } = event;
    const fault = (sentence: string): void => void this.faults.push({ index, id, sentence });
    const meter = this.meters.get(event.meter);
    if (meter === undefined)
      return fault(
        `The event ${id} of ${subscriptionId} is of the meter ${event.meter}, which is not declared: declare it, or correct its name.`,
      );
    const terms = this.known.terms.get(subscriptionId);
    const company = (terms && this.companies.get(terms.companyId)) ?? this.first;
    const time = company.days.timeOf(event.at);
    if (time === undefined)
      return fault(
        `The event ${id} of ${subscriptionId} is of "${event.at}", which is no time: write 2026-10-03T14:05:00Z or 2026-10-03.`,
      );
    if (time.atMs > this.known.nowMs + CLOCK_AHEAD_MS)
      return fault(
        `The event ${id} of ${subscriptionId} is of ${event.at}, which is yet to come: send it when it has happened.`,
      );
    const units = quantityUnits(event.quantity, meter.decimals);
    if (typeof units === 'string')
      return fault(`The event ${id} of ${subscriptionId} cannot be counted: ${units}.`);
    const held = terms === undefined ? 'no-subscription' : terms.whyHeld(meter.name, time.day);
    this.read.push({
      index,
      held,
      row: {
        id,
        subscription_id: subscriptionId,
        meter: meter.name,
        member,
        day: time.day,
        known_on: held === null ? company.knownOn(time.day) : null,
        at_ms: time.atMs,
        units,
        received_at_ms: this.known.nowMs,
      },
    });
  }
}

class Company {
  readonly days: LocalDays;
  private readonly closedUntil: LocalDate | null;
  private readonly firstOpen: LocalDate | null;

  constructor(zone: string, closedUntil: LocalDate | null) {
    this.days = new LocalDays(zone);
    this.closedUntil = closedUntil;
    this.firstOpen = closedUntil === null ? null : addDays(closedUntil, 1);
  }

  /** The day whose close reckons first with what was used on this day and is known by now. */
  knownOn(day: LocalDate): LocalDate {
    return this.firstOpen !== null && this.closedUntil !== null && day <= this.closedUntil
      ? this.firstOpen
      : day;
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
