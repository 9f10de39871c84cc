import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf } from '../../contract/page.ts';
import { currencySchema } from '../../kernel/money.ts';
import { localDateSchema } from '../../kernel/local-date.ts';

/** A price in major units as exact decimal text; up to 10 decimals, because an hour costs fractions of a cent. */
export const priceText = z.string().regex(/^\d{1,12}(\.\d{1,10})?$/, 'an amount such as 12.50 or 0.0125');

export const planPrice = z.object({
  currency: currencySchema,
  perMonth: priceText,
  perVcpuHour: priceText,
  /** Per GiB of memory and hour. */
  perGibHour: priceText,
});
export type PlanPrice = z.infer<typeof planPrice>;

export const planRow = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  active: z.boolean(),
  /** Prices in force today, one per currency. */
  prices: z.array(planPrice.extend({ validFrom: z.string() })),
  subscriptions: z.number().int(),
  createdAt: instant,
});
export type PlanRow = z.infer<typeof planRow>;

/** With every version of its prices, also those that have ended or are yet to begin; latest first. */
export const planDetail = planRow.extend({
  versions: z.array(planPrice.extend({ validFrom: z.string(), setAt: instant })),
});
export type PlanDetail = z.infer<typeof planDetail>;

const noPlan = { 'no-such-plan': 'There is no plan {planId}.' } as const;

/** What is sold, and for how much. */
export const catalogContract = {
  planList: query({
    summary: 'Plans; fields: name active',
    input: pageInput(['name', 'created']),
    permission: 'catalog.read',
    output: pageOf(planRow),
  }),
  planGet: query({
    summary: 'One plan, with all versions of its prices',
    input: z.object({ planId: z.string() }),
    permission: 'catalog.read',
    output: planDetail,
    refusals: noPlan,
  }),
  planCreate: command({
    summary:
      'Add a plan: price per month, per vCPU-hour and per GiB-hour of memory, in one or more currencies',
    input: z.object({
      name: z.string().trim().min(1).max(80),
      description: z.string().trim().max(400).default(''),
      prices: z.array(planPrice).min(1).max(6),
      validFrom: localDateSchema,
    }),
    permission: 'catalog.write',
    output: z.object({ planId: z.string() }),
    refusals: {
      'name-taken': 'A plan called {name} exists already.',
      'currency-twice': 'There are two prices in {currency}.',
    },
    effect: 'store',
  }),
  planPriceSet: command({
    summary: 'Set a new price from a day on; what was sold before keeps its price',
    input: z.object({ planId: z.string(), price: planPrice, validFrom: localDateSchema }),
    permission: 'catalog.write',
    output: z.object({ priceId: z.string() }),
    refusals: {
      ...noPlan,
      'price-in-past':
        'A price can start today ({today}) at the earliest: days before may be charged already.',
    },
    effect: 'store',
  }),
  planRetire: command({
    summary: 'Stop selling a plan (or sell it again); subscriptions go on',
    input: z.object({ planId: z.string(), active: z.boolean() }),
    permission: 'catalog.write',
    output: nothing,
    refusals: noPlan,
    effect: 'store',
  }),
};
