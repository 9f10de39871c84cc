import { performance } from 'node:perf_hooks';
import { addDays, localDate } from '../../../shared/kernel/local-date.ts';
import type { Store, StoreKind } from '../../platform/store/store.ts';
import { theCompany } from '../../domains/billing/company-store.ts';
import { booksByMonth } from '../../domains/billing/books-by-month.ts';
import type { BillingTables } from '../../domains/billing/billing-tables.ts';
import { invoiceList } from '../../domains/billing/invoice-store.ts';
import { testCompany } from '../billing-room.ts';
import { billingSchema } from '../billing-schema.ts';
import {
  atMost,
  machineLine,
  median,
  type BenchLimit,
  type BenchMetric,
  type BenchResult,
} from './bench-result.ts';
import { onBothStores, VMS } from './fleet-room.ts';

const INVOICES = Number(process.env['BENCH_INVOICES'] ?? VMS);
const ROUNDS = 3;
const today = localDate('2026-11-30');
const queries = [
  '',
  'jarzebina',
  'FV 2026/10/04',
  '123.45',
  'amount:123.45',
  'amount>400',
  'state:overdue',
  'state:open currency:EUR',
  'state:paid',
  'open>0',
  'issued:2026-10',
  'nothing-has-this-name',
];
const sorts = ['number', 'issued', 'due', 'customer', 'gross'] as const;
const names = ['Biuro Jarzębina', 'Účetní dům Vltava', 'Horizont Účto', 'Tóth Könyvelő', 'Orzeł Podatki'];
const PER_INSERT = 2000;

/** First page of 56,000 invoices by every sort and by what an accountant looks for, with its count; and the books by month. */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  await onBothStores(async (store, kind) => {
    await fill(store);
    const db = store.tables<BillingTables>();
    const took: { name: string; ms: number }[] = [];
    for (const query of queries) {
      for (const sort of sorts) {
        const page = { query, sort, direction: 'desc', limit: 100 } as const;
        took.push({
          name: `${query === '' ? 'all' : query} by ${sort}`,
          ms: await timed(async () => await invoiceList(db, page, today)),
        });
      }
    }
    const sorted = took.toSorted((a, b) => b.ms - a.ms);
    metrics.push(
      { metric: `${kind}: page, middle`, value: median(took.map(({ ms }) => ms)), unit: 'ms' },
      {
        metric: `${kind}: page, slowest`,
        value: sorted[0]?.ms ?? Number.NaN,
        unit: 'ms',
        note: sorted
          .slice(0, 6)
          .map(({ name, ms }) => `${name} ${ms.toFixed(0)}`)
          .join('; '),
      },
      {
        metric: `${kind}: books of 13 months`,
        value: await timed(
          async () => await booksByMonth(db, { company: await theCompany(db), today, months: 13 }),
        ),
        unit: 'ms',
      },
    );
    limits.push(atMost(`${kind}: page, slowest`, sorted[0]?.ms ?? Number.NaN, 'ms', 300));
  }, billingSchema);
  return {
    name: 'invoice-list',
    machine: machineLine(),
    metrics,
    baseline: `a list of ${INVOICES} invoices, each with a document of 4 KiB`,
    limits,
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
  }
  return Math.min(...times);
}

async function fill(store: Store): Promise<void> {
  await store
    .tables<BillingTables>()
    .insertInto('company')
    .values({
      id: 'com_1',
      name: testCompany.name,
      street: '',
      postcode: '',
      city: '',
      country: 'PL',
      vat_id: 'PL1',
      iban: '',
      bic: '',
      email: '',
      footer: '',
      number_format: testCompany.numberFormat,
      credit_number_format: testCompany.creditNumberFormat,
      vat_scheme: 'standard',
      consumers_abroad: 'held',
      payment_days: 14,
      time_zone: 'Europe/Warsaw',
      is_default: 1,
      created_at_ms: 0,
    })
    .execute();
  for (let start = 0; start < INVOICES; start += PER_INSERT) {
    const made = Array.from({ length: Math.min(PER_INSERT, INVOICES - start) }, (_, at) =>
      rowsOf(start + at),
    );
    await store.transaction(async (trx) => {
      await store.insertMany(
        trx,
        'ledger_entry',
        made.flatMap(({ entries }) => entries),
      );
      await store.insertMany(
        trx,
        'ledger_line',
        made.flatMap(({ lines }) => lines),
      );
      await store.insertMany(
        trx,
        'invoice',
        made.map(({ invoice }) => invoice),
      );
    });
  }
  if ((store.kind as StoreKind) === 'postgres')
    await store.tables().executeQuery({ sql: 'vacuum analyze', parameters: [] } as never);
}

/** One invoice of eight is not paid. */
function rowsOf(at: number): {
  readonly invoice: BillingTables['invoice'];
  readonly entries: BillingTables['ledger_entry'][];
  readonly lines: BillingTables['ledger_line'][];
} {
  const id = `inv_${String(at).padStart(8, '0')}`;
  const issuedOn = addDays(localDate('2026-05-01'), at % 210);
  const currency = at % 3 === 0 ? 'EUR' : 'PLN';
  const gross = 5000 + ((at * 7919) % 60_000);
  const vat = Math.round((gross * 23) / 123);
  const customer = `cus_${at % 8000}`;
  const entry = (kind: 'invoice' | 'payment'): BillingTables['ledger_entry'] => ({
    id: `entry_${kind}_${at}`,
    company_id: 'com_1',
    currency,
    booked_on: kind === 'invoice' ? issuedOn : addDays(issuedOn, 9),
    kind,
    source: `${kind} ${id}`,
    memo: '',
    posted_at_ms: 0,
  });
  const of = { customer_id: customer, document_id: id };
  const isPaid = at % 8 !== 0;
  return {
    entries: [entry('invoice'), ...(isPaid ? [entry('payment')] : [])],
    lines: [
      {
        entry_id: `entry_invoice_${at}`,
        line_no: 1,
        debit: 'receivables',
        credit: 'unbilled',
        amount_minor: gross - vat,
        ...of,
      },
      {
        entry_id: `entry_invoice_${at}`,
        line_no: 2,
        debit: 'receivables',
        credit: 'vat-payable',
        amount_minor: vat,
        ...of,
      },
      ...(isPaid
        ? ([
            {
              entry_id: `entry_payment_${at}`,
              line_no: 1,
              debit: 'cash',
              credit: 'receivables',
              amount_minor: gross,
              ...of,
            },
          ] as const)
        : []),
    ],
    invoice: {
      id,
      company_id: 'com_1',
      document_type: 'invoice',
      year: 2026,
      seq: at + 1,
      number: `FV 2026/${issuedOn.slice(5, 7)}/${String(at + 1).padStart(5, '0')}`,
      customer_id: customer,
      customer_name: `${names[at % names.length]} ${at % 8000}`,
      currency,
      issued_on: issuedOn,
      due_on: addDays(issuedOn, 14),
      period_start: issuedOn,
      period_end_exclusive: issuedOn,
      net_minor: gross - vat,
      vat_minor: vat,
      gross_minor: gross,
      // Nothing that packs well.
      document: Array.from({ length: 128 }, (_, part) => ((at + 1) * (part + 7) * 2_654_435_761).toString(36))
        .join('')
        .padEnd(4096, 'x'),
      hash: '',
      entry_id: `entry_invoice_${at}`,
      issued_at_ms: 0,
      credits_id: null,
      credit_no: null,
    },
  };
}
