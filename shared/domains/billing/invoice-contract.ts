import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, pageInput, pageOf } from '../../contract/page.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { moneySchema } from '../../kernel/money.ts';
import { customerFields } from '../customers/customers-contract.ts';
import { languageSchema } from '../customers/customer-schemas.ts';
import { advanceFacts, settledAdvance } from './advance-contract.ts';
import { datingRefusals } from './company-books-contract.ts';
import { bankAccount, companyFields } from './company-contract.ts';
import { VAT_CATEGORIES } from './vat-rules.ts';
import { vatNational } from './vat-national-contract.ts';
import { INVOICE_STATES } from './invoice-state-rules.ts';
import { ACCOUNT_ENTRY_KINDS } from './ledger-rules.ts';

export const invoiceLine = z.object({
  lineNo: z.number().int(),
  description: z.string(),
  detail: z.string(),
  quantity: z.string(),
  unit: z.string(),
  unitPrice: z.string(),
  net: moneySchema,
  vatCategory: z.enum(VAT_CATEGORIES),
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

const documentType = z.enum(['invoice', 'credit-note', 'advance-invoice']);

export const invoiceRow = z.object({
  id: z.string(),
  type: documentType,
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
  /** Gross less what was paid, credited and written off; 0 for a credit note, which takes from its invoice. */
  open: moneySchema,
  state: z.enum(INVOICE_STATES),
  overdue: z.boolean(),
});
export type InvoiceRow = z.infer<typeof invoiceRow>;

const invoiceMovement = z.object({
  bookedOn: z.string(),
  kind: z.enum(ACCOUNT_ENTRY_KINDS),
  /** The credit note, where one moved it. */
  documentId: z.string().nullable(),
  /** Its number, or why it was written off. */
  words: z.string(),
  /** What it adds to what is open. */
  amount: moneySchema,
});

export const invoiceDetail = invoiceRow.extend({
  seller: companyFields
    .omit({
      accounts: true,
      numberFormat: true,
      creditNumberFormat: true,
      advanceNumberFormat: true,
      paperNumberFormats: true,
      vatScheme: true,
      consumersAbroad: true,
      paymentDays: true,
      timeZone: true,
    })
    /** The account it is to be paid to. */
    .extend(bankAccount.omit({ currency: true }).shape),
  /** As it was on the day of issue; our notes about a customer stay out of documents. */
  buyer: customerFields.omit({ notes: true }),
  lines: z.array(invoiceLine),
  vatLines: z.array(vatLine),
  vatNational,
  /** Sentences the law wants on it (reverse charge …). */
  notes: z.array(z.string()),
  /** The invoice that a credit note corrects. */
  corrects: z.object({ invoiceId: z.string(), number: z.string(), issuedOn: z.string() }).nullable(),
  /** Parts of advance invoices that it settles, oldest first. */
  settles: z.array(settledAdvance),
  /** What is to be paid when it is issued: its gross less what it settles. */
  due: moneySchema,
  /** Of an advance invoice; null of others. */
  advance: advanceFacts.nullable(),
  /** Why it was corrected; empty for an invoice. */
  reason: z.string(),
  /** The day by which its lines were charged again after it was credited in full. */
  billedAgainBy: z.string().nullable(),
  /** What moved what is open of it, in order. */
  history: z.array(invoiceMovement),
  /** What VIES had said about the buyer's VAT id where the tax depends on it; null: it was not asked, or need not be. */
  vatEvidence: z
    .object({
      vatId: z.string(),
      result: z.enum(['valid', 'unknown']),
      requestIdentifier: z.string(),
      checkedAt: instant,
    })
    .nullable(),
  issuedAt: instant,
  /** SHA-256 over the document's canonical JSON. */
  hash: z.string(),
  /** SHA-256 of the PDF; empty while its pages cannot be drawn. */
  pdfSha256: z.string(),
});
export type InvoiceDetail = z.infer<typeof invoiceDetail>;

export const noInvoice = { 'no-such-invoice': 'There is no invoice {invoiceId}.' } as const;
export const invoicing = {
  'no-such-customer': 'There is no customer {customerId}.',
  'no-company': 'Say first who sells: Settings, Company.',
  'period-open':
    'The period cannot be invoiced to {customer} yet: {day} is not closed. Close the days first, or choose a period that ended.',
  'usage-awaited':
    'The period cannot be invoiced to {customer} yet: what {vm} used on {day} is not counted ({reason}). It is charged by itself once that host is heard.',
  'nothing-to-invoice': 'There is nothing to invoice for {customer} in that period: {reason}.',
  'credit-first':
    'Of what {number} charged {customer} something was taken back since, and this invoice cannot say so: {reason}. Issue a credit note of what was taken back on the page of {number}{others}; then this invoice.',
  'date-before-last':
    'Numbers run in date order: the last invoice is of {lastDate}, so the date cannot be earlier.',
  'number-taken':
    'The number {number} is on another document already: change the number format in Settings, Company.',
  'date-in-future': 'The date of issue {issuedOn} is in the future: today is {today}.',
  'rate-missing':
    'The VAT of {customer} must be stated in another currency too, and the {source} rate of {currency} for {day} is not known: read it in on the ledger page.',
  'vat-unclear': 'The VAT of {customer} is not clear: {reason}.',
  ...datingRefusals,
  'date-before-advance':
    'The invoice settles the advance invoice {number} of {advanceDate}: it cannot be dated {issuedOn}.',
  'account-missing':
    '{customer} is invoiced in {currency}, and {company} has no bank account in {currency}: enter one in Settings, Companies.',
} as const;
/** Only what is charged of these products, '' for what is of none; absent: all. What cannot stand on one invoice is invoiced so. */
export const onlyOfProducts = z.array(z.string()).min(1).max(200).optional();

const invoiceScope = z.object({
  customerId: z.string(),
  periodStart: localDateSchema,
  /** First day after the period. */
  periodEndExclusive: localDateSchema,
  productIds: onlyOfProducts,
});

export const invoiceOperations = {
  invoicePreview: query({
    summary: 'What an invoice would say; makes nothing',
    input: invoiceScope,
    permission: 'billing.read',
    output: z.object({
      lines: z.array(invoiceLine),
      vatLines: z.array(vatLine),
      notes: z.array(z.string()),
      vatNational,
      /** What to look at before it is issued; none of it holds the invoice up. */
      warnings: z.array(z.string()),
      /** Parts of open advance invoices that it would settle. */
      settles: z.array(settledAdvance),
      /** Its gross less what it settles. */
      due: moneySchema,
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
    summary:
      'Invoices, credit notes and advance invoices by number, name or amount; fields: customer number amount net open issued due type state (state:overdue)',
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
  invoiceJson: query({
    summary:
      'The document itself as it is kept: canonical JSON, amounts in minor units, over which its hash is taken',
    input: z.object({ invoiceId: z.string() }),
    permission: 'billing.read',
    output: z.object({ fileName: z.string(), json: z.string(), sha256: z.string() }),
    refusals: noInvoice,
  }),
  invoiceUbl: query({
    summary: 'The invoice or credit note as UBL 2.1 (EN 16931), which accounting programs read',
    input: z.object({ invoiceId: z.string() }),
    permission: 'billing.read',
    output: z.object({ fileName: z.string(), xml: z.string() }),
    refusals: noInvoice,
  }),
  invoicePdf: query({
    summary: 'The PDF of an invoice: the same bytes for the same invoice, for ever',
    input: z.object({ invoiceId: z.string(), language: languageSchema.optional() }),
    permission: 'billing.read',
    output: z.object({ fileName: z.string(), base64: z.string(), sha256: z.string() }),
    refusals: noInvoice,
  }),
};
