import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { moneySchema } from '../../kernel/money.ts';
import { datingRefusals } from './company-books-contract.ts';
import { invoiceLine, invoicing, noInvoice, vatLine } from './invoice-contract.ts';
import { vatNational } from './vat-national-contract.ts';

const minorText = z.string().regex(/^-?\d{1,18}$/, 'an integer number of minor units, as text');

const creditScope = z.object({
  invoiceId: z.string(),
  /**
   * Net to credit by line of the invoice, in its minor units, with the line's sign; absent: all that is left of the invoice,
   * which voids it.
   */
  lines: z
    .array(z.object({ lineNo: z.number().int(), netMinor: minorText }))
    .min(1)
    .max(10_000)
    .refine((lines) => new Set(lines.map(({ lineNo }) => lineNo)).size === lines.length, 'each line once')
    .optional(),
  /** Only what changes of subscriptions took back of its lines and is on no document yet, instead of `lines`. All that is left has it too. */
  takenBack: z.literal(true).optional(),
});

const crediting = {
  ...noInvoice,
  'not-an-invoice':
    '{number} is no invoice of a supply: a credit note cannot be credited, and an advance invoice is credited by its amount.',
  'no-such-line': '{number} has no line {lineNo}.',
  'nothing-left': 'There is nothing to credit: {number} is credited in full, or no amount was given.',
  'over-line': 'Line {lineNo} of {number} can still be credited by {left} net, not by more.',
  'taken-back':
    'Of line {lineNo} of {number} {left} net can still be credited, not more: the rest of what was charged there is taken back already.',
  'over-rate':
    'The lines of {number} at {vatRate} % can still be credited by {left} net together: credit their discount with them.',
} as const;

const why = z.string().trim().min(3).max(300);

/** What takes back an invoice: credit notes, and giving up what is left. */
export const creditOperations = {
  creditPreview: query({
    summary: 'What a credit note would say, and what of each line can still be credited; makes nothing',
    input: creditScope,
    permission: 'billing.read',
    output: z.object({
      /** Of the invoice: what can still be credited of each line. */
      left: z.array(
        z.object({ lineNo: z.number().int(), description: z.string(), net: moneySchema, left: moneySchema }),
      ),
      /** Net that changes of subscriptions took back of its lines and that is on no document yet. */
      standing: moneySchema,
      lines: z.array(invoiceLine),
      vatLines: z.array(vatLine),
      notes: z.array(z.string()),
      vatNational,
      net: moneySchema,
      vat: moneySchema,
      gross: moneySchema,
    }),
    refusals: crediting,
  }),
  invoiceCredit: command({
    summary:
      'Issue a credit note for an invoice, for lines of it or all that is left: numbered, posted, final',
    input: creditScope.extend({ reason: why, issuedOn: localDateSchema.optional() }),
    permission: 'billing.write',
    output: z.object({ creditNoteId: z.string(), number: z.string(), gross: moneySchema }),
    refusals: {
      ...crediting,
      ...datingRefusals,
      'date-before-invoice': '{number} is of {invoiceDate}: what takes it back cannot be dated earlier.',
      'date-before-last': invoicing['date-before-last'],
      'date-in-future': invoicing['date-in-future'],
      'number-taken': invoicing['number-taken'],
    },
    effect: 'store',
  }),
  invoiceWriteOff: command({
    summary: 'Give up what is open of an invoice, or a part of it: it goes to the write-offs of the ledger',
    input: z.object({
      invoiceId: z.string(),
      /** In minor units of the invoice's currency; absent: all that is open. */
      amountMinor: z
        .string()
        .regex(/^[1-9]\d{0,17}$/, 'a number of minor units above 0, as text')
        .optional(),
      reason: why,
      bookedOn: localDateSchema.optional(),
    }),
    permission: 'billing.write',
    output: z.object({ amount: moneySchema, open: moneySchema }),
    refusals: {
      ...noInvoice,
      'not-an-invoice': crediting['not-an-invoice'],
      'nothing-open': 'Nothing of {number} is open.',
      'more-than-open': 'Of {number} {open} is open: that much can be written off, not {amount}.',
      'date-before-invoice': '{number} is of {invoiceDate}: what takes it back cannot be dated earlier.',
      'date-in-future': invoicing['date-in-future'],
    },
    effect: 'store',
  }),
};
