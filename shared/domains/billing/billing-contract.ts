import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing } from '../../contract/page.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { moneySchema } from '../../kernel/money.ts';
import { advanceOperations } from './advance-contract.ts';
import { booksOperations } from './books-contract.ts';
import { exchangeOperations } from './exchange-contract.ts';
import { exchangeRateOperations } from './exchange-rate-contract.ts';
import { bookingOfItsDayRefusals, companyBooksOperations } from './company-books-contract.ts';
import { companyAsked, companyOperations, noCompany } from './company-contract.ts';
import { chargeOperations } from './charge-contract.ts';
import { creditOperations } from './credit-contract.ts';
import { invoiceOperations, invoicing } from './invoice-contract.ts';
import { poolOperations } from './pool-contract.ts';
import { readingOperations } from './reading-contract.ts';
import { subscriptionOperations } from './subscription-contract.ts';

export type { ChargeRow, SubscriptionRow } from './subscription-contract.ts';

/** Subscriptions, usage, charges, the ledger and the documents. */
export const billingContract = {
  ...companyOperations,
  ...companyBooksOperations,
  ...invoiceOperations,
  ...creditOperations,
  ...advanceOperations,
  ...chargeOperations,
  ...booksOperations,
  ...exchangeRateOperations,
  ...exchangeOperations,
  ...subscriptionOperations,
  ...poolOperations,
  ...readingOperations,
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
      /** Of its disks, on or off. */
      diskGibHours: z.string(),
      sentGib: z.string(),
      /** The most at once. */
      addresses: z.number().int(),
    }),
    refusals: { 'no-such-vm': 'There is no VM {vmId}.' },
  }),
  dayClose: command({
    summary: 'Charge a day that is over; a second time charges only what was held because its host was away',
    input: z.object({
      day: localDateSchema,
      /** The default one where none is named. */
      companyId: z.string().optional(),
      /** One of its customers' own billing zones (IANA); empty: the company's. */
      billingZone: z.string().default(''),
    }),
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
      'no-such-calendar': 'No days are charged for the company {companyId} in the zone "{timeZone}".',
      'day-not-over': '{day} is not over in {timeZone}.',
      'day-before-open': 'Close {day} first: days are closed in order.',
      'usage-incomplete': 'Usage of {day} is not complete yet: {reason}.',
      ...bookingOfItsDayRefusals,
    },
    effect: 'store',
  }),
  dayState: query({
    summary: 'Which days are closed, per company and billing zone',
    input: companyAsked,
    permission: 'billing.read',
    /** `closedUntil` is the last closed day. */
    output: z.object({
      closedUntil: z.string().nullable(),
      today: z.string(),
      openDays: z.number().int(),
      /** Closed days that still wait for hosts that are away. */
      held: z.array(z.object({ day: z.string(), subscriptions: z.number().int(), reason: z.string() })),
      /** Every company and billing zone with days to close, the default company first. */
      calendars: z.array(
        z.object({
          companyId: z.string(),
          company: z.string(),
          /** Empty: the company's own zone. */
          billingZone: z.string(),
          timeZone: z.string(),
          closedUntil: z.string().nullable(),
          today: z.string(),
          openDays: z.number().int(),
        }),
      ),
    }),
    refusals: noCompany,
  }),
  customerDays: query({
    summary:
      'The day it is for a customer: where its days are billed, and where its company is, whose papers it gets',
    input: z.object({ customerId: z.string() }),
    permission: 'billing.read',
    /** `today`: in the customer's billing zone; `companyToday`: in the zone of the company it buys from. */
    output: z.object({ today: z.string(), companyToday: z.string() }),
    refusals: { 'no-such-customer': 'There is no customer {customerId}.' },
  }),
  trialBalance: query({
    summary: 'Balance of every account of a company at the end of a day, per currency',
    input: companyAsked.extend({ asOf: localDateSchema.optional() }),
    permission: 'billing.read',
    refusals: noCompany,
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
