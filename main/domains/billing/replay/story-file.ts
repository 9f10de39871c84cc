import { z } from 'zod';
import {
  discountSchema,
  pricedPlan,
  type PricedPlan,
} from '../../../../shared/domains/billing/price-component.ts';
import { localDateSchema } from '../../../../shared/kernel/local-date.ts';
import { usageComponent } from './story-usage.ts';
import { align, currency, decimal, everySchema, moment, notNegative, timing, zone } from './story-words.ts';

/**
 * Billing stories as files tell them (../shared/vectors/README.md): a customer, plans, and dated steps with what must then be on the
 * bill. What a file does not say has the value given here.
 */
const chargedByPeriod = {
  id: z.string().optional(),
  every: everySchema,
  timing,
  align,
  price: notNegative,
  trialDays: z.number().int().min(0).default(0),
};

/** Says which word is not known, and those that are. */
function unknownKind(of: string, known: readonly string[]): (issue: { input?: unknown }) => string {
  return ({ input }) => {
    const said = typeof input === 'object' && input !== null ? (input as Record<string, unknown>)[of] : input;
    return `${of} ${JSON.stringify(said ?? null)} is not known: one of ${known.join(', ')}`;
  };
}

const component = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('recurring'), ...chargedByPeriod }),
    z.strictObject({
      kind: z.literal('allocation'),
      ...chargedByPeriod,
      resource: z.string(),
      included: notNegative.default('0'),
      forEachUnit: z.boolean().optional(),
      chargedInTrial: z.boolean().optional(),
    }),
    z.strictObject({
      kind: z.literal('pool'),
      ...chargedByPeriod,
      meter: z.string(),
      aggregate: z.enum(['sum', 'peak', 'daily']).default('sum'),
      bought: notNegative,
      /** Per unit beyond. */
      overage: notNegative,
    }),
    z.strictObject({ kind: z.literal('set-up'), id: z.string().optional(), price: notNegative }),
    usageComponent,
  ],
  { error: unknownKind('kind', ['recurring', 'usage', 'allocation', 'pool', 'set-up']) },
);

const plan = z.strictObject({
  proration: z.enum(['actual-days', 'thirty-day']).default('actual-days'),
  cycleOnChange: z.enum(['by-timing', 'restart', 'keep']).default('by-timing'),
  trialDays: z.number().int().min(0).optional(),
  components: z.array(component).min(1),
});

const when = z.enum(['now', 'period-end', 'now-used-day-charged']).default('now');
const subscription = z.string().optional();
const quantity = notNegative.optional();
const allocations = z.record(z.string(), notNegative).optional();
const at = { at: moment };
/** Said of what is always at once. */
const atOnce = { subscription, when: z.literal('now').optional() };

/** Which posted line: its place (from 0), its dates, or its first day. */
const lineName = z.union([
  z.number().int(),
  z.string(),
  z.array(z.union([z.string(), z.number()])).min(1),
  z.looseObject({ from: z.string() }),
]);
export type LineName = z.infer<typeof lineName>;

const deed = z.discriminatedUnion(
  'do',
  [
    z.strictObject({
      ...at,
      do: z.literal('subscribe'),
      plan: z.string(),
      as: z.string().default('s1'),
      quantity,
      allocations,
      anchorDay: z.number().int().min(1).max(31).nullish(),
    }),
    z.strictObject({ ...at, do: z.literal('run') }),
    z.strictObject({ ...at, do: z.literal('preview') }),
    z.strictObject({
      ...at,
      do: z.literal('change'),
      subscription,
      plan: z.string().optional(),
      quantity,
      allocations,
      when,
    }),
    z.strictObject({ ...at, do: z.literal('cancel'), subscription, when }),
    z.strictObject({ ...at, do: z.literal('pause'), ...atOnce }),
    z.strictObject({ ...at, do: z.literal('resume'), ...atOnce }),
    z.strictObject({ ...at, do: z.literal('anchor'), subscription, day: z.number().int().min(1).max(31) }),
    z.strictObject({
      ...at,
      do: z.literal('usage'),
      subscription,
      meter: z.string(),
      quantity: notNegative,
      /** Absent: of an event of its own. */
      id: z.string().optional(),
      occurred: moment.optional(),
      member: z.string().optional(),
    }),
    z.strictObject({
      ...at,
      do: z.literal('adjust'),
      subscription,
      line: lineName.optional(),
      amount: decimal.optional(),
    }),
    z.strictObject({ ...at, do: z.literal('pay'), amount: decimal }),
    /** Goodwill: takes an amount, VAT included, off what is owed. */
    z.strictObject({ ...at, do: z.literal('credit'), amount: decimal }),
    z.strictObject({ ...at, do: z.literal('discount'), subscription, discount: discountSchema }),
    z.strictObject({ ...at, do: z.literal('discount-end'), subscription, discountId: z.string() }),
  ],
  {
    error: unknownKind('do', [
      'subscribe',
      'run',
      'preview',
      'change',
      'cancel',
      'pause',
      'resume',
      'anchor',
      'usage',
      'adjust',
      'pay',
      'credit',
      'discount',
      'discount-end',
    ]),
  },
);
export type Deed = z.infer<typeof deed>;

const lineExpected = z
  .tuple([localDateSchema, localDateSchema, decimal])
  .transform(([from, toExclusive, amount]) => ({ from, toExclusive, amount }));

const expectation = z.strictObject({
  lines: z.array(lineExpected).optional(),
  balance: decimal.optional(),
  creditTotal: decimal.optional(),
});
export type Expectation = z.infer<typeof expectation>;

/** What a step that happens nothing in says. */
const lookOnly = z.strictObject({ at: moment.optional() });

/** A step says what happens, what must be so then, or both. */
const stepShape = z.unknown().transform((said, context): { deed?: Deed; expect?: Expectation } => {
  const take = <S extends z.ZodType>(schema: S, value: unknown, path: string[]): z.output<S> | undefined => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues)
      context.addIssue({
        ...(issue.code === 'unrecognized_keys' ? { code: issue.code, keys: issue.keys } : { code: 'custom' }),
        path: [...path, ...issue.path],
        message: issue.message,
      });
    return undefined;
  };
  const { expect: seen, ...rest } = (typeof said === 'object' && said !== null ? said : {}) as {
    readonly expect?: unknown;
    readonly do?: unknown;
  };
  if (rest.do === undefined && seen === undefined)
    context.addIssue({ code: 'custom', message: 'a step says do or expect' });
  const done = rest.do === undefined ? void take(lookOnly, rest, []) : take(deed, rest, []);
  const expected = seen === undefined ? undefined : take(expectation, seen, ['expect']);
  return {
    ...(done === undefined ? {} : { deed: done }),
    ...(expected === undefined ? {} : { expect: expected }),
  };
});

/** Ids of components are ours where a file has others. */
const OUR_ID = /^[a-z0-9][a-z0-9-]{0,39}$/;

export const storyShape = z
  .strictObject({
    id: z.string().optional(),
    from: z.string().default(''),
    customer: z.strictObject({
      zone: zone.default('UTC'),
      currency,
      /** 0 is none, as null is. */
      anchorDay: z.number().int().min(0).max(31).nullish(),
      vatPercent: notNegative.nullish(),
    }),
    plans: z.record(z.string(), plan),
    steps: z.array(stepShape).min(1),
  })
  .transform((said, context) => {
    const plans = new Map<string, PricedPlan>();
    for (const [id, of] of Object.entries(said.plans)) {
      const components = of.components.map((one, index) => ({
        ...one,
        id: one.id !== undefined && OUR_ID.test(one.id) ? one.id : `c${index}`,
      }));
      const priced = pricedPlan.safeParse({
        ...of,
        id,
        currency: said.customer.currency,
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
      if (done === undefined || !('plan' in done) || done.plan === undefined) continue;
      if (Object.hasOwn(said.plans, done.plan)) continue;
      const known = Object.keys(said.plans).join(', ') || 'none';
      context.addIssue({
        code: 'custom',
        path: ['steps', index, 'plan'],
        message: `there is no plan ${done.plan}: the story has ${known}`,
      });
    }
    return { ...said, currency: said.customer.currency, plans };
  });
export type Story = z.output<typeof storyShape>;
