import type { Currency } from '../../kernel/money.ts';
import { multiply, ratioFrom, ratioText, smaller, type Ratio } from '../../kernel/ratio.ts';
import { dateOf, dayOf, type DayNumber } from './day-number-rules.ts';
import { meteredOff, type MeteredOff } from './discount-rules.ts';
import { lastDayOf, partsDue, weighted, type UsagePart } from './metered-part-rules.ts';
import { pricedPart, quantitiesOf, type DatedUsage } from './metered-quantity-rules.ts';
import { periodAt, periodIndex } from './period-rules.ts';
import { meteredRuns, partsOf, type MeteredPart, type Run } from './plan-part-rules.ts';
import { piecesOf, type Piece } from './proration-rules.ts';
import type {
  ChargedLine,
  Explanation,
  HeldUsage,
  LineReason,
  RatedLine,
  UsageEvent,
} from './rating-lines.ts';
import type { KnownHistory } from './segment-rules.ts';
import { roundedMinor } from './period-charge-rules.ts';

/** A line before it has its natural key. */
export type Unkeyed = Omit<RatedLine, 'key'>;

export interface MeteredInput {
  readonly subscriptionId: string;
  readonly currency: Currency;
  readonly history: KnownHistory;
  readonly charged: readonly ChargedLine[];
  readonly usage: readonly UsageEvent[];
  readonly target: DayNumber;
  readonly knownUntil: DayNumber;
  readonly settledBefore: DayNumber;
}

export interface MeteredResult {
  readonly lines: readonly Unkeyed[];
  readonly held: readonly HeldUsage[];
}

const isMetered = ({ reason }: ChargedLine): boolean =>
  reason === 'usage' || reason === 'overage' || reason === 'true-up';

function placeOf({ planId, component }: Pick<ChargedLine, 'planId' | 'component'>): string {
  return `${planId} ${component}`;
}

/**
 * What was metered in each part of a period that is due, priced as one quantity, less what was charged for those days before. So late
 * usage is a line of its own with its own period, at the tier it would have had in time, and how events are cut up changes nothing.
 */
export function meteredLines(input: MeteredInput): MeteredResult {
  const runs = meteredRuns(input.history);
  if (runs.length === 0 && input.usage.length === 0 && !input.charged.some(isMetered))
    return { lines: [], held: [] };
  const usage = usageKnown(input);
  const charged = Map.groupBy(input.charged.filter(isMetered), placeOf);
  const byPlace = placesOf(runs);
  const lines = [...byPlace].flatMap(([place, ofPlace]) => {
    const chargedOf = charged.get(place) ?? [];
    return partsDue(ofPlace, input).flatMap((part) => {
      const { meter, minimum } = part.run.part;
      const events = (usage.get(meter) ?? []).filter(({ day }) => isOf(part, day));
      const before = chargedOf.filter((line) => isWithin(part, dayOf(line.from)));
      return events.length > 0 || before.length > 0 || minimum !== null
        ? partLines(input, { part, events, before, off: offOf(input, runs, part) })
        : [];
    });
  });
  return {
    lines: [...lines, ...withdrawn(input, charged, byPlace)],
    held: heldUsage(usage, runs, input.history),
  };
}

/** The usage that lines are made from: its meters, and the first of its days. */
export interface UsageNeeded {
  readonly from: DayNumber;
  readonly meters: readonly string[];
}

/** What {@link meteredLines} makes lines from; null where no part of a metered period is due that was not settled before, so that usage changes none. */
export function meteredUsageNeeded(
  of: Pick<MeteredInput, 'history' | 'target' | 'settledBefore'>,
): UsageNeeded | null {
  const parts = [...placesOf(meteredRuns(of.history)).values()].flatMap((runs) => partsDue(runs, of));
  if (parts.length === 0) return null;
  return {
    from: Math.min(...parts.map(({ from }) => from)),
    meters: [...new Set(parts.map(({ run }) => run.part.meter))],
  };
}

function placesOf(runs: readonly Run<MeteredPart>[]): Map<string, Run<MeteredPart>[]> {
  return Map.groupBy(runs, ({ plan, part }) => placeOf({ planId: plan.id, component: part.component }));
}

function isOf({ pieces }: UsagePart, day: DayNumber): boolean {
  return pieces.some(({ from, lastDay }) => from <= day && day <= lastDay);
}

/** Of a subscription that ended on the day it began all is of that day. */
function isWithin(
  { from, to }: { readonly from: DayNumber; readonly to: DayNumber | null },
  day: DayNumber,
): boolean {
  return day === from || (from < day && (to === null || day < to));
}

function usageKnown(input: MeteredInput): Map<string, DatedUsage[]> {
  const ids = new Set<string>();
  const known: DatedUsage[] = [];
  for (const event of input.usage) {
    if (ids.has(event.id) || dayOf(event.known ?? event.day) > input.knownUntil) continue;
    ids.add(event.id);
    known.push({ event, day: dayOf(event.day), quantity: ratioFrom(event.quantity) });
  }
  return Map.groupBy(known, ({ event }) => event.meter);
}

/** What discounts leave of what a part comes to. */
function offOf(input: MeteredInput, runs: readonly Run<MeteredPart>[], part: UsagePart): MeteredOff {
  const { component } = part.run.part;
  return meteredOff(component, part, {
    given: input.history.discounts,
    *pieces(from) {
      for (const run of runs)
        if (run.part.component === component && (run.to === null || run.to >= from))
          yield* allPieces(run, from);
    },
  });
}

function* allPieces(run: Run<MeteredPart>, from: DayNumber): Generator<Piece> {
  const { grid, leadsTo } = run;
  if (run.from === run.to) {
    yield { from: run.from, to: run.from, period: periodAt(grid, periodIndex(grid, run.from)) };
    return;
  }
  yield* piecesOf(grid, run, {
    before: Number.POSITIVE_INFINITY,
    from: Math.max(from, run.from),
    leadsTo,
  });
}

interface Metered {
  readonly part: UsagePart;
  readonly events: readonly DatedUsage[];
  /** Lines charged for it before. */
  readonly before: readonly ChargedLine[];
  readonly off: MeteredOff;
}

/** What was charged for a part so far, for one reason; credits by people are no part of it. */
function chargedFor({ before }: Metered, reason: LineReason): bigint {
  return before.reduce((sum, line) => (line.reason === reason ? sum + line.amountMinor : sum), 0n);
}

function partLines(input: MeteredInput, of: Metered): Unkeyed[] {
  const { part, events } = of;
  const { reason, meter, aggregate, minimum: least, cap: most } = part.run.part;
  const { quantity, included, billable } = quantitiesOf(part, events);
  const priced = pricedPart(part, billable);
  const ofPart = (text: string): Ratio =>
    multiply(
      ratioFrom(text),
      weighted(part, ({ times }) => times),
    );
  const cap = most === null ? null : ofPart(most);
  const minimum = least === null ? null : ofPart(least);
  const { exact, taken } = of.off(cap === null ? priced.amount : smaller(priced.amount, cap));
  const usedMinor = roundedMinor(exact, input.currency);
  const before = chargedFor(of, reason);
  const explanation: Explanation = {
    kind: 'usage',
    meter,
    aggregate,
    events: events.map(({ event }) => event.id),
    quantity: ratioText(quantity),
    included: ratioText(included),
    billable: ratioText(billable),
    steps: priced.steps,
    ...(part.isInProportion ? { share: ratioText(part.share) } : {}),
    minimum: minimum === null ? null : ratioText(minimum),
    cap: cap === null ? null : ratioText(cap),
    ...(taken.length > 0 && { discounts: taken }),
    exact: ratioText(exact),
    alreadyMinor: before,
  };
  const lines = [...lineOf(input, of, { reason, amountMinor: usedMinor - before, explanation })];
  if (minimum !== null) {
    const leastMinor = roundedMinor(of.off(minimum).exact, input.currency);
    const trueUp = chargedFor(of, 'true-up');
    const missing = leastMinor > usedMinor ? leastMinor - usedMinor : 0n;
    lines.push(
      ...lineOf(input, of, {
        reason: 'true-up',
        amountMinor: missing - trueUp,
        explanation: { ...explanation, alreadyMinor: trueUp },
      }),
    );
  }
  return lines;
}

function lineOf(
  input: MeteredInput,
  { part: { run, from, to }, before }: Metered,
  line: {
    readonly reason: LineReason;
    readonly amountMinor: bigint;
    readonly explanation: Explanation;
  },
): Unkeyed[] {
  return creditsOf(input, before, {
    subscriptionId: input.subscriptionId,
    component: run.part.component,
    planId: run.plan.id,
    planVersion: run.plan.version,
    from: dateOf(from),
    toExclusive: dateOf(to),
    ...line,
  });
}

/** A charge as it is; a credit for each of the lines before it takes something back from, the latest first, none more than is left of it. */
function creditsOf(input: MeteredInput, before: readonly ChargedLine[], line: Unkeyed): Unkeyed[] {
  if (line.amountMinor === 0n) return [];
  if (line.amountMinor > 0n) return [line];
  const credits: Unkeyed[] = [];
  let backMinor = -line.amountMinor;
  for (const charge of before.toReversed()) {
    if (charge.of !== undefined || charge.reason !== line.reason || backMinor === 0n) continue;
    const leftMinor = input.charged.reduce(
      (sum, { of, amountMinor }) => (of === charge.key ? sum + amountMinor : sum),
      charge.amountMinor,
    );
    const amountMinor = leftMinor < backMinor ? leftMinor : backMinor;
    if (amountMinor <= 0n) continue;
    backMinor -= amountMinor;
    credits.push({ ...line, amountMinor: -amountMinor, of: charge.key });
  }
  return credits;
}

/** Takes back what was charged for days that, as is known now, were not metered: of a subscription that ended earlier than was thought. */
function withdrawn(
  input: MeteredInput,
  charged: ReadonlyMap<string, readonly ChargedLine[]>,
  runs: ReadonlyMap<string, readonly Run<MeteredPart>[]>,
): Unkeyed[] {
  return [...charged].flatMap(([place, lines]) => {
    const lost = lines.filter(({ from, toExclusive }) => {
      const to = dayOf(toExclusive);
      if (to <= input.settledBefore || to > input.target) return false;
      return !(runs.get(place) ?? []).some((run) => isWithin(run, dayOf(from)));
    });
    const bySpan = Map.groupBy(lost, ({ from, toExclusive, reason }) => `${from} ${toExclusive} ${reason}`);
    return [...bySpan.values()].flatMap((ofSpan) => {
      const [first] = ofSpan;
      const alreadyMinor = ofSpan.reduce((sum, line) => sum + line.amountMinor, 0n);
      if (first === undefined || alreadyMinor === 0n) return [];
      const { subscriptionId, component, planId, planVersion, from, toExclusive, reason } = first;
      return creditsOf(input, ofSpan, {
        subscriptionId,
        component,
        planId,
        planVersion,
        from,
        toExclusive,
        reason,
        amountMinor: -alreadyMinor,
        explanation: { kind: 'usage-withdrawn', alreadyMinor },
      });
    });
  });
}

function heldUsage(
  usage: ReadonlyMap<string, readonly DatedUsage[]>,
  runs: readonly Run<MeteredPart>[],
  history: KnownHistory,
): HeldUsage[] {
  const held: HeldUsage[] = [];
  for (const [meter, events] of usage) {
    const metering = runs.filter((run) => run.part.meter === meter);
    for (const { event, day } of events) {
      if (metering.some((run) => run.from <= day && day <= lastDayOf(run, history))) continue;
      if (isFree(meter, day, history)) continue;
      held.push({ eventId: event.id, meter, day: event.day, reason: reasonHeld(day, history) });
    }
  }
  return held;
}

/** Whether it was used in the trial of what it is metered by: that has its place, and costs nothing. */
function isFree(meter: string, day: DayNumber, { start, segments, atOnce, end }: KnownHistory): boolean {
  return [...segments, ...(atOnce === undefined ? [] : [atOnce])].some(
    ({ from, to, plan }) =>
      from <= day &&
      (to === null || day < to || (day === to && day === end)) &&
      partsOf(plan).metered.some(
        (part) =>
          part.meter === meter &&
          part.trialDays > 0 &&
          day <= (start ?? 0) + part.trialDays - (day === end ? 0 : 1),
      ),
  );
}

function reasonHeld(day: DayNumber, history: KnownHistory): HeldUsage['reason'] {
  if (history.start === null || day < history.start) return 'before-start';
  if (history.end !== null && day > history.end) return 'after-end';
  const isServed = history.segments.some(
    ({ from, to }) => from <= day && (to === null || day < to || to === history.end),
  );
  return isServed ? 'not-metered' : 'paused';
}
