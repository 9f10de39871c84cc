import { afterAll, expect, it } from 'vitest';
import { allSchema } from '../../app/all-schema.ts';
import { closePressForTest, testCompany } from '../../testing/billing-room.ts';
import { twoDomainsRooms, type DomainsRoom } from '../../testing/domains-room.ts';
import { postWithKills } from '../../testing/run-child-process.ts';
import { chargeMonth, runCustomerId } from '../../testing/runs-room.ts';
import { describeOnBothStores, type StoreForTest } from '../../testing/store-for-test.ts';
import type { Store } from '../../platform/store/store.ts';
import type { BillingTables } from '../billing/billing-tables.ts';
import { ledgerVerify } from '../billing/ledger/ledger-verify.ts';
import { freeExcess } from '../payments/payments-public.ts';
import { postRun } from './run-post.ts';
import { previewRun } from './run-preview.ts';
import { findRun } from './run-store.ts';
import type { RunsTables } from './runs-tables.ts';

afterAll(closePressForTest);

const INVOICES = 5_000;
const KILLS = 20;
/** Of so many customers something was paid ahead, of some more than they are invoiced. */
const ADVANCES = 60;
/** Of so many something is taken back that comes to more than they are charged: a credit note each, of an invoice that a quarter of them have paid. */
const CREDITS = 80;
/** Many small transactions: more points at which one can be killed. */
const BATCH = 40;

/** A run of 5,000 invoices that was approved and that nobody posts yet, in a store that nobody holds. */
async function approved(stores: StoreForTest): Promise<{ address: string; runId: string; round: number }> {
  const [room, other] = await twoDomainsRooms(stores);
  const { store, address } = room;
  await room.call('billing.companySave', testCompany);
  const credited = Array.from({ length: CREDITS }, (_, n) => n);
  await chargeMonth(
    store,
    '2024-08',
    credited.map((n) => ({ n, minor: [], periods: [{ minor: 5_000 }] })),
  );
  for (const n of credited) await invoicedBefore(room, n);
  const customers = Array.from({ length: INVOICES }, (_, n) => ({
    n,
    minor: [1_000 + n, 99],
    ...(n < CREDITS && { periods: [{ minor: -3_000, of: '2024-08' }] }),
  }));
  await chargeMonth(store, '2024-09', customers);
  for (let n = 0; n < ADVANCES; n++) await paidAhead(room, n);
  const made = await room.call('runs.runCreate', {
    periodStart: '2024-09-01',
    periodEndExclusive: '2024-10-01',
  });
  if (typeof made === 'string') throw new Error(made);
  const { runId } = made;
  const idle = { signal: new AbortController().signal, progress: () => undefined };
  await previewRun({ store, billing: room.domains.billing }, { runId, round: 1, ...idle });
  const run = await room.call('runs.runGet', { runId });
  if (typeof run === 'string') throw new Error(run);
  const confirmCount = INVOICES + CREDITS;
  const approval = { runId, digest: run.digest, confirmCount, issuedOn: '2024-10-02' };
  const answer = await room.call('runs.runApprove', approval);
  if (typeof answer === 'string') throw new Error(answer);
  for (const each of [other, room]) {
    await each.close();
    await each.store.close();
  }
  return { address, runId, round: 2 };
}

async function invoicedBefore(room: DomainsRoom, n: number): Promise<void> {
  const made = await room.call('billing.invoiceCreate', {
    customerId: runCustomerId(n),
    periodStart: '2024-08-01',
    periodEndExclusive: '2024-09-01',
    issuedOn: '2024-09-01',
  });
  if (typeof made === 'string') throw new Error(made);
  if (n % 4 !== 0) return;
  const paid = await room.call('payments.paymentRecord', {
    customerId: runCustomerId(n),
    amount: made.gross,
    receivedOn: '2024-09-02',
    reference: `invoice ${n}`,
    allocations: [{ invoiceId: made.invoiceId, amountMinor: made.gross.amountMinor }],
  });
  if (typeof paid === 'string') throw new Error(paid);
}

async function paidAhead(room: DomainsRoom, n: number): Promise<void> {
  const grossMinor = String(500 + 40 * n);
  const payment = await room.call('payments.paymentRecord', {
    customerId: runCustomerId(n),
    amount: { amountMinor: grossMinor, currency: 'PLN' },
    receivedOn: '2024-09-10',
    reference: `ahead ${n}`,
    allocations: [],
  });
  if (typeof payment === 'string') throw new Error(payment);
  const { paymentId } = payment;
  const lines = [{ description: 'Advance', grossMinor }];
  const made = await room.call('payments.advanceIssue', { paymentId, lines, issuedOn: '2024-09-11' });
  if (typeof made === 'string') throw new Error(made);
}

async function reportHash(store: Store, runId: string): Promise<string> {
  const run = await findRun(store.tables<RunsTables>(), runId);
  expect(run).toMatchObject({ state: 'posted', posted: INVOICES + CREDITS });
  return run?.report_hash ?? '';
}

describeOnBothStores('a run that is posted', (stores) => {
  it(
    'and killed twenty times on its way comes to what an undisturbed one comes to',
    { timeout: 1_200_000 },
    async () => {
      const run = await approved(stores);
      const quiet = { ...run, address: await stores.copyOf(run.address) };
      const undisturbed = await stores.openStoreForTest(allSchema, { address: quiet.address });
      const { nowMs, kind, insertMany, updateMany } = undisturbed;
      const billing = { nowMs, kind, insertMany, updateMany, layoutFolder: '', payments: { freeExcess } };
      const idle = { signal: new AbortController().signal, progress: () => undefined };
      await postRun({ store: undisturbed, billing }, { ...quiet, ...idle });

      const workers = stores.kind === 'postgres' ? 4 : 1;
      expect(await postWithKills({ ...run, batch: BATCH }, workers, KILLS)).toBe(KILLS);
      const store = await stores.openStoreForTest(allSchema, { address: run.address });
      expect(await reportHash(store, run.runId)).toBe(await reportHash(undisturbed, quiet.runId));
      // Numbers without a gap, charges on one invoice each, every posting as its document says.
      expect(await ledgerVerify(store.tables())).toMatchObject({
        ok: true,
        problems: [],
        invoices: INVOICES + ADVANCES + 2 * CREDITS,
        charges: 2 * INVOICES + 2 * CREDITS,
      });
      const uses = await store.tables<BillingTables>().selectFrom('advance_use').selectAll().execute();
      expect(uses).toHaveLength(ADVANCES);
      const messages = await store.tables<RunsTables>().selectFrom('invoice_delivery').selectAll().execute();
      expect(messages).toHaveLength((INVOICES + CREDITS) / 2);
      const notes = await store
        .tables<BillingTables>()
        .selectFrom('invoice')
        .select('seq')
        .where('document_type', '=', 'credit-note')
        .orderBy('seq')
        .execute();
      expect(notes.map(({ seq }) => seq)).toEqual(Array.from({ length: CREDITS }, (_, at) => at + 1));
    },
  );
});
