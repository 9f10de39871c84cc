import QRCode from 'qrcode';
import { spacedIban } from '../../../shared/domains/billing/iban-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import { money } from '../../../shared/kernel/money.ts';
import type { Block } from '../../platform/pdf/pdf-document.ts';
import {
  amountInWords,
  columns,
  EDGE,
  FILL,
  filled,
  GREY,
  paymentCode,
  signedAbove,
  SMALL,
  space,
  text,
} from '../billing/billing-public.ts';
import type { PaperPen } from './paper-pen.ts';

export function inWords(pen: PaperPen, minor: string): Block[] {
  const amount = money(BigInt(minor), pen.paper.currency);
  const blocks: Block[] = [
    pen.heading('inWords'),
    space(2),
    text([{ text: amountInWords(amount, pen.language) }]),
  ];
  if (pen.language !== 'en')
    blocks.push(text([{ text: amountInWords(amount, 'en'), color: GREY, language: 'en' }]));
  return blocks;
}

/** What it is about, so that nobody has to look for it. */
export function amountBox(pen: PaperPen, word: string, minor: string): Block {
  const amount = pen.amountWithCurrency(minor);
  return {
    kind: 'box',
    fill: FILL,
    radius: 3,
    padding: { top: 8, right: 9, bottom: 8, left: 9 },
    blocks: [
      columns(10, [
        { width: { share: 1 }, align: 'middle', blocks: pen.stacked(word, 9) },
        {
          width: 'content',
          align: 'middle',
          blocks: [text([{ text: amount, weight: 'semibold', size: 13 }], 'right')],
        },
      ]),
    ],
  };
}

export interface AskedPayment {
  readonly amountMinor: string;
  readonly dueOn: LocalDate;
  readonly reference: string;
}

/** How to pay, with a code for the bank's app where there is one for the currency; nothing where nothing is asked for, or there is no account for it. */
export function payment(pen: PaperPen, asked: AskedPayment): Block[] {
  const { seller, account, currency } = pen.paper;
  if (BigInt(asked.amountMinor) <= 0n || account.iban === '') return [];
  const facts: Block[] = [
    pen.heading('payment'),
    space(3),
    pen.facts([
      ['payee', seller.name],
      ['account', spacedIban(account.iban)],
      ...(pen.edition === 1 || account.bic === '' ? [] : [['bic', account.bic] as const]),
      ['reference', asked.reference],
      ['amount', pen.amountWithCurrency(asked.amountMinor)],
      ['due', pen.day(asked.dueOn)],
    ]),
  ];
  const content = paymentCode({
    payee: seller.name,
    iban: account.iban,
    bic: account.bic,
    amount: money(BigInt(asked.amountMinor), currency),
    reference: asked.reference,
    dueOn: asked.dueOn,
  });
  const block =
    content === undefined
      ? facts
      : [
          columns(12, [
            { width: 82, blocks: [codeOf(pen, content, asked)] },
            { width: { share: 1 }, blocks: facts },
            { width: 96, blocks: pen.stacked('scan', SMALL) },
          ]),
        ];
  const padding = { top: 14, right: 16, bottom: 14, left: 16 };
  return [{ kind: 'box', stroke: EDGE, radius: 5, padding, blocks: block }];
}

function codeOf(pen: PaperPen, content: string, { amountMinor, reference }: AskedPayment): Block {
  const { size, data } = QRCode.create(content, { errorCorrectionLevel: 'M' }).modules;
  const rows = Array.from({ length: size }, (_row, y) =>
    Array.from({ length: size }, (_column, x) => data[y * size + x] === 1),
  );
  const alt = filled(pen.word('code'), { amount: pen.amountWithCurrency(amountMinor), reference });
  return { kind: 'matrix', size: 82, rows, alt };
}

/** Two lines to sign on; on ours stand the stamp and the signature that the paper was issued with. */
export function signatures(pen: PaperPen): Block[] {
  const side = (word: string, above: Block): Block[] => [
    above,
    { kind: 'rule', width: 0.6, color: EDGE },
    space(4),
    ...pen.stacked(word, SMALL),
  ];
  return [
    columns(40, [
      { width: { share: 1 }, blocks: side('signSeller', signedAbove(pen.issuer, 46)) },
      { width: { share: 1 }, blocks: side('signBuyer', space(46)) },
    ]),
  ];
}
