import type { Currency } from '../../kernel/money.ts';
import {
  add,
  larger,
  multiply,
  ratioFrom,
  ratioText,
  smaller,
  subtract,
  ZERO,
  type Ratio,
} from '../../kernel/ratio.ts';
import { dateOf, dayOf, type DayNumber } from './day-number-rules.ts';
import { meteredRuns, type MeteredPart, type Run } from './plan-part-rules.ts';
import { fractionOf, piecesOf, type Piece } from './proration-rules.ts';
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
import type { Aggregate } from './price-component.ts';
import { priceQuantity } from './tier-rules.ts';

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

interface DatedUsage {
  readonly event: UsageEvent;
  readonly day: DayNumber;
  readonly quantity: Ratio;
}

const isMetered = ({ reason }: ChargedLine): boolean =>
  reason === 'usage' || reason === 'overage' || reason === 'true-up';

function placeOfLine({ planId, component, from, toExclusive }: ChargedLine): string {
  return `${planId} ${component} ${from}/${toExclusive}`;
}

/**
 * What was metered in each period that is over, priced as one quantity, less what was charged for that period before. So late usage is
 * a line of its own with its own period, at the tier it would have had in time, and how events are cut up changes nothing.
 */
export function meteredLines(input: MeteredInput): MeteredResult {
  const runs = meteredRuns(input.history);
  if (runs.length === 0 && input.usage.length === 0 && !input.charged.some(isMetered))
    return { lines: [], held: [] };
  const usage = usageKnown(input);
  const charged = Map.groupBy(input.charged.filter(isMetered), placeOfLine);
  const lines: Unkeyed[] = [];
  const seen = new Set<string>();
  for (const run of runs) {
    const events = usage.get(run.part.meter) ?? [];
    for (const piece of piecesOf(run.grid, run, {
      before: input.target,
      from: input.settledBefore,
      leadsTo: run.leadsTo,
    })) {
      if (piece.to > input.target || piece.to <= input.settledBefore) continue;
      const place = `${run.plan.id} ${run.part.component} ${dateOf(piece.from)}/${dateOf(piece.to)}`;
      seen.add(place);
      const within = events.filter(({ day }) => day >= piece.from && day < piece.to);
      const before = charged.get(place) ?? [];
      if (within.length > 0 || before.length > 0 || run.part.minimum !== null)
        lines.push(...pieceLines(input, { run, piece, events: within, before }));
    }
  }
  return {
    lines: [...lines, ...withdrawn(input, charged, seen)],
    held: heldUsage(usage, runs, input.history),
  };
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

interface Metered {
  readonly run: Run<MeteredPart>;
  readonly piece: Piece;
  readonly events: readonly DatedUsage[];
  /** Lines charged for it before. */
  readonly before: readonly ChargedLine[];
}

/** What was charged for a period so far, for one reason; credits by people are no part of it. */
function chargedFor({ before }: Metered, reason: LineReason): bigint {
  return before.reduce((sum, line) => (line.reason === reason ? sum + line.amountMinor : sum), 0n);
}

function pieceLines(input: MeteredInput, of: Metered): Unkeyed[] {
  const { run, piece, events } = of;
  const { part, plan } = run;
  const quantity = aggregated(part.aggregate, events);
  const fraction = fractionOf(piece, {
    ...piece.period,
    length: run.grid.length,
    proration: plan.proration,
  });
  const included = part.proratesIncluded ? multiply(run.units, fraction) : run.units;
  const billable = larger(subtract(quantity, included), ZERO);
  const priced = priceQuantity(part.pricing, billable);
  const cap = part.cap === null ? null : multiply(ratioFrom(part.cap), fraction);
  const minimum = part.minimum === null ? null : multiply(ratioFrom(part.minimum), fraction);
  const exact = cap === null ? priced.amount : smaller(priced.amount, cap);
  const usedMinor = roundedMinor(exact, input.currency);
  const before = chargedFor(of, part.reason);
  const explanation: Explanation = {
    kind: 'usage',
    meter: part.meter,
    aggregate: part.aggregate,
    events: events.map(({ event }) => event.id),
    quantity: ratioText(quantity),
    included: ratioText(included),
    billable: ratioText(billable),
    steps: priced.steps,
    minimum: minimum === null ? null : ratioText(minimum),
    cap: cap === null ? null : ratioText(cap),
    exact: ratioText(exact),
    alreadyMinor: before,
  };
  const lines = [...lineOf(input, of, { reason: part.reason, amountMinor: usedMinor - before, explanation })];
  if (minimum !== null) {
    const least = roundedMinor(minimum, input.currency);
    const trueUp = chargedFor(of, 'true-up');
    const missing = least > usedMinor ? least - usedMinor : 0n;
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
  { run, piece }: Metered,
  line: {
    readonly reason: LineReason;
    readonly amountMinor: bigint;
    readonly explanation: Explanation;
  },
): Unkeyed[] {
  return creditsOf(input, {
    subscriptionId: input.subscriptionId,
    component: run.part.component,
    planId: run.plan.id,
    planVersion: run.plan.version,
    from: dateOf(piece.from),
    toExclusive: dateOf(piece.to),
    ...line,
  });
}

/** A charge as it is; a credit for each of the lines it takes something back from, the latest first, none more than is left of it. */
function creditsOf(input: MeteredInput, line: Unkeyed): Unkeyed[] {
  if (line.amountMinor === 0n) return [];
  if (line.amountMinor > 0n) return [line];
  const credits: Unkeyed[] = [];
  let backMinor = -line.amountMinor;
  for (const charge of input.charged.toReversed()) {
    const isOfIt =
      charge.of === undefined &&
      charge.reason === line.reason &&
      charge.component === line.component &&
      charge.planId === line.planId &&
      charge.from === line.from &&
      charge.toExclusive === line.toExclusive;
    if (!isOfIt || backMinor === 0n) continue;
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

/**
 * The quantity of a period: the sum; the highest day, where each member counts with its highest reading of that day; or what each member
 * read last.
 */
function aggregated(aggregate: Aggregate, events: readonly DatedUsage[]): Ratio {
  if (aggregate === 'sum') return events.reduce((sum, { quantity }) => add(sum, quantity), ZERO);
  if (aggregate === 'last') {
    const lasts = new Map<string, DatedUsage>();
    for (const reading of events) {
      const before = lasts.get(reading.event.member ?? '');
      if (before === undefined || before.day <= reading.day) lasts.set(reading.event.member ?? '', reading);
    }
    return [...lasts.values()].reduce((sum, { quantity }) => add(sum, quantity), ZERO);
  }
  const days = Map.groupBy(events, ({ day }) => day);
  let peak = ZERO;
  for (const ofDay of days.values()) {
    const members = Map.groupBy(ofDay, ({ event }) => event.member ?? '');
    const together = [...members.values()]
      .map((readings) => readings.reduce((most, { quantity }) => larger(most, quantity), ZERO))
      .reduce(add, ZERO);
    peak = larger(peak, together);
  }
  return peak;
}

/** Takes back what was charged for periods that, as is known now, were none: a subscription that ended earlier than was thought. */
function withdrawn(
  input: MeteredInput,
  charged: ReadonlyMap<string, readonly ChargedLine[]>,
  seen: ReadonlySet<string>,
): Unkeyed[] {
  return [...charged].flatMap(([place, lines]) => {
    const [first] = lines;
    if (first === undefined || seen.has(place) || dayOf(first.toExclusive) <= input.settledBefore) return [];
    const byReason = Map.groupBy(lines, ({ reason }) => reason);
    return [...byReason].flatMap(([reason, ofReason]) => {
      const alreadyMinor = ofReason.reduce((sum, line) => sum + line.amountMinor, 0n);
      if (alreadyMinor === 0n || dayOf(first.toExclusive) > input.target) return [];
      const { subscriptionId, component, planId, planVersion, from, toExclusive } = first;
      return creditsOf(input, {
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
      if (metering.some(({ from, to }) => from <= day && (to === null || day < to))) continue;
      held.push({ eventId: event.id, meter, day: event.day, reason: reasonHeld(day, history) });
    }
  }
  return held;
}

function reasonHeld(day: DayNumber, history: KnownHistory): HeldUsage['reason'] {
  if (history.start === null || day < history.start) return 'before-start';
  if (history.end !== null && day >= history.end) return 'after-end';
  const isServed = history.segments.some(({ from, to }) => from <= day && (to === null || day < to));
  return isServed ? 'not-metered' : 'paused';
}
