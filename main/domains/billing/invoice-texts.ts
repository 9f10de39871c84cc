import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Quote } from '../../../shared/domains/billing/exchange-rate-rules.ts';
import { LINE_KINDS } from '../../../shared/domains/billing/charge-rules.ts';
import type { VatCategory } from '../../../shared/domains/billing/vat-rules.ts';
import { Exact } from '../../../shared/kernel/rounding.ts';
import { addDays, type LocalDate, type Period } from '../../../shared/kernel/local-date.ts';
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
] as const;
/** Words that only corrections have. */
const CORRECTION_WORDS = ['corrects', 'correctedOn', 'reason'] as const;
export type Word = (typeof WORDS)[number] | (typeof CORRECTION_WORDS)[number];

const words = z.object(
  Object.fromEntries(WORDS.map((word) => [word, z.string()])) as Record<Word, z.ZodString>,
);
const byComponent = z.record(z.enum(LINE_KINDS), z.string());
const correctionWords = z.object({
  corrects: z.string().default(''),
  correctedOn: z.string().default(''),
  reason: z.string().default(''),
} satisfies Record<(typeof CORRECTION_WORDS)[number], z.ZodType>);
const textsSchema = words.extend(correctionWords.shape).extend({
  component: byComponent,
  detail: byComponent,
  /** What stands beside the detail for readers of English. */
  brief: byComponent,
  units: byComponent,
  rates: z.object({ AE: z.string(), E: z.string(), O: z.string(), G: z.string() }),
  /** VAT in the currency of the seller's state: `{currency}`, `{amount}`, `{quotes}`, `{source}`, `{day}`. */
  vatNational: z.string(),
});

/** All words of the layout in one language. */
export type InvoiceTexts = z.infer<typeof textsSchema>;

const read = new Map<string, InvoiceTexts>();

/** The folder of words that a credit note has instead of the invoice's, or beside them. */
export const CREDIT_NOTE_LAYOUT = 'credit-note-1';

const creditNoteSchema = correctionWords.extend({ title: z.string(), amountDue: z.string() });

/** The words of a credit note: those of the invoice but for a few. */
export function creditNoteTexts(layoutFolder: string, language: DocumentLanguage): InvoiceTexts {
  const file = join(layoutFolder, CREDIT_NOTE_LAYOUT, `${language}.json`);
  let texts = read.get(file);
  if (texts === undefined) {
    const own = creditNoteSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    texts = { ...invoiceTexts(layoutFolder, language), ...own };
    read.set(file, texts);
  }
  return texts;
}

/**
 * The words of a language, from `<layoutFolder>/invoice-1/<language>.json`, read once.
 * @throws ZodError for a file with words missing
 */
export function invoiceTexts(layoutFolder: string, language: DocumentLanguage): InvoiceTexts {
  const file = join(layoutFolder, INVOICE_LAYOUT, `${language}.json`);
  let texts = read.get(file);
  if (texts === undefined) {
    texts = textsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
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
  language: DocumentLanguage,
): { readonly description: string; readonly detail: string } {
  const { start, endExclusive } = line.service;
  // A set-up takes no time: it is of the day it was made on.
  const range = dateRange(
    { start, endExclusive: endExclusive > start ? endExclusive : addDays(start, 1) },
    language,
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
export function rateText(
  of: { readonly vatCategory: VatCategory; readonly vatRate: string },
  texts: InvoiceTexts,
  language: DocumentLanguage,
): string {
  if (of.vatCategory !== 'S') return texts.rates[of.vatCategory];
  return `${language === 'en' ? of.vatRate : of.vatRate.replace('.', ',')}\u00a0%`;
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

/** `31 Aug 2026`, `31.08.2026`. Written here and not by the runtime, whose formats change with its version. */
export function dateText(date: LocalDate, language: DocumentLanguage): string {
  const [year = '', month = '', day = ''] = date.split('-');
  if (language !== 'en') return `${Number(day)}.${month}.${year}`;
  return `${Number(day)} ${ENGLISH_MONTHS[Number(month) - 1]} ${year}`;
}

/** `1–31 Aug 2026`, `1–31.08.2026`; both dates in full when the months differ. */
export function dateRange(period: Period, language: DocumentLanguage): string {
  const last = addDays(period.endExclusive, -1);
  if (last === period.start) return dateText(last, language);
  const isOneMonth = period.start.slice(0, 7) === last.slice(0, 7);
  const first = isOneMonth ? String(Number(period.start.slice(8))) : dateText(period.start, language);
  return isOneMonth ? `${first}–${dateText(last, language)}` : `${first} – ${dateText(last, language)}`;
}

/** Digits in groups of three with the language's marks, at least `minDecimals` decimals: `2 016,00`, `2,016.00`. */
export function numberText(decimal: string, language: DocumentLanguage, minDecimals = 0): string {
  const [whole = '0', decimals = ''] = decimal.replace('-', '').split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, language === 'en' ? ',' : '\u00a0');
  const padded = decimals.padEnd(minDecimals, '0');
  const mark = language === 'en' ? '.' : ',';
  return (decimal.startsWith('-') ? '−' : '') + grouped + (padded === '' ? '' : mark + padded);
}
