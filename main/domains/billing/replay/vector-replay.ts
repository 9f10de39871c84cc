import { z } from 'zod';
import {
  calendarDay,
  dateOf,
  dayOf,
  type DayNumber,
} from '../../../../shared/domains/billing/day-number-rules.ts';
import {
  boundaryAfter,
  lengthOf,
  periodBefore,
  periodGrid,
  type Every,
} from '../../../../shared/domains/billing/period-rules.ts';
import { dueFractions, partOfPeriod } from '../../../../shared/domains/billing/proration-rules.ts';
import { localDateSchema } from '../../../../shared/kernel/local-date.ts';
import { ratioFrom, type Ratio } from '../../../../shared/kernel/ratio.ts';
import { roundRatio } from '../../../../shared/kernel/rounding.ts';
import type { ReplayVerdict } from './story-replay.ts';
import { everySchema, plainText } from './story-words.ts';

/** Digits of the numbers of periods in vectors, each part rounded on its own, half up. */
const DIGITS = 9;

const number = z
  .union([z.string(), z.number()], { error: 'a decimal number, as text such as "0.75"' })
  .transform(plainText)
  .refine(
    (text) => /^\d{1,15}(\.\d+)?$/.test(text),
    'a decimal number, not negative, as text such as "0.75"',
  );
const cycleDay = z.number().int().min(0).max(31);
const timing = z
  .string()
  .transform((mode) => mode.toUpperCase().replaceAll('-', '_'))
  .pipe(z.enum(['IN_ADVANCE', 'IN_ARREAR', 'IN_ARREARS']))
  .transform((mode) => (mode === 'IN_ADVANCE' ? ('in-advance' as const) : ('in-arrears' as const)));
const named = { suite: z.string().default(''), test: z.string().default('') };

const cyclesVector = z
  .strictObject({
    ...named,
    period: everySchema,
    mode: timing.default('in-advance'),
    start: localDateSchema,
    end: localDateSchema.nullish(),
    target: localDateSchema,
    billCycleDay: cycleDay,
    expectedCycles: number,
  })
  .refine(({ start, end }) => (end ?? start) >= start, {
    path: ['end'],
    error: 'a day that is not before the start',
  });
const BEFORE_FIRST = 'calculateProRationBeforeFirstBillingPeriod';
const AFTER_LAST = 'calculateProRationAfterLastBillingCycleDate';
const fractionVector = z
  .strictObject({
    ...named,
    function: z.enum([BEFORE_FIRST, AFTER_LAST]),
    date1: localDateSchema,
    date2: localDateSchema,
    period: everySchema.default('month'),
    fixedDays: z.number().int().min(1).max(31).nullish(),
    expectedProration: number,
  })
  .refine((vector) => vector.function !== BEFORE_FIRST || vector.date1 <= vector.date2, {
    path: ['date1'],
    error: 'the start, a day that is not after date2, the first billing date',
  })
  .refine((vector) => vector.function !== AFTER_LAST || vector.date1 >= vector.date2, {
    path: ['date1'],
    error: 'the end, a day that is not before date2, the last billing date',
  });
const firstDateVector = z.strictObject({
  ...named,
  mode: timing.optional(),
  from: localDateSchema,
  billCycleDay: cycleDay,
  period: everySchema,
  expectedFirstBillingCycleDate: localDateSchema,
});

/** The three formats of vectors; each vector is told by what it expects. */
export const vectorShapes = {
  expectedCycles: cyclesVector.transform((vector) => replayOf(vector, replayCycles)),
  expectedProration: fractionVector.transform((vector) => replayOf(vector, replayFraction)),
  expectedFirstBillingCycleDate: firstDateVector.transform((vector) => replayOf(vector, replayFirstDate)),
} as const;

/** One that the rules of dates refuse is told of as a step of a story is, and the rest of its file goes on. */
function replayOf<T extends { readonly suite: string; readonly test: string }>(
  vector: T,
  replay: (vector: T) => ReplayVerdict,
): () => ReplayVerdict {
  return () => {
    try {
      return replay(vector);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const name = `${vector.suite} ${vector.test}`.trim();
      return { name, fault: { expected: 'a vector that can be', got: error.message } };
    }
  };
}

function rounded(value: Ratio): bigint {
  return roundRatio(value, DIGITS);
}

function numberText(value: bigint): string {
  const digits = value.toString().padStart(DIGITS + 1, '0');
  return `${digits.slice(0, -DIGITS)}.${digits.slice(-DIGITS)}`;
}

function verdict(name: string, expected: string, got: string, isSame: boolean): ReplayVerdict {
  return { name: name.trim(), fault: isSame ? null : { expected, got } };
}

/** How many billing cycles are due by a date. */
function replayCycles(vector: z.output<typeof cyclesVector>): ReplayVerdict {
  const { period, mode, start, end, target, billCycleDay, expectedCycles } = vector;
  const fractions = dueFractions({
    every: period,
    timing: mode,
    service: { from: dayOf(start), to: end === null || end === undefined ? null : dayOf(end) },
    anchorDay: Math.max(1, billCycleDay),
    target: dayOf(target),
  });
  const got = fractions.reduce((sum, fraction) => sum + rounded(fraction), 0n);
  return verdict(
    `${vector.suite} ${vector.test} ${start}..${end ?? ''} by ${target}, day ${billCycleDay}`,
    expectedCycles,
    numberText(got),
    got === rounded(ratioFrom(expectedCycles)),
  );
}

/** The part of a period before its first billing date, or after its last. */
function replayFraction(vector: z.output<typeof fractionVector>): ReplayVerdict {
  const { date1, date2, period, fixedDays, expectedProration } = vector;
  const length = lengthOf(period);
  const [one, two] = [dayOf(date1), dayOf(date2)];
  const isBefore = vector.function === BEFORE_FIRST;
  const whole = isBefore ? periodBefore(length, two) : { from: two, to: periodEnd(two, period) };
  const span = isBefore ? { from: one, to: two } : { from: two, to: one };
  const got = rounded(partOfPeriod(span, whole, { length, monthDays: fixedDays ?? null }));
  return verdict(
    `${vector.suite} ${vector.function} ${date1} ${date2}${fixedDays ? ` of ${fixedDays} days` : ''}`,
    expectedProration,
    numberText(got),
    got === rounded(ratioFrom(expectedProration)),
  );
}

function periodEnd(from: DayNumber, every: Every): DayNumber {
  const anchorDay = calendarDay(from).day;
  return boundaryAfter(periodGrid(every, { origin: from, align: 'anchor', anchorDay }), from);
}

/** The first date that a billing cycle begins on. */
function replayFirstDate(vector: z.output<typeof firstDateVector>): ReplayVerdict {
  const { from, billCycleDay, period, expectedFirstBillingCycleDate: expected } = vector;
  const anchorDay = Math.max(1, billCycleDay);
  const got = dateOf(periodGrid(period, { origin: dayOf(from), align: 'anchor', anchorDay }).first);
  return verdict(
    `${vector.suite} ${vector.test} ${period} from ${from}, day ${billCycleDay}`,
    expected,
    got,
    got === expected,
  );
}
