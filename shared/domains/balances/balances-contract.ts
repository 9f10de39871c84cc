import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing } from '../../contract/page.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { currencySchema, moneySchema } from '../../kernel/money.ts';
import { BALANCE_EVENTS, BALANCE_STATES } from './balance-rules.ts';

const noCustomer = { 'no-such-customer': 'There is no customer {customerId}.' } as const;

const balanceEvent = z.object({
  /** Counts all events of the store from 1 without a gap, in the order in which they were written. */
  seq: z.number().int(),
  customerId: z.string(),
  customer: z.string(),
  kind: z.enum(BALANCE_EVENTS),
  was: z.enum(BALANCE_STATES),
  /** The closed day by whose end it was so. */
  day: z.string(),
  /** Below 0: owed. */
  balance: moneySchema,
  /** The threshold or the limit that it came to; 0 for what is exhausted. */
  bound: moneySchema,
  noticedAt: instant,
});
export type BalanceEvent = z.infer<typeof balanceEvent>;

const account = z.object({
  advances: moneySchema,
  receivables: moneySchema,
  /** Charged and not invoiced, without VAT and with what will be on it. */
  unbilledNet: moneySchema,
  unbilledGross: moneySchema,
  /** What is left of what was paid; below 0: owed, invoiced or not. */
  balance: moneySchema,
});

/** What customers paid ahead, how it burns, and who is to be told. */
export const balancesContract = {
  balanceGet: query({
    summary:
      'What a customer paid ahead and owes at the end of a day, per currency, and how its days burned it',
    input: z.object({ customerId: z.string(), asOf: localDateSchema.optional() }),
    permission: 'billing.read',
    output: z.object({
      customer: z.string(),
      /** The customer's own. */
      currency: currencySchema,
      asOf: z.string(),
      mode: z.enum(['prepaid', 'postpaid']),
      state: z.enum(BALANCE_STATES),
      /** The customer's own currency first; others where something was ever booked in them. */
      accounts: z.array(account),
      /** Null: nobody is told before it is exhausted. */
      low: moneySchema.nullable(),
      creditLimit: moneySchema.nullable(),
      /** The last closed days of a prepaid customer, newest first. */
      days: z.array(
        z.object({ day: z.string(), paid: moneySchema, burned: moneySchema, balance: moneySchema }),
      ),
      /** Newest first. */
      events: z.array(balanceEvent),
    }),
    refusals: noCustomer,
  }),
  termsSave: command({
    summary:
      'Say how a customer pays: ahead, and at what balance it is low, or after the invoice, and what it may owe at most',
    input: z.object({
      customerId: z.string(),
      mode: z.enum(['prepaid', 'postpaid']),
      /** Of one that pays ahead; null: told only when it is exhausted. */
      low: moneySchema.nullable().default(null),
      /** Of one that pays after the invoice; null: no limit. */
      creditLimit: moneySchema.nullable().default(null),
    }),
    permission: 'billing.write',
    output: nothing,
    refusals: {
      ...noCustomer,
      'other-currency': '{customer} is billed in {currency}: say the amount in {currency}.',
      'below-nothing':
        'A balance of {customer} is low above 0, and its limit is 0 or more: say such an amount, or none.',
    },
    effect: 'store',
  }),
  eventList: query({
    summary:
      'Low, exhausted and recovered balances and limits passed, in order: ask again after the last seq that was seen',
    input: z.object({
      /** 0: from the first one on. */
      after: z.number().int().min(0).default(0),
      customerId: z.string().optional(),
      limit: z.number().int().min(1).max(500).default(100),
    }),
    permission: 'billing.read',
    output: z.object({ rows: z.array(balanceEvent) }),
  }),
  watchList: query({
    summary: 'Customers whose balance is low or exhausted or who are over their limit, worst first',
    input: z.object({ limit: z.number().int().min(1).max(500).default(100) }),
    permission: 'billing.read',
    output: z.object({
      total: z.number().int(),
      rows: z.array(
        z.object({
          customerId: z.string(),
          customer: z.string(),
          state: z.enum(BALANCE_STATES),
          balance: moneySchema,
          since: z.string(),
        }),
      ),
    }),
  }),
};
