import { z } from 'zod';
import { query } from '../../contract/operation.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { currencySchema, moneySchema } from '../../kernel/money.ts';
import { companyAsked, noCompany } from './company-contract.ts';
import { ACCOUNT_ENTRY_KINDS } from './ledger-rules.ts';

const period = z.object({
  start: localDateSchema,
  /** First day after the period. */
  endExclusive: localDateSchema,
});

/** By days after the day they were due. */
const aged = z.object({
  notDue: moneySchema,
  to30: moneySchema,
  to60: moneySchema,
  to90: moneySchema,
  over90: moneySchema,
  /** What customers have paid or were credited beyond an invoice: below 0. */
  credit: moneySchema,
  total: moneySchema,
});

/** A month in one currency. Receivables at its end are those of the month before with `invoiced` and less the rest. */
const bookMonth = z.object({
  /** `2026-08` */
  month: z.string(),
  /** All its days are charged. */
  final: z.boolean(),
  /** Net, by the day of supply. */
  revenue: moneySchema,
  /** Gross, as are those that follow. */
  invoiced: moneySchema,
  credited: moneySchema,
  paid: moneySchema,
  writtenOff: moneySchema,
  receivables: moneySchema,
  overdue: moneySchema,
});
export type BookMonth = z.infer<typeof bookMonth>;

/** The books read: journal, who owes since when, what happened with a customer. */
export const booksOperations = {
  journalExport: query({
    summary:
      'The journal of a company and period as CSV: a line per debit and credit, in the order of booking',
    input: period.extend({ ...companyAsked.shape, currency: currencySchema.optional() }),
    permission: 'billing.read',
    output: z.object({
      fileName: z.string(),
      /** UTF-8, RFC 4180. */
      csv: z.string(),
      lines: z.number().int(),
    }),
    refusals: {
      ...noCompany,
      'too-long': 'That period has {lines} lines, more than {most}: take a shorter one, or one currency.',
    },
  }),
  booksByMonth: query({
    summary:
      'Revenue, what was invoiced, credited, paid and written off, and receivables at the end, by month and currency',
    input: companyAsked.extend({ months: z.number().int().min(1).max(60).default(13) }),
    permission: 'billing.read',
    output: z.object({
      /** By name; the company's own first. Each has every month, oldest first, the last one under way. */
      currencies: z.array(z.object({ currency: currencySchema, months: z.array(bookMonth) })),
    }),
    refusals: noCompany,
  }),
  ageing: query({
    summary:
      'What a company is owed at the end of a day, by how long it is overdue: per currency, and the customers that owe most',
    input: companyAsked.extend({
      asOf: localDateSchema.optional(),
      limit: z.number().int().min(1).max(500).default(100),
    }),
    permission: 'billing.read',
    output: z.object({
      asOf: z.string(),
      totals: z.array(aged),
      /** How many customers owe or are owed something; `rows` are those with most overdue first. */
      customers: z.number().int(),
      rows: z.array(aged.extend({ customerId: z.string(), customer: z.string(), number: z.string() })),
    }),
    refusals: noCompany,
  }),
  customerStatement: query({
    summary: 'Statement of account: what a customer owed, what happened in a period, what is owed after it',
    input: period.extend({ customerId: z.string() }),
    permission: 'billing.read',
    output: z.object({
      customer: z.string(),
      /** The company it is a customer of, and the only one whose books this is from. */
      company: z.string(),
      accounts: z.array(
        z.object({
          currency: currencySchema,
          opening: moneySchema,
          entries: z.array(
            z.object({
              bookedOn: z.string(),
              kind: z.enum(ACCOUNT_ENTRY_KINDS),
              /** Number of the document, or why. */
              words: z.string(),
              invoiceId: z.string().nullable(),
              /** What it adds to what is owed. */
              amount: moneySchema,
              balance: moneySchema,
            }),
          ),
          closing: moneySchema,
        }),
      ),
    }),
    refusals: {
      'no-such-customer': 'There is no customer {customerId}.',
      'too-long': 'That period has more than {most} entries: take a shorter one.',
    },
  }),
};
