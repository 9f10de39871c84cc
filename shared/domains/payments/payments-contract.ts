import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, pageInput, pageOf } from '../../contract/page.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { moneySchema } from '../../kernel/money.ts';
import { advanceLines, advanceRefusals, issuedAdvance } from '../billing/advance-contract.ts';
import { bookingRefusals } from '../billing/company-books-contract.ts';

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
  /** What of it stands on no invoice, nor on an advance invoice, and was not paid back; 0 once it is reversed. */
  unallocated: moneySchema,
  /** `unallocated` while a part of it stands on no invoice. */
  state: z.enum(PAYMENT_STATES),
});
export type PaymentRow = z.infer<typeof paymentRow>;

const paymentDetail = paymentRow.extend({
  note: z.string(),
  recordedAt: instant,
  allocations: z.array(
    z.object({
      invoiceId: z.string(),
      number: z.string(),
      bookedOn: z.string(),
      amount: moneySchema,
      /** What of it stands there still: less what credit notes freed. */
      standing: moneySchema,
    }),
  ),
  /** What credit notes freed of what stood on their invoices: it is unallocated again. */
  releases: z.array(
    z.object({
      invoiceId: z.string(),
      number: z.string(),
      creditNoteId: z.string(),
      creditNote: z.string(),
      bookedOn: z.string(),
      amount: moneySchema,
    }),
  ),
  /** Advance invoices issued for it. */
  advances: z.array(
    z.object({
      invoiceId: z.string(),
      number: z.string(),
      issuedOn: z.string(),
      gross: moneySchema,
      /** What of the payment stands on it, or on what settled it: its gross less what credit notes took back or freed. */
      standing: moneySchema,
      /** What of it is on no invoice yet. */
      left: moneySchema,
      /** Invoices that settle a part of it. */
      settledBy: z.array(
        z.object({
          invoiceId: z.string(),
          number: z.string(),
          issuedOn: z.string(),
          amount: moneySchema,
          /** What of it stands there still. */
          standing: moneySchema,
        }),
      ),
    }),
  ),
  /** What of it was paid back, oldest first. */
  refunds: z.array(
    z.object({
      refundId: z.string(),
      paidOn: z.string(),
      /** What the bank calls it; each once. */
      reference: z.string(),
      /** The account of ours that it left. */
      iban: z.string(),
      note: z.string(),
      amount: moneySchema,
      /** It came back, or was never paid: it is unallocated again. */
      reversal: z.object({ reason: z.string(), bookedOn: z.string() }).nullable(),
    }),
  ),
  reversal: z.object({ reason: z.string(), bookedOn: z.string() }).nullable(),
});
export type PaymentDetail = z.infer<typeof paymentDetail>;

const noPayment = { 'no-such-payment': 'There is no payment {paymentId}.' } as const;

const allocating = {
  'no-such-invoice': 'There is no invoice {invoiceId}.',
  'not-an-invoice': '{number} asks for no money: a payment settles invoices.',
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
      ...bookingRefusals,
      'reference-taken':
        'A payment with the reference {reference} is recorded already: {amount} of {customer}, {receivedOn}. Give this one another reference.',
      'taken-back':
        'The payment {reference} of {customer} ({amount}, {receivedOn}) was recorded before and taken back, so nothing of it is in the books. If the money came in again, record it under another reference.',
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
  advanceIssue: command({
    summary:
      'Issue the advance invoice for a payment that came ahead, or a part of it: VAT is taken out of what was received, and due with it',
    input: z.object({
      paymentId: z.string(),
      lines: advanceLines,
      /** What it is for, by which VAT takes it; absent: an electronic service. */
      productId: z.string().optional(),
      issuedOn: localDateSchema.optional(),
    }),
    permission: 'billing.write',
    output: issuedAdvance,
    refusals: {
      ...noPayment,
      ...advanceRefusals,
      'is-reversed': 'The payment {reference} was taken back: no advance invoice is issued for it.',
    },
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
      refunded:
        '{amount} of the payment {reference} was paid back by {refund}: take that refund back first if it did not reach the customer. Money that was paid back cannot have bounced.',
      'advance-open':
        'The advance invoice {number} documents {left} of the payment {reference}: credit it first, then take the payment back.',
      'advance-used':
        'The invoice {invoice} settles the advance invoice {number} of the payment {reference}: credit {invoice} in full first, then take the payment back.',
    },
    effect: 'store',
  }),
  paymentRefund: command({
    summary:
      'Pay back what stands on no invoice of a payment, or a part of it; the same reference again changes nothing',
    input: z.object({
      paymentId: z.string(),
      /** Absent: all that is left of it. */
      amountMinor: minorAboveZero.optional(),
      /** The day it left the bank; absent: today. */
      paidOn: localDateSchema.optional(),
      /** What the bank calls it. */
      reference: z.string().trim().min(1).max(140),
      /** The account of ours that it left; absent: the one in the currency of the payment. */
      iban: z.string().trim().max(42).optional(),
      note: z.string().trim().max(300).default(''),
    }),
    permission: 'billing.write',
    output: z.object({
      refundId: z.string(),
      /** It had been recorded before, of the same payment, amount and day. */
      already: z.boolean(),
      amount: moneySchema,
      unallocated: moneySchema,
    }),
    refusals: {
      ...noPayment,
      ...bookingRefusals,
      'is-reversed': 'The payment {reference} of {customer} was taken back: nothing of it can be paid back.',
      'date-in-future': 'The refund is of {paidOn}, which is in the future: today is {today}.',
      'date-before-payment':
        'The refund is of {paidOn}, and the payment {reference} of {customer} came on {receivedOn}: give the day it was paid back.',
      'nothing-left':
        'All of the payment {reference} of {customer} stands on invoices or was paid back: credit an invoice first, and what is beyond the rest of it is free.',
      'more-than-left':
        'Of the payment {reference} of {customer} {left} stands on no invoice: {amount} cannot be paid back.',
      'used-up':
        '{customer} pays ahead, and of its balance {left} is left after what it used: {amount} cannot be paid back.',
      'no-account':
        '{company} has no bank account in {currency}: give it one in Settings, Companies, then pay back {reference}.',
      'not-our-account': '{iban} is not the account of {company} in {currency}: that is {ours}.',
      'reference-taken':
        'A refund with the reference {reference} is recorded already: {amount} to {customer}, {paidOn}. Give this one another reference.',
      'taken-back':
        'The refund {reference} to {customer} ({amount}, {paidOn}) was recorded before and taken back. If it was paid again, record it under another reference.',
    },
    effect: 'store',
  }),
  refundReverse: command({
    summary:
      'Take a refund back (it came back, or was never paid): what it paid is left of its payment again',
    input: z.object({ refundId: z.string(), reason: z.string().trim().min(3).max(300) }),
    permission: 'billing.write',
    output: z.object({ amount: moneySchema }),
    refusals: {
      'no-such-refund': 'There is no refund {refundId}.',
      'reversed-before': 'The refund {reference} to {customer} was taken back on {bookedOn} already.',
      ...bookingRefusals,
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
