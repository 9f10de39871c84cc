import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { nothing } from '../../contract/page.ts';
import { currencySchema } from '../../kernel/money.ts';
import { countrySchema, zoneSchema } from '../customers/customer-schemas.ts';
import { PAPER_NUMBERS, type PaperKind } from '../documents/paper-kinds.ts';
import { NUMBERED_TYPES } from './company-number-formats.ts';
import { invoiceNumberFault } from './invoice-number-rules.ts';

function numberFormatSchema(usual: string) {
  return z
    .string()
    .trim()
    .max(60)
    .refine((format) => invoiceNumberFault(format) === undefined, {
      error: ({ input }) => `a number format such as ${usual}: ${invoiceNumberFault(String(input))}`,
    })
    .default(usual);
}

/** Of whoever has said nothing else. */
export const USUAL_ADVANCE_FORMAT = 'ADV {year}/{month}/{seq:4}';

const paperNumberFormats = z.object({
  'pro-forma': numberFormatSchema(PAPER_NUMBERS['pro-forma']),
  receipt: numberFormatSchema(PAPER_NUMBERS.receipt),
  'service-act': numberFormatSchema(PAPER_NUMBERS['service-act']),
  contract: numberFormatSchema(PAPER_NUMBERS.contract),
  statement: numberFormatSchema(PAPER_NUMBERS.statement),
  reconciliation: numberFormatSchema(PAPER_NUMBERS.reconciliation),
} satisfies Record<PaperKind, unknown>);

/** An account that customers pay to in its currency. */
export const bankAccount = z.object({
  currency: currencySchema,
  iban: z
    .string()
    .trim()
    .regex(/^[A-Z]{2}\d{2}[A-Z0-9 ]{10,40}$/, 'an IBAN'),
  bic: z
    .string()
    .trim()
    .regex(/^([A-Z0-9]{8}|[A-Z0-9]{11})?$/, 'a BIC of 8 or 11 characters')
    .default(''),
});
export type BankAccount = z.infer<typeof bankAccount>;

/** The company that sells and whose name stands on the invoice. */
export const companyFields = z.object({
  name: z.string().trim().min(1).max(200),
  street: z.string().trim().min(1).max(200),
  postcode: z.string().trim().min(1).max(20),
  city: z.string().trim().min(1).max(100),
  country: countrySchema,
  vatId: z.string().trim().min(4).max(20),
  /** Who is invoiced in a currency pays to the account of that currency; without one nothing is invoiced in it. */
  accounts: z
    .array(bankAccount)
    .min(1)
    .max(20)
    .refine(
      (accounts) => new Set(accounts.map(({ currency }) => currency)).size === accounts.length,
      'one account per currency',
    ),
  email: z.union([z.literal(''), z.email()]).default(''),
  /** Footer of documents: registers, share capital. */
  footer: z.string().max(500).default(''),
  /** Invoice numbers: `{year}`, `{month}` and `{seq}` (with `{seq:6}` padded). */
  numberFormat: numberFormatSchema('INV {year}/{month}/{seq:4}'),
  /** Numbers of credit notes: a series of their own, whose letters tell them from invoices. */
  creditNumberFormat: numberFormatSchema('CN {year}/{month}/{seq:4}'),
  /** Numbers of advance invoices, which are a series of their own, too. */
  advanceNumberFormat: numberFormatSchema(USUAL_ADVANCE_FORMAT),
  /** Numbers of papers that post nothing, a series of each kind. */
  paperNumberFormats: paperNumberFormats.default({ ...PAPER_NUMBERS }),
  /** `exempt`: a small enterprise that charges no VAT (directive 2006/112/EC, Art. 284). */
  vatScheme: z.enum(['standard', 'exempt']).default('standard'),
  /**
   * Private persons elsewhere in the EU: not invoiced (`held`), at the rate of their country through the one-stop shop (`oss`), or, below
   * the threshold of Art. 59c, at the rate at home (`home`).
   */
  consumersAbroad: z.enum(['held', 'oss', 'home']).default('held'),
  paymentDays: z.number().int().min(0).max(365).default(14),
  /** Billing zone: where a day of charges begins and ends. */
  timeZone: zoneSchema.default('Europe/Warsaw'),
});
export type CompanyFields = z.infer<typeof companyFields>;

export const noCompany = { 'no-such-company': 'There is no company {companyId}.' } as const;

/** What is wrong with a company as it was entered. */
export const companyFaults = {
  'iban-wrong': '{iban} is not a valid IBAN: its check digits do not fit.',
  'vat-id-malformed': '{vatId} is not a VAT id of {country}: {detail}.',
  'formats-alike':
    'Two kinds of documents would have the same numbers ({one} and {other}): begin the numbers of {first} and of {second} with other letters.',
  'vat-id-taken': '{vatId} is the VAT id of {name} already.',
} as const;
export type CompanyFault = keyof typeof companyFaults;

/** Whose books: of the default company unless another one is named. */
export const companyAsked = z.object({ companyId: z.string().optional() });

export const companyOperations = {
  companyGet: query({
    summary: 'A company that sells, the default one unless it is named; null before it is set',
    input: companyAsked,
    permission: 'billing.read',
    output: z.object({ company: companyFields.nullable() }),
    refusals: noCompany,
  }),
  companyNumbers: query({
    summary:
      'The next number of each type of document of a company, and in which format this year is numbered',
    input: companyAsked,
    permission: 'billing.read',
    output: z.object({
      year: z.number().int(),
      rows: z.array(
        z.object({
          type: z.enum(NUMBERED_TYPES),
          /** Of this year: what it began with, once it has a number. */
          format: z.string(),
          /** Of a document of today. */
          nextNumber: z.string(),
          /** A number of this year was given: its format stays until the next year. */
          isFixed: z.boolean(),
        }),
      ),
    }),
    refusals: noCompany,
  }),
  companySave: command({
    summary:
      'Set a company that sells, the default one unless it is named; documents issued before keep the old data',
    input: companyFields.extend({
      companyId: z.string().optional(),
      /** The data as it was seen, null where there was none: what others changed since is kept or refused. Absent: all is replaced. */
      before: companyFields.nullable().optional(),
    }),
    permission: 'billing.write',
    output: nothing,
    refusals: {
      ...noCompany,
      'changed-meanwhile':
        '{name} was changed by somebody else meanwhile ({fields}). Look at it again, then save.',
      ...companyFaults,
      'format-in-use':
        'The {documents} of {company} of {year} are numbered as {format}, and {number} is given already: their format can change from {from} on, before the first of that year.',
      'zone-fixed': 'The billing zone cannot change: days are charged in {timeZone} already.',
    },
    effect: 'store',
  }),
};
