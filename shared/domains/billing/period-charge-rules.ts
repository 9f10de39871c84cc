import { CURRENCIES, type Currency } from '../../kernel/money.ts';
import { multiply, ratio, ratioFrom, ratioText, type Ratio } from '../../kernel/ratio.ts';
import { roundRatio } from '../../kernel/rounding.ts';
import { dateOf, dayOf, type DayNumber } from './day-number-rules.ts';
import { joined, without } from './day-span-rules.ts';
import { lengthOf, type DaySpan, type Every } from './period-rules.ts';
import { daysWithin, fractionOf, type MeasuredPeriod } from './proration-rules.ts';
import type { ChargedBy, ChargedLine, Dates, DiscountTaken, RatedLine } from './rating-lines.ts';

/**
 * A service line in the making or in the ledger: the days it was charged for, those cut out of it since, and what each was worth.
 *
 * Its amount is rounded once, for all its planned days. What is taken back is rounded once too, for all the days that were cut, however
 * often and in whatever order:
 *
 *     taken back = round(amount of the line × days that were cut ÷ days of the line)
 *
 * less what was taken back before (of the amount that was invoiced, as Kill Bill does, and not of the price: what a customer reckons from
 * the line comes out to the cent). So a line repaired in three steps comes to the same cents as in one, a line repaired whole comes to
 * nothing, and a period that is billed late is billed as if it had been billed on its day and repaired.
 */
export interface ServiceCharge {
  readonly key: string;
  readonly component: string;
  readonly planId: string;
  readonly planVersion: string;
  readonly terms: string;
  readonly since: DayNumber;
  readonly planned: DaySpan;
  readonly every: Every;
  readonly period: MeasuredPeriod;
  /** As it stands in the ledger: most charges are only looked at, and never counted with. */
  readonly perPeriod: string;
  readonly discounts: readonly string[];
  readonly plannedMinor: bigint;
  /** Credited by people. */
  readonly adjustedMinor: bigint;
  /** Some of what people credited was billed again since. */
  readonly isBilledAgain: boolean;
  /** All days that are no longer charged. */
  cuts: readonly DaySpan[];
  /** What days cut before came to, in minor units: left out when it was posted, or repaired. */
  readonly takenMinor: bigint;
  readonly cutBefore: readonly DaySpan[];
  /** What made it, where it is not in the ledger yet. */
  readonly fresh: FreshCharge | null;
}

export interface FreshCharge {
  readonly price: string;
  readonly units: string;
  readonly discounts: readonly DiscountTaken[];
}

function spanOf([from, to]: Dates): DaySpan {
  return { from: dayOf(from), to: dayOf(to) };
}

export function datesOf({ from, to }: DaySpan): Dates {
  return [dateOf(from), dateOf(to)];
}

/** Days that are still charged. */
export function liveSpans(charge: ServiceCharge): DaySpan[] {
  return charge.cuts.length === 0 ? [charge.planned] : without(charge.planned, charge.cuts);
}

export function roundedMinor(amount: Ratio, currency: Currency): bigint {
  return roundRatio(amount, CURRENCIES[currency]);
}

/** What the given days of a charge are worth, by the rule above. */
function worthMinor(charge: ServiceCharge, cuts: readonly DaySpan[]): bigint {
  if (cuts.length === 0) return 0n;
  if (without(charge.planned, cuts).length === 0) return charge.plannedMinor;
  const gone = cuts.reduce((sum, cut) => sum + daysWithin(cut, charge.period).days, 0);
  const { days } = daysWithin(charge.planned, charge.period);
  // A day that months of thirty do not have was charged nothing for.
  if (days === 0) return 0n;
  const worth = roundRatio(multiply(ratio(charge.plannedMinor), ratio(gone, days)), 0);
  return worth < charge.plannedMinor ? worth : charge.plannedMinor;
}

/** Service charges as the ledger has them, by their lines. */
export function chargesInLedger(
  lines: readonly ChargedLine[],
  of: { readonly currency: Currency },
): ServiceCharge[] {
  const later = new Map<string, ChargedLine[]>();
  for (const line of lines) {
    if (line.of === undefined) continue;
    const before = later.get(line.of);
    if (before === undefined) later.set(line.of, [line]);
    else before.push(line);
  }
  const charges: ServiceCharge[] = [];
  for (const line of lines) {
    const by = line.chargedBy;
    if (by === undefined) continue;
    charges.push(chargeInLedger(line, by, { later: later.get(line.key) ?? [], currency: of.currency }));
  }
  return charges;
}

function chargeInLedger(
  line: ChargedLine,
  by: ChargedBy,
  of: { readonly later: readonly ChargedLine[]; readonly currency: Currency },
): ServiceCharge {
  const credited = (reason: string): bigint =>
    of.later.reduce((total, one) => (one.reason === reason ? total - one.amountMinor : total), 0n);
  const every = by.every as Every;
  const planned = spanOf(by.planned);
  const period = { ...spanOf(by.period), length: lengthOf(every), proration: by.proration };
  const plannedMinor =
    line.cut === undefined
      ? line.amountMinor
      : roundedMinor(multiply(ratioFrom(by.perPeriod), fractionOf(planned, period)), of.currency);
  const cuts = [line, ...of.later].flatMap(({ cut }) => cut ?? []).map(spanOf);
  return {
    key: line.key,
    component: line.component,
    planId: line.planId,
    planVersion: line.planVersion,
    terms: by.terms,
    since: dayOf(by.since),
    planned,
    every,
    period,
    perPeriod: by.perPeriod,
    discounts: by.discounts,
    plannedMinor,
    adjustedMinor: credited('adjustment'),
    isBilledAgain: of.later.some((one) => one.amountMinor > 0n),
    cuts,
    takenMinor: plannedMinor - line.amountMinor + credited('repair'),
    cutBefore: cuts,
    fresh: null,
  };
}

/** The line of a charge that is not in the ledger yet; none where all its days were cut again meanwhile. */
export function chargeLine(
  charge: ServiceCharge,
  of: { readonly subscriptionId: string; readonly currency: Currency },
): Omit<RatedLine, 'key'>[] {
  const live = liveSpans(charge);
  const [first, last] = [live[0], live.at(-1)];
  if (charge.fresh === null || first === undefined || last === undefined) return [];
  const leftOutMinor = worthMinor(charge, charge.cuts);
  const { days, of: ofDays } = live.reduce(
    (sum, span) => {
      const measured = daysWithin(span, charge.period);
      return { days: sum.days + measured.days, of: measured.of };
    },
    { days: 0, of: 1 },
  );
  const { price, units, discounts } = charge.fresh;
  return [
    {
      subscriptionId: of.subscriptionId,
      component: charge.component,
      planId: charge.planId,
      planVersion: charge.planVersion,
      reason: 'service',
      from: dateOf(first.from),
      toExclusive: dateOf(last.to),
      amountMinor: charge.plannedMinor - leftOutMinor,
      chargedBy: {
        terms: charge.terms,
        since: dateOf(charge.since),
        planned: datesOf(charge.planned),
        period: datesOf(charge.period),
        every: charge.every,
        proration: charge.period.proration,
        perPeriod: charge.perPeriod,
        discounts: charge.discounts,
      },
      ...(charge.cuts.length === 0 ? {} : { cut: joined(charge.cuts).map(datesOf) }),
      explanation: {
        kind: 'service',
        price,
        units,
        discounts,
        perPeriod: charge.perPeriod,
        days,
        ofDays,
        proration: charge.period.proration,
        period: datesOf(charge.period),
        exact: ratioText(multiply(ratioFrom(charge.perPeriod), ratio(days, ofDays))),
        leftOutMinor,
      },
    },
  ];
}

/** The repairs of a line of the ledger: one for each stretch of days that was cut since, never more together than is left of it. */
export function repairLines(
  charge: ServiceCharge,
  of: { readonly subscriptionId: string; readonly currency: Currency },
): Omit<RatedLine, 'key'>[] {
  if (charge.cuts === charge.cutBefore) return owedRepair(charge, of);
  const cutNow = joined(charge.cuts).flatMap((cut) => without(cut, charge.cutBefore));
  const most = charge.plannedMinor - charge.adjustedMinor;
  const gone: DaySpan[] = [...charge.cutBefore];
  let takenMinor = charge.takenMinor;
  return cutNow.map((cut) => {
    gone.push(cut);
    const worth = worthMinor(charge, gone);
    const capped = worth < most ? worth : most;
    const amountMinor = capped > takenMinor ? capped - takenMinor : 0n;
    const repairedBeforeMinor = takenMinor;
    takenMinor += amountMinor;
    const { days } = daysWithin(cut, charge.period);
    return {
      subscriptionId: of.subscriptionId,
      component: charge.component,
      planId: charge.planId,
      planVersion: charge.planVersion,
      reason: 'repair',
      from: dateOf(cut.from),
      toExclusive: dateOf(cut.to),
      amountMinor: -amountMinor,
      of: charge.key,
      cut: [datesOf(cut)],
      explanation: {
        kind: 'repair',
        perPeriod: charge.perPeriod,
        days,
        ofDays: daysWithin(charge.planned, charge.period).days,
        period: datesOf(charge.planned),
        invoicedMinor: charge.plannedMinor,
        adjustedMinor: charge.adjustedMinor,
        repairedBeforeMinor,
        isCapped: worth > most,
      },
    };
  });
}

/** What adjustments had left too little for, where they were taken back since: billed again after all. Or what a credit note gave back of repairs. */
function owedRepair(
  charge: ServiceCharge,
  of: { readonly subscriptionId: string },
): Omit<RatedLine, 'key'>[] {
  const cuts = joined(charge.cuts);
  const [first, last] = [cuts[0], cuts.at(-1)];
  if (!charge.isBilledAgain || first === undefined || last === undefined) return [];
  const worth = worthMinor(charge, cuts);
  const most = charge.plannedMinor - charge.adjustedMinor;
  const amountMinor = (worth < most ? worth : most) - charge.takenMinor;
  if (amountMinor <= 0n) return [];
  const measured = cuts.map((cut) => daysWithin(cut, charge.period));
  return [
    {
      subscriptionId: of.subscriptionId,
      component: charge.component,
      planId: charge.planId,
      planVersion: charge.planVersion,
      reason: 'repair',
      from: dateOf(first.from),
      toExclusive: dateOf(last.to),
      amountMinor: -amountMinor,
      of: charge.key,
      explanation: {
        kind: 'repair',
        perPeriod: charge.perPeriod,
        days: measured.reduce((sum, { days }) => sum + days, 0),
        ofDays: daysWithin(charge.planned, charge.period).days,
        period: datesOf(charge.planned),
        invoicedMinor: charge.plannedMinor,
        adjustedMinor: charge.adjustedMinor,
        repairedBeforeMinor: charge.takenMinor,
        isCapped: worth > most,
      },
    },
  ];
}
