import { z } from 'zod';
import { command } from '../../contract/operation.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { moneySchema } from '../../kernel/money.ts';
import { datingRefusals } from './company-books-contract.ts';
import { VAT_CATEGORIES } from './vat-rules.ts';
import { vatNational } from './vat-national-contract.ts';

/** A part of an advance invoice that an invoice settles: what it taxed already. */
export const settledAdvance = z.object({
  advanceId: z.string(),
  number: z.string(),
  issuedOn: z.string(),
  receivedOn: z.string(),
  vatCategory: z.enum(VAT_CATEGORIES),
  vatRate: z.string(),
  net: moneySchema,
  vat: moneySchema,
  gross: moneySchema,
  /** Of its VAT, by the rates of the advance. */
  vatNational,
});

/** What is so of an advance invoice beside what it says. */
export const advanceFacts = z.object({
  paymentId: z.string(),
  reference: z.string(),
  receivedOn: z.string(),
  /** What no invoice has settled and no credit note taken back. */
  left: moneySchema,
  uses: z.array(
    z.object({
      kind: z.enum(['invoice', 'credit-note']),
      invoiceId: z.string(),
      number: z.string(),
      issuedOn: z.string(),
      gross: moneySchema,
      vat: moneySchema,
    }),
  ),
});
export type AdvanceFacts = z.infer<typeof advanceFacts>;

const minorAboveZero = z.string().regex(/^[1-9]\d{0,17}$/, 'a number of minor units above 0, as text');

/** What was paid for: its own words, and what it comes to with VAT. */
export const advanceLines = z
  .array(z.object({ description: z.string().trim().min(1).max(300), grossMinor: minorAboveZero }))
  .min(1)
  .max(50);

export const issuedAdvance = z.object({ invoiceId: z.string(), number: z.string(), gross: moneySchema });

const dating = {
  ...datingRefusals,
  'date-in-future': 'The date of issue {issuedOn} is in the future: today is {today}.',
  'date-before-last':
    'Numbers run in date order: the last document of this kind is of {lastDate}, so the date cannot be earlier.',
  'number-taken':
    'The number {number} is on another document already: change the number format in Settings, Company.',
} as const;

/** Why no advance invoice is issued. */
export const advanceRefusals = {
  ...dating,
  'more-than-on-account':
    'Of the payment {reference} {left} is on no invoice: an advance invoice of {amount} cannot be issued for it.',
  'date-before-payment':
    'The payment {reference} came on {receivedOn}: what documents it cannot be dated {issuedOn}.',
  'no-such-product': 'There is no product {productId}.',
  'vat-unclear': 'The VAT of {customer} is not clear: {reason}.',
  'no-vat-due':
    'No VAT is due on what {customer} pays ahead ({treatment}), so there is nothing for an advance invoice to tax: issue a receipt.',
  'no-vat-in-it': 'There is no VAT in {amount}: it is less than half a cent.',
  'rate-missing':
    'The VAT of {customer} must be stated in another currency too, and the {source} rate of {currency} for {day} is not known: read it in on the ledger page.',
  'not-its-currency':
    '{customer} is invoiced in {currency} and paid in {paid}, so no invoice could settle an advance invoice for {reference}: change the currency of the customer first, or put the payment on an invoice by an exchange once there is one.',
  'account-missing':
    '{customer} paid in {currency}, and {company} has no bank account in {currency}: enter one in Settings, Companies.',
} as const;

export const advanceOperations = {
  advanceCredit: command({
    summary:
      'Issue a credit note for an advance invoice, for a part of it or all that is left: the money is on account again, its VAT is taken back',
    input: z.object({
      invoiceId: z.string(),
      /** With VAT, in minor units; absent: all that is left. */
      grossMinor: minorAboveZero.optional(),
      reason: z.string().trim().min(3).max(300),
      issuedOn: localDateSchema.optional(),
    }),
    permission: 'billing.write',
    output: z.object({ creditNoteId: z.string(), number: z.string(), gross: moneySchema }),
    refusals: {
      ...dating,
      'no-such-invoice': 'There is no invoice {invoiceId}.',
      'not-an-advance': '{number} is no advance invoice: credit it line by line.',
      'date-before-invoice': '{number} is of {invoiceDate}: what takes it back cannot be dated earlier.',
      'nothing-left': 'There is nothing to credit: {number} is used up or credited.',
      'more-than-left': 'Of {number} {left} is left: {amount} cannot be credited.',
      'no-vat-in-it': advanceRefusals['no-vat-in-it'],
      'rest-without-vat':
        'There would be no VAT in the {rest} that are then left of {number}, and nothing could take them back: credit all of {left}.',
    },
    effect: 'store',
  }),
};
