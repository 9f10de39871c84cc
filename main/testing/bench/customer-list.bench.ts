import { performance } from 'node:perf_hooks';
import { sql } from 'kysely';
import { addDays, localDate } from '../../../shared/kernel/local-date.ts';
import { allSchema } from '../../app/all-schema.ts';
import type { BillingTables } from '../../domains/billing/billing-tables.ts';
import { subscriptionList } from '../../domains/billing/subscriptions/subscription-list.ts';
import { customerList } from '../../domains/customers/customer-list.ts';
import type { CustomersPublicTables } from '../../domains/customers/customers-public.ts';
import { vmCountsOfCustomers, vmNames } from '../../domains/fleet/fleet-public.ts';
import type { Store } from '../../platform/store/store.ts';
import { openStore } from '../../platform/store/store-open.ts';
import { answerBench, inOwnProcess, tell } from './bench-process.ts';
import {
  atMost,
  machineLine,
  median,
  type BenchLimit,
  type BenchMetric,
  type BenchResult,
} from './bench-result.ts';
import { fillSubscriptions, nowMs, partsOf, SIZES, SUBSCRIPTIONS } from './billing-fleet.ts';
import { benchProgram, onBothKinds } from './fleet-room.ts';

/** So many that 99 of 100 pages leave out more than the very slowest. */
const ROUNDS = 7;
/** What customers owe is reckoned from the ledger for each of them: told apart, for it is slower than all the rest. */
const LISTS = ['customers', 'customers by balance', 'subscriptions'] as const;
const asked = {
  customers: {
    sorts: ['name', 'number', 'balance', 'created'],
    queries: [
      '',
      'jarzebina',
      'name:wisniewska',
      'name="anna lis 100"',
      'C-123',
      'number:C-4711',
      'office@customer-77',
      'country:PL kind:company',
      'active:no',
      'name:novak -name:anna',
      'nothing-has-this-name',
    ],
  },
  subscriptions: {
    sorts: ['started', 'customer', 'plan'],
    queries: [
      '',
      'jarzebina',
      'customer:wisniewska',
      'customer="anna lis 100"',
      'plan:7',
      'plan:"plan 3" customer:novak',
      'vm:acct-0123',
      'state:running',
      'state:ended',
      'country:PL',
      'nothing-has-this-name',
    ],
  },
} as const;

interface Asked {
  readonly do: 'fill' | 'look';
  readonly address: string;
  readonly subscriptions: number;
}

interface Page {
  readonly list: (typeof LISTS)[number];
  readonly name: string;
  readonly times: readonly number[];
  readonly processorMs: number;
}

interface Seen {
  readonly pages: readonly Page[];
  readonly naiveMs: number;
}

/**
 * First page of 56,000 customers, and of as many subscriptions, by every sort and by what is typed to find one, with its count. Beside it the same of
 * 800, and the naive list: all rows as JSON, for the page to sort and filter.
 */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  await onBothKinds(async (kind, newAddress) => {
    for (const subscriptions of SIZES) {
      const of = { address: await newAddress(), subscriptions };
      tell(`${kind}, ${subscriptions}: filling`);
      await inOwnProcess(import.meta.filename, { ...of, do: 'fill' } satisfies Asked);
      tell('first pages');
      const seen = await inOwnProcess<Seen>(import.meta.filename, { ...of, do: 'look' } satisfies Asked);
      const size = `${kind}, ${subscriptions}`;
      for (const list of LISTS) {
        const found = pagesOf(seen, list);
        metrics.push(...found.metrics.map((one) => ({ ...one, metric: `${size}: ${list}, ${one.metric}` })));
        if (subscriptions === SUBSCRIPTIONS)
          limits.push(atMost(`${kind}: ${list}, 99 of 100 pages`, found.p99, 'ms', 100));
      }
      metrics.push(
        { metric: `${size}: naive, all customers as JSON`, value: seen.naiveMs, unit: 'ms' },
        { metric: `${size}: memory at most`, value: seen.peakMib, unit: 'MiB' },
      );
      if (subscriptions === SUBSCRIPTIONS) limits.push(atMost(`${kind}: memory`, seen.peakMib, 'MiB', 1024));
    }
  });
  return {
    name: 'customer-list',
    machine: machineLine(),
    metrics,
    baseline: `all rows read and written as JSON for a page to sort and filter; and the same of ${SIZES[0]} (the limits are of ${SUBSCRIPTIONS})`,
    limits,
  };
}

function pagesOf(seen: Seen, list: Page['list']): { readonly metrics: BenchMetric[]; readonly p99: number } {
  const pages = seen.pages.filter((page) => page.list === list);
  const slowest = pages.toSorted((a, b) => median(b.times) - median(a.times)).slice(0, 6);
  const all = pages.flatMap(({ times }) => times).toSorted((a, b) => a - b);
  const p99 = all[Math.ceil(all.length * 0.99) - 1] ?? Number.NaN;
  const processorMs = Math.max(...pages.map((page) => page.processorMs));
  return {
    p99,
    metrics: [
      {
        metric: 'page, middle',
        value: median(all),
        unit: 'ms',
        note: `${pages.length} kinds, ${ROUNDS} times`,
      },
      {
        metric: 'page, 99 of 100',
        value: p99,
        unit: 'ms',
        note: slowest.map(({ name, times }) => `${name} ${median(times).toFixed(0)}`).join('; '),
      },
      { metric: 'page, most of our processor', value: processorMs, unit: 'ms' },
    ],
  };
}

async function look(store: Store): Promise<Seen> {
  const db = store.tables<BillingTables & CustomersPublicTables>();
  const billing = { ...partsOf(store), vms: { ...partsOf(store).vms, vmNames } };
  const customers = {
    nowMs: async () => nowMs,
    vmCounts: vmCountsOfCustomers,
    vies: unused,
    requesterVatId: unused,
  };
  const page = { direction: 'desc', limit: 100 } as const;
  const pages: Page[] = [];
  for (const query of asked.customers.queries) {
    for (const sort of asked.customers.sorts) {
      const work = async () => await customerList(customers, { ...page, query, sort }, db as never);
      const list = sort === 'balance' ? 'customers by balance' : 'customers';
      pages.push({ list, name: nameOf(query, sort), ...(await timed(work)) });
    }
  }
  for (const query of asked.subscriptions.queries) {
    for (const sort of asked.subscriptions.sorts) {
      const work = async () => await subscriptionList(billing, db, { ...page, query, sort });
      pages.push({ list: 'subscriptions', name: nameOf(query, sort), ...(await timed(work)) });
    }
  }
  const beganMs = performance.now();
  JSON.stringify(await db.selectFrom('customer').selectAll().execute());
  return { pages, naiveMs: performance.now() - beganMs };
}

const nameOf = (query: string, sort: string): string => `${query === '' ? 'all' : query} by ${sort}`;

const unused = (): never => {
  throw new Error('a list of customers asks nobody outside');
};

async function timed(work: () => Promise<unknown>): Promise<Pick<Page, 'times' | 'processorMs'>> {
  const times: number[] = [];
  const processor: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    const beganMs = performance.now();
    await work();
    times.push(performance.now() - beganMs);
    const { user, system } = process.cpuUsage(before);
    processor.push((user + system) / 1000);
  }
  return { times, processorMs: median(processor) };
}

/** Each customer has had four invoices; one of eight has not paid the last. */
async function fill(store: Store, subscriptions: number): Promise<void> {
  await fillSubscriptions(store, subscriptions);
  for (const [month, issuedOn] of ['2026-07-01', '2026-08-01', '2026-09-01', '2026-10-01'].entries()) {
    for (let start = 0; start < subscriptions; start += 8000) {
      const length = Math.min(8000, subscriptions - start);
      const made = Array.from({ length }, (_, at) => postingsOf(start + at, month, issuedOn)).flat();
      await store.transaction(async (trx) => {
        const entries = made.map(({ entry }) => entry);
        await store.insertMany(trx, 'ledger_entry', entries);
        const lines = made.map(({ line }) => line);
        await store.insertMany(trx, 'ledger_line', lines);
      });
    }
  }
  await sql.raw(store.kind === 'postgres' ? 'vacuum analyze' : 'analyze').execute(store.tables());
}

interface Posting {
  readonly entry: BillingTables['ledger_entry'];
  readonly line: BillingTables['ledger_line'];
}

function postingsOf(at: number, month: number, issuedOn: string): Posting[] {
  const isPaid = month < 3 || at % 8 !== 0;
  const posting = (kind: 'invoice' | 'payment'): Posting => {
    const id = `entry_${kind}_${month}_${at}`;
    const bookedOn = kind === 'invoice' ? localDate(issuedOn) : addDays(localDate(issuedOn), 9);
    return {
      entry: {
        id,
        company_id: 'com_1',
        currency: 'PLN',
        booked_on: bookedOn,
        kind,
        source: id,
        memo: '',
        posted_at_ms: 0,
      },
      line: {
        entry_id: id,
        line_no: 1,
        debit: kind === 'invoice' ? 'receivables' : 'cash',
        credit: kind === 'invoice' ? 'unbilled' : 'receivables',
        amount_minor: 5000 + ((at * 7919) % 60_000),
        customer_id: `cus_${at}`,
        document_id: null,
      },
    };
  };
  return isPaid ? [posting('invoice'), posting('payment')] : [posting('invoice')];
}

if (import.meta.main) {
  await answerBench(async ({ do: what, address, subscriptions }: Asked) => {
    const store = await openStore({ address, schema: allSchema, program: benchProgram });
    try {
      if (what === 'look') return await look(store);
      await fill(store, subscriptions);
      return {};
    } finally {
      await store.close();
    }
  });
}
