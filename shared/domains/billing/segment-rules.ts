import type { LocalDate } from '../../kernel/local-date.ts';
import { unitsAfter, type Units } from './allotment-rules.ts';
import { calendarDay, dayInMonth, dayOf, monthOf, type DayNumber } from './day-number-rules.ts';
import type { Discount, PricedPlan } from './price-component.ts';

/** What may happen to a subscription. */
export type SubscriptionChange =
  | {
      readonly do: 'start';
      readonly plan: PricedPlan;
      readonly quantity?: string | undefined;
      readonly allocations?: Readonly<Record<string, string>> | undefined;
      /** Day of the month that periods begin on; null or absent: the day charging begins on. */
      readonly anchorDay?: number | null | undefined;
    }
  | {
      readonly do: 'change';
      readonly plan?: PricedPlan | undefined;
      readonly quantity?: string | undefined;
      /** All units there are from then on. */
      readonly allocations?: Units | undefined;
      /** Those that become others; all else that the plan has a price for stays as it is then. */
      readonly units?: Units | undefined;
    }
  | { readonly do: 'pause' | 'resume' | 'cancel' }
  /** Takes effect on the first such day of a month from `on` on. */
  | { readonly do: 'anchor'; readonly day: number }
  | { readonly do: 'discount'; readonly discount: Discount }
  /** It is not given from then on; what is charged with it stands. */
  | { readonly do: 'discount-end'; readonly discountId: string };

/** A dated change, in the order in which the changes were made. */
export type HistoryEvent = SubscriptionChange & {
  /** The day it takes effect: the first day of the new, the first day not served. */
  readonly on: LocalDate;
  /** The day it was decided, where that is another day: a change at the end of the period. */
  readonly known?: LocalDate | undefined;
};

export interface GivenDiscount {
  readonly discount: Discount;
  readonly from: DayNumber;
  /** The first day it is not given any more; null while it is. */
  readonly to: DayNumber | null;
}

/** Whether it is given on a day. */
export function isGivenOn({ from, to }: GivenDiscount, day: DayNumber): boolean {
  return from <= day && (to === null || day < to);
}

/** Discounts by what happened, in the order they took effect. */
export function discountsGiven(
  happened: readonly { readonly event: SubscriptionChange; readonly on: DayNumber }[],
): GivenDiscount[] {
  const ends = new Map<string, DayNumber>();
  for (const { event, on } of happened) if (event.do === 'discount-end') ends.set(event.discountId, on);
  return happened.flatMap(({ event, on }) =>
    event.do === 'discount'
      ? [{ discount: event.discount, from: on, to: ends.get(event.discount.id) ?? null }]
      : [],
  );
}

/** The day from which periods of months, and of days, are counted. */
export interface CountedFrom {
  readonly months: DayNumber;
  readonly days: DayNumber;
}

/** Days during which the same was sold under the same conditions. */
export interface Segment {
  readonly from: DayNumber;
  readonly to: DayNumber | null;
  readonly plan: PricedPlan;
  readonly quantity: string;
  readonly allocations: Readonly<Record<string, string>>;
  readonly anchorDay: number;
  /** The day service began, or went on after a pause. */
  readonly since: DayNumber;
  /** The days from which periods are counted: where a change of plan begins them anew, and where it does not. */
  readonly anew: CountedFrom;
  readonly kept: CountedFrom;
  /** It ends because the anchor day moves. */
  readonly leadsToAnchor: boolean;
}

export interface KnownHistory {
  readonly start: DayNumber | null;
  readonly segments: readonly Segment[];
  readonly discounts: readonly GivenDiscount[];
  /** The first day not served. */
  readonly end: DayNumber | null;
  /** What was sold to one that ended on the day it began: no day was served, yet that day may have usage. */
  readonly atOnce?: Segment;
}

/** The day from which an event is reckoned with. */
export function knownOn(event: HistoryEvent): DayNumber {
  return dayOf(event.known ?? event.on);
}

/** The day an event takes effect. */
export function effectiveOn(event: HistoryEvent): DayNumber {
  const on = dayOf(event.on);
  if (event.do !== 'anchor') return on;
  const inMonth = dayInMonth(monthOf(on), event.day);
  return inMonth >= on ? inMonth : dayInMonth(monthOf(on) + 1, event.day);
}

/** Events in the order of their effect; those of one day as they were decided. */
export function inEffectOrder(
  history: readonly HistoryEvent[],
): { readonly event: HistoryEvent; readonly on: DayNumber }[] {
  return history
    .map((event, order) => ({ event, on: effectiveOn(event), order }))
    .sort((one, other) => one.on - other.on || one.order - other.order);
}

interface Conditions {
  plan: PricedPlan;
  quantity: string;
  allocations: Readonly<Record<string, string>>;
  anchorDay: number;
  isPaused: boolean;
}

/** The history as it was known on a day, cut into segments; what begins and ends on the same day leaves none. */
export function historyKnownOn(history: readonly HistoryEvent[], day: DayNumber): KnownHistory {
  const known = inEffectOrder(history.filter((event) => knownOn(event) <= day));
  const first = known.findIndex(({ event }) => event.do === 'start');
  const begun = known[first];
  if (begun === undefined || begun.event.do !== 'start')
    return { start: null, segments: [], discounts: [], end: null };
  const walk = new SegmentWalk(begun.on, begun.event);
  for (const { event, on } of known.slice(first + 1)) {
    if (walk.end !== null && on >= walk.end) break;
    walk.take(event, on);
  }
  const discounts = discountsGiven(known);
  const { end, atOnce } = walk;
  return {
    start: begun.on,
    segments: walk.finished(),
    discounts,
    end,
    ...(atOnce === null ? {} : { atOnce }),
  };
}

function trialOf(plan: PricedPlan): number {
  const [first] = plan.components.filter((component) => 'trialDays' in component);
  const own = first !== undefined && 'trialDays' in first ? first.trialDays : 0;
  return Math.max(own, plan.trialDays ?? 0);
}

/** Takes events in the order of their effect and closes a segment where conditions differ from one day to the next. */
class SegmentWalk {
  end: DayNumber | null = null;
  atOnce: Segment | null = null;
  private readonly segments: Segment[] = [];
  /** Conditions in force since `at`, and those of the segment that is open. */
  private now: Conditions;
  private open: Omit<Segment, 'to' | 'leadsToAnchor'> | null = null;
  private at: DayNumber;
  private readonly start: DayNumber;

  constructor(on: DayNumber, start: Extract<SubscriptionChange, { do: 'start' }>) {
    this.at = on;
    this.start = on;
    this.now = {
      plan: start.plan,
      quantity: start.quantity ?? '1',
      allocations: start.allocations ?? {},
      anchorDay: start.anchorDay ?? calendarDay(on + trialOf(start.plan)).day,
      isPaused: false,
    };
  }

  take(event: HistoryEvent, on: DayNumber): void {
    if (on > this.at) {
      this.settle();
      this.at = on;
    }
    switch (event.do) {
      case 'start':
      case 'discount':
      case 'discount-end':
        return;
      case 'change': {
        const { plan = this.now.plan, quantity = this.now.quantity } = event;
        const allocations = unitsAfter(plan, this.now.allocations, event);
        this.now = { ...this.now, plan, quantity, allocations };
        return;
      }
      case 'pause':
      case 'resume':
        this.now = { ...this.now, isPaused: event.do === 'pause' };
        return;
      case 'anchor':
        this.now = { ...this.now, anchorDay: event.day };
        return;
      case 'cancel':
        if (on === this.start) this.atOnce = { ...this.opened(on), to: on, leadsToAnchor: false };
        this.close(on, false);
        this.end = on;
    }
  }

  finished(): Segment[] {
    if (this.end === null) {
      this.settle();
      if (this.open !== null) this.segments.push({ ...this.open, to: null, leadsToAnchor: false });
    }
    return this.segments;
  }

  /** What holds now, as if service began on `at`. */
  private opened(at: DayNumber): Omit<Segment, 'to' | 'leadsToAnchor'> {
    const { plan, quantity, allocations, anchorDay } = this.now;
    const here = { months: at, days: at };
    return { from: at, plan, quantity, allocations, anchorDay, since: at, anew: here, kept: here };
  }

  private close(on: DayNumber, leadsToAnchor: boolean): void {
    if (this.open !== null && this.open.from < on)
      this.segments.push({ ...this.open, to: on, leadsToAnchor });
    this.open = null;
  }

  /** Opens the segment that holds from `at` on, unless it is the one that is open already. */
  private settle(): void {
    const { now, at, open } = this;
    if (now.isPaused) {
      this.close(at, false);
      return;
    }
    const { plan, quantity, allocations, anchorDay } = now;
    const isNew = open === null;
    const isMoved = !isNew && open.anchorDay !== anchorDay;
    const isOther = !isNew && open.plan !== plan && !samePlan(open.plan, plan);
    const isSame =
      !isNew &&
      !isMoved &&
      open.plan === plan &&
      open.quantity === quantity &&
      open.allocations === allocations;
    if (isSame) return;
    const fresh = this.opened(at);
    const moved = (before: CountedFrom): CountedFrom => (isMoved ? { ...before, months: at } : before);
    const next = isNew
      ? fresh
      : {
          ...fresh,
          since: open.since,
          anew: isOther ? fresh.anew : moved(open.anew),
          kept: moved(open.kept),
        };
    this.close(at, isMoved);
    this.open = next;
  }
}

function samePlan(one: PricedPlan, other: PricedPlan): boolean {
  return one.id === other.id;
}
