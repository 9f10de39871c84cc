import type { Block, Choice, PdfDocument, Run } from '../../platform/pdf/pdf-document.ts';
import {
  columns,
  dateRange,
  ended,
  GREY,
  headOf,
  INK,
  SOFT,
  space,
  text,
  vatIdName,
  type Layout,
} from '../billing/billing-public.ts';
import { bodyOf } from './paper-body.ts';
import type { Paper } from './paper-forms.ts';
import { PaperPen } from './paper-pen.ts';

const A4 = { width: 595.28, height: 841.89 };

/**
 * Layouts `paper-1` and `paper-2` (its second edition): A4, all kinds of papers under one head, in another language than English with the English words beside it.
 * Everything comes from the paper, so it prints the same for ever.
 */
export function paperPages(paper: Paper, layout: Layout): PdfDocument {
  const pen = new PaperPen(paper, layout);
  return {
    info: {
      title: `${titleOf(pen)} ${paper.number}`,
      author: paper.seller.name,
      subject: paper.buyer.name,
      language: paper.language,
      createdAt: `${paper.issuedOn}T00:00:00.000Z`,
    },
    page: { ...A4, margins: { top: 36, right: 39, bottom: 24, left: 39 } },
    body: [...head(pen), dates(pen), space(14), parties(pen), space(18), ...signed(pen, bodyOf(pen))],
    continuation: continuation(pen),
    footer: footer(pen),
  };
}

/** With stamp and signature at the end; where there is a line to sign on they stand on that (`signatures`). */
function signed(pen: PaperPen, body: readonly Block[]): (Block | Choice)[] {
  const { stamp, signature } = pen.issuer.pictures;
  const last = body.at(-1);
  if (
    last === undefined ||
    (stamp === undefined && signature === undefined) ||
    SIGNED_ON_A_LINE.has(pen.paper.form)
  )
    return [...body];
  return [...body.slice(0, -1), ended(pen.issuer, () => (last.kind === 'group' ? last.blocks : [last]))];
}

/** Forms that end with lines for both sides to sign on. */
const SIGNED_ON_A_LINE: ReadonlySet<Paper['form']> = new Set([
  'service-act-1',
  'contract-1',
  'reconciliation-1',
]);

function titleOf(pen: PaperPen): string {
  return pen.word(`title.${pen.paper.form}`);
}

function head(pen: PaperPen): Block[] {
  const { number, form } = pen.paper;
  const [own, ...english]: Run[] = pen.label(`title.${form}`, 'semibold', 15);
  return [
    columns(24, [
      { width: { share: 1 }, blocks: headOf(pen.issuer, 'paper') },
      {
        // As papers without a logo always had it.
        width: { share: pen.issuer.pictures.logo === undefined ? 1.4 : 1.2 },
        blocks: [
          { kind: 'text', runs: own === undefined ? [] : [own], align: 'right', role: 'H1' },
          ...(english.length === 0
            ? []
            : [
                text(
                  english.map((run) => ({ ...run, size: 10.5 })),
                  'right',
                ),
              ]),
          text([{ text: number, size: 10.5 }], 'right'),
        ],
      },
    ]),
    space(14),
    { kind: 'rule', width: 0.9, color: INK },
    space(8),
  ];
}

function dates(pen: PaperPen): Block {
  const { paper } = pen;
  const facts: (readonly [word: string, value: string])[] = [['issued', pen.day(paper.issuedOn)]];
  if ('period' in paper) facts.push(['period', dateRange(paper.period, pen.style)]);
  if (paper.form === 'pro-forma-1') facts.push(['due', pen.day(paper.dueOn)]);
  if (paper.form === 'receipt-1') facts.push(['received', pen.day(paper.payment.receivedOn)]);
  if (paper.form === 'reconciliation-1') facts.push(['asOf', pen.day(paper.asOf)]);
  facts.push(['place', paper.seller.city], ['currency', paper.currency]);
  return columns(
    10,
    facts.map(([word, value]) => ({
      width: { share: 1 },
      blocks: [text(pen.label(word)), text([{ text: value, weight: 'semibold', size: 9 }])],
    })),
  );
}

function parties(pen: PaperPen): Block {
  const { seller, buyer } = pen.paper;
  const party = (word: 'seller' | 'buyer', of: typeof seller | typeof buyer): Block[] => {
    const place = [of.postcode, of.city].filter((part) => part !== '').join(' ');
    const lines = [
      of.street,
      [place, of.countryNames[pen.language]].filter((part) => part !== '').join(', '),
      taxNumber(pen, of),
    ];
    return [
      pen.heading(word),
      space(2),
      text([{ text: of.name, weight: 'semibold', size: 9 }]),
      ...lines.filter((line) => line !== '').map((line) => text([{ text: line }])),
    ];
  };
  return columns(20, [
    { width: { share: 1.12 }, blocks: party('seller', seller) },
    { width: { share: 1.22 }, blocks: party('buyer', buyer) },
    {
      width: { share: 1 },
      blocks: [pen.heading('references'), space(3), pen.facts([['customer', buyer.number]])],
    },
  ]);
}

/** With what it is called; the first edition has it bare. */
function taxNumber(
  pen: PaperPen,
  { vatId, country }: { readonly vatId: string; readonly country: string },
): string {
  if (vatId === '' || pen.edition === 1) return vatId;
  return `${vatIdName(country) ?? pen.word('vatId')} ${vatId}`;
}

function continuation(pen: PaperPen): Block[] {
  const { seller, number } = pen.paper;
  const runs: Run[] = [
    { text: number, weight: 'semibold' },
    { text: ` ${pen.word('continued')}`, color: GREY },
  ];
  return [
    columns(24, [
      { width: { share: 1 }, blocks: [text([{ text: seller.name, weight: 'semibold' }])] },
      { width: 'content', blocks: [text(runs, 'right')] },
    ]),
    space(16),
  ];
}

function footer(pen: PaperPen): Block[] {
  const { seller } = pen.paper;
  // In one line after another a dot stood at the end of the first.
  const lines =
    pen.edition === 1
      ? [[seller.name, seller.footer, seller.email]]
      : [[seller.name, seller.email], [seller.footer]];
  const facts = lines.map((line) => line.filter((fact) => fact !== '').join(' · '));
  return [
    space(10),
    { kind: 'rule', width: 0.6, color: SOFT },
    space(6),
    columns(24, [
      {
        width: { share: 1 },
        blocks: facts
          .filter((line) => line !== '')
          .map((line) => text([{ text: line, size: 7, color: GREY }])),
      },
      { width: 70, blocks: [text([{ text: pen.word('page'), size: 7 }], 'right')] },
    ]),
  ];
}
