import { z } from 'zod';
import { compareRatios, ratioFrom } from '../../kernel/ratio.ts';
import { currencySchema } from '../../kernel/money.ts';
import { EVERY } from './period-rules.ts';
import { PRORATIONS } from './proration-rules.ts';

/** An amount or a quantity as exact decimal text, never negative; up to 10 decimals. */
export const exactText = z
  .string()
  .regex(/^\d{1,15}(\.\d{1,10})?$/, 'a number that is not negative, such as 12.50');
const positiveText = exactText.refine((text) => /[1-9]/.test(text), 'more than nothing');

const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'a short name of small letters, digits and hyphens');
const trialDays = z.number().int().min(0).max(3650).default(0);
/** Charged from the first day though the plan has a trial; absent: free in it, as all of the plan. */
const chargedInTrial = z.boolean().optional();
/**
 * Whether what is included, the least and the most are of each unit of the subscription's quantity, as what a pool has bought is; absent: of
 * the subscription, whatever its quantity.
 */
const forEachUnit = z.boolean().optional();
const timing = z.enum(['in-advance', 'in-arrears']);
const align = z.enum(['anchor', 'calendar']).default('anchor');
const every = z.enum(EVERY);

/** One step of a tiered price. `upTo` is the last quantity it covers; null for all beyond. */
export const priceBand = z.object({
  upTo: positiveText.nullable(),
  /** Per unit (per begun package where the price is by packages). */
  price: exactText,
  /** Once, as soon as the band is reached. */
  flat: exactText.default('0'),
});
export type PriceBand = z.infer<typeof priceBand>;

const bands = z
  .array(priceBand)
  .min(1)
  .max(50)
  .superRefine((all, context) => {
    const fault = (index: number, message: string): void =>
      context.addIssue({ code: 'custom', path: [index, 'upTo'], message });
    let reached = ratioFrom('0');
    for (const [index, band] of all.entries()) {
      const isLast = index === all.length - 1;
      if (band.upTo === null) {
        if (!isLast) fault(index, 'only the last band is without an end');
        continue;
      }
      if (isLast) fault(index, 'the last band has no end (null): what lies beyond would have no price');
      const upTo = ratioFrom(band.upTo);
      if (compareRatios(upTo, reached) <= 0) fault(index, 'a band ends after the one before it');
      reached = upTo;
    }
  });

/** How a quantity becomes money; see tier-rules.ts. */
export const usagePricing = z.discriminatedUnion('tiers', [
  z.object({ tiers: z.literal('flat'), price: exactText }),
  z.object({ tiers: z.literal('package'), package: positiveText, price: exactText }),
  z.object({ tiers: z.literal('graduated'), bands }),
  z.object({ tiers: z.literal('volume'), bands }),
]);
export type UsagePricing = z.infer<typeof usagePricing>;

const setUp = z.object({ kind: z.literal('set-up'), id, price: exactText });

const recurring = z.object({
  kind: z.literal('recurring'),
  id,
  every,
  timing,
  align,
  /** For one whole period and one unit of the subscription's quantity. */
  price: exactText,
  trialDays,
});

const allocation = z.object({
  kind: z.literal('allocation'),
  id,
  /** What is allotted as ordered (`vcpu`, `memory-gib`, `address`); how much stands in the subscription. */
  resource: id,
  every,
  timing,
  align,
  /** For one whole period and one unit of the resource. */
  price: exactText,
  /** Units that cost nothing. */
  included: exactText.default('0'),
  forEachUnit,
  trialDays,
  chargedInTrial,
});

/** How a period is made of its days. */
export const AGGREGATES = ['sum', 'peak', 'last'] as const;
/** What a pool's overage is measured by: those, or `daily`. */
export const POOL_AGGREGATES = ['sum', 'daily', 'peak', 'last'] as const;
export type Aggregate = (typeof POOL_AGGREGATES)[number];

const meter = z.string().min(1).max(60);
const metering = {
  meter,
  /**
   * `sum` of all days; the `peak`: the day on which the members' highest readings together were highest; or the `last` reading of each
   * member. How a day is made of its events is the meter's own (../metering/usage-meter-rules.ts).
   */
  aggregate: z.enum(AGGREGATES).default('sum'),
};

const option = z.object({
  kind: z.literal('option'),
  /** A subscription that takes it says how many of it among its allotments, under this name. */
  id,
  /** What documents and forms call it. */
  name: z.string().trim().min(1).max(80),
  every,
  timing,
  align,
  /** For one whole period and one of it. */
  price: exactText,
  /** Most that one subscription takes; null: any number. */
  most: z.number().int().min(1).max(1_000_000).nullable().default(null),
  chargedInTrial,
});
export type PlanOption = z.infer<typeof option>;

const usage = z.object({
  kind: z.literal('usage'),
  id,
  ...metering,
  every,
  align,
  pricing: usagePricing,
  /** Quantity of a period that costs nothing. */
  included: exactText.default('0'),
  /** Whether a part of a period includes only its part of that quantity. */
  proratesIncluded: z.boolean().default(false),
  /** Least amount of a whole period; a true-up line makes up for what is missing. */
  minimum: exactText.optional(),
  /** Most that a whole period costs. */
  cap: exactText.optional(),
  forEachUnit,
  chargedInTrial,
});

const pool = z.object({
  kind: z.literal('pool'),
  id,
  meter,
  /**
   * What overage is measured by: each day's own quantity, so that a unit beyond on a day is one (`daily`); the period's highest day; all
   * days of it together, of which a part of a period has its part of what was bought; or the last.
   */
  aggregate: z.enum(POOL_AGGREGATES).default('sum'),
  every,
  timing,
  align,
  /** Units bought together for one unit of the subscription's quantity. */
  bought: positiveText,
  /** Of one unit bought, for one whole period. */
  price: exactText,
  /** Price of what is used beyond the units bought. */
  overage: usagePricing,
  trialDays,
  /** Of the plan's trial: the price and what is used beyond. */
  chargedInTrial,
});

export const priceComponent = z.discriminatedUnion('kind', [
  setUp,
  recurring,
  allocation,
  option,
  usage,
  pool,
]);
export type PriceComponent = z.infer<typeof priceComponent>;

const priced = {
  currency: currencySchema,
  /** Whether VAT comes on top of the prices or is in them: price-vat-rules.ts. */
  vat: z.enum(['added', 'included']).default('added'),
  proration: z.enum(PRORATIONS).default('actual-days'),
  /**
   * Days from the first on in which nothing of the plan is charged but set-ups: fees, allotments, options, usage. Absent: none; then a
   * component's own `trialDays` are of itself alone, as in every version from before there was this.
   */
  trialDays: z.number().int().min(0).max(3650).optional(),
  /**
   * Whether a subscription that changes to this plan begins its billing periods anew or keeps those of the plan before. By timing: what
   * is paid in advance is bought anew, up to a whole period; in arrears the period goes on.
   */
  cycleOnChange: z.enum(['by-timing', 'restart', 'keep']).default('by-timing'),
  components: z.array(priceComponent).min(1).max(40).superRefine(componentsFit),
};

function componentsFit(components: readonly PriceComponent[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  const options = new Set(components.flatMap(({ kind, id: name }) => (kind === 'option' ? [name] : [])));
  for (const [index, component] of components.entries()) {
    if (seen.has(component.id))
      context.addIssue({
        code: 'custom',
        path: [index, 'id'],
        message: `there is another component ${component.id} in this plan`,
      });
    seen.add(component.id);
    if (component.kind === 'allocation' && options.has(component.resource))
      context.addIssue({
        code: 'custom',
        path: [index, 'resource'],
        message: `there is an option ${component.resource} in this plan: how many are taken would be the same number`,
      });
    if (component.kind === 'usage' && component.minimum !== undefined && component.cap !== undefined)
      if (compareRatios(ratioFrom(component.minimum), ratioFrom(component.cap)) > 0)
        context.addIssue({
          code: 'custom',
          path: [index, 'cap'],
          message: 'the most is less than the least',
        });
  }
}

/** What is sold by the period in one currency: its components, and how parts of periods are measured. */
export const periodPrice = z.object(priced);
export type PeriodPrice = z.infer<typeof periodPrice>;

/** A plan as it was priced and sold: never changed, so that what was billed by it can be explained for ever. */
export const pricedPlan = z.object({
  id: z.string().min(1).max(80),
  /** Which of the plan's versions this is. */
  version: z.string().max(40).default('1'),
  /** Charged as each of its days closes (daily-terms-rules.ts) and not by the period: rating gives nothing for days under it. */
  isDaily: z.literal(true).optional(),
  ...priced,
});
export type PricedPlan = z.infer<typeof pricedPlan>;

const discountBase = {
  id: z.string().min(1).max(80),
  /** For how many billing periods of each component it counts; null for all. */
  periods: z.number().int().min(1).max(1200).nullable().default(null),
  /** Components it is for; absent for all. */
  components: z.array(z.string()).optional(),
};

export const discountSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('percent'),
    ...discountBase,
    percent: exactText.refine(
      (text) => compareRatios(ratioFrom(text), ratioFrom('100')) <= 0,
      'at most 100 per cent',
    ),
    /**
     * Whether it comes off what is metered, too: usage with its minimum, and overage. Absent of those given before there was this, which
     * do not, for ever; one that is given without it does.
     */
    metered: z.boolean().optional(),
  }),
  /** Off a whole period's amount. */
  z.object({ kind: z.literal('amount'), ...discountBase, amount: exactText }),
  /** In place of the price of the plan; as `amount`, of each component it is for. New ones are for one: discount-fit-rules.ts. */
  z.object({ kind: z.literal('price'), ...discountBase, price: exactText }),
  z.object({ kind: z.literal('free-set-up'), ...discountBase }),
]);
export type Discount = z.infer<typeof discountSchema>;
