import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, pageOf } from '../../contract/page.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { moneySchema } from '../../kernel/money.ts';
import { bookingRefusals } from './company-books-contract.ts';
import { invoicing, noInvoice } from './invoice-contract.ts';
import { exactText } from './price-component.ts';

const why = z.string().trim().min(3).max(300);

export const chargeByHandRow = z.object({
  chargeId: z.string(),
  day: z.string(),
  description: z.string(),
  reference: z.string(),
  quantity: z.string(),
  unitPrice: z.string(),
  amount: moneySchema,
  reason: z.string(),
  /** Name of who wrote it. */
  by: z.string(),
  /** Null: of the customer alone. */
  subscriptionId: z.string().nullable(),
  postedAt: instant,
  /** The invoice that took it. */
  invoiceId: z.string().nullable(),
  invoice: z.string().nullable(),
});
export type ChargeByHandRow = z.infer<typeof chargeByHandRow>;

/** What a person charges, and what is charged again. */
export const chargeOperations = {
  chargeByHand: command({
    summary:
      'Charge a line by hand, or take something back (quantity below 0): the next invoice of its day takes it',
    input: z.object({
      customerId: z.string(),
      /** Absent: of the customer, and of no subscription. */
      subscriptionId: z.string().optional(),
      /** What it is of, by which VAT takes it; absent: the product of the subscription's plan, or an electronic service. */
      productId: z.string().optional(),
      /** What the invoice says. */
      description: z.string().trim().min(2).max(120),
      quantity: z
        .string()
        .regex(/^-?\d{1,9}(\.\d{1,6})?$/, 'a number such as 2.5, or -1 to take something back')
        .refine((text) => /[1-9]/.test(text), 'not nothing')
        .default('1'),
      /** Net, for one, in major units of the customer's currency. */
      unitPrice: exactText,
      reason: why,
      /** Natural key within the customer (or subscription), such as a ticket: the same one is charged once. */
      reference: z
        .string()
        .trim()
        .regex(/^[\p{L}\p{N}][\p{L}\p{N} ./#_-]{0,59}$/u, 'letters, digits, spaces and . / # _ -'),
      /** The day it is of; absent: today. */
      day: localDateSchema.optional(),
      /** That day is meant, though it lies more than a year back. */
      longPast: z.boolean().default(false),
      /** The days it is for, where they are not that day alone. */
      service: z.object({ start: localDateSchema, endExclusive: localDateSchema }).optional(),
    }),
    permission: 'billing.write',
    output: z.object({
      chargeId: z.string(),
      amount: moneySchema,
      day: z.string(),
      /** It was charged before, by the same reference and the same words. */
      already: z.boolean(),
    }),
    refusals: {
      'no-company': invoicing['no-company'],
      'no-such-customer': invoicing['no-such-customer'],
      'no-such-product': 'There is no product {productId}.',
      'no-such-subscription': 'There is no subscription {subscriptionId} of {customer}.',
      ...bookingRefusals,
      'customer-moved': '{customer} was moved to another company or billing zone meanwhile: try again.',
      'customer-archived': '{customer} is archived: bring the customer back first.',
      'day-in-future': '{day} is in the future: today is {today}. Charge it by that day.',
      'day-long-past':
        '{day} is more than a year before today ({today}): look at the year of "{reference}" for {customer}, and confirm the day if it is meant.',
      'comes-to-nothing':
        '{quantity} × {unitPrice} comes to less than a cent: nothing would be charged to {customer}.',
      'reference-used':
        '{reference} of {customer} is charged already, as "{description}" for {amount}: give this line another reference.',
      'service-empty': 'The days {start} to {endExclusive} are none: the second is the first day after.',
    },
    effect: 'store',
  }),
  chargeByHandList: query({
    summary: 'Lines charged by hand to a customer, the last first, with the invoice that took each',
    input: z.object({
      customerId: z.string(),
      cursor: z.string().max(1000).optional(),
      limit: z.number().int().min(1).max(500).default(100),
    }),
    permission: 'billing.read',
    output: pageOf(chargeByHandRow),
  }),
  invoiceBillAgain: command({
    summary:
      'Charge the lines of a wholly credited invoice again, once: the next invoice of that day takes them',
    input: z.object({
      invoiceId: z.string(),
      /** The day by which an invoice takes them; absent: the last day of the period of the credited invoice. */
      day: localDateSchema.optional(),
    }),
    permission: 'billing.write',
    output: z.object({ charges: z.number().int(), net: moneySchema, day: z.string() }),
    refusals: {
      ...noInvoice,
      'not-an-invoice': '{number} is no invoice of a supply: only one is billed again.',
      'not-credited':
        '{number} of {customer} still stands with {left}: credit all of it first, then bill it again.',
      'nothing-again':
        'Without what changes of its subscriptions took back of {number} of {customer}, nothing of it at {vat} is left to bill again.',
      'billed-again': '{number} of {customer} was billed again already, by {day}.',
      'date-in-future': 'The day {day} is in the future: today is {today}.',
      'day-before-supply':
        '{day} is before what {number} of {customer} is for, which begins on {periodStart}: bill it again by that day or later.',
    },
    effect: 'store',
  }),
};
