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
  trialDays,
});

/** How a period is made of its days. */
export const AGGREGATES = ['sum', 'peak', 'last'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

const metering = {
  meter: z.string().min(1).max(60),
  /**
   * `sum` of all days; the `peak`: the day on which the members' highest readings together were highest; or the `last` reading of each
   * member. How a day is made of its events is the meter's own (../metering/usage-meter-rules.ts).
   */
  aggregate: z.enum(AGGREGATES).default('sum'),
};

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
});

const pool = z.object({
  kind: z.literal('pool'),
  id,
  ...metering,
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
});

export const priceComponent = z.discriminatedUnion('kind', [setUp, recurring, allocation, usage, pool]);
export type PriceComponent = z.infer<typeof priceComponent>;

const priced = {
  currency: currencySchema,
  /** Whether VAT comes on top of the prices or is in them: price-vat-rules.ts. */
  vat: z.enum(['added', 'included']).default('added'),
  proration: z.enum(PRORATIONS).default('actual-days'),
  /**
   * Whether a subscription that changes to this plan begins its billing periods anew or keeps those of the plan before. By timing: what
   * is paid in advance is bought anew, up to a whole period; in arrears the period goes on.
   */
  cycleOnChange: z.enum(['by-timing', 'restart', 'keep']).default('by-timing'),
  components: z.array(priceComponent).min(1).max(40).superRefine(componentsFit),
};

function componentsFit(components: readonly PriceComponent[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, component] of components.entries()) {
    if (seen.has(component.id))
      context.addIssue({
        code: 'custom',
        path: [index, 'id'],
        message: `there is another component ${component.id} in this plan`,
      });
    seen.add(component.id);
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
  }),
  /** Off a whole period's amount. */
  z.object({ kind: z.literal('amount'), ...discountBase, amount: exactText }),
  /** In place of the price of the plan. */
  z.object({ kind: z.literal('price'), ...discountBase, price: exactText }),
  z.object({ kind: z.literal('free-set-up'), ...discountBase }),
]);
export type Discount = z.infer<typeof discountSchema>;
