import { expect } from 'vitest';
import type { BillingTables } from '../domains/billing/billing-tables.ts';
import { readDocument } from '../domains/billing/invoices/invoice-document.ts';
import { ledgerVerify } from '../domains/billing/ledger/ledger-verify.ts';
import type { CustomersTables } from '../domains/customers/customers-tables.ts';
import { postRun } from '../domains/runs/run-post.ts';
import { changeRun, findRun } from '../domains/runs/run-store.ts';
import type { DomainsRoom } from './domains-room.ts';
import { approveRun, chargeMonth, previewMonth, runCustomerId, runOf, type Charged } from './runs-room.ts';

export const idle = { signal: new AbortController().signal, progress: () => undefined };

export const AUGUST = { periodStart: '2024-08-01', periodEndExclusive: '2024-09-01' } as const;
export const SEPTEMBER = { periodStart: '2024-09-01', periodEndExclusive: '2024-10-01' } as const;

/** Invoices a month of a customer by hand; its number. */
export async function invoiced(
  room: DomainsRoom,
  n: number,
  period: typeof AUGUST | typeof SEPTEMBER,
): Promise<{ invoiceId: string; number: string }> {
  const issuedOn = period.periodEndExclusive;
  const made = await room.call('billing.invoiceCreate', {
    customerId: runCustomerId(n),
    ...period,
    issuedOn,
  });
  if (typeof made === 'string') throw new Error(`${n}: ${made}`);
  return made;
}

/** A customer whose September of 100.00 is invoiced, and of which this much is taken back in October, beside what it is charged then. */
export const takenBack = (n: number, backMinor: number, minor: readonly number[]) => ({
  n,
  backMinor,
  minor,
});

export async function opened(
  room: DomainsRoom,
  customers: readonly ReturnType<typeof takenBack>[],
  others: readonly Charged[] = [],
): Promise<ReadonlyMap<number, { invoiceId: string; number: string }>> {
  await chargeMonth(
    room.store,
    '2024-09',
    customers.map(({ n }) => ({ n, minor: [], periods: [{ minor: 10_000 }] })),
  );
  const invoices = new Map<number, { invoiceId: string; number: string }>();
  for (const { n } of customers) invoices.set(n, await invoiced(room, n, SEPTEMBER));
  await chargeMonth(room.store, '2024-10', [
    ...customers.map(({ n, backMinor, minor }) => ({
      n,
      minor,
      periods: [{ minor: -backMinor, of: '2024-09' }],
    })),
    ...others,
  ]);
  return invoices;
}

/** Rows of a run: `Klient 1 credit-note -73.80 ready`, in its order. */
export async function rowsOf(room: DomainsRoom, runId: string, query = ''): Promise<string[]> {
  const page = await room.call('runs.runRows', { runId, query, sort: 'customer', direction: 'asc' });
  if (typeof page === 'string') throw new Error(page);
  return page.rows.map(({ customer, type, now, state }) =>
    [customer, type, now === null ? '–' : (Number(now.amountMinor) / 100).toFixed(2), state].join(' '),
  );
}

export async function decideAll(room: DomainsRoom, runId: string): Promise<void> {
  const query = 'severity:high decision:open state:ready';
  const page = await room.call('runs.runRows', { runId, query });
  if (typeof page === 'string') throw new Error(page);
  const rowIds = page.rows.map(({ id }) => id);
  if (rowIds.length > 0)
    await room.call('runs.runDecide', { runId, rowIds, decision: 'accepted', note: 'as it is' });
}

export async function postedRun(room: DomainsRoom, month: string): ReturnType<typeof runOf> {
  const preview = await previewMonth(room, month);
  await decideAll(room, preview.id);
  const run = await approveRun(room, await runOf(room, preview.id));
  if (typeof run === 'string') throw new Error(run);
  return run;
}

interface Note {
  readonly customerId: string;
  readonly number: string;
  readonly of: string;
  readonly netMinor: string;
  readonly vatMinor: string;
  readonly vat: string;
}

export async function notesOf(room: DomainsRoom): Promise<Note[]> {
  const rows = await room.store
    .tables<BillingTables>()
    .selectFrom('invoice')
    .selectAll()
    .where('document_type', '=', 'credit-note')
    .orderBy('year')
    .orderBy('seq')
    .execute();
  return rows.map((row) => {
    const document = readDocument(row.document);
    if (document.form !== 'credit-note-1') throw new Error(document.form);
    return {
      customerId: row.customer_id,
      number: row.number,
      of: document.corrects.number,
      netMinor: document.netMinor,
      vatMinor: document.vatMinor,
      vat: document.vatLines.map(({ vatCategory, vatRate }) => `${vatCategory} ${vatRate}`).join(),
    };
  });
}

export const verified = async (room: DomainsRoom): Promise<void> => {
  expect(await ledgerVerify(room.store.tables())).toMatchObject({ ok: true, problems: [] });
};

/** Moves a customer out of the Union: what it is charged from now on is out of the scope of our VAT. */
export async function movesAbroad(room: DomainsRoom, n: number): Promise<void> {
  await room.store
    .tables<CustomersTables>()
    .updateTable('customer')
    .set({ country: 'US' })
    .where('id', '=', runCustomerId(n))
    .execute();
}

/** As if it was approved, and not begun yet: what the test does now happens between approval and posting. */
export async function approvedAlone(room: DomainsRoom, runId: string): Promise<() => Promise<void>> {
  await changeRun(room.store.tables(), runId, { state: 'posting', issued_on: '2024-11-02' as never });
  const { store, domains } = room;
  const round = (await findRun(store.tables(), runId))?.round ?? 0;
  return async () => {
    await postRun({ store, billing: domains.billing }, { runId, round, ...idle });
  };
}
