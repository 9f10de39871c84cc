import { addDays, addMonths, firstOfMonth } from '../../../../shared/kernel/local-date.ts';
import type { Block, Choice, Paragraph, PdfDocument, Run } from '../../../platform/pdf/pdf-document.ts';
import type { CountryNames, DocumentLanguage, IssuedDocument } from './invoice-document.ts';
import { ended, headOf } from '../documents/document-pictures.ts';
import { linesTable } from './invoice-layout-lines.ts';
import { payment } from './invoice-layout-payment.ts';
import { columns, GREY, INK, Pen, SOFT, space, text, type Layout } from './invoice-layout-pen.ts';
import { orderTable, settledTable } from './invoice-layout-advances.ts';
import { totals } from './invoice-layout-totals.ts';
import { dateRange, type Word } from './invoice-texts.ts';
import { vatIdName } from './vat-id-name.ts';

const A4 = { width: 595.28, height: 841.89 };

/** Lines of a document that has a page of its own at most, and of one that has no need to be set more tightly. */
const SMALL_LINES = { most: 12, surelyOnePage: 6 };

/**
 * Layouts `invoice-1` and `invoice-2` (its second edition): A4, one page for a small invoice; in another language than English the
 * English words stand beside the customer's. Everything comes from the document, so it prints the same for ever.
 */
export function invoicePages(
  document: IssuedDocument,
  layout: Layout,
  language: DocumentLanguage,
): PdfDocument {
  const pen = new Pen(document, layout, { language });
  return {
    info: {
      title: `${pen.own.title} ${document.number}`,
      author: document.seller.name,
      subject: `${document.buyer.name}, ${document.period.start} – ${addDays(document.period.endExclusive, -1)}`,
      language,
      createdAt: `${document.issuedOn}T00:00:00.000Z`,
    },
    page: { ...A4, margins: { top: 36, right: 39, bottom: 24, left: 39 } },
    body: body(pen),
    ...(mayNeedRoom(document) && {
      tighter: ([1, 2] as const).map((tightness) => body(new Pen(document, layout, { language, tightness }))),
    }),
    continuation: continuation(pen),
    footer: footer(pen),
  };
}

function body(pen: Pen): (Block | Choice)[] {
  return [
    ...head(pen),
    ...dates(pen),
    parties(pen),
    space(pen.tight(18, 12, 10)),
    linesTable(pen),
    ...orderTable(pen),
    ...settledTable(pen),
    space(pen.tight(18, 12, 10)),
    ended(pen.issuer(), (gap) => [
      totals(pen),
      space(pen.tight(gap, Math.min(gap, 12), Math.min(gap, 8))),
      ...payment(pen),
    ]),
  ];
}

/** A small document that has more on it than lines and totals. */
function mayNeedRoom(document: IssuedDocument): boolean {
  const { edition, lines, notes, seller, vatNational } = document;
  if (edition === undefined || lines.length > SMALL_LINES.most) return false;
  const isMore =
    document.settles !== undefined ||
    (document.form === 'advance-invoice-1' && document.order !== undefined) ||
    vatNational?.parts !== undefined ||
    seller.images !== undefined ||
    notes.length > 0;
  return isMore || lines.length > SMALL_LINES.surelyOnePage;
}

function head(pen: Pen): Block[] {
  const { number } = pen.document;
  const title: Run[] = [{ text: pen.own.title, weight: 'semibold', size: 15 }];
  if (pen.english) title.push({ text: ` ${pen.english.title}`, size: 15, color: GREY, language: 'en' });
  return [
    columns(24, [
      { width: { share: 1 }, blocks: headOf(pen.issuer(), 'invoice') },
      {
        width: 'content',
        blocks: [
          { kind: 'text', runs: title, align: 'right', role: 'H1' },
          text([{ text: number, size: 10.5 }], 'right'),
          ...corrected(pen),
        ],
      },
    ]),
    space(pen.tight(14, 9, 6)),
    { kind: 'rule', width: 0.9, color: INK },
    space(pen.tight(8, 7, 6)),
  ];
}

function dates(pen: Pen): Block[] {
  const { document } = pen;
  const supplied = addDays(document.period.endExclusive, -1);
  const facts: readonly (readonly [Word, string])[] = [
    ['issued', pen.day(document.issuedOn)],
    ['supplied', pen.day(supplied)],
    ...(document.form === 'invoice-1' ? [['due', pen.day(document.dueOn)] as const] : []),
    ['place', document.seller.city],
    ['currency', document.currency],
  ];
  return [
    {
      kind: 'columns',
      gap: 10,
      columns: facts.map(([word, value], at) => ({
        width: { share: at < 3 ? 1.25 : 1 },
        blocks: [text(pen.label(word, 'regular')), text([{ text: value, weight: 'semibold', size: 9 }])],
      })),
    },
    space(pen.tight(8, 7, 6)),
    { kind: 'rule', width: 0.6, color: SOFT },
    space(pen.tight(15, 10, 8)),
  ];
}

function parties(pen: Pen): Block {
  const { document } = pen;
  const { seller, buyer, period } = document;
  const isMonth =
    period.start === firstOfMonth(period.start) && period.endExclusive === addMonths(period.start, 1);
  const [year, month] = period.start.split('-');
  return columns(20, [
    { width: { share: 1.12 }, blocks: party(pen, 'seller', seller) },
    { width: { share: 1.22 }, blocks: party(pen, 'buyer', buyer) },
    {
      width: { share: 1 },
      blocks: [
        pen.heading('references'),
        space(3),
        pen.facts([
          ['customer', buyer.number],
          document.form === 'advance-invoice-1'
            ? ['paymentReference', document.payment.reference]
            : ['period', isMonth ? `${month}.${year}` : dateRange(period, pen.style)],
        ]),
      ],
    },
  ]);
}

/** What a credit note takes from, under its own number. */
function corrected(pen: Pen): Block[] {
  const { document } = pen;
  if (document.form !== 'credit-note-1') return [];
  const { number, issuedOn } = document.corrects;
  const date = pen.day(issuedOn);
  const of = [
    ...pen.label('corrects', 'regular', 9),
    { text: ` ${number}`, weight: 'semibold' as const, size: 9 },
  ];
  const dated = [...pen.label('correctedOn'), { text: ` ${date}`, size: 9 }];
  return [space(3), text(of, 'right'), text(dated, 'right')];
}

function party(
  pen: Pen,
  word: 'seller' | 'buyer',
  of: {
    readonly name: string;
    readonly street: string;
    readonly postcode: string;
    readonly city: string;
    readonly country: string;
    readonly countryNames: CountryNames;
    readonly vatId: string;
  },
): Block[] {
  const place = [of.postcode, of.city].filter((part) => part !== '').join(' ');
  const address = [
    of.street,
    [place, of.countryNames[pen.language]].filter((part) => part !== '').join(', '),
  ];
  return [
    pen.heading(word),
    space(2),
    text([{ text: of.name, weight: 'semibold', size: 9 }]),
    space(1),
    ...address.filter((line) => line !== '').map((line) => text([{ text: line }])),
    ...(of.vatId === ''
      ? []
      : [space(2), text([{ text: `${vatIdName(of.country) ?? 'VAT ID'} ${of.vatId}` }])]),
  ];
}

function continuation(pen: Pen): Block[] {
  const { seller, number } = pen.document;
  return [
    columns(24, [
      { width: { share: 1 }, blocks: [text([{ text: seller.name, weight: 'semibold' }])] },
      {
        width: 'content',
        blocks: [
          text(
            [
              { text: number, weight: 'semibold' },
              { text: ` ${pen.own.continued}`, color: GREY },
            ],
            'right',
          ),
        ],
      },
    ]),
    space(16),
  ];
}

function footer(pen: Pen): Block[] {
  const { seller } = pen.document;
  const facts = [seller.name, seller.footer, seller.email].filter((fact) => fact !== '').join(' · ');
  const page: Paragraph[] = [text([{ text: pen.own.page, size: 7 }], 'right')];
  if (pen.english)
    page.push(text([{ text: pen.english.page, size: 7, color: GREY, language: 'en' }], 'right'));
  return [
    space(10),
    { kind: 'rule', width: 0.6, color: SOFT },
    space(6),
    columns(24, [
      { width: { share: 1 }, blocks: [text([{ text: facts, size: 7, color: GREY }])] },
      { width: 70, blocks: page },
    ]),
  ];
}
