import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf } from '../../contract/page.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { moneySchema } from '../../kernel/money.ts';
import { planPrice } from '../catalog/catalog-contract.ts';
import { discountSchema, exactText, periodPrice } from './price-component.ts';

export const subscriptionRow = z.object({
  id: z.string(),
  customerId: z.string(),
  customer: z.string(),
  planId: z.string(),
  plan: z.string(),
  /** Empty where it is for no VM. */
  vmId: z.string(),
  vm: z.string(),
  charged: z.enum(['daily', 'by-period']),
  /** The price as sold; later price changes do not touch it. All 0 where it is charged by the period. */
  price: planPrice,
  /** What was sold, where it is charged by the period. */
  periodPrice: periodPrice.nullable(),
  startsOn: z.string(),
  /** First day no longer charged; null while it runs. */
  endsOn: z.string().nullable(),
  /** First day not served, and first day served again, of the last pause. */
  pausedFrom: z.string().nullable(),
  pausedUntil: z.string().nullable(),
  /** Day after the last one charged. */
  chargedUntil: z.string(),
});
export type SubscriptionRow = z.infer<typeof subscriptionRow>;

export const chargeRow = z.object({
  id: z.string(),
  /** The day whose close posted it. */
  day: z.string(),
  /** Days it is for. */
  serviceStart: z.string(),
  serviceEndExclusive: z.string(),
  component: z.string(),
  /** Months as a fraction of the month's days (`1/31`), hours as decimals of at most 6 digits; kept exactly in the store. */
  quantity: z.string(),
  unitPrice: z.string(),
  amount: moneySchema,
  /** What it comes to by its price, where that has VAT in it; `amount` is its net. */
  gross: moneySchema.nullable(),
  /** Why it is there: `service`, `usage`, `repair` … */
  reason: z.string(),
  /** How the amount came about, down to what was read; null where quantity × price says all. */
  explanation: z.unknown(),
  invoiceId: z.string().nullable(),
});
export type ChargeRow = z.infer<typeof chargeRow>;

const quantity = exactText.refine((text) => /[1-9]/.test(text), 'more than nothing');
/** Units of each resource as ordered. */
const allocations = z.record(z.string(), exactText);
const anchorDay = z.number().int().min(1).max(31);

/** What can happen to a subscription that is charged by the period. */
export const subscriptionChange = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('change'),
    /** In the version of the customer's currency that is in force on the day it takes effect. */
    planId: z.string().optional(),
    quantity: quantity.optional(),
    allocations: allocations.optional(),
  }),
  z.object({ do: z.literal('pause') }),
  z.object({ do: z.literal('resume') }),
  /** Periods begin on this day of the month from the first such day on. */
  z.object({ do: z.literal('anchor'), day: anchorDay }),
  z.object({ do: z.literal('discount'), discount: discountSchema }),
]);
export type SubscriptionChangeInput = z.infer<typeof subscriptionChange>;

export const subscriptionEvent = z.object({
  seq: z.number().int(),
  on: z.string(),
  known: z.string(),
  madeAt: instant,
  what: z.enum(['start', 'change', 'pause', 'resume', 'cancel', 'anchor', 'discount']),
  plan: z.string().nullable(),
  quantity: z.string().nullable(),
  allocations: z.record(z.string(), z.string()).nullable(),
  anchorDay: z.number().int().nullable(),
  discount: discountSchema.nullable(),
});
export type SubscriptionEventRow = z.infer<typeof subscriptionEvent>;

const noSubscription = { 'no-such-subscription': 'There is no subscription {subscriptionId}.' } as const;
const selling = {
  'no-such-plan': 'There is no plan {planId}.',
  'plan-retired': '{plan} is no longer sold.',
  'no-price': '{plan} has no price in {currency} on {startsOn}.',
  'no-such-resource': '{plan} has no price for {resource}: it allots {resources}.',
  'meter-unknown':
    '{plan} is charged by {meter}, which nothing counts: it would be used for nothing. Declare that meter, or change the plan.',
  'meter-otherwise':
    '{plan} makes its period of {meter} ({component}) by {aggregate}, but that meter is read so that it can only be {may}: change the plan.',
  'discount-twice': 'There is a discount {discountId} already: give this one another name.',
} as const;

const changing = {
  ...noSubscription,
  ...selling,
  'charged-daily': '{plan} is charged day by day and does not change: end it and start another.',
  'day-closed': '{on} is closed already: let it take effect on {firstOpenDay} or later.',
  'before-start': 'It starts on {startsOn}: nothing can change before.',
  'already-ended': 'It ends on {endsOn}: nothing changes from then on.',
  'already-paused': 'It is paused already, from {on} on.',
  'not-paused': 'It is not paused on {on}.',
  'vm-needed': '{plan} is charged by what a VM uses, and this subscription is for none.',
  'nothing-changed': 'Say what changes: plan, quantity or allotments.',
} as const;

const changedLine = z.object({
  component: z.string(),
  plan: z.string(),
  reason: z.string(),
  start: z.string(),
  endExclusive: z.string(),
  amount: moneySchema,
  /** Whether its price has VAT in it. */
  hasVat: z.boolean(),
});

/** What is sold to whom, what happens to it, and what it came to. */
export const subscriptionOperations = {
  subscriptionList: query({
    summary: 'Subscriptions; fields: customer plan vm state',
    input: pageInput(['started', 'customer', 'plan']),
    permission: 'billing.read',
    output: pageOf(subscriptionRow),
  }),
  subscriptionStart: command({
    summary:
      'Sell a plan to a customer, from a day on; for a VM where it is charged day by day or bound to one',
    input: z.object({
      customerId: z.string(),
      planId: z.string(),
      vmId: z.string().optional(),
      startsOn: localDateSchema,
      quantity: quantity.optional(),
      allocations: allocations.optional(),
      /** Day of the month that periods begin on; absent: that of the day charging begins. */
      anchorDay: anchorDay.optional(),
      discounts: z.array(discountSchema).max(20).optional(),
    }),
    permission: 'billing.write',
    output: z.object({ subscriptionId: z.string() }),
    refusals: {
      ...selling,
      'no-company': 'Say first who sells: Settings, Company.',
      'no-such-customer': 'There is no customer {customerId}.',
      'customer-moved': '{customer} was moved to another company or billing zone meanwhile: try again.',
      'customer-archived': '{customer} is archived: bring the customer back first.',
      'vm-needed': '{plan} is charged by what a VM uses: say for which VM.',
      'daily-only-by-vm':
        '{plan} is charged day by day for one VM: quantity, allotments, anchor day and discounts are of plans charged by the period.',
      'no-such-vm': 'There is no VM {vmId}.',
      'vm-being-deleted': '{vm} is being deleted.',
      'vm-of-another': '{vm} belongs to {customer}: give it to the one who pays first.',
      'vm-subscribed': '{vm} is billed already, by a subscription of {customer}.',
      'day-closed': '{startsOn} is closed already: start on {firstOpenDay} or later.',
    },
    effect: 'store',
  }),
  subscriptionChange: command({
    summary:
      'Change plan, quantity or allotments, pause, resume, move the anchor day or give a discount: from a day on, or at the end of the period',
    input: z.object({
      subscriptionId: z.string(),
      change: subscriptionChange,
      /** Absent: today. */
      on: z.union([localDateSchema, z.literal('period-end')]).optional(),
    }),
    permission: 'billing.write',
    output: z.object({ on: z.string() }),
    refusals: changing,
    effect: 'store',
  }),
  subscriptionPreview: query({
    summary: 'What a change of a subscription would charge and take back; writes nothing',
    input: z.object({
      subscriptionId: z.string(),
      change: z.union([subscriptionChange, z.object({ do: z.literal('cancel') })]),
      /** Absent: today. */
      on: z.union([localDateSchema, z.literal('period-end')]).optional(),
    }),
    permission: 'billing.read',
    output: z.object({
      /** The day it takes effect. */
      on: z.string(),
      /** All that is due by the end of this day is looked at, but for usage. */
      until: z.string(),
      /** What is due with the change only, and what would be due without it only. */
      lines: z.array(changedLine),
      instead: z.array(changedLine),
      difference: moneySchema,
    }),
    refusals: changing,
  }),
  subscriptionEnd: command({
    summary:
      'End a subscription: the last charged day is the day before; what was paid beyond is credited. Or at the end of its period',
    input: z.object({
      subscriptionId: z.string(),
      endsOn: z.union([localDateSchema, z.literal('period-end')]),
    }),
    permission: 'billing.write',
    output: nothing,
    refusals: {
      ...noSubscription,
      'day-closed': '{endsOn} is charged already: end it on {firstOpenDay} or later.',
      'before-start': 'It starts on {startsOn}: it cannot end before.',
      'already-ended': 'It has ended on {endsOn} already.',
    },
    effect: 'store',
  }),
  subscriptionHistory: query({
    summary: 'What happened to a subscription that is charged by the period, in the order it was decided',
    input: z.object({ subscriptionId: z.string() }),
    permission: 'billing.read',
    output: z.object({ rows: z.array(subscriptionEvent) }),
    refusals: noSubscription,
  }),
  chargeList: query({
    summary: 'Charges of a subscription, by the day that posted them',
    input: z.object({
      subscriptionId: z.string(),
      start: localDateSchema.optional(),
      endExclusive: localDateSchema.optional(),
    }),
    permission: 'billing.read',
    output: z.object({ rows: z.array(chargeRow) }),
    refusals: noSubscription,
  }),
};
