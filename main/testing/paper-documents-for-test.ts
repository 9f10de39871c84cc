import { localDate } from '../../shared/kernel/local-date.ts';
import type { DocumentLanguage } from '../domains/billing/billing-public.ts';
import type { Paper } from '../domains/documents/paper-forms.ts';
import { invoiceDocumentForTest } from './invoice-document-for-test.ts';

const DAY = localDate('2026-09-01');
const AUGUST = { start: localDate('2026-08-01'), endExclusive: localDate('2026-09-01') };

const line = {
  description: 'VPS A-8, monthly fee',
  detail: 'acct-57102, 1–31 Aug 2026',
  quantity: '1',
  unit: 'month',
  unitPrice: '640',
  netMinor: '64000',
  vatCategory: 'S',
  vatRate: '23',
} as const;
const used = {
  ...line,
  description: 'VPS A-8, memory',
  quantity: '2976.25',
  unit: 'GiB·h',
  unitPrice: '0.004',
  netMinor: '1191',
};
const totals = { netMinor: '65191', vatMinor: '14994', grossMinor: '80185' } as const;

/** One of each kind of paper, with all that it may say. */
export function papersForTest(language: DocumentLanguage): Readonly<Record<Paper['form'], Paper>> {
  const { seller, buyer, account } = invoiceDocumentForTest(1, { language });
  const common = { issuedOn: DAY, language, seller, buyer, account, currency: 'PLN' } as const;
  return {
    'pro-forma-1': {
      ...common,
      ...totals,
      form: 'pro-forma-1',
      number: 'PRO 2026/09/0001',
      dueOn: localDate('2026-09-08'),
      period: AUGUST,
      lines: [line, used],
      vatLines: [{ vatCategory: 'S', vatRate: '23', baseMinor: '65191', vatMinor: '14994' }],
      notes: [],
    },
    'receipt-1': {
      ...common,
      form: 'receipt-1',
      number: 'RCT 2026/09/0001',
      payment: { paymentId: 'pay_1', receivedOn: localDate('2026-08-31'), reference: 'MT940 1/77' },
      amountMinor: '100000',
      allocations: [{ invoiceId: 'inv_1', number: 'FV 2026/08/0007', amountMinor: '64000' }],
      advances: [{ invoiceId: 'inv_2', number: 'FZ 2026/08/0001', amountMinor: '12300' }],
      unallocatedMinor: '23700',
    },
    'service-act-1': {
      ...common,
      ...totals,
      form: 'service-act-1',
      number: 'ACT 2026/09/0001',
      period: AUGUST,
      lines: [
        { ...line, source: 'FV 2026/09/024117' },
        { ...used, source: 'FV 2026/09/024117' },
      ],
    },
    'contract-1': {
      ...common,
      form: 'contract-1',
      number: 'CON 2026/09/0001',
      services: [
        { subscriptionId: 'sub_1', plan: 'A-8', vm: 'acct-57102', startsOn: DAY, perMonth: '640' },
        { subscriptionId: 'sub_2', plan: 'Backup', vm: '', startsOn: DAY, perMonth: null },
      ],
      paymentDays: 14,
      noticeDays: 30,
      clauses: ['The buyer names a person who can be reached at night.'],
    },
    'statement-1': {
      ...common,
      form: 'statement-1',
      number: 'STM 2026/09/0001',
      period: AUGUST,
      openingMinor: '-5000',
      entries: [
        {
          bookedOn: localDate('2026-08-01'),
          kind: 'invoice',
          words: 'FV 2026/08/0007',
          amountMinor: '80185',
          balanceMinor: '75185',
        },
        {
          bookedOn: localDate('2026-08-20'),
          kind: 'payment',
          words: 'MT940 1/77',
          amountMinor: '-40000',
          balanceMinor: '35185',
        },
      ],
      closingMinor: '35185',
      dueOn: localDate('2026-09-15'),
    },
    'reconciliation-1': {
      ...common,
      form: 'reconciliation-1',
      number: 'REC 2026/09/0001',
      asOf: localDate('2026-08-31'),
      items: [
        {
          kind: 'invoice',
          number: 'FV 2026/08/0007',
          day: localDate('2026-08-01'),
          dueOn: localDate('2026-08-15'),
          openMinor: '80185',
        },
        {
          kind: 'payment',
          number: 'MT940 1/77',
          day: localDate('2026-08-20'),
          dueOn: null,
          openMinor: '-5000',
        },
      ],
      totalMinor: '75185',
    },
  };
}
