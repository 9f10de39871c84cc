import { addDays } from '../../../shared/kernel/local-date.ts';
import type { Block, Paragraph } from '../../platform/pdf/pdf-document.ts';
import { columns, dateText, GREY, numberText, SMALL, space, text } from '../billing/billing-public.ts';
import type {
  PaperLine,
  ProForma,
  Receipt,
  Reconciliation,
  ServiceAct,
  ServiceContract,
  Statement,
} from './paper-forms.ts';
import { amountBox, inWords, payment, signatures } from './paper-parts.ts';
import type { Cell, ColumnOf, PaperPen } from './paper-pen.ts';

/** What stands between the two sides and the foot, by the kind of paper. */
export function bodyOf(pen: PaperPen): Block[] {
  const { paper } = pen;
  switch (paper.form) {
    case 'pro-forma-1':
      return proForma(pen, paper);
    case 'receipt-1':
      return receipt(pen, paper);
    case 'service-act-1':
      return serviceAct(pen, paper);
    case 'contract-1':
      return contract(pen, paper);
    case 'statement-1':
      return statement(pen, paper);
    case 'reconciliation-1':
      return reconciliation(pen, paper);
  }
}

const right = (head: string): ColumnOf => ({ head, align: 'right' });
const wide = (head: string): ColumnOf => ({ head, isWide: true });

function described(line: PaperLine, more = ''): Paragraph[] {
  const detail = [line.detail, more].filter((part) => part !== '').join(' · ');
  return [text([{ text: line.description }]), text([{ text: detail, size: SMALL, color: GREY }])];
}

function quantityOf(pen: PaperPen, { quantity }: PaperLine): string {
  return quantity.includes('/') ? quantity.replace('-', '−') : numberText(quantity, pen.language);
}

function rateOf(pen: PaperPen, { vatCategory, vatRate }: PaperLine): string {
  if (vatCategory !== 'S' && vatCategory !== 'Z') return pen.word(`rate.${vatCategory}`);
  return `${pen.language === 'en' ? vatRate : vatRate.replace('.', ',')}\u00a0%`;
}

function lines(pen: PaperPen, of: readonly PaperLine[], more: (line: PaperLine) => string): Block {
  return pen.table(
    [
      { head: 'no' },
      wide('description'),
      right('quantity'),
      { head: 'unit' },
      right('netPrice'),
      right('rate'),
      right('net'),
    ],
    of.map((line, at) => [
      String(at + 1),
      described(line, more(line)),
      quantityOf(pen, line),
      line.unit,
      numberText(line.unitPrice, pen.language, 2),
      rateOf(pen, line),
      pen.amount(line.netMinor),
    ]),
  );
}

function sums(pen: PaperPen, of: { netMinor: string; vatMinor: string; grossMinor: string }): Block {
  const amounts = [of.netMinor, of.vatMinor, of.grossMinor].map((minor) => pen.amount(minor));
  return pen.table([wide('total'), right('net'), right('vat'), right('gross')], [], [['', ...amounts]]);
}

function proForma(pen: PaperPen, of: ProForma): Block[] {
  return [
    lines(pen, of.lines, () => ''),
    space(16),
    {
      kind: 'group',
      blocks: [
        columns(26, [
          {
            width: { share: 1 },
            blocks: [
              ...inWords(pen, of.grossMinor),
              space(9),
              pen.heading('notes'),
              space(2),
              ...pen.sentence('proForma.what'),
              ...of.notes.map((note) => text([{ text: note, size: SMALL }])),
            ],
          },
          {
            width: { share: 0.93 },
            blocks: [sums(pen, of), space(9), amountBox(pen, 'amountDue', of.grossMinor)],
          },
        ]),
        space(20),
        ...payment(pen, { amountMinor: of.grossMinor, dueOn: of.dueOn, reference: of.number }),
      ],
    },
  ];
}

function receipt(pen: PaperPen, of: Receipt): Block[] {
  const rows = [...of.allocations, ...(of.advances ?? [])].map(({ number, amountMinor }) => [
    number,
    pen.amount(amountMinor),
  ]);
  const rest =
    of.unallocatedMinor === '0' ? [] : [[pen.word('onNoInvoice'), pen.amount(of.unallocatedMinor)]];
  return [
    ...pen.sentence('receipt.what'),
    space(12),
    pen.facts([
      ['received', pen.day(of.payment.receivedOn)],
      ['bankReference', of.payment.reference],
    ]),
    space(12),
    pen.table([wide('onInvoices'), right('amount')], rows, rest),
    space(16),
    amountBox(pen, 'amountReceived', of.amountMinor),
    space(9),
    ...inWords(pen, of.amountMinor),
  ];
}

function serviceAct(pen: PaperPen, of: ServiceAct): Block[] {
  const sources = new Map<PaperLine, string>(of.lines.map((line) => [line, line.source]));
  return [
    ...pen.sentence('act.what', (style) => ({
      from: dateText(of.period.start, style),
      to: dateText(addDays(of.period.endExclusive, -1), style),
    })),
    space(12),
    lines(pen, of.lines, (line) => pen.word('act.source').replace('{number}', sources.get(line) ?? '')),
    space(14),
    {
      kind: 'group',
      blocks: [
        sums(pen, of),
        space(9),
        amountBox(pen, 'amountSupplied', of.grossMinor),
        space(9),
        ...inWords(pen, of.grossMinor),
        ...signatures(pen),
      ],
    },
  ];
}

function contract(pen: PaperPen, of: ServiceContract): Block[] {
  const clause = (key: string, days = 0): Block[] => [
    ...pen.sentence(key, () => ({ days: String(days) })),
    space(6),
  ];
  const rows = of.services.map((service, at): Cell[] => [
    String(at + 1),
    [
      text([{ text: service.plan }]),
      ...(service.vm === '' ? [] : [text([{ text: service.vm, size: SMALL, color: GREY }])]),
    ],
    pen.day(service.startsOn),
    service.perMonth === null ? pen.word('contract.byPlan') : numberText(service.perMonth, pen.language, 2),
  ]);
  return [
    ...pen.sentence('contract.between', (style) => ({ day: dateText(of.issuedOn, style) })),
    space(12),
    ...clause('contract.1'),
    pen.table(
      [{ head: 'no' }, wide('contract.services'), { head: 'contract.from' }, right('contract.perMonth')],
      rows,
    ),
    space(12),
    ...clause('contract.2'),
    ...clause('contract.3', of.paymentDays),
    ...clause('contract.4', of.noticeDays),
    ...clause('contract.5'),
    ...of.clauses.flatMap((own, at) => [text([{ text: `${at + 6}. ${own}` }]), space(6)]),
    { kind: 'group', blocks: signatures(pen) },
  ];
}

function owed(pen: PaperPen, minor: string): Block[] {
  const isOurs = BigInt(minor) >= 0n;
  const amount = isOurs ? minor : (-BigInt(minor)).toString();
  return [
    amountBox(pen, isOurs ? 'amountOwed' : 'amountOwedToYou', amount),
    space(9),
    ...inWords(pen, amount),
  ];
}

function statement(pen: PaperPen, of: Statement): Block[] {
  const { start, endExclusive } = of.period;
  const balance = (word: string, day: string, minor: string): Cell[] => [
    day,
    pen.word(word),
    '',
    '',
    pen.amount(minor),
  ];
  return [
    ...pen.sentence('statement.what'),
    space(12),
    pen.table(
      [{ head: 'day' }, { head: 'what' }, wide('document'), right('amount'), right('balance')],
      [
        balance('opening', pen.day(start), of.openingMinor),
        ...of.entries.map((entry) => [
          pen.day(entry.bookedOn),
          pen.word(`kind.${entry.kind}`),
          entry.words,
          pen.amount(entry.amountMinor),
          pen.amount(entry.balanceMinor),
        ]),
      ],
      [balance('closing', pen.day(addDays(endExclusive, -1)), of.closingMinor)],
    ),
    space(16),
    {
      kind: 'group',
      blocks: [
        ...owed(pen, of.closingMinor),
        space(20),
        ...payment(pen, {
          amountMinor: of.closingMinor,
          dueOn: of.dueOn,
          reference: `${of.buyer.number} ${of.number}`,
        }),
      ],
    },
  ];
}

function reconciliation(pen: PaperPen, of: Reconciliation): Block[] {
  const rows = of.items.map((item, at): Cell[] => [
    String(at + 1),
    item.kind === 'payment' ? pen.word('kind.advance') : item.number,
    pen.day(item.day),
    item.dueOn === null ? '' : pen.day(item.dueOn),
    pen.amount(item.openMinor),
    '………………………',
  ]);
  return [
    ...pen.sentence('reconciliation.what', (style) => ({ day: dateText(of.asOf, style) })),
    space(12),
    ...(rows.length === 0 ? [...pen.sentence('reconciliation.none'), space(6)] : []),
    pen.table(
      [{ head: 'no' }, wide('document'), { head: 'day' }, { head: 'dueOn' }, right('ours'), right('yours')],
      rows,
      [['', pen.word('total'), '', '', pen.amount(of.totalMinor), '………………………']],
    ),
    space(16),
    { kind: 'group', blocks: [...owed(pen, of.totalMinor), ...signatures(pen)] },
  ];
}
