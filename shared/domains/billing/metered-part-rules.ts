import { add, ratioFrom, ZERO, type Ratio } from '../../kernel/ratio.ts';
import type { DayNumber } from './day-number-rules.ts';
import { without } from './day-span-rules.ts';
import { periodAt, periodIndex, type DaySpan } from './period-rules.ts';
import type { MeteredPart, Run } from './plan-part-rules.ts';
import { fractionOf, piecesOf, type Piece } from './proration-rules.ts';
import type { KnownHistory, Segment } from './segment-rules.ts';

/*
 * What of a billing period is priced as one quantity. A period that is paused, or in which the units change, is one period still: what
 * is included in it, its tiers, its highest day, its minimum and its cap are there once. Where another version or plan begins in it, or
 * its periods begin anew, it has several parts, and each has its part of all that.
 */

/** Days of a part with the same units. */
export interface UsagePiece extends DaySpan {
  /** The last day whose usage is of it: where the subscription ends, the day it ends on too. */
  readonly lastDay: DayNumber;
  readonly units: Ratio;
  /** How many times there are the minimum and the cap. */
  readonly times: Ratio;
  /** Its part of the period. */
  readonly fraction: Ratio;
}

/** What is priced as one quantity. */
export interface UsagePart extends DaySpan {
  /** By which it is priced: the first of it. */
  readonly run: Run<MeteredPart>;
  readonly pieces: readonly UsagePiece[];
  readonly period: DaySpan;
  /** What of the period it is. */
  readonly share: Ratio;
  /** Whether the rest of the period was served otherwise, so that it has its part of everything; else it has all of it. */
  readonly isInProportion: boolean;
  /** The day on which it is due. */
  readonly due: DayNumber;
}

interface Asked {
  readonly history: KnownHistory;
  readonly target: DayNumber;
  readonly settledBefore: DayNumber;
}

/** The last day whose usage is of a run: the day that a subscription ends on has none of its service and all that was metered until then. */
export function lastDayOf({ to }: Run<MeteredPart>, { end }: KnownHistory): DayNumber {
  if (to === null) return Number.POSITIVE_INFINITY;
  return to === end ? to : to - 1;
}

/** The parts of one component of a plan that are due by the target and were not settled before. */
export function partsDue(runs: readonly Run<MeteredPart>[], asked: Asked): UsagePart[] {
  const { history, target, settledBefore } = asked;
  const open = togetherOf(
    runs.flatMap((run) => runPieces(run, asked)),
    history,
  );
  const parts: UsagePart[] = [];
  let later: { readonly from: DayNumber; readonly period: DaySpan; readonly due: DayNumber } | undefined;
  for (const pieces of open.toReversed()) {
    const part = partOf(pieces, { history, later });
    later = part;
    // Before the day after its last the usage of a part is not all known.
    const known = Math.max(part.due - 1, ...part.pieces.map(({ lastDay }) => lastDay));
    if (part.due <= target && known >= settledBefore) parts.push(part);
  }
  return parts.toReversed();
}

interface RunPiece extends Piece {
  readonly run: Run<MeteredPart>;
  readonly lastDay: DayNumber;
}

/** Those of periods that are not settled, begun by the target. */
function runPieces(run: Run<MeteredPart>, { history, target, settledBefore }: Asked): RunPiece[] {
  // The day it ends on has usage of the period that is over with it: of that all pieces are looked at.
  const from = history.end === null ? settledBefore : settledBefore - 1;
  const pieces =
    run.from === run.to
      ? [{ from: run.from, to: run.from, period: periodAt(run.grid, periodIndex(run.grid, run.from)) }]
      : [...piecesOf(run.grid, run, { before: target + 1, from, leadsTo: run.leadsTo })];
  return pieces.map((piece) => ({
    ...piece,
    run,
    lastDay: piece.to === run.to ? lastDayOf(run, history) : piece.to - 1,
  }));
}

/** Pieces that are priced together. */
function togetherOf(pieces: readonly RunPiece[], history: KnownHistory): RunPiece[][] {
  const together: RunPiece[][] = [];
  for (const piece of pieces) {
    const before = together.at(-1);
    const last = before?.at(-1);
    const goesOn =
      last !== undefined &&
      last.run.manner === piece.run.manner &&
      isSamePeriod(last, piece) &&
      !isServedBetween(history, last.to, piece.from);
    if (goesOn) before?.push(piece);
    else together.push([piece]);
  }
  return together;
}

/** Periods that begin anew after a pause may end where they would have ended. */
function isSamePeriod(one: { readonly period: DaySpan }, other: { readonly period: DaySpan }): boolean {
  return one.period.to === other.period.to;
}

function isServedBetween({ segments }: KnownHistory, from: DayNumber, to: DayNumber): boolean {
  return from < to && segments.some((segment) => segment.from < to && (segment.to ?? to) > from);
}

function partOf(
  own: readonly RunPiece[],
  of: {
    readonly history: KnownHistory;
    readonly later:
      | { readonly from: DayNumber; readonly period: DaySpan; readonly due: DayNumber }
      | undefined;
  },
): UsagePart {
  const [first] = own;
  const last = own.at(-1);
  if (first === undefined || last === undefined) throw new RangeError('a part of a period has a piece');
  const { run, period } = first;
  const measured = { ...period, length: run.grid.length, proration: run.plan.proration };
  const pieces = own.map((piece) => ({
    from: piece.from,
    to: piece.to,
    lastDay: piece.lastDay,
    units: piece.run.units,
    times: piece.run.part.timesIn(piece.run.segment),
    fraction: fractionOf(piece, measured),
  }));
  const share = pieces.reduce((sum, { fraction }) => add(sum, fraction), ZERO);
  return {
    run,
    pieces,
    from: first.from,
    to: last.to,
    period,
    share,
    isInProportion: without(period, pieces).some(({ from, to }) => isServedBetween(of.history, from, to)),
    due: dueOn(last, of),
  };
}

/**
 * What is used of a period is due when it is over. Earlier where the service ends for good, or goes on in the period by another plan or
 * with periods of its own: of what is only paused, or goes on by another version, nobody knows before what the period comes to.
 */
function dueOn(
  last: RunPiece,
  {
    history,
    later,
  }: {
    readonly history: KnownHistory;
    readonly later:
      | { readonly from: DayNumber; readonly period: DaySpan; readonly due: DayNumber }
      | undefined;
  },
): DayNumber {
  const { to, period, run } = last;
  if (to >= period.to) return to;
  const next: Segment | undefined = history.segments.find(({ from }) => from >= to);
  if (next === undefined) return Math.max(to, Math.min(period.to, history.end ?? period.to));
  if (next.from >= period.to) return period.to;
  const isOfPlan = later !== undefined && next.plan.id === run.plan.id && isSamePeriod(last, later);
  return isOfPlan && later.from === next.from ? later.due : next.from;
}

/** What is included of `per` in a part: for the days of each piece that of its units. */
export function weighted(part: UsagePart, per: (piece: UsagePiece) => Ratio): Ratio {
  return part.pieces.reduce((sum, piece) => {
    const { numerator, denominator } = per(piece);
    return add(sum, {
      numerator: numerator * piece.fraction.numerator,
      denominator: denominator * piece.fraction.denominator,
    });
  }, ratioFrom('0'));
}
