import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf } from '../../contract/page.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { moneySchema } from '../../kernel/money.ts';
import {
  countrySchema,
  customerFields,
  languageSchema,
  zoneSchema,
} from '../customers/customers-contract.ts';
import { invoiceNumberFault } from './invoice-number-rules.ts';
import { subscriptionOperations } from './subscription-contract.ts';

export type { ChargeRow, SubscriptionRow } from './subscription-contract.ts';

/** The company that sells and whose name stands on the invoice. */
export const companyFields = z.object({
  name: z.string().trim().min(1).max(200),
  street: z.string().trim().min(1).max(200),
  postcode: z.string().trim().min(1).max(20),
  city: z.string().trim().min(1).max(100),
  country: countrySchema,
  vatId: z.string().trim().min(4).max(20),
  iban: z
    .string()
    .trim()
    .regex(/^[A-Z]{2}\d{2}[A-Z0-9 ]{10,40}$/, 'an IBAN'),
  bic: z
    .string()
    .trim()
    .regex(/^([A-Z0-9]{8}|[A-Z0-9]{11})?$/, 'a BIC of 8 or 11 characters')
    .default(''),
  email: z.union([z.literal(''), z.email()]).default(''),
  /** Footer of documents: registers, share capital. */
  footer: z.string().max(500).default(''),
  /** Invoice numbers: `{year}`, `{month}` and `{seq}` (with `{seq:6}` padded). */
  numberFormat: z
    .string()
    .trim()
    .max(60)
    .refine((format) => invoiceNumberFault(format) === undefined, {
      error: ({ input }) =>
        `a number format such as INV {year}/{seq:4}: ${invoiceNumberFault(String(input))}`,
    })
    .default('INV {year}/{month}/{seq:4}'),
  paymentDays: z.number().int().min(0).max(365).default(14),
  /** Billing zone: where a day of charges begins and ends. */
  timeZone: zoneSchema.default('Europe/Warsaw'),
});
export type CompanyFields = z.infer<typeof companyFields>;

export const invoiceLine = z.object({
  lineNo: z.number().int(),
  description: z.string(),
  detail: z.string(),
  quantity: z.string(),
  unit: z.string(),
  unitPrice: z.string(),
  net: moneySchema,
  vatCategory: z.enum(['S', 'AE', 'O', 'G']),
  /** Per cent as text: "23", "0". */
  vatRate: z.string(),
});
export const vatLine = z.object({
  vatCategory: invoiceLine.shape.vatCategory,
  vatRate: z.string(),
  base: moneySchema,
  vat: moneySchema,
  note: z.string(),
});

export const invoiceRow = z.object({
  id: z.string(),
  number: z.string(),
  customerId: z.string(),
  customer: z.string(),
  issuedOn: z.string(),
  dueOn: z.string(),
  periodStart: z.string(),
  periodEndExclusive: z.string(),
  net: moneySchema,
  vat: moneySchema,
  gross: moneySchema,
  /** Gross less what was paid. */
  open: moneySchema,
  overdue: z.boolean(),
});
export type InvoiceRow = z.infer<typeof invoiceRow>;

export const invoiceDetail = invoiceRow.extend({
  seller: companyFields.omit({ numberFormat: true, paymentDays: true, timeZone: true }),
  /** As it was on the day of issue; our notes about a customer stay out of documents. */
  buyer: customerFields.omit({ notes: true }),
  lines: z.array(invoiceLine),
  vatLines: z.array(vatLine),
  /** Sentences the law wants on it (reverse charge …). */
  notes: z.array(z.string()),
  issuedAt: instant,
  /** SHA-256 over the document's canonical JSON. */
  hash: z.string(),
  /** SHA-256 of the PDF; empty while its pages cannot be drawn. */
  pdfSha256: z.string(),
});
export type InvoiceDetail = z.infer<typeof invoiceDetail>;

const noInvoice = { 'no-such-invoice': 'There is no invoice {invoiceId}.' } as const;
const invoicing = {
  'no-such-customer': 'There is no customer {customerId}.',
  'no-company': 'Say first who sells: Settings, Company.',
  'period-open':
    'The period cannot be invoiced yet: {day} is not closed. Close the days first, or choose a period that ended.',
  'usage-awaited':
    'The period cannot be invoiced yet: what {vm} used on {day} is not counted ({reason}). It is charged by itself once that host is heard.',
  'nothing-to-invoice': 'There is nothing to invoice for {customer} in that period: {reason}.',
  'date-before-last':
    'Numbers run in date order: the last invoice is of {lastDate}, so the date cannot be earlier.',
  'date-in-future': 'The date of issue {issuedOn} is in the future: today is {today}.',
  'vat-unclear': 'The VAT of {customer} is not clear: {reason}.',
} as const;
const invoiceScope = z.object({
  customerId: z.string(),
  periodStart: localDateSchema,
  /** First day after the period. */
  periodEndExclusive: localDateSchema,
});

/** Subscriptions, usage, charges, the ledger and the documents. */
export const billingContract = {
  companyGet: query({
    summary: 'The company that sells; null before it is set',
    input: nothing,
    permission: 'billing.read',
    output: z.object({ company: companyFields.nullable() }),
  }),
  companySave: command({
    summary: 'Set the company that sells; documents issued before keep the old data',
    input: companyFields.extend({
      /** The data as it was seen, null where there was none: what others changed since is kept or refused. Absent: all is replaced. */
      before: companyFields.nullable().optional(),
    }),
    permission: 'billing.write',
    output: nothing,
    refusals: {
      'changed-meanwhile':
        '{name} was changed by somebody else meanwhile ({fields}). Look at it again, then save.',
      'iban-wrong': '{iban} is not a valid IBAN: its check digits do not fit.',
      'vat-id-malformed': '{vatId} is not a VAT id of {country}: {detail}.',
      'zone-fixed': 'The billing zone cannot change: days are charged in {timeZone} already.',
    },
    effect: 'store',
  }),
  ...subscriptionOperations,
  usageList: query({
    summary: 'Hourly usage of a VM as its host counted it',
    input: z.object({ vmId: z.string(), start: localDateSchema, endExclusive: localDateSchema }),
    permission: 'billing.read',
    output: z.object({
      rows: z.array(
        z.object({
          hour: instant,
          vcpuSeconds: z.number(),
          gibSeconds: z.string(),
          runningSeconds: z.number(),
        }),
      ),
      vcpuHours: z.string(),
      gibHours: z.string(),
    }),
    refusals: { 'no-such-vm': 'There is no VM {vmId}.' },
  }),
  dayClose: command({
    summary: 'Charge a day that is over; a second time charges only what was held because its host was away',
    input: z.object({ day: localDateSchema }),
    permission: 'billing.write',
    output: z.object({
      day: z.string(),
      subscriptions: z.number().int(),
      posted: z.number().int(),
      already: z.number().int(),
      /** Subscriptions left out because the host of their VM is away; charged by themselves once it is heard. */
      held: z.number().int(),
    }),
    refusals: {
      'no-company': invoicing['no-company'],
      'day-not-over': '{day} is not over in {timeZone}.',
      'day-before-open': 'Close {day} first: days are closed in order.',
      'usage-incomplete': 'Usage of {day} is not complete yet: {reason}.',
    },
    effect: 'store',
  }),
  dayState: query({
    summary: 'Which days are closed',
    input: nothing,
    permission: 'billing.read',
    /** `closedUntil` is the last closed day. */
    output: z.object({
      closedUntil: z.string().nullable(),
      today: z.string(),
      openDays: z.number().int(),
      /** Closed days that still wait for hosts that are away. */
      held: z.array(z.object({ day: z.string(), subscriptions: z.number().int(), reason: z.string() })),
    }),
  }),
  invoicePreview: query({
    summary: 'What an invoice would say; makes nothing',
    input: invoiceScope,
    permission: 'billing.read',
    output: z.object({
      lines: z.array(invoiceLine),
      vatLines: z.array(vatLine),
      notes: z.array(z.string()),
      net: moneySchema,
      vat: moneySchema,
      gross: moneySchema,
    }),
    refusals: invoicing,
  }),
  invoiceCreate: command({
    summary: 'Issue the invoice of a customer for a period: numbered, posted, final',
    input: invoiceScope.extend({ issuedOn: localDateSchema.optional() }),
    permission: 'billing.write',
    output: z.object({ invoiceId: z.string(), number: z.string(), gross: moneySchema }),
    refusals: invoicing,
    effect: 'store',
  }),
  invoiceList: query({
    summary: 'Invoices; fields: customer number state (state:overdue)',
    input: pageInput(['number', 'issued', 'due', 'customer', 'gross']).extend({
      direction: z.enum(['asc', 'desc']).default('desc'),
    }),
    permission: 'billing.read',
    output: pageOf(invoiceRow),
  }),
  invoiceGet: query({
    summary: 'One invoice',
    input: z.object({ invoiceId: z.string() }),
    permission: 'billing.read',
    output: invoiceDetail,
    refusals: noInvoice,
  }),
  invoicePdf: query({
    summary: 'The PDF of an invoice: the same bytes for the same invoice, for ever',
    input: z.object({ invoiceId: z.string(), language: languageSchema.optional() }),
    permission: 'billing.read',
    output: z.object({ fileName: z.string(), base64: z.string(), sha256: z.string() }),
    refusals: noInvoice,
  }),
  trialBalance: query({
    summary: 'Balance of every account at the end of a day, per currency',
    input: z.object({ asOf: localDateSchema.optional() }),
    permission: 'billing.read',
    output: z.object({
      rows: z.array(z.object({ account: z.string(), debit: moneySchema, credit: moneySchema })),
    }),
  }),
  ledgerVerify: query({
    summary: 'Recompute the ledger: every posting balances, every charge and document is posted once',
    input: nothing,
    permission: 'billing.read',
    output: z.object({
      ok: z.boolean(),
      entries: z.number().int(),
      charges: z.number().int(),
      invoices: z.number().int(),
      problems: z.array(z.string()),
    }),
  }),
};
