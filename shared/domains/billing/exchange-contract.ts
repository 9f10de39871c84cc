import { z } from 'zod';
import { command } from '../../contract/operation.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { currencySchema, moneySchema } from '../../kernel/money.ts';
import { bookingOfItsDayRefusals } from './company-books-contract.ts';

/** Invoices that are paid in another currency than they are in. */
export const exchangeOperations = {
  exchangeRecord: command({
    summary:
      'Record money that came in another currency than the invoice it pays: two entries, one per currency, linked by the exchange with its rates; the same reference again changes nothing',
    input: z.object({
      invoiceId: z.string(),
      paid: z.object({
        amountMinor: z.string().regex(/^[1-9]\d{0,17}$/, 'a number of minor units above 0, as text'),
        currency: currencySchema,
      }),
      receivedOn: localDateSchema,
      /** What the bank calls it; each once. */
      reference: z.string().trim().min(1).max(140),
      /** `converted`: what it comes to by the rates of the day. `open`: all that is open; the rest is an exchange difference. */
      settles: z.enum(['converted', 'open']).default('converted'),
    }),
    permission: 'billing.write',
    output: z.object({
      exchangeId: z.string(),
      /** It had been recorded before, the same. */
      already: z.boolean(),
      converted: moneySchema,
      settled: moneySchema,
      /** Above 0: lost. */
      difference: moneySchema,
      source: z.enum(['ECB', 'NBP']),
      day: z.string(),
      open: moneySchema,
    }),
    refusals: {
      ...bookingOfItsDayRefusals,
      'no-such-invoice': 'There is no invoice {invoiceId}.',
      'not-an-invoice': '{number} asks for no money: a payment settles invoices.',
      'same-currency':
        '{number} is in {currency}, as the payment is: nothing has to be exchanged, record a payment.',
      'nothing-open': 'Nothing is open of {number}.',
      'more-than-open':
        'Of {number} {open} is open, and the payment comes to {converted}: let it settle what is open, or record less.',
      'date-in-future': 'The payment is of {receivedOn}, which is in the future: today is {today}.',
      'date-before-invoice':
        '{number} of {customer} is of {invoiceDate}: what came in on {receivedOn} cannot settle it before it was there. Record it with {invoiceDate}, or a later day.',
      'rate-missing':
        '{number} cannot be settled in {paid}: the rate of {source} for {currency} of {day} is missing. Read it in under Ledger, Exchange rates.',
      'reference-taken':
        'An exchange with the reference {reference} is recorded already, with another invoice, amount or day. Give this one another reference.',
    },
    effect: 'store',
  }),
};
