import { afterAll, expect, it } from 'vitest';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { closePressForTest } from '../../testing/billing-room.ts';
import type { DomainsRoom } from '../../testing/domains-room.ts';
import {
  approveRun,
  chargeMonth,
  openRunsRoom,
  previewMonth,
  runCustomerId,
  runOf,
} from '../../testing/runs-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { BillingTables } from '../billing/billing-tables.ts';
import { ledgerVerify } from '../billing/ledger/ledger-verify.ts';
import type { CustomersTables } from '../customers/customers-tables.ts';
import { changeRun } from './run-store.ts';
import type { RunsTables } from './runs-tables.ts';

afterAll(closePressForTest);

const SEPTEMBER = { periodStart: '2024-09-01', periodEndExclusive: '2024-10-01' } as const;

/** Two customers, number 2 with an address: of their September at 100.00 and 23 %, 60.00 is taken back in October. */
async function opened(room: DomainsRoom): Promise<void> {
  const numbers = [1, 2];
  await chargeMonth(
    room.store,
    '2024-09',
    numbers.map((n) => ({ n, minor: [], periods: [{ minor: 10_000 }] })),
  );
  for (const n of numbers)
    await room.call('billing.invoiceCreate', {
      customerId: runCustomerId(n),
      ...SEPTEMBER,
      issuedOn: '2024-10-01',
    });
  await chargeMonth(
    room.store,
    '2024-10',
    numbers.map((n) => ({ n, minor: [], periods: [{ minor: -6000, of: '2024-09' }] })),
  );
}

/** Rows that would be posted: `Klient 1 credit-note -73.80`. */
async function readyOf(room: DomainsRoom, runId: string): Promise<string[]> {
  const query = 'state:ready';
  const page = await room.call('runs.runRows', { runId, query, sort: 'customer', direction: 'asc' });
  if (typeof page === 'string') throw new Error(page);
  return page.rows.map(({ customer, type, now }) =>
    [customer, type, now === null ? '–' : (Number(now.amountMinor) / 100).toFixed(2)].join(' '),
  );
}

describeOnBothStores('credit notes of a run', (stores) => {
  async function inRoom(work: (room: DomainsRoom) => Promise<void>): Promise<void> {
    const room = await openRunsRoom(stores);
    try {
      await opened(room);
      await work(room);
    } finally {
      await room.close();
    }
  }

  it('go to the address of today, though they say what their invoice did', async () => {
    await inRoom(async (room) => {
      await room.store
        .tables<CustomersTables>()
        .updateTable('customer')
        .set({ email: 'moved@example.com' })
        .where('id', '=', runCustomerId(2))
        .execute();
      const run = await previewMonth(room, '2024-10');
      expect(await approveRun(room, run)).toMatchObject({ state: 'posted', counts: { credits: 2 } });
      const messages = await room.store
        .tables<RunsTables>()
        .selectFrom('invoice_delivery')
        .select('address')
        .execute();
      expect(messages).toEqual([{ address: 'moved@example.com' }]);
    });
  });

  it('are dated no earlier than the last credit note, which the run says where it stands still, too', async () => {
    await inRoom(async (room) => {
      const run = await previewMonth(room, '2024-10', { query: 'number:C-10001' });
      const { id: invoiceId } = await room.store
        .tables<BillingTables>()
        .selectFrom('invoice')
        .select('id')
        .where('customer_id', '=', runCustomerId(2))
        .executeTakeFirstOrThrow();
      const byHand = { invoiceId, takenBack: true, reason: 'Ended', issuedOn: '2024-11-02' } as const;
      expect(await room.call('billing.invoiceCredit', byHand)).toHaveProperty('number');
      const { digest } = run;
      const approval = { runId: run.id, digest, confirmCount: 1, issuedOn: '2024-11-01' } as const;
      expect(await room.refusal('runs.runApprove', approval)).toMatchObject({
        code: 'date-before-last',
        facts: { document: 'credit note', lastDate: '2024-11-02', issuedOn: '2024-11-01' },
      });
      const stopped = { state: 'stopped', issued_on: localDate('2024-11-01') } as const;
      await changeRun(room.store.tables(), run.id, stopped);
      expect(await room.refusal('runs.runGoOn', { runId: run.id })).toMatchObject({
        code: 'not-now',
        facts: { reason: 'the last credit note is of 2024-11-02, so give a date that is no earlier' },
      });
    });
  });

  it('are of the one of two runs over the same customers that is posted', async () => {
    await inRoom(async (room) => {
      const [one, other] = [await previewMonth(room, '2024-10'), await previewMonth(room, '2024-10')];
      expect(await approveRun(room, one)).toMatchObject({ state: 'posted', counts: { credits: 2 } });
      expect(await approveRun(room, other)).toBe('changed-meanwhile');
      const again = await previewMonth(room, '2024-10');
      expect(again.counts).toMatchObject({ ready: 0, credits: 0 });
    });
  });

  it('are no part of a later run that invoices the customer whose invoice was left out', async () => {
    await inRoom(async (room) => {
      await chargeMonth(room.store, '2024-11', [{ n: 1, minor: [2000] }]);
      const period = { periodEndExclusive: '2024-12-01' } as const;
      const run = await previewMonth(room, '2024-10', period);
      const ready = ['Klient 1 invoice 24.60', 'Klient 1 credit-note -73.80', 'Klient 2 credit-note -73.80'];
      expect(await readyOf(room, run.id)).toEqual(ready);
      const page = await room.call('runs.runRows', { runId: run.id, query: 'type:invoice state:ready' });
      if (typeof page === 'string') throw new Error(page);
      const rowIds = page.rows.map(({ id }) => id);
      await room.call('runs.runDecide', { runId: run.id, rowIds, decision: 'left-out', note: 'later' });
      const left = await runOf(room, run.id);
      expect(await approveRun(room, left, { issuedOn: '2024-12-02' })).toMatchObject({
        counts: { posted: 2, credits: 2, leftOut: 1 },
      });
      const next = await previewMonth(room, '2024-10', period);
      expect(await readyOf(room, next.id)).toEqual(['Klient 1 invoice 24.60']);
      expect(await approveRun(room, next, { issuedOn: '2024-12-02' })).toMatchObject({ state: 'posted' });
      expect(await ledgerVerify(room.store.tables())).toMatchObject({ ok: true, problems: [] });
    });
  });
});
