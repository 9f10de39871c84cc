import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf } from '../../contract/page.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { moneySchema } from '../../kernel/money.ts';
import { planPrice } from '../catalog/catalog-contract.ts';
import { booksOperations } from './books-contract.ts';
import { exchangeRateOperations } from './exchange-rate-contract.ts';
import { companyOperations } from './company-contract.ts';
import { creditOperations } from './credit-contract.ts';
import { invoiceOperations, invoicing } from './invoice-contract.ts';

export const subscriptionRow = z.object({
  id: z.string(),
  customerId: z.string(),
  customer: z.string(),
  planId: z.string(),
  plan: z.string(),
  vmId: z.string(),
  vm: z.string(),
  /** The price as sold; later price changes do not touch it. */
  price: planPrice,
  startsOn: z.string(),
  /** First day no longer charged; null while it runs. */
  endsOn: z.string().nullable(),
  /** Day after the last one charged. */
  chargedUntil: z.string(),
});
export type SubscriptionRow = z.infer<typeof subscriptionRow>;

export const chargeRow = z.object({
  id: z.string(),
  day: z.string(),
  component: z.enum(['month', 'vcpu-hours', 'gib-hours']),
  /** Months as a fraction of the month's days (`1/31`), hours as decimals of at most 6 digits; kept exactly in the store. */
  quantity: z.string(),
  unitPrice: z.string(),
  amount: moneySchema,
  invoiceId: z.string().nullable(),
});
export type ChargeRow = z.infer<typeof chargeRow>;

const noSubscription = { 'no-such-subscription': 'There is no subscription {subscriptionId}.' } as const;

/** Subscriptions, usage, charges, the ledger and the documents. */
export const billingContract = {
  ...companyOperations,
  ...invoiceOperations,
  ...creditOperations,
  ...booksOperations,
  ...exchangeRateOperations,
  subscriptionList: query({
    summary: 'Subscriptions; fields: customer plan vm state',
    input: pageInput(['started', 'customer', 'plan']),
    permission: 'billing.read',
    output: pageOf(subscriptionRow),
  }),
  subscriptionStart: command({
    summary: 'Sell a plan to a customer for a VM, from a day on',
    input: z.object({
      customerId: z.string(),
      planId: z.string(),
      vmId: z.string(),
      startsOn: localDateSchema,
    }),
    permission: 'billing.write',
    output: z.object({ subscriptionId: z.string() }),
    refusals: {
      'no-company': invoicing['no-company'],
      'no-such-customer': invoicing['no-such-customer'],
      'customer-archived': '{customer} is archived: bring the customer back first.',
      'no-such-plan': 'There is no plan {planId}.',
      'plan-retired': '{plan} is no longer sold.',
      'no-price': '{plan} has no price in {currency} on {startsOn}.',
      'no-such-vm': 'There is no VM {vmId}.',
      'vm-being-deleted': '{vm} is being deleted.',
      'vm-of-another': '{vm} belongs to {customer}: give it to the one who pays first.',
      'vm-subscribed': '{vm} is billed already, by a subscription of {customer}.',
      'day-closed': '{startsOn} is closed already: start on {firstOpenDay} or later.',
    },
    effect: 'store',
  }),
  subscriptionEnd: command({
    summary: 'End a subscription: the last charged day is the day before',
    input: z.object({ subscriptionId: z.string(), endsOn: localDateSchema }),
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
  usageList: query({
    summary: 'Hourly usage of a VM as its host counted it',
    input: z.object({ vmId: z.string(), start: localDateSchema, endExclusive: localDateSchema }),
    permission: 'billing.read',
    output: z.object({
      rows: z.array(
        z.object({
          hour: instant,
          vcpuSeconds: z.number(),
          gibSeconds: z.string(),
          runningSeconds: z.number(),
        }),
      ),
      vcpuHours: z.string(),
      gibHours: z.string(),
    }),
    refusals: { 'no-such-vm': 'There is no VM {vmId}.' },
  }),
  chargeList: query({
    summary: 'Daily charges of a subscription',
    input: z.object({
      subscriptionId: z.string(),
      start: localDateSchema.optional(),
      endExclusive: localDateSchema.optional(),
    }),
    permission: 'billing.read',
    output: z.object({ rows: z.array(chargeRow) }),
    refusals: noSubscription,
  }),
  dayClose: command({
    summary: 'Charge a day that is over; a second time charges only what was held because its host was away',
    input: z.object({ day: localDateSchema }),
    permission: 'billing.write',
    output: z.object({
      day: z.string(),
      subscriptions: z.number().int(),
      posted: z.number().int(),
      already: z.number().int(),
      /** Subscriptions left out because the host of their VM is away; charged by themselves once it is heard. */
      held: z.number().int(),
    }),
    refusals: {
      'no-company': invoicing['no-company'],
      'day-not-over': '{day} is not over in {timeZone}.',
      'day-before-open': 'Close {day} first: days are closed in order.',
      'usage-incomplete': 'Usage of {day} is not complete yet: {reason}.',
    },
    effect: 'store',
  }),
  dayState: query({
    summary: 'Which days are closed',
    input: nothing,
    permission: 'billing.read',
    /** `closedUntil` is the last closed day. */
    output: z.object({
      closedUntil: z.string().nullable(),
      today: z.string(),
      openDays: z.number().int(),
      /** Closed days that still wait for hosts that are away. */
      held: z.array(z.object({ day: z.string(), subscriptions: z.number().int(), reason: z.string() })),
    }),
  }),
  trialBalance: query({
    summary: 'Balance of every account at the end of a day, per currency',
    input: z.object({ asOf: localDateSchema.optional() }),
    permission: 'billing.read',
    output: z.object({
      rows: z.array(z.object({ account: z.string(), debit: moneySchema, credit: moneySchema })),
    }),
  }),
  ledgerVerify: query({
    summary: 'Recompute the ledger: every posting balances, every charge and document is posted once',
    input: nothing,
    permission: 'billing.read',
    output: z.object({
      ok: z.boolean(),
      entries: z.number().int(),
      charges: z.number().int(),
      invoices: z.number().int(),
      problems: z.array(z.string()),
    }),
  }),
};
