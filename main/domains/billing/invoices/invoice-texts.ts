import { readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { z } from 'zod';
import type { Quote } from '../../../../shared/domains/billing/exchange-rate-rules.ts';
import { LINE_KINDS } from '../../../../shared/domains/billing/charge-rules.ts';
import { isSameVat, type TaxedSo } from '../../../../shared/domains/billing/vat-key-rules.ts';
import type { VatCategory } from '../../../../shared/domains/billing/vat-rules.ts';
import { Exact } from '../../../../shared/kernel/rounding.ts';
import { addDays, type LocalDate, type Period } from '../../../../shared/kernel/local-date.ts';
import type { DocumentLanguage, DocumentLine } from './invoice-document.ts';

/** Also the name of the folder with the layout's words. */
export const INVOICE_LAYOUT = 'invoice-1';

const WORDS = [
  'title',
  'issued',
  'supplied',
  'due',
  'place',
  'currency',
  'seller',
  'buyer',
  'references',
  'customer',
  'period',
  'no',
  'description',
  'quantity',
  'unit',
  'netPrice',
  'priceWithVat',
  'rate',
  'net',
  'vat',
  'gross',
  'inWords',
  'notes',
  'vatRate',
  'total',
  'amountDue',
  'payment',
  'bankTransfer',
  'payee',
  'account',
  'reference',
  'amount',
  'dueBy',
  'page',
  'scan',
  'code',
  'vatRule',
  'continued',
  'issuedBy',
  'logoOf',
  'stampOf',
  'signatureOf',
  // Of an invoice that settles advances.
  'settled',
  'settledOn',
  'leftToTax',
  'prepaid',
] as const;
/** Categories whose rate is no number on a document. */
const UNTAXED = ['AE', 'E', 'O', 'G', 'K'] as const satisfies readonly VatCategory[];
type Untaxed = (typeof UNTAXED)[number];
/** Words that only corrections have. */
const CORRECTION_WORDS = ['corrects', 'correctedOn', 'reason'] as const;
/** Words that only advance invoices have. */
const ADVANCE_WORDS = ['paymentReference', 'order', 'orderTotal'] as const;
export type Word =
  | (typeof WORDS)[number]
  | (typeof CORRECTION_WORDS)[number]
  | (typeof ADVANCE_WORDS)[number];

const words = z.object(
  Object.fromEntries(WORDS.map((word) => [word, z.string()])) as Record<Word, z.ZodString>,
);
const byComponent = z.record(z.enum(LINE_KINDS), z.string());
const correctionWords = z.object({
  corrects: z.string().default(''),
  correctedOn: z.string().default(''),
  reason: z.string().default(''),
} satisfies Record<(typeof CORRECTION_WORDS)[number], z.ZodType>);
const advanceWords = z.object({
  paymentReference: z.string().default(''),
  order: z.string().default(''),
  orderTotal: z.string().default(''),
} satisfies Record<(typeof ADVANCE_WORDS)[number], z.ZodType>);
const textsSchema = words
  .extend(correctionWords.shape)
  .extend(advanceWords.shape)
  .extend({
    component: byComponent,
    detail: byComponent,
    /** What stands beside the detail for readers of English. */
    brief: byComponent,
    units: byComponent,
    rates: z.object(
      Object.fromEntries(UNTAXED.map((category) => [category, z.string()])) as Record<Untaxed, z.ZodString>,
    ),
    /** VAT in the currency of the seller's state: `{currency}`, `{amount}`, `{quotes}`, `{source}`, `{day}`. */
    vatNational: z.string(),
    /** The same of an invoice that settles advances: what of its VAT those had not taxed. */
    vatNationalLeft: z.string(),
    /** The same of a part, `{part}`, of the VAT that a credit note takes back. */
    vatNationalOf: z.string(),
  });

/** All words of the layout in one language. */
export type InvoiceTexts = z.infer<typeof textsSchema>;

const read = new Map<string, InvoiceTexts>();

/** The folder of words that a credit note has instead of the invoice's, or beside them. */
export const CREDIT_NOTE_LAYOUT = 'credit-note-1';

const creditNoteSchema = correctionWords.extend({ title: z.string(), amountDue: z.string() });

/** The same of an advance invoice. */
export const ADVANCE_LAYOUT = 'advance-invoice-1';

const advanceSchema = advanceWords.extend({
  title: z.string(),
  supplied: z.string(),
  amountDue: z.string(),
  vatRule: z.string(),
});

/** The words of a credit note: those of the invoice but for a few. */
export function creditNoteTexts(layoutFolder: string, language: DocumentLanguage): InvoiceTexts {
  return textsBeside({ layoutFolder, layout: CREDIT_NOTE_LAYOUT, language, own: creditNoteSchema });
}

/** The words of an advance invoice, which are the invoice's, too, but for a few. */
export function advanceTexts(layoutFolder: string, language: DocumentLanguage): InvoiceTexts {
  return textsBeside({ layoutFolder, layout: ADVANCE_LAYOUT, language, own: advanceSchema });
}

function textsBeside(of: {
  readonly layoutFolder: string;
  readonly layout: string;
  readonly language: DocumentLanguage;
  readonly own: z.ZodType<Partial<InvoiceTexts>>;
}): InvoiceTexts {
  const file = join(of.layoutFolder, of.layout, `${of.language}.json`);
  let texts = read.get(file);
  if (texts === undefined) {
    const own = readTexts(file, of.own);
    texts = { ...invoiceTexts(of.layoutFolder, of.language), ...own };
    read.set(file, texts);
  }
  return texts;
}

/** Words that are missing are named with their file: whoever reads it is to put that right. */
function readTexts<T>(file: string, schema: z.ZodType<T>): T {
  const found = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (found.success) return found.data;
  const missing = found.error.issues.map(({ path }) => path.join('.'));
  const where = file.split(sep).slice(-2).join('/');
  throw new Error(`${where} lacks ${missing.join(', ')}`);
}

/** The words of each form of document. */
export const TEXTS_OF_FORM = {
  'invoice-1': invoiceTexts,
  'credit-note-1': creditNoteTexts,
  'advance-invoice-1': advanceTexts,
} as const;

/**
 * The words of a language, from `<layoutFolder>/invoice-1/<language>.json`, read once.
 * @throws Error for a file with words missing, which it names
 */
export function invoiceTexts(layoutFolder: string, language: DocumentLanguage): InvoiceTexts {
  const file = join(layoutFolder, INVOICE_LAYOUT, `${language}.json`);
  let texts = read.get(file);
  if (texts === undefined) {
    texts = readTexts(file, textsSchema);
    read.set(file, texts);
  }
  return texts;
}

/** Name and detail of a line. */
export function lineTexts(
  line: Pick<DocumentLine, 'component' | 'part' | 'plan' | 'vm' | 'service'> & {
    readonly hasVatInPrice: boolean;
  },
  texts: InvoiceTexts,
  style: DocumentLanguage | DateStyle,
): { readonly description: string; readonly detail: string } {
  const { start, endExclusive } = line.service;
  // A set-up takes no time: it is of the day it was made on.
  const range = dateRange(
    { start, endExclusive: endExclusive > start ? endExclusive : addDays(start, 1) },
    style,
  );
  const facts: Readonly<Record<string, string>> = {
    plan: line.plan,
    vm: line.vm,
    part: line.part ?? '',
    range,
    where: line.vm === '' ? range : `${line.vm}, ${range}`,
  };
  const detail = filled(texts.detail[line.component], facts);
  return {
    description: filled(texts.component[line.component], facts),
    detail: line.hasVatInPrice ? `${detail}, ${texts.priceWithVat}` : detail,
  };
}

export function filled(text: string, facts: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => facts[name] ?? place);
}

/** The rate as it stands in a column: `23 %`; without tax the word the country's invoices use. */
export function rateText(of: TaxedSo, texts: InvoiceTexts, language: DocumentLanguage): string {
  if (of.vatCategory !== 'S' && of.vatCategory !== 'Z') return texts.rates[of.vatCategory];
  return `${language === 'en' ? of.vatRate : of.vatRate.replace('.', ',')}\u00a0%`;
}

/** The same beside other categories of a document: where two have the same words each has its code, too, `0 % (AE)`. */
export function rateTextAmong(
  of: TaxedSo,
  among: {
    readonly all: readonly TaxedSo[];
    readonly texts: InvoiceTexts;
    readonly language: DocumentLanguage;
  },
): string {
  const { all, texts, language } = among;
  const words = (one: TaxedSo): string => rateText(one, texts, language);
  const plain = (one: TaxedSo): string => words(one).replace('\u00a0', ' ');
  const isShared = all.some((other) => !isSameVat(of, other) && plain(other) === plain(of));
  return isShared ? `${words(of)} (${of.vatCategory})` : words(of);
}

/** Minor units of a currency that need not be one of ours; all of the EU's have two digits. */
export function decimalOf(minor: string): string {
  return new Exact(minor).div(100).toFixed(2);
}

/** `1 EUR = 4.2613 PLN` */
export function quoteText(quote: Quote): string {
  return `1 ${quote.of} = ${quote.rate} ${quote.in}`;
}

const ENGLISH_MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** What dates are written for: a language, and the edition of the layout; default the first. */
export type DateStyle = { readonly language: DocumentLanguage; readonly edition?: 1 | 2 | undefined };

/**
 * `31 Aug 2026`, `31.08.2026`; of the first edition `1.08.2026`, of the second `01.08.2026` in Polish and `1. 8. 2026` in Czech, as each
 * language has it. Written here and not by the runtime, whose formats change with its version.
 */
export function dateText(date: LocalDate, style: DocumentLanguage | DateStyle): string {
  const { language, edition = 1 } = typeof style === 'string' ? { language: style } : style;
  const [year = '', month = '', day = ''] = date.split('-');
  if (language === 'en') return `${Number(day)} ${ENGLISH_MONTHS[Number(month) - 1]} ${year}`;
  if (edition === 1) return `${Number(day)}.${month}.${year}`;
  return language === 'cs'
    ? `${Number(day)}.\u00a0${Number(month)}.\u00a0${year}`
    : `${day}.${month}.${year}`;
}

/** `1–31 Aug 2026`, `1–31.08.2026`; both dates in full when the months differ. */
export function dateRange(period: Period, style: DocumentLanguage | DateStyle): string {
  const { language, edition = 1 } = typeof style === 'string' ? { language: style } : style;
  const last = addDays(period.endExclusive, -1);
  const [from, until] = [dateText(period.start, style), dateText(last, style)];
  if (last === period.start) return until;
  if (period.start.slice(0, 7) !== last.slice(0, 7)) return `${from} – ${until}`;
  const first = String(Number(period.start.slice(8)));
  if (edition === 1 || language === 'en') return `${first}–${until}`;
  return language === 'cs' ? `${first}.–${until}` : `${period.start.slice(8)}–${until}`;
}

/** Digits in groups of three with the language's marks, at least `minDecimals` decimals: `2 016,00`, `2,016.00`. */
export function numberText(decimal: string, language: DocumentLanguage, minDecimals = 0): string {
  const [whole = '0', decimals = ''] = decimal.replace('-', '').split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, language === 'en' ? ',' : '\u00a0');
  const padded = decimals.padEnd(minDecimals, '0');
  const mark = language === 'en' ? '.' : ',';
  return (decimal.startsWith('-') ? '−' : '') + grouped + (padded === '' ? '' : mark + padded);
}
