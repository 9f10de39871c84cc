import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf } from '../../contract/page.ts';
import { currencySchema } from '../../kernel/money.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { periodPrice } from '../billing/price-component.ts';
import { PRODUCT_KINDS } from './product-rules.ts';
import { productVat } from './product-vat.ts';

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

/** A version that is charged by the period. */
export const planVersion = z.object({
  id: z.string(),
  validFrom: z.string(),
  setAt: instant,
  price: periodPrice,
});
export type PlanVersion = z.infer<typeof planVersion>;

export const productRow = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(PRODUCT_KINDS),
  description: z.string(),
  plans: z.number().int(),
  vat: productVat,
});
export type ProductRow = z.infer<typeof productRow>;

export const planRow = z.object({
  id: z.string(),
  productId: z.string(),
  product: z.string(),
  kind: z.enum(PRODUCT_KINDS),
  name: z.string(),
  description: z.string(),
  active: z.boolean(),
  /** Prices in force today that are charged day by day, one per currency. */
  prices: z.array(planPrice.extend({ validFrom: z.string() })),
  /** Versions in force today that are charged by the period; a currency has one of either kind. */
  periodPrices: z.array(planVersion),
  subscriptions: z.number().int(),
  createdAt: instant,
});
export type PlanRow = z.infer<typeof planRow>;

/** With every version of its prices, also those that have ended or are yet to begin; latest first. */
export const planDetail = planRow.extend({
  versions: z.array(planPrice.extend({ validFrom: z.string(), setAt: instant })),
  periodVersions: z.array(planVersion),
});
export type PlanDetail = z.infer<typeof planDetail>;

const noPlan = { 'no-such-plan': 'There is no plan {planId}.' } as const;

const noProduct = { 'no-such-product': 'There is no product {productId}.' } as const;
const dated = {
  'price-in-past':
    'A price of {plan} in {currency} cannot start on {validFrom}: today ({today}) is the earliest, for days before may be charged already.',
  'version-overlaps':
    '{plan} has a version in {currency} from {validFrom} on already ({versionId}, which holds {until}), and another one from that day on would overlap it: choose another day.',
} as const;

const taxing = {
  'exempt-without-reason':
    'Say why {name} is exempt, with the article of the law: invoices must give the reason.',
  'reason-without-exemption':
    '{name} has a reason for an exemption beside a rate: what is exempt has the reason and no lower rate, all else a rate and no reason.',
} as const;

/** What is sold, and for how much. */
export const catalogContract = {
  productList: query({
    summary: 'Products: what plans are plans of',
    input: nothing,
    permission: 'catalog.read',
    output: z.object({ rows: z.array(productRow) }),
  }),
  productCreate: command({
    summary: 'Add a product: a kind of thing that plans are made for',
    input: z.object({
      name: z.string().trim().min(1).max(80),
      kind: z.enum(PRODUCT_KINDS),
      description: z.string().trim().max(400).default(''),
      /** How VAT takes it; absent: what is usual of its kind. */
      vat: productVat.optional(),
    }),
    permission: 'catalog.write',
    output: z.object({ productId: z.string() }),
    refusals: { 'name-taken': 'A product called {name} exists already.', ...taxing },
    effect: 'store',
  }),
  productVatSet: command({
    summary:
      'Say how VAT takes a product from now on; documents issued before keep what they say, and a billing run that was previewed is previewed again',
    input: z.object({
      productId: z.string(),
      vat: productVat,
      /** As it was seen: refused where somebody else changed it since. Absent: it is replaced. */
      before: productVat.optional(),
    }),
    permission: 'catalog.write',
    output: nothing,
    refusals: {
      ...noProduct,
      ...taxing,
      'changed-meanwhile':
        'How VAT takes {name} was changed by somebody else meanwhile. Look at it again, then save.',
    },
    effect: 'store',
  }),
  planList: query({
    summary: 'Plans; fields: name active kind',
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
      'Add a plan in one or more currencies: charged day by day (per month, vCPU-hour and GiB-hour of memory) or by the period (components)',
    input: z.object({
      /** Absent: the product VPS, which every store has. */
      productId: z.string().optional(),
      name: z.string().trim().min(1).max(80),
      description: z.string().trim().max(400).default(''),
      prices: z.array(planPrice).max(6).default([]),
      periodPrices: z.array(periodPrice).max(6).default([]),
      validFrom: localDateSchema,
    }),
    permission: 'catalog.write',
    output: z.object({ planId: z.string() }),
    refusals: {
      ...noProduct,
      'name-taken': 'A plan called {name} exists already.',
      'no-price': '{name} has no price: give it one in a currency at least.',
      'currency-twice':
        '{name} has two prices in {currency} from {validFrom} on: give it one in each currency.',
    },
    effect: 'store',
  }),
  planPriceSet: command({
    summary: 'Set a new price from a day on; what was sold before keeps its price',
    input: z.object({ planId: z.string(), price: planPrice, validFrom: localDateSchema }),
    permission: 'catalog.write',
    output: z.object({ priceId: z.string() }),
    refusals: { ...noPlan, ...dated },
    effect: 'store',
  }),
  planVersionAdd: command({
    summary:
      'Add a version of a plan, charged by the period, from a day on; what was sold before keeps its price',
    input: z.object({ planId: z.string(), validFrom: localDateSchema, price: periodPrice }),
    permission: 'catalog.write',
    output: z.object({ versionId: z.string() }),
    refusals: { ...noPlan, ...dated },
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
