import { localDate } from '../../shared/kernel/local-date.ts';
import type {
  AdvanceInvoiceDocument,
  CreditNoteDocument,
  InvoiceDocument,
  SettledAdvance,
} from '../domains/billing/invoices/invoice-document.ts';
import { invoiceDocumentForTest } from './invoice-document-for-test.ts';

const day = localDate('2026-08-10');

export function settledForTest(
  no: number,
  [netMinor, vatMinor, grossMinor]: readonly [string, string, string],
): SettledAdvance {
  return {
    advanceId: `inv_${no}`,
    number: `FZ 2026/08/000${no}`,
    issuedOn: day,
    receivedOn: day,
    vatCategory: 'S',
    vatRate: '23',
    netMinor,
    vatMinor,
    grossMinor,
  };
}

/** 393.02 of which 123.00 and 77.00 were paid ahead. */
export const finalForTest: InvoiceDocument = invoiceDocumentForTest(1, {
  settles: [settledForTest(1, ['10000', '2300', '12300']), settledForTest(2, ['6260', '1440', '7700'])],
});

const at = (rate: string, vatMinor: string): NonNullable<InvoiceDocument['vatNational']> => ({
  currency: 'PLN',
  vatMinor,
  source: 'NBP',
  day,
  quotes: [{ of: 'EUR', rate, in: 'PLN' }],
});

/** The same in euros: of 73.49 of VAT the advances taxed 37.40 at 4.25, and 36.09 are left at 4.3. */
export const abroadForTest: InvoiceDocument = {
  ...finalForTest,
  currency: 'EUR',
  settles: [
    { ...settledForTest(1, ['10000', '2300', '12300']), vatNational: at('4.25', '9775') },
    { ...settledForTest(2, ['6260', '1440', '7700']), vatNational: at('4.25', '6120') },
  ],
  vatNational: at('4.3', '15519'),
};

/** Takes all of that back. */
const { settles: _settles, ...supply } = abroadForTest;
export const backForTest: CreditNoteDocument = {
  ...supply,
  form: 'credit-note-1',
  number: 'FK 2026/09/0001',
  corrects: { invoiceId: 'inv_1', number: supply.number, issuedOn: supply.issuedOn, lineNos: [1] },
  reason: 'Zwrot',
  vatNational: {
    ...at('4.25', '-31414'),
    parts: [
      { ...at('4.25', '-9775'), ofMinor: '-2300' },
      { ...at('4.25', '-6120'), ofMinor: '-1440' },
      { ...at('4.3', '-15519'), ofMinor: '-3609' },
    ],
  },
};

export const advanceForTest: AdvanceInvoiceDocument = {
  ...invoiceDocumentForTest(1, {
    lines: [
      {
        lineNo: 1,
        subscriptionId: '',
        component: 'by-hand',
        part: 'Zaliczka na poczet PRO 2026/08/0001',
        plan: '',
        vm: '',
        service: { start: day, endExclusive: localDate('2026-08-11') },
        numerator: '1',
        denominator: '1',
        unitPrice: '123.00',
        netMinor: '10000',
        grossMinor: '12300',
        vatCategory: 'S',
        vatRate: '23',
      },
    ],
    period: { start: day, endExclusive: localDate('2026-08-11') },
    number: 'FZ 2026/08/0001',
    issuedOn: localDate('2026-08-11'),
    dueOn: localDate('2026-08-11'),
  }),
  form: 'advance-invoice-1',
  payment: { reference: 'MT940 1/77', receivedOn: day },
  order: {
    number: 'PRO 2026/08/0001',
    issuedOn: localDate('2026-08-02'),
    lines: [
      {
        description: 'Serwer wirtualny A-8',
        detail: '18–31.08.2026',
        quantity: '14/31',
        unit: 'mies.',
        unitPrice: '640',
        netMinor: '28903',
        vatCategory: 'S',
        vatRate: '23',
      },
    ],
    grossMinor: '35551',
  },
};
