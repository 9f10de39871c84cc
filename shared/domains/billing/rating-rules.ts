import type { LocalDate } from '../../kernel/local-date.ts';
import type { Currency } from '../../kernel/money.ts';
import { compareRatios, multiply, ratioFrom, ratioText, ZERO } from '../../kernel/ratio.ts';
import { dateOf, dayOf, type DayNumber } from './day-number-rules.ts';
import { without } from './day-span-rules.ts';
import { discounted, freeSetUp } from './discount-rules.ts';
import { meteredLines, meteredUsageNeeded } from './metered-rating-rules.ts';
import type { PricedPlan } from './price-component.ts';
import { boundaryAfter, periodAt, periodIndex, type DaySpan } from './period-rules.ts';
import {
  meteredRuns,
  partsOf,
  recurringRuns,
  sellsSomething,
  type MeteredPart,
  type RecurringPart,
  type Run,
} from './plan-part-rules.ts';
import { fractionOf, piecesOf, type MeasuredPeriod } from './proration-rules.ts';
import type { ChargedLine, HeldUsage, RatedLine, UsageEvent } from './rating-lines.ts';
import {
  effectiveOn,
  historyKnownOn,
  knownOn,
  type HistoryEvent,
  type KnownHistory,
} from './segment-rules.ts';
import {
  chargeLine,
  chargesInLedger,
  liveSpans,
  repairLines,
  roundedMinor,
  type ServiceCharge,
} from './period-charge-rules.ts';

/** What a subscription's bill is made from. All of it is data: no store and no clock. */
export interface RatingInput {
  readonly subscriptionId: string;
  readonly currency: Currency;
  /** In the order in which the changes were made. */
  readonly history: readonly HistoryEvent[];
  readonly usage?: readonly UsageEvent[];
  /** Every line charged so far, also repairs and adjustments. */
  readonly charged: readonly ChargedLine[];
  /** The day up to which it was rated last: what `charged` came from. Absent: never. */
  readonly ratedUntil?: LocalDate;
  /** All that is due on this day is charged. */
  readonly target: LocalDate;
  /** The target day has ended, as when it closes: what is in arrears and ends with it is due. Absent: it is only beginning. */
  readonly isDayOver?: boolean;
  /**
   * Periods that end before are settled and not looked at again. `charged` must have the lines of a period that is: those of days before too.
   */
  readonly settledBefore?: LocalDate;
}

export interface Rated {
  /** What is due and not charged yet; [] when it was rated before. */
  readonly lines: readonly RatedLine[];
  readonly held: readonly HeldUsage[];
}

/**
 * The lines due by a day: set-ups, services, repairs and usage.
 *
 * A subscription that was not rated for a while is rated as it would have been day by day: for each day on which something was decided
 * or took effect, first what was due the day before by what was known then, then that day. What one step charges and a later one takes
 * back is made one line. So how often and when a bill is made never changes what is on it, and rating again with the lines of before
 * gives none.
 *
 * Days that are charged and no longer served under the same terms are repaired, by what the line was charged by; days that are served
 * and not charged are charged.
 */
export function rate(input: RatingInput): Rated {
  const target = dayOf(input.target);
  const rating = new Rating(input);
  for (const day of steps(input, target)) rating.step(day);
  return rating.result(target);
}

/**
 * The usage that {@link rate} makes lines from, given the rest of its input; null where usage changes none. All other usage can be left out,
 * but then nothing is said of whether it has a place on the bill.
 */
export function usageRated(
  input: Pick<RatingInput, 'history' | 'ratedUntil' | 'target' | 'isDayOver' | 'settledBefore'>,
): { readonly from: LocalDate; readonly meters: readonly string[] } | null {
  const { history, ratedUntil, target, isDayOver, settledBefore } = input;
  const known = dayOf(ratedUntil !== undefined && ratedUntil > target ? ratedUntil : target);
  const needed = meteredUsageNeeded({
    history: historyKnownOn(history, known),
    target: dayOf(target) + (isDayOver === true ? 1 : 0),
    settledBefore: settledBefore === undefined ? Number.NEGATIVE_INFINITY : dayOf(settledBefore),
  });
  return needed && { ...needed, from: dateOf(needed.from) };
}

/** The days to look at, in order, the last one being `target`. */
function steps(input: RatingInput, target: DayNumber): DayNumber[] {
  const after = input.ratedUntil === undefined ? Number.NEGATIVE_INFINITY : dayOf(input.ratedUntil);
  const days = new Set<DayNumber>();
  for (const event of input.history) {
    for (const day of [knownOn(event), effectiveOn(event)]) {
      days.add(day - 1);
      days.add(day);
    }
  }
  return [...days]
    .filter((day) => day > after && day < target)
    .toSorted((one, other) => one - other)
    .concat(target);
}

class Rating {
  private readonly input: RatingInput;
  private readonly charges: ServiceCharge[];
  private readonly byTerms: Map<string, ServiceCharge[]>;
  private readonly setUps: Omit<RatedLine, 'key'>[] = [];
  /** The latest day anything was decided with: what was known then stays known when an earlier day is rated again. */
  private readonly knownUntil: DayNumber;
  private readonly settledBefore: DayNumber;
  /** From a day to the first day that is not over on it. */
  private readonly toNotOver: 0 | 1;
  private history: KnownHistory = { start: null, segments: [], discounts: [], end: null };
  private runs: readonly Run<RecurringPart>[] = [];
  private knownEvents = -1;
  private learnedOn = Number.NEGATIVE_INFINITY;
  /** Of the versions that were sold, whether VAT is in their prices; null where none differs from another. */
  private readonly vats: ReadonlyMap<string, PricedPlan['vat']> | null;
  /** Pieces that were due by then are charged. */
  private lookFrom: DayNumber;

  constructor(input: RatingInput) {
    this.input = input;
    this.charges = chargesInLedger(input.charged, input);
    this.byTerms = Map.groupBy(this.charges, termsKey);
    this.knownUntil = input.ratedUntil === undefined ? Number.NEGATIVE_INFINITY : dayOf(input.ratedUntil);
    this.settledBefore =
      input.settledBefore === undefined ? Number.NEGATIVE_INFINITY : dayOf(input.settledBefore);
    this.lookFrom = this.settledBefore;
    this.toNotOver = input.isDayOver === true ? 1 : 0;
    this.vats = vatsSold(input.history);
  }

  step(day: DayNumber): void {
    const known = Math.max(day, this.knownUntil);
    const events = this.input.history.filter((event) => knownOn(event) <= known);
    if (events.length !== this.knownEvents) this.learn(known, events);
    for (const run of this.runs) this.chargeRun(run, day);
    this.chargeSetUps(day);
    this.lookFrom = Math.max(this.lookFrom, day);
  }

  result(target: DayNumber): Rated {
    const { subscriptionId, currency, charged, usage } = this.input;
    const of = { subscriptionId, currency };
    const metered = meteredLines({
      ...of,
      history: this.history,
      charged,
      usage: usage ?? [],
      target: target + this.toNotOver,
      knownUntil: Math.max(target, this.knownUntil),
      settledBefore: this.settledBefore,
    });
    const lines = [
      ...this.setUps,
      ...this.charges.flatMap((charge) =>
        charge.fresh === null ? repairLines(charge, of) : chargeLine(charge, of),
      ),
      ...metered.lines,
    ];
    return { lines: withKeys(lines, charged), held: metered.held };
  }

  /** Reckons with what is known by now: cuts what is not served under the same terms any more, and looks again from there on. */
  private learn(known: DayNumber, events: readonly HistoryEvent[]): void {
    const isFirst = this.knownEvents < 0;
    const news = isFirst ? events : events.filter((event) => knownOn(event) > this.learnedOn);
    const earliest = Math.min(...news.map(effectiveOn));
    if (!isFirst) this.lookFrom = Math.max(this.settledBefore, Math.min(this.lookFrom, earliest));
    const before = isFirst ? this.runsRatedBefore() : this.runs;
    this.history = historyKnownOn(this.input.history, known);
    this.runs = recurringRuns(this.history).filter(sellsSomething);
    this.knownEvents = events.length;
    this.learnedOn = known;
    this.cutWhatIsNotServed(isFirst ? this.settledBefore : this.lookFrom, before);
  }

  /** Those that what is in the ledger was charged by; [] where that is not asked. */
  private runsRatedBefore(): readonly Run<RecurringPart>[] {
    if (this.vats === null || this.charges.length === 0) return [];
    return recurringRuns(historyKnownOn(this.input.history, this.knownUntil)).filter(sellsSomething);
  }

  /**
   * Days that are not served under the terms they were charged by, and those whose price has VAT in it now where it had none, or the
   * other way round. The latter only where a change says so that is reckoned with for the first time: what was charged once as if the
   * version had not changed stands, and the next period is by the new one.
   */
  private cutWhatIsNotServed(from: DayNumber, before: readonly Run<RecurringPart>[]): void {
    const byTerms = Map.groupBy(this.runs, termsKey);
    const byTermsBefore = this.vats === null ? null : Map.groupBy(before, termsKey);
    for (const charge of this.charges) {
      if (charge.planned.to <= from) continue;
      const runs = byTerms.get(termsKey(charge)) ?? [];
      const live = liveSpans(charge);
      const cuts = live.flatMap((span) => without(span, runs.map(spanOf)));
      if (byTermsBefore !== null) {
        const vat = this.vats?.get(versionKey(charge.planId, charge.planVersion));
        const isAlike = (run: Run<RecurringPart>): boolean => run.plan.vat === vat;
        const alike = runs.filter(isAlike).map(spanOf);
        const alikeBefore = (byTermsBefore.get(termsKey(charge)) ?? []).filter(isAlike).map(spanOf);
        const lost = live
          .flatMap((span) => without(span, [...alike, ...cuts]))
          .flatMap((span) => without(span, without(span, alikeBefore)));
        cuts.push(...lost);
      }
      if (cuts.length > 0) charge.cuts = [...charge.cuts, ...cuts];
    }
  }

  private chargeRun(run: Run<RecurringPart>, day: DayNumber): void {
    const isInAdvance = run.part.timing === 'in-advance';
    const before = day + 1;
    const key = termsKey(run);
    const charges = this.byTerms.get(key) ?? [];
    this.byTerms.set(key, charges);
    for (const piece of piecesOf(run.grid, run, { before, from: this.lookFrom, leadsTo: run.leadsTo })) {
      // In arrears the parts of a period are looked at until it is over: a store knows changes of version that it once charged nothing by.
      const settles = isInAdvance ? piece.to : piece.period.to;
      if (settles <= this.settledBefore || (!isInAdvance && piece.to > day + this.toNotOver)) continue;
      const covered = charges
        .filter(({ planned }) => planned.from < piece.to && planned.to > piece.from)
        .flatMap(liveSpans);
      for (const open of without(piece, covered)) {
        const charge = this.chargeFor(run, open, piece.period);
        if (charge === null) continue;
        this.charges.push(charge);
        charges.push(charge);
      }
    }
  }

  private chargeFor(run: Run<RecurringPart>, planned: DaySpan, within: DaySpan): ServiceCharge | null {
    const { part, plan, units } = run;
    const period: MeasuredPeriod = { ...within, length: run.grid.length, proration: plan.proration };
    const { perPeriod, taken } = discounted(ratioFrom(part.price), {
      units,
      component: part.component,
      from: planned.from,
      givenBy: part.timing === 'in-advance' ? planned.from : planned.to - 1,
      given: this.history.discounts,
      charges: this.charges,
    });
    const plannedMinor = roundedMinor(multiply(perPeriod, fractionOf(planned, period)), this.input.currency);
    // A price of nothing leaves no line; a discount that makes it nothing does, because it counts the period.
    if (plannedMinor === 0n && taken.length === 0) return null;
    return {
      key: '',
      component: part.component,
      planId: plan.id,
      planVersion: plan.version,
      terms: run.terms,
      since: run.since,
      planned,
      every: part.every,
      period,
      perPeriod: ratioText(perPeriod),
      discounts: taken.map(({ id }) => id),
      plannedMinor,
      adjustedMinor: 0n,
      isBilledAgain: false,
      cuts: [],
      takenMinor: 0n,
      cutBefore: [],
      fresh: { price: part.price, units: ratioText(units), discounts: taken },
    };
  }

  /** Each set-up once for a subscription, on the day its plan is taken; it stands when the plan is left. */
  private chargeSetUps(day: DayNumber): void {
    const { subscriptionId, charged, currency } = this.input;
    for (const segment of this.history.segments) {
      if (segment.from > day) return;
      const { id: planId, version: planVersion } = segment.plan;
      for (const { id: component, price } of partsOf(segment.plan).setUps) {
        const isThis = (line: Omit<ChargedLine, 'key'>): boolean =>
          line.reason === 'set-up' && line.planId === planId && line.component === component;
        if (charged.some(isThis) || this.setUps.some(isThis)) continue;
        const free = freeSetUp(component, segment.from, this.history.discounts);
        const amount = multiply(ratioFrom(price), ratioFrom(segment.quantity));
        if (compareRatios(amount, ZERO) === 0) continue;
        const from = dateOf(segment.from);
        this.setUps.push({
          subscriptionId,
          component,
          planId,
          planVersion,
          reason: 'set-up',
          from,
          toExclusive: from,
          amountMinor: free === undefined ? roundedMinor(amount, currency) : 0n,
          explanation: {
            kind: 'set-up',
            price,
            units: segment.quantity,
            discounts: free === undefined ? [] : [{ id: free.id, kind: free.kind, leaves: '0' }],
          },
        });
      }
    }
  }
}

function spanOf({ from, to }: Run<RecurringPart>): DaySpan {
  return { from, to: to ?? Number.POSITIVE_INFINITY };
}

function vatsSold(history: readonly HistoryEvent[]): ReadonlyMap<string, PricedPlan['vat']> | null {
  const plans = history.flatMap((event) => ('plan' in event && event.plan !== undefined ? [event.plan] : []));
  if (plans.every(({ vat }) => vat === plans[0]?.vat)) return null;
  return new Map(plans.map(({ id, version, vat }) => [versionKey(id, version), vat]));
}

function versionKey(planId: string, version: string): string {
  return `${planId} ${version}`;
}

function termsKey(of: { readonly since: DayNumber; readonly terms: string }): string {
  return `${of.since} ${of.terms}`;
}

/** Natural keys: the same lines rated twice, or by two at once, have the same, so that the database refuses the second. */
function withKeys(lines: readonly Omit<RatedLine, 'key'>[], charged: readonly ChargedLine[]): RatedLine[] {
  if (lines.length === 0) return [];
  const begins = new Set(lines.map(({ from }) => from));
  const counts = new Map<string, number>();
  for (const line of charged) {
    if (!begins.has(line.from)) continue;
    const base = keyBase(line);
    counts.set(base, (counts.get(base) ?? 0) + 1);
  }
  return lines.map((line) => {
    const base = keyBase(line);
    const before = counts.get(base) ?? 0;
    counts.set(base, before + 1);
    return { ...line, key: `${base} ${before}` };
  });
}

function keyBase(line: Omit<ChargedLine, 'key'>): string {
  const { subscriptionId, planId, component, from, toExclusive, reason } = line;
  return `${subscriptionId} ${planId}.${component} ${from}/${toExclusive} ${reason}`;
}

/**
 * The day on which the billing period that `at` is in ends, for changes and cancellations at the end of the period: of the first
 * component charged by the period that is no option, else of the first that is metered, else of the first option. In a trial it is the trial's end. Where `at` begins a period in
 * advance that is not charged yet while the one before is, the period that ends is that one.
 */
export function periodEndOf(of: {
  readonly history: readonly HistoryEvent[];
  readonly at: LocalDate;
  readonly charged: readonly ChargedLine[];
  readonly currency: Currency;
}): LocalDate {
  const at = dayOf(of.at);
  const history = historyKnownOn(of.history, at);
  const then = history.segments.find(({ from, to }) => from <= at && (to === null || at < to));
  // A day is the period of what is charged day by day.
  if (then?.plan.isDaily === true) return dateOf(at + 1);
  const recurring = recurringRuns(history);
  const own = recurring.filter(({ part }) => !part.isOption);
  const metered = own.length > 0 ? [] : meteredRuns(history);
  const [runs = []]: readonly (readonly (Run<RecurringPart> | Run<MeteredPart>)[])[] = [
    own,
    metered,
    recurring,
  ].filter(({ length }) => length > 0);
  const current = runs.find(({ to }) => to === null || to > at);
  if (current === undefined) return of.at;
  if (current.from > at) return dateOf(current.from);
  const isBoundary = periodAt(current.grid, periodIndex(current.grid, at)).from === at;
  if (isBoundary) {
    const live = chargesInLedger(of.charged, of)
      .filter((charge) => charge.terms === current.terms)
      .flatMap(liveSpans);
    const isCharged = live.some((span) => span.from <= at && at < span.to);
    if (!isCharged && live.some(({ to }) => to === at)) return of.at;
  }
  return dateOf(boundaryAfter(current.grid, at));
}
