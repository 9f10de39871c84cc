import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, pageInput, pageOf } from '../../contract/page.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { currencySchema, moneySchema } from '../../kernel/money.ts';
import { advanceRefusals, issuedAdvance } from '../billing/advance-contract.ts';
import { datingRefusals } from '../billing/company-books-contract.ts';
import { invoicing, onlyOfProducts } from '../billing/invoice-contract.ts';
import { languageSchema } from '../customers/customer-schemas.ts';
import { PAPER_KINDS } from './paper-kinds.ts';

const paperRow = z.object({
  id: z.string(),
  kind: z.enum(PAPER_KINDS),
  number: z.string(),
  customerId: z.string(),
  customer: z.string(),
  issuedOn: z.string(),
  /** What it is about: asked for, received, supplied, or owed; below 0: owed to the customer. */
  amount: moneySchema,
});
export type PaperRow = z.infer<typeof paperRow>;

const paperDetail = paperRow.extend({
  issuedAt: instant,
  /** SHA-256 over its canonical JSON. */
  hash: z.string(),
  /** The invoice that a pro forma became. */
  invoice: z.object({ invoiceId: z.string(), number: z.string() }).nullable(),
  /** Advance invoices for what was paid on a pro forma. */
  advances: z.array(z.object({ invoiceId: z.string(), number: z.string(), gross: moneySchema })),
  /** What a pro forma asked for less what of its advance invoices stands; null of other kinds. */
  stillAsked: moneySchema.nullable(),
  /** Of which products a pro forma asks, '' for what is of none, and what is left of each; empty of other kinds, and of those issued before this was kept. */
  asks: z.array(z.object({ productId: z.string(), product: z.string(), stillAsked: moneySchema })),
  /** The payment that a receipt is of. */
  paymentId: z.string().nullable(),
});
export type PaperDetail = z.infer<typeof paperDetail>;

const noPaper = { 'no-such-document': 'There is no document {documentId}.' } as const;

const issuing = {
  'year-not-open': datingRefusals['year-not-open'],
  'no-company': invoicing['no-company'],
  'date-in-future': invoicing['date-in-future'],
  'date-before-last':
    'Numbers run in date order: the last document of this kind is of {lastDate}, so the date cannot be earlier.',
  'number-taken': invoicing['number-taken'],
} as const;
const ofDays = {
  'no-period': 'The period has no day: its end must come after its start.',
  'day-ahead':
    'A document of {issuedOn} cannot tell of {day}: choose {issuedOn} or an earlier day as the last.',
} as const;
const noCustomer = { 'no-such-customer': invoicing['no-such-customer'] } as const;

const issued = z.object({ documentId: z.string(), number: z.string(), amount: moneySchema });
const when = z.object({
  issuedOn: localDateSchema.optional(),
  /** Absent: the customer's. */
  language: languageSchema.optional(),
});
const scope = when.extend({
  customerId: z.string(),
  periodStart: localDateSchema,
  /** First day after the period. */
  periodEndExclusive: localDateSchema,
});

const reading = {
  documentId: z.string(),
};

/** Papers that post nothing: numbered, final, kept as JSON with its hash, printed from it. */
export const documentsContract = {
  proFormaIssue: command({
    summary: 'Issue a pro forma for what a customer was charged in a period: asks for payment, posts nothing',
    input: scope.extend({ productIds: onlyOfProducts }),
    permission: 'billing.write',
    output: issued,
    refusals: { ...invoicing, 'date-before-last': issuing['date-before-last'] },
    effect: 'store',
  }),
  proFormaInvoice: command({
    summary: 'Issue the invoice that a pro forma asked for; refused where it would come to another amount',
    input: z.object(reading),
    permission: 'billing.write',
    output: z.object({ invoiceId: z.string(), number: z.string(), gross: moneySchema }),
    refusals: {
      ...invoicing,
      ...noPaper,
      'not-a-pro-forma': '{number} is no pro forma: only one becomes an invoice.',
      'invoiced-before': '{number} became the invoice {invoice} already.',
      'amount-changed':
        '{number} asked for {asked}, and what is charged comes to {now}: issue another pro forma, or the invoice by itself.',
    },
    effect: 'store',
  }),
  proFormaAdvance: command({
    summary:
      'Issue the advance invoice for what was paid on a pro forma, which says what was ordered; absent amount: what is left of the payment, or what it asked for',
    input: z.object({
      ...reading,
      paymentId: z.string(),
      /** What of it is paid, '' for what is of no product; needed where VAT does not take all that was ordered alike. */
      productId: z.string().optional(),
      grossMinor: z
        .string()
        .regex(/^[1-9]\d{0,17}$/, 'a number of minor units above 0, as text')
        .optional(),
      issuedOn: localDateSchema.optional(),
    }),
    permission: 'billing.write',
    output: issuedAdvance,
    refusals: {
      ...noPaper,
      ...advanceRefusals,
      'no-such-payment': 'There is no payment {paymentId}.',
      'is-reversed': 'The payment {reference} was taken back: no advance invoice is issued for it.',
      'several-rates':
        'VAT does not take all that {number} asks {customer} for alike: say of which product the payment is ({products}).',
      'not-a-pro-forma': '{number} is no pro forma: an advance invoice is issued for one, or for a payment.',
      'invoiced-before':
        '{number} became the invoice {invoice}: put the payment on that, and nothing is paid ahead.',
      'other-customer': 'The payment {reference} is of {payer}, and {number} is of {customer}.',
      'other-currency': 'The payment {reference} is in {paid}, and {number} asks for {currency}.',
      'not-ahead':
        'The payment {reference} came on {receivedOn}, and what {number} asks for was supplied by {last}: nothing was paid ahead. Make the invoice of it, and put the payment on that.',
      'nothing-on-account': 'All of the payment {reference} stands on invoices already.',
      'not-asked-for':
        '{number} asks {customer} for nothing of {product}: say one of the products that it asks for ({products}).',
      'more-than-asked-of':
        '{number} asks {customer} for {asked} of {product}, and {left} of that is on no advance invoice yet: {amount} is more.',
      'more-than-asked': '{number} asked for {asked}: {amount} of advance invoices is more.',
    },
    effect: 'store',
  }),
  receiptIssue: command({
    summary: 'Issue the receipt of a payment; a payment has one, which is given again',
    input: when.extend({ paymentId: z.string() }),
    permission: 'billing.write',
    output: issued,
    refusals: {
      ...issuing,
      ...noCustomer,
      'no-such-payment': 'There is no payment {paymentId}.',
      'payment-reversed': 'The payment {reference} was taken back: it has no receipt.',
    },
    effect: 'store',
  }),
  serviceActIssue: command({
    summary: 'Issue the act of what was supplied in a period, from the invoices and credit notes of it',
    input: scope,
    permission: 'billing.write',
    output: issued,
    refusals: {
      ...issuing,
      ...noCustomer,
      ...ofDays,
      'nothing-supplied': 'No invoice of {customer} lies in that period: invoice it first.',
    },
    effect: 'store',
  }),
  contractIssue: command({
    summary: 'Issue the contract for what a customer has subscribed to',
    input: when.extend({
      customerId: z.string(),
      noticeDays: z.number().int().min(0).max(365).default(30),
      /** Clauses of your own, after those of the layout. */
      clauses: z.array(z.string().trim().min(3).max(1000)).max(30).default([]),
    }),
    permission: 'billing.write',
    output: issued,
    refusals: {
      ...issuing,
      ...noCustomer,
      'nothing-subscribed': '{customer} has no subscription that runs: a contract names what is supplied.',
    },
    effect: 'store',
  }),
  statementIssue: command({
    summary: 'Issue a statement of account: what was owed, every entry, what is owed',
    input: scope.extend({ currency: currencySchema.optional() }),
    permission: 'billing.write',
    output: issued,
    refusals: {
      ...issuing,
      ...noCustomer,
      ...ofDays,
      'too-long': 'That period has more than {most} entries: take a shorter one.',
    },
    effect: 'store',
  }),
  reconciliationIssue: command({
    summary: 'Issue the act that a customer confirms: what is open between you at the end of a day',
    input: when.extend({
      customerId: z.string(),
      asOf: localDateSchema.optional(),
      currency: currencySchema.optional(),
    }),
    permission: 'billing.write',
    output: issued,
    refusals: { ...issuing, ...noCustomer, 'day-ahead': ofDays['day-ahead'] },
    effect: 'store',
  }),
  documentList: query({
    summary: 'Documents that post nothing; fields: customer number kind issued currency',
    input: pageInput(['number', 'issued', 'customer']).extend({
      direction: z.enum(['asc', 'desc']).default('desc'),
    }),
    permission: 'billing.read',
    output: pageOf(paperRow),
  }),
  documentGet: query({
    summary: 'One document',
    input: z.object(reading),
    permission: 'billing.read',
    output: paperDetail,
    refusals: noPaper,
  }),
  documentJson: query({
    summary: 'The document itself as it is kept: canonical JSON, over which its hash is taken',
    input: z.object(reading),
    permission: 'billing.read',
    output: z.object({ fileName: z.string(), json: z.string(), sha256: z.string() }),
    refusals: noPaper,
  }),
  documentPdf: query({
    summary: 'The PDF of a document: the same bytes for the same document, for ever',
    input: z.object(reading),
    permission: 'billing.read',
    output: z.object({ fileName: z.string(), base64: z.string(), sha256: z.string() }),
    refusals: noPaper,
  }),
};
