import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { EVERY, type Every } from '../../../../shared/domains/billing/period-rules.ts';
import { dayAt, localDate, localDateSchema, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { CURRENCIES, type Currency } from '../../../../shared/kernel/money.ts';

/** What the formats of replayed files are made of: numbers, days, periods, bands of tiers. */
export const decimal = z
  .union([z.string(), z.number()], { error: 'a decimal number, as text such as "12.50"' })
  .transform(plainText)
  .refine((text) => /^-?\d{1,15}(\.\d{1,10})?$/.test(text), 'a decimal number, as text such as "12.50"');
export const notNegative = decimal.refine((text) => !text.startsWith('-'), 'not negative');

/** A number of JSON as people write it, never as 1e-7. */
export function plainText(said: string | number): string {
  const text = String(said);
  return typeof said === 'number' && text.includes('e') ? said.toFixed(10) : text;
}

const LOCAL_TIME = /^(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/;

/** A local date in the customer's zone, with a time of that day or not; or an instant. */
export const moment = z.string().refine((text) => {
  if (localDateSchema.safeParse(LOCAL_TIME.exec(text)?.[1] ?? text).success) return true;
  try {
    Temporal.Instant.from(text);
    return true;
  } catch {
    return false;
  }
}, 'a date as YYYY-MM-DD or an instant such as 2024-04-12T08:22:28Z');

/** The local day of a step's moment, in the customer's zone. */
export function dayOfMoment(text: string, inZone: string): LocalDate {
  const local = LOCAL_TIME.exec(text)?.[1] ?? text;
  return localDateSchema.safeParse(local).success
    ? localDate(local)
    : dayAt(Temporal.Instant.from(text).epochMilliseconds, inZone);
}

export const zone = z.string().refine((name) => {
  try {
    dayAt(0, name);
    return true;
  } catch {
    return false;
  }
}, 'a time zone such as Europe/Warsaw');

const EVERY_NAMES: Readonly<Record<string, Every>> = {
  daily: 'day',
  weekly: 'week',
  biweekly: 'two-weeks',
  thirty_days: 'thirty-days',
  thirty_one_days: 'thirty-one-days',
  sixty_days: 'sixty-days',
  ninety_days: 'ninety-days',
  monthly: 'month',
  bimestrial: 'two-months',
  quarterly: 'quarter',
  triannual: 'four-months',
  biannual: 'half-year',
  semiannual: 'half-year',
  annual: 'year',
  yearly: 'year',
  sesquiennial: 'eighteen-months',
  biennial: 'two-years',
  triennial: 'three-years',
};

/** Names of periods, ours and those of Kill Bill. */
export const everySchema = z
  .string()
  .transform((text) => text.toLowerCase())
  .refine((text) => (EVERY as readonly string[]).includes(text) || Object.hasOwn(EVERY_NAMES, text), {
    error: () => `one of ${EVERY.join(', ')}`,
  })
  .transform((text) => EVERY_NAMES[text] ?? (text as Every));

export const timing = z.enum(['in-advance', 'in-arrears']).default('in-advance');
export const align = z.enum(['anchor', 'calendar']).default('anchor');

/** Names that other suites have for the end of a band, its price and its flat amount. */
const BAND_NAMES = {
  upTo: ['upTo', 'to', 'until', 'max', 'limit', 'up_to', 'to_value', 'toValue'],
  price: [
    'price',
    'perUnit',
    'unitPrice',
    'unitAmount',
    'rate',
    'per_unit_amount',
    'unit_price',
    'unit_amount',
  ],
  flat: ['flat', 'flatAmount', 'flat_amount', 'flatFee'],
} as const;

const bandShape = z
  .object({
    upTo: notNegative.nullable().default(null),
    price: notNegative.optional(),
    flat: notNegative.optional(),
  })
  .refine(({ price, flat }) => price !== undefined || flat !== undefined, 'a band has a price')
  .transform(({ upTo, price, flat }) => ({ upTo, price: price ?? '0', flat: flat ?? '0' }));

/** A band by the names of {@link BAND_NAMES}; a list has them in that order. */
function bandOf(said: unknown, isFromTo: boolean): unknown {
  if (Array.isArray(said)) {
    const [upTo, price, flat] = (isFromTo ? said.slice(1) : said) as unknown[];
    return { upTo, price, flat };
  }
  if (typeof said !== 'object' || said === null) return said;
  const record = said as Record<string, unknown>;
  const take = (name: keyof typeof BAND_NAMES): unknown =>
    BAND_NAMES[name].map((known) => record[known]).find((value) => value !== undefined);
  return { upTo: take('upTo'), price: take('price'), flat: take('flat') };
}

/**
 * Bands in order, each `[upTo, price, flat]` or an object; the last one ends at null, and where it has an end its price goes on beyond.
 * No band ends at 0: where the first begins with it, each says where it begins before it says where it ends.
 */
export const bandList = z
  .array(z.unknown())
  .min(1)
  .transform((said) => {
    const [first] = said;
    const isFromTo = Array.isArray(first) && first.length > 2 && Number(first[0]) === 0 && first[0] !== null;
    return said.map((one) => bandOf(one, isFromTo));
  })
  .pipe(z.array(bandShape))
  .transform((bands) => {
    const last = bands.at(-1);
    return last === undefined || last.upTo === null ? bands : [...bands, { ...last, upTo: null, flat: '0' }];
  });

/** The rules of rating ask a currency only for its decimals: any that has as many as one we sell in is replayed as that one. */
export const currency = z
  .string()
  .transform((code) => standInFor(code))
  .refine(
    (found) => found !== undefined,
    'a currency with two decimals as three capital letters, such as EUR',
  );

function standInFor(code: string): Currency | undefined {
  if (Object.hasOwn(CURRENCIES, code)) return code as Currency;
  if (!/^[A-Z]{3}$/.test(code)) return undefined;
  const { maximumFractionDigits: digits } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency: code,
  }).resolvedOptions();
  return (Object.keys(CURRENCIES) as Currency[]).find((ours) => CURRENCIES[ours] === digits);
}
