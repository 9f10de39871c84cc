import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, pageInput, pageOf } from '../../contract/page.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { moneySchema } from '../../kernel/money.ts';

const minorAboveZero = z.string().regex(/^[1-9]\d{0,17}$/, 'a number of minor units above 0, as text');

const allocations = z
  .array(z.object({ invoiceId: z.string(), amountMinor: minorAboveZero }))
  .max(500)
  .refine(
    (lines) => new Set(lines.map(({ invoiceId }) => invoiceId)).size === lines.length,
    'each invoice once',
  );

export const PAYMENT_STATES = ['allocated', 'unallocated', 'reversed'] as const;

const paymentRow = z.object({
  id: z.string(),
  customerId: z.string(),
  customer: z.string(),
  receivedOn: z.string(),
  /** What the bank calls it; each once. */
  reference: z.string(),
  amount: moneySchema,
  /** What of it stands on no invoice; 0 once it is reversed. */
  unallocated: moneySchema,
  /** `unallocated` while a part of it stands on no invoice. */
  state: z.enum(PAYMENT_STATES),
});
export type PaymentRow = z.infer<typeof paymentRow>;

const paymentDetail = paymentRow.extend({
  note: z.string(),
  recordedAt: instant,
  allocations: z.array(
    z.object({ invoiceId: z.string(), number: z.string(), bookedOn: z.string(), amount: moneySchema }),
  ),
  reversal: z.object({ reason: z.string(), bookedOn: z.string() }).nullable(),
});
export type PaymentDetail = z.infer<typeof paymentDetail>;

const noPayment = { 'no-such-payment': 'There is no payment {paymentId}.' } as const;

const allocating = {
  'no-such-invoice': 'There is no invoice {invoiceId}.',
  'not-an-invoice': '{number} is a credit note: a payment settles invoices.',
  'other-customer': '{number} is an invoice of {customer}: a payment settles invoices of who paid.',
  'other-currency': '{number} is in {currency}: a payment in {paid} does not settle it.',
  'more-than-open': 'Of {number} {open} is open: {amount} cannot be put on it.',
  'more-than-paid': 'Of the payment {reference} {left} is left: {amount} cannot be allocated.',
  'is-reversed': 'The payment {reference} was taken back: nothing of it can be allocated.',
} as const;

/** Money that came in: recorded by hand, put on invoices, taken back by a reversing entry. */
export const paymentsContract = {
  paymentRecord: command({
    summary:
      'Record a payment and put it on invoices: those that are named, else the customer’s open ones, due first; the same reference again changes nothing',
    input: z.object({
      customerId: z.string(),
      amount: moneySchema.extend({ amountMinor: minorAboveZero }),
      receivedOn: localDateSchema,
      reference: z.string().trim().min(1).max(140),
      note: z.string().trim().max(300).default(''),
      /** Absent: the open invoices in its currency, those that were due first. Empty: none. */
      allocations: allocations.optional(),
    }),
    permission: 'billing.write',
    output: z.object({
      paymentId: z.string(),
      /** It had been recorded before, with the same customer, amount and day. */
      already: z.boolean(),
      unallocated: moneySchema,
    }),
    refusals: {
      'no-such-customer': 'There is no customer {customerId}.',
      'no-company': 'Say first who sells: Settings, Company.',
      'date-in-future': 'The payment is of {receivedOn}, which is in the future: today is {today}.',
      'reference-taken':
        'A payment with the reference {reference} is recorded already: {amount} of {customer}, {receivedOn}. Give this one another reference.',
      ...allocating,
    },
    effect: 'store',
  }),
  paymentAllocate: command({
    summary: 'Put what is left of a payment on invoices',
    input: z.object({ paymentId: z.string(), allocations: allocations.min(1) }),
    permission: 'billing.write',
    output: z.object({ unallocated: moneySchema }),
    refusals: { ...noPayment, ...allocating },
    effect: 'store',
  }),
  paymentReverse: command({
    summary:
      'Take a payment back (it bounced, or was never ours): its entries are reversed, its invoices open again',
    input: z.object({ paymentId: z.string(), reason: z.string().trim().min(3).max(300) }),
    permission: 'billing.write',
    output: z.object({ amount: moneySchema }),
    refusals: {
      ...noPayment,
      'reversed-before': 'The payment {reference} was taken back on {bookedOn} already.',
    },
    effect: 'store',
  }),
  paymentList: query({
    summary: 'Payments; fields: customer reference state currency received',
    input: pageInput(['received', 'customer', 'amount']).extend({
      direction: z.enum(['asc', 'desc']).default('desc'),
    }),
    permission: 'billing.read',
    output: pageOf(paymentRow),
  }),
  paymentGet: query({
    summary: 'One payment with the invoices it settles',
    input: z.object({ paymentId: z.string() }),
    permission: 'billing.read',
    output: paymentDetail,
    refusals: noPayment,
  }),
};
