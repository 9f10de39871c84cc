import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf } from '../../contract/page.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { moneySchema } from '../../kernel/money.ts';
import { planPrice } from '../catalog/catalog-contract.ts';
import { orderedText } from './order-rules.ts';
import { discountSchema, periodPrice } from './price-component.ts';
import { changing, noSubscription, selling, takeBackReasons } from './subscription-reasons.ts';

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
  /** Units of the month where it is charged day by day; 1 where it is not. */
  dailyQuantity: z.number().int(),
  /** What was sold, where it is charged by the period. */
  periodPrice: periodPrice.nullable(),
  startsOn: z.string(),
  /** First day no longer charged; null while it runs. */
  endsOn: z.string().nullable(),
  /** First day not served, and first day served again, of the last pause. */
  pausedFrom: z.string().nullable(),
  pausedUntil: z.string().nullable(),
  /** VMs that are in its pool; null where its plan has none, nor anybody is in one. */
  poolMembers: z.number().int().nullable(),
  /** Day after the last one charged. */
  chargedUntil: z.string(),
  /** The day it is where its days are billed. */
  today: z.string(),
});
export type SubscriptionRow = z.infer<typeof subscriptionRow>;

/** Charges that one question names by their ids. */
export const CHARGES_NAMED_MAX = 100;

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

/** Units of each resource as ordered, and how many are taken of each option by its id. In a change those not named stay. */
const allocations = z.record(z.string(), orderedText);
const anchorDay = z.number().int().min(1).max(31);

/** What can happen to a subscription. */
export const subscriptionChange = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('change'),
    /** In the version of the customer's currency that is in force on the day it takes effect. */
    planId: z.string().optional(),
    quantity: orderedText.optional(),
    allocations: allocations.optional(),
  }),
  z.object({ do: z.literal('pause') }),
  z.object({ do: z.literal('resume') }),
  /** Periods begin on this day of the month from the first such day on. */
  z.object({ do: z.literal('anchor'), day: anchorDay }),
  z.object({ do: z.literal('discount'), discount: discountSchema }),
  /** Not given from then on; what is charged with it stands. */
  z.object({ do: z.literal('discount-end'), discountId: z.string() }),
]);
export type SubscriptionChangeInput = z.infer<typeof subscriptionChange>;

export const subscriptionEvent = z.object({
  seq: z.number().int(),
  on: z.string(),
  known: z.string(),
  madeAt: instant,
  what: z.enum([
    'start',
    'change',
    'pause',
    'resume',
    'cancel',
    'anchor',
    'discount',
    'discount-end',
    'take-back',
  ]),
  plan: z.string().nullable(),
  quantity: z.string().nullable(),
  allocations: z.record(z.string(), z.string()).nullable(),
  /** Units not named are none from then on; else they stay as they are then. */
  isOfAllUnits: z.boolean(),
  anchorDay: z.number().int().nullable(),
  /** The one that was given, or that ends. */
  discount: discountSchema.nullable(),
  /** The move of many subscriptions that did it, or took it back; null of what was done to this one alone. */
  move: z.object({ repricingId: z.string(), isTakenBack: z.boolean() }).nullable(),
  /** What it took back, by its number; null of all else. */
  takesBack: z.number().int().nullable(),
  /** It was taken back before anything of it was charged: as if it had never been. */
  isTakenBack: z.boolean(),
});
export type SubscriptionEventRow = z.infer<typeof subscriptionEvent>;

const changedLine = z.object({
  /** The plan's own name of it; of an option what customers read. */
  component: z.string(),
  plan: z.string(),
  reason: z.string(),
  start: z.string(),
  endExclusive: z.string(),
  amount: moneySchema,
  /** Whether its price, and so its amount, has VAT in it. */
  hasVat: z.boolean(),
  /** Its net, as it is earned; of a price with VAT in it by the rate that is known now. */
  net: moneySchema,
});

/** What is due with a change only, and what would be due without it only. */
const changedMoney = z.object({
  /** All that is due by the end of this day is looked at, but for usage; nothing moves before the day of effect is over. */
  until: z.string(),
  lines: z.array(changedLine),
  instead: z.array(changedLine),
  /** Net: prices with VAT in them and others are never added up as they stand. */
  difference: moneySchema,
});
export type ChangedMoney = z.infer<typeof changedMoney>;

/** What is sold to whom, what happens to it, and what it came to. */
export const subscriptionOperations = {
  subscriptionList: query({
    summary: 'Subscriptions; fields: customer plan version company currency country vm state',
    input: pageInput(['started', 'customer', 'plan']),
    permission: 'billing.read',
    output: pageOf(subscriptionRow),
  }),
  subscriptionStart: command({
    summary: 'Sell a plan to a customer, from a day on; for a VM where it is charged by what one uses',
    input: z.object({
      customerId: z.string(),
      planId: z.string(),
      vmId: z.string().optional(),
      startsOn: localDateSchema,
      /** That day is meant, though it lies more than a year back. */
      longPast: z.boolean().optional(),
      quantity: orderedText.optional(),
      allocations: allocations.optional(),
      /** Day of the month that periods begin on; absent: that of the day charging begins. */
      anchorDay: anchorDay.optional(),
      discounts: z.array(discountSchema).max(20).optional(),
    }),
    permission: 'billing.write',
    output: z.object({ subscriptionId: z.string() }),
    refusals: {
      ...selling,
      'no-price':
        '{plan} has no price in {currency} on {startsOn}, in which {customer} pays: give it one in the catalog, or sell another plan.',
      'no-company': 'Say first who sells: Settings, Company.',
      'no-such-customer': 'There is no customer {customerId}.',
      'customer-moved': '{customer} was moved to another company or billing zone meanwhile: try again.',
      'customer-archived': '{customer} is archived: bring the customer back first.',
      'vm-needed': '{plan} is charged by what a VM uses: say for which VM.',
      'daily-no-terms':
        '{plan} is charged day by day: allotments, anchor day and discounts are of plans charged by the period.',
      'no-such-vm': 'There is no VM {vmId}.',
      'vm-being-deleted': '{vm} is being deleted.',
      'vm-of-another': '{vm} belongs to {customer}: give it to the one who pays first.',
      'vm-subscribed': '{vm} is billed already, by a subscription of {customer}.',
      'day-closed': '{startsOn} is closed already: start on {firstOpenDay} or later.',
      'day-long-past':
        '{startsOn} is more than a year before today ({today}), and {plan} would be charged to {customer} from that day on: look at the year, and confirm the day if it is meant.',
    },
    effect: 'store',
  }),
  subscriptionChange: command({
    summary:
      'Change plan, quantity or allotments, pause, resume, move the anchor day, give a discount or end one: from a day on, or at the end of the period',
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
    /** `on`: the day it takes effect. */
    output: changedMoney.extend({ on: z.string() }),
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
  subscriptionTakeBack: command({
    summary:
      'Take back what was decided and is not charged yet: a change, pause, end, anchor day or discount, by its number in the history',
    input: z.object({
      subscriptionId: z.string(),
      /** In its history. */
      seq: z.number().int().min(1),
    }),
    permission: 'billing.write',
    /** `on`: the day it would have taken effect; `already`: it was taken back before, and nothing was done now. */
    output: z.object({ on: z.string(), already: z.boolean() }),
    refusals: { ...noSubscription, ...takeBackReasons },
    effect: 'store',
  }),
  subscriptionPlanned: query({
    summary:
      'What is decided about a subscription and not charged yet: what, when, and what money moves then',
    input: z.object({ subscriptionId: z.string() }),
    permission: 'billing.read',
    output: z.object({
      /** The day it is where its days are billed. */
      today: z.string(),
      rows: z.array(
        changedMoney.extend({
          event: subscriptionEvent,
          /** A sentence why it cannot be taken back; null where it can. */
          whyKept: z.string().nullable(),
        }),
      ),
    }),
    refusals: noSubscription,
  }),
  subscriptionHistory: query({
    summary: 'What happened to a subscription, in the order it was decided',
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
      /** Only these of it. */
      chargeIds: z.array(z.string()).min(1).max(CHARGES_NAMED_MAX).optional(),
    }),
    permission: 'billing.read',
    output: z.object({ rows: z.array(chargeRow) }),
    refusals: noSubscription,
  }),
};
