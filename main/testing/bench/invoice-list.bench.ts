import { performance } from 'node:perf_hooks';
import { addDays, localDate } from '../../../shared/kernel/local-date.ts';
import type { Store, StoreKind } from '../../platform/store/store.ts';
import { openStore } from '../../platform/store/store-open.ts';
import { theCompany } from '../../domains/billing/companies/company-store.ts';
import { booksByMonth } from '../../domains/billing/ledger/books-by-month.ts';
import type { BillingTables } from '../../domains/billing/billing-tables.ts';
import { invoiceList } from '../../domains/billing/invoices/invoice-store.ts';
import { testCompany } from '../billing-room.ts';
import { billingSchema } from '../billing-schema.ts';
import { answerBench, inOwnProcess, tell } from './bench-process.ts';
import {
  atMost,
  machineLine,
  median,
  spread,
  type BenchLimit,
  type BenchMetric,
  type BenchResult,
} from './bench-result.ts';
import { benchProgram, onBothKinds, VMS } from './fleet-room.ts';

const INVOICES = Number(process.env['BENCH_INVOICES'] ?? VMS);
const SIZES: readonly number[] = INVOICES > 800 ? [800, INVOICES] : [INVOICES];
/** So many that 99 of 100 pages leave out more than the very slowest. */
const ROUNDS = 7;
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

interface Asked {
  readonly do: 'fill' | 'look';
  readonly address: string;
  readonly invoices: number;
}

interface Seen {
  readonly pages: readonly {
    readonly name: string;
    readonly ms: number;
    readonly times: readonly number[];
  }[];
  readonly booksMs: readonly number[];
}

/**
 * First page of 56,000 invoices by every sort and by what an accountant looks for, with its count; and the books by month. Beside it the same
 * of 800, to see how it grows.
 */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  await onBothKinds(async (kind, newAddress) => {
    for (const invoices of SIZES) {
      const asked = { address: await newAddress(), invoices };
      tell(`${kind}, ${invoices}: filling`);
      await inOwnProcess(import.meta.filename, { ...asked, do: 'fill' } satisfies Asked);
      tell('first pages and books');
      const seen = await inOwnProcess<Seen>(import.meta.filename, { ...asked, do: 'look' } satisfies Asked);
      const sorted = seen.pages.toSorted((a, b) => b.ms - a.ms);
      const slowest = sorted[0]?.ms ?? Number.NaN;
      const all = sorted.flatMap(({ times }) => times).toSorted((a, b) => a - b);
      const p99 = all[Math.ceil(all.length * 0.99) - 1] ?? Number.NaN;
      const of = `${kind}, ${invoices}`;
      metrics.push(
        { metric: `${of}: page, middle`, value: median(sorted.map(({ ms }) => ms)), unit: 'ms' },
        { metric: `${of}: page, 99 of 100`, value: p99, unit: 'ms', note: `of ${all.length}` },
        {
          metric: `${of}: page, slowest`,
          value: slowest,
          unit: 'ms',
          note: sorted
            .slice(0, 6)
            .map(({ name, ms }) => `${name} ${ms.toFixed(0)}`)
            .join('; '),
        },
        {
          metric: `${of}: books of 13 months`,
          value: median(seen.booksMs),
          unit: 'ms',
          note: spread(seen.booksMs),
        },
        { metric: `${of}: memory at most`, value: seen.peakMib, unit: 'MiB' },
      );
      if (invoices !== INVOICES) continue;
      limits.push(
        atMost(`${kind}: page, 99 of 100`, p99, 'ms', 100),
        atMost(`${kind}: memory`, seen.peakMib, 'MiB', 1024),
      );
    }
  });
  return {
    name: 'invoice-list',
    machine: machineLine(),
    metrics,
    baseline: `the same of ${SIZES[0]} invoices; the limits are of ${INVOICES}, each with a document of 4 KiB; a page is the middle of ${ROUNDS} rounds`,
    limits,
  };
}

async function look(store: Store): Promise<Seen> {
  const db = store.tables<BillingTables>();
  const pages: { name: string; ms: number; times: readonly number[] }[] = [];
  for (const query of queries) {
    for (const sort of sorts) {
      const page = { query, sort, direction: 'desc', limit: 100 } as const;
      const times = await timed(async () => await invoiceList(db, page, today));
      pages.push({ name: `${query === '' ? 'all' : query} by ${sort}`, ms: median(times), times });
    }
  }
  const company = await theCompany(db);
  const booksMs = await timed(async () => await booksByMonth(db, { company, today, months: 13 }));
  return { pages, booksMs };
}

async function timed(work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
  }
  return times;
}

async function fill(store: Store, invoices: number): Promise<void> {
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
      accounts: '[]',
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
  for (let start = 0; start < invoices; start += PER_INSERT) {
    const made = Array.from({ length: Math.min(PER_INSERT, invoices - start) }, (_, at) =>
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

if (import.meta.main) {
  await answerBench(async ({ do: what, address, invoices }: Asked) => {
    const store = await openStore({ address, schema: billingSchema, program: benchProgram });
    try {
      if (what === 'look') return await look(store);
      await fill(store, invoices);
      return {};
    } finally {
      await store.close();
    }
  });
}
