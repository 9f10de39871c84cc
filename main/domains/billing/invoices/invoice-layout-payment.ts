import QRCode from 'qrcode';
import { spacedIban } from '../../../../shared/domains/billing/iban-rules.ts';
import { money } from '../../../../shared/kernel/money.ts';
import type { Block, Columns } from '../../../platform/pdf/pdf-document.ts';
import { dueOf } from '../advances/advance-settle.ts';
import { columns, EDGE, GREY, SMALL, space, text, type Pen } from './invoice-layout-pen.ts';
import { filled } from './invoice-texts.ts';
import { paymentCode } from '../documents/payment-code.ts';

/** How to pay, with a code for the bank's app where there is one for the currency. Nothing where nothing is due. */
export function payment(pen: Pen): Block[] {
  const { document } = pen;
  const due = dueOf(document);
  if (due <= 0n || document.form === 'advance-invoice-1') return [];
  const code = paymentMatrix(pen);
  const symbol = symbolOf(document);
  const facts = columns(12, [
    {
      width: { share: 1 },
      blocks: [
        text([
          ...pen.label('payment', 'semibold', 9),
          { text: '   ' },
          { text: pen.own.bankTransfer },
          ...(pen.english ? [{ text: ` ${pen.english.bankTransfer}`, color: GREY, language: 'en' }] : []),
        ]),
        space(3),
        pen.facts(
          [
            ['payee', document.seller.name],
            ['account', spacedIban(document.account.iban)],
            ...(document.account.bic === '' ? [] : [['SWIFT / BIC', document.account.bic] as const]),
            ['reference', document.number],
            // The banks' own word for it, in every language.
            ...(symbol === undefined ? [] : [['Variabilní symbol', symbol] as const]),
            ['amount', pen.amountWithCurrency(due.toString())],
            ['dueBy', pen.day(document.dueOn)],
          ],
          'semibold',
        ),
      ],
    },
    ...(code === undefined ? [] : [scanHint(pen)]),
  ]);
  const block =
    code === undefined
      ? facts
      : columns(16, [
          { width: pen.tight(82, 82, 66), blocks: [code] },
          { width: { share: 1 }, blocks: [facts] },
        ]);
  const edge = pen.tight(14, 10, 7);
  const padding = { top: edge, right: 16, bottom: edge, left: 16 };
  return [{ kind: 'box', stroke: EDGE, radius: 5, padding, blocks: [block] }];
}

function symbolOf(document: Pen['document']): string | undefined {
  return document.form === 'invoice-1' ? document.variableSymbol : undefined;
}

function scanHint(pen: Pen): Columns['columns'][number] {
  const blocks: Block[] = [text([{ text: pen.own.scan, size: SMALL }])];
  if (pen.english) {
    blocks.push(space(4), text([{ text: pen.english.scan, size: SMALL, color: GREY, language: 'en' }]));
  }
  return { width: 125, blocks };
}

function paymentMatrix(pen: Pen): Block | undefined {
  const { document } = pen;
  const content = paymentCode({
    payee: document.seller.name,
    iban: document.account.iban,
    bic: document.account.bic,
    amount: money(dueOf(document), document.currency),
    reference: document.number,
    dueOn: document.dueOn,
    variableSymbol: symbolOf(document),
  });
  if (content === undefined) return undefined;
  const { size, data } = QRCode.create(content, { errorCorrectionLevel: 'M' }).modules;
  const rows = Array.from({ length: size }, (_row, y) =>
    Array.from({ length: size }, (_column, x) => data[y * size + x] === 1),
  );
  const amount = pen.amountWithCurrency(dueOf(document).toString());
  const alt = filled(pen.own.code, { amount, reference: document.number });
  return { kind: 'matrix', size: pen.tight(82, 82, 66), rows, alt };
}
