import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { EVERY, type Every } from '../../../shared/domains/billing/period-rules.ts';
import {
  discountSchema,
  pricedPlan,
  type PricedPlan,
} from '../../../shared/domains/billing/price-component.ts';
import { dayAt, localDate, localDateSchema, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { currencySchema } from '../../../shared/kernel/money.ts';

/**
 * Billing stories as files tell them (../shared/vectors/README.md): a customer, plans, and dated steps with what must then be on the
 * bill. What a file does not say has the value given here.
 */
const decimal = z
  .union([z.string().regex(/^-?\d{1,15}(\.\d{1,10})?$/, 'a decimal number as text'), z.number()])
  .transform(String);
const notNegative = decimal.refine((text) => !text.startsWith('-'), 'not negative');

/** A local date in the customer's zone, or an instant. */
const moment = z.string().refine((text) => {
  if (localDateSchema.safeParse(text).success) return true;
  try {
    Temporal.Instant.from(text);
    return true;
  } catch {
    return false;
  }
}, 'a date as YYYY-MM-DD or an instant such as 2024-04-12T08:22:28Z');

const zone = z.string().refine((name) => {
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
  monthly: 'month',
  bimestrial: 'two-months',
  quarterly: 'quarter',
  triannual: 'four-months',
  biannual: 'half-year',
  semiannual: 'half-year',
  annual: 'year',
  yearly: 'year',
  biennial: 'two-years',
};

/** Names of periods, ours and those of Kill Bill. */
export const everySchema = z
  .string()
  .transform((text) => text.toLowerCase())
  .refine((text) => (EVERY as readonly string[]).includes(text) || text in EVERY_NAMES, {
    error: () => `one of ${EVERY.join(', ')}`,
  })
  .transform((text) => EVERY_NAMES[text] ?? (text as Every));

const timing = z.enum(['in-advance', 'in-arrears']).default('in-advance');
const align = z.enum(['anchor', 'calendar']).default('anchor');

/** Names that other suites have for the end of a band, its price and its flat amount. */
const BAND_NAMES = {
  upTo: ['upTo', 'to', 'until', 'max', 'up_to', 'to_value', 'toValue'],
  price: ['price', 'perUnit', 'unitPrice', 'per_unit_amount', 'unit_price'],
  flat: ['flat', 'flatAmount', 'flat_amount', 'flatFee'],
} as const;

/** A band as we write it (`[upTo, price, flat]`, the last one ends at null), or as an object. */
const band = z.unknown().transform((said, context) => {
  const record: Record<string, unknown> = Array.isArray(said)
    ? { upTo: said[0], price: said[1], flat: said[2] }
    : typeof said === 'object' && said !== null
      ? (said as Record<string, unknown>)
      : {};
  const take = (name: keyof typeof BAND_NAMES): unknown =>
    BAND_NAMES[name].map((known) => record[known]).find((value) => value !== undefined);
  const parsed = z
    .object({
      upTo: notNegative.nullable().default(null),
      price: notNegative.default('0'),
      flat: notNegative.default('0'),
    })
    .safeParse({ upTo: take('upTo'), price: take('price'), flat: take('flat') });
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues)
    context.addIssue({ code: 'custom', path: issue.path, message: issue.message });
  return z.NEVER;
});

/** Bands in order; where the last one has an end, its price goes on beyond. */
const bandList = z
  .array(band)
  .min(1)
  .transform((bands) => {
    const last = bands.at(-1);
    return last === undefined || last.upTo === null ? bands : [...bands, { ...last, upTo: null, flat: '0' }];
  });

const usageComponent = z
  .object({
    kind: z.literal('usage'),
    id: z.string().optional(),
    meter: z.string(),
    every: everySchema.default('month'),
    align,
    aggregate: z.enum(['sum', 'peak']).default('sum'),
    tiers: z.enum(['flat', 'package', 'graduated', 'volume']).default('flat'),
    package: notNegative.default('1'),
    price: z.union([notNegative, bandList]).optional(),
    bands: bandList.optional(),
    steps: bandList.optional(),
    ranges: bandList.optional(),
    levels: bandList.optional(),
    included: notNegative.default('0'),
    proratesIncluded: z.boolean().default(false),
    minimum: notNegative.optional(),
    cap: notNegative.optional(),
  })
  .transform((said) => {
    const { package: size, price, bands, steps, ranges, levels, tiers, ...rest } = said;
    const unit = typeof price === 'string' ? price : '0';
    const list =
      bands ??
      steps ??
      ranges ??
      levels ??
      (Array.isArray(price) ? price : [{ upTo: null, price: unit, flat: '0' }]);
    const pricing =
      tiers === 'flat'
        ? { tiers, price: unit }
        : tiers === 'package'
          ? { tiers, package: size, price: unit }
          : { tiers, bands: list };
    return { ...rest, pricing };
  });

const chargedByPeriod = {
  id: z.string().optional(),
  every: everySchema,
  timing,
  align,
  price: notNegative,
  trialDays: z.number().int().min(0).default(0),
};

const component = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('recurring'), ...chargedByPeriod }),
  z.object({
    kind: z.literal('allocation'),
    ...chargedByPeriod,
    resource: z.string(),
    included: notNegative.default('0'),
  }),
  z.object({
    kind: z.literal('pool'),
    ...chargedByPeriod,
    meter: z.string(),
    aggregate: z.enum(['sum', 'peak']).default('sum'),
    bought: notNegative,
    /** Per unit beyond. */
    overage: notNegative,
  }),
  z.object({ kind: z.literal('set-up'), id: z.string().optional(), price: notNegative }),
  usageComponent,
]);

const plan = z.object({
  proration: z.enum(['actual-days', 'thirty-day']).default('actual-days'),
  cycleOnChange: z.enum(['by-timing', 'restart', 'keep']).default('by-timing'),
  components: z.array(component).min(1),
});

const when = z.enum(['now', 'period-end', 'now-used-day-charged']).default('now');
const subscription = z.string().optional();
const quantity = notNegative.optional();
const allocations = z.record(z.string(), notNegative).optional();
const at = { at: moment };

/** Which posted line: its place (from 0), its dates, or its first day. */
const lineName = z.union([
  z.number().int(),
  z.string(),
  z.array(z.union([z.string(), z.number()])).min(1),
  z.looseObject({ from: z.string() }),
]);
export type LineName = z.infer<typeof lineName>;

const deed = z.discriminatedUnion('do', [
  z.object({
    ...at,
    do: z.literal('subscribe'),
    plan: z.string(),
    as: z.string().default('s1'),
    quantity,
    allocations,
    anchorDay: z.number().int().min(1).max(31).nullish(),
  }),
  z.object({ ...at, do: z.literal('run') }),
  z.object({ ...at, do: z.literal('preview') }),
  z.object({
    ...at,
    do: z.literal('change'),
    subscription,
    plan: z.string().optional(),
    quantity,
    allocations,
    when,
  }),
  z.object({ ...at, do: z.literal('cancel'), subscription, when }),
  z.object({ ...at, do: z.literal('pause'), subscription }),
  z.object({ ...at, do: z.literal('resume'), subscription }),
  z.object({ ...at, do: z.literal('anchor'), subscription, day: z.number().int().min(1).max(31) }),
  z.object({
    ...at,
    do: z.literal('usage'),
    subscription,
    meter: z.string(),
    quantity: notNegative,
    id: z.string(),
    occurred: moment.optional(),
    member: z.string().optional(),
  }),
  z.object({
    ...at,
    do: z.literal('adjust'),
    subscription,
    line: lineName.optional(),
    amount: decimal.optional(),
  }),
  z.object({ ...at, do: z.literal('pay'), amount: decimal }),
  /** Goodwill: takes an amount, VAT included, off what is owed. */
  z.object({ ...at, do: z.literal('credit'), amount: decimal }),
  z.object({ ...at, do: z.literal('discount'), subscription, discount: discountSchema }),
]);
export type Deed = z.infer<typeof deed>;

const lineExpected = z
  .tuple([localDateSchema, localDateSchema, decimal])
  .transform(([from, toExclusive, amount]) => ({ from, toExclusive, amount }));

const expectation = z.object({
  lines: z.array(lineExpected).optional(),
  balance: decimal.optional(),
  creditTotal: decimal.optional(),
});
export type Expectation = z.infer<typeof expectation>;

/** A step says what happens, what must be so then, or both. */
const stepShape = z.unknown().transform((said, context): { deed?: Deed; expect?: Expectation } => {
  const record = (said ?? {}) as Record<string, unknown>;
  const take = <S extends z.ZodType>(schema: S, value: unknown, path: string[]): z.output<S> | undefined => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues)
      context.addIssue({ code: 'custom', path: [...path, ...issue.path], message: issue.message });
    return undefined;
  };
  const isNothing = record['do'] === undefined && record['expect'] === undefined;
  if (isNothing) context.addIssue({ code: 'custom', message: 'a step says do or expect' });
  const done = record['do'] === undefined ? undefined : take(deed, said, []);
  const expected =
    record['expect'] === undefined ? undefined : take(expectation, record['expect'], ['expect']);
  return {
    ...(done === undefined ? {} : { deed: done }),
    ...(expected === undefined ? {} : { expect: expected }),
  };
});

const story = z
  .object({
    id: z.string(),
    from: z.string().default(''),
    customer: z.object({
      zone: zone.default('UTC'),
      currency: currencySchema,
      /** 0 is none, as null is. */
      anchorDay: z.number().int().min(0).max(31).nullish(),
      vatPercent: notNegative.nullish(),
    }),
    plans: z.record(z.string(), plan),
    steps: z.array(stepShape).min(1),
  })
  .transform((said, context) => {
    const { currency } = said.customer;
    const plans = new Map<string, PricedPlan>();
    for (const [id, of] of Object.entries(said.plans)) {
      const components = of.components.map((one, index) => ({ ...one, id: one.id ?? `c${index}` }));
      const priced = pricedPlan.safeParse({
        ...of,
        id,
        currency,
        components: components.map((one) =>
          one.kind === 'pool' ? { ...one, overage: { tiers: 'flat', price: one.overage } } : one,
        ),
      });
      if (priced.success) plans.set(id, priced.data);
      else
        for (const issue of priced.error.issues)
          context.addIssue({ code: 'custom', path: ['plans', id, ...issue.path], message: issue.message });
    }
    for (const [index, { deed: done }] of said.steps.entries()) {
      if (done !== undefined && 'plan' in done && done.plan !== undefined && !(done.plan in said.plans))
        context.addIssue({
          code: 'custom',
          path: ['steps', index, 'plan'],
          message: `there is no plan ${done.plan}`,
        });
    }
    return { ...said, currency, plans };
  });
export type Story = z.output<typeof story>;

export const storyFile = z.object({ stories: z.array(story) });

/** The local day of a step's moment, in the customer's zone. */
export function dayOfMoment(text: string, inZone: string): LocalDate {
  return localDateSchema.safeParse(text).success
    ? localDate(text)
    : dayAt(Temporal.Instant.from(text).epochMilliseconds, inZone);
}
