import { afterAll, expect, it } from 'vitest';
import { allSchema } from '../../app/all-schema.ts';
import { closePressForTest, testCompany } from '../../testing/billing-room.ts';
import { twoDomainsRooms, type DomainsRoom } from '../../testing/domains-room.ts';
import { postWithKills } from '../../testing/run-child-process.ts';
import {
  approvedAlone,
  AUGUST,
  decideAll,
  idle,
  invoiced,
  movesAbroad,
  notesOf,
  opened,
  postedRun,
  rowsOf,
  SEPTEMBER,
  takenBack,
  verified,
} from '../../testing/run-credit-room.ts';
import {
  approveRun,
  chargeMonth,
  openRunsRoom,
  previewMonth,
  runCustomerId,
  runOf,
} from '../../testing/runs-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { ledgerVerify } from '../billing/ledger/ledger-verify.ts';
import { freeExcess } from '../payments/payments-public.ts';
import { postRun } from './run-post.ts';
import { previewRun } from './run-preview.ts';
import { findRun } from './run-store.ts';
import type { RunsTables } from './runs-tables.ts';

afterAll(closePressForTest);

describeOnBothStores('what a run takes back', (stores) => {
  async function inRoom(work: (room: DomainsRoom) => Promise<void>): Promise<void> {
    const room = await openRunsRoom(stores);
    try {
      await work(room);
    } finally {
      await room.close();
    }
  }

  it('below zero is credited on its invoice, the rest invoiced; what fits stays a line', async () => {
    await inRoom(async (room) => {
      const invoices = await opened(
        room,
        [takenBack(1, 6000, [1000]), takenBack(2, 2000, [5000]), takenBack(3, 4000, [])],
        [{ n: 4, minor: [2000] }],
      );
      const run = await previewMonth(room, '2024-10');
      expect(await rowsOf(room, run.id)).toEqual([
        'Klient 1 invoice 12.30 ready',
        'Klient 1 credit-note -73.80 ready',
        'Klient 2 invoice 36.90 ready',
        'Klient 3 invoice – nothing',
        'Klient 3 credit-note -49.20 ready',
        'Klient 4 invoice 24.60 ready',
      ]);
      expect(run.counts).toMatchObject({ total: 6, ready: 5, nothing: 1, credits: 2 });
      expect(run.totals).toMatchObject([
        {
          currency: 'PLN',
          invoices: 3,
          invoiced: { amountMinor: '7380' },
          credits: 2,
          credited: { amountMinor: '-12300' },
          net: { amountMinor: '-4000' },
          vat: { amountMinor: '-920' },
          gross: { amountMinor: '-4920' },
        },
      ]);
      expect(await rowsOf(room, run.id, 'type:credit-note customer:"Klient 3"')).toHaveLength(1);
      const posted = await postedRun(room, '2024-10');
      expect(posted).toMatchObject({ state: 'posted', counts: { posted: 5, credits: 2 } });
      expect(await notesOf(room)).toMatchObject([
        { customerId: runCustomerId(1), of: invoices.get(1)?.number, netMinor: '-6000', vatMinor: '-1380' },
        { customerId: runCustomerId(3), of: invoices.get(3)?.number, netMinor: '-4000', vatMinor: '-920' },
      ]);
      const notes = await notesOf(room);
      expect(posted.report?.credits).toEqual({
        count: 2,
        first: notes[0]?.number,
        last: notes[1]?.number,
      });
      const messages = await room.store
        .tables<RunsTables>()
        .selectFrom('invoice_delivery')
        .selectAll()
        .execute();
      // Klient 2 and 4 have an address; neither has a credit note.
      expect(messages).toHaveLength(2);
      await verified(room);
    });
  });

  it('at another VAT is credited at that of its invoice, and the invoice has the VAT of today', async () => {
    await inRoom(async (room) => {
      const invoices = await opened(room, [takenBack(1, 2000, [5000])]);
      await movesAbroad(room, 1);
      const preview = await previewMonth(room, '2024-10');
      expect(await rowsOf(room, preview.id)).toEqual([
        'Klient 1 invoice 50.00 ready',
        'Klient 1 credit-note -24.60 ready',
      ]);
      const page = await room.call('runs.runRows', { runId: preview.id, query: 'type:credit-note' });
      if (typeof page === 'string') throw new Error(page);
      const [row] = page.rows;
      expect(row).toMatchObject({
        before: null,
        change: { amountMinor: '-2460' },
        changeCompared: { amountMinor: '-2460', currency: 'PLN' },
        credits: { number: invoices.get(1)?.number },
        findings: ['credit'],
        severity: 'check',
      });
      expect(row?.why).toMatch(/^credit note of .*: its VAT was S 23 %, and is [A-Z]+ now$/);
      const detail = await room.call('runs.runRow', { rowId: row?.id ?? '' });
      expect(detail).toMatchObject({
        type: 'credit-note',
        beforeInvoices: [],
        compared: [{ now: { amountMinor: '-2000' }, before: null, serviceStart: '2024-09-01' }],
      });
      expect(typeof detail === 'string' ? [] : detail.compared[0]?.chargeIds).toEqual([
        'chg_2024-10-31_000001_2024-09',
      ]);
      const { id: runId } = await postedRun(room, '2024-10');
      expect(await notesOf(room)).toMatchObject([{ netMinor: '-2000', vatMinor: '-460', vat: 'S 23' }]);
      for (const type of ['invoice', 'credit-note'] as const) {
        const posted = await room.call('runs.runRows', {
          runId,
          query: `type:${type} state:posted`,
        });
        const [its] = typeof posted === 'string' ? [] : posted.rows;
        const read = await room.call('runs.runRow', { rowId: its?.id ?? '' });
        // The invoice is compared with that of September, line by line; the credit note with nothing.
        expect(
          typeof read === 'string' ? read : read.compared.map(({ now, before }) => [now, before]),
        ).toEqual(
          type === 'invoice'
            ? [
                [null, { amountMinor: '10000', currency: 'PLN' }],
                [{ amountMinor: '5000', currency: 'PLN' }, null],
              ]
            : [[{ amountMinor: '-2000', currency: 'PLN' }, null]],
        );
      }
      const owed = await room.call('billing.invoiceGet', { invoiceId: invoices.get(1)?.invoiceId ?? '' });
      expect(owed).toMatchObject({ open: { amountMinor: '9840' } });
      await verified(room);
    });
  });

  it('of two invoices is a credit note of each; what was never invoiced stays a line', async () => {
    await inRoom(async (room) => {
      const periods = [{ minor: 10_000 }];
      await chargeMonth(room.store, '2024-08', [{ n: 1, minor: [], periods }]);
      const august = await invoiced(room, 1, AUGUST);
      await chargeMonth(room.store, '2024-09', [
        { n: 1, minor: [], periods },
        { n: 2, minor: [], periods },
      ]);
      const september = await invoiced(room, 1, SEPTEMBER);
      await chargeMonth(room.store, '2024-10', [
        {
          n: 1,
          minor: [],
          periods: [
            { minor: -5000, of: '2024-08' },
            { minor: -3000, of: '2024-09' },
          ],
        },
        // Its September is on no invoice, and of another run.
        { n: 2, minor: [6000], periods: [{ minor: -2500, of: '2024-09' }] },
      ]);
      const other = await previewMonth(room, '2024-10');
      const run = await postedRun(room, '2024-10');
      expect(run.counts).toMatchObject({ posted: 3, credits: 2 });
      // A run of before that one would take the same again.
      await decideAll(room, other.id);
      expect(await approveRun(room, await runOf(room, other.id))).toBe('changed-meanwhile');
      expect(await notesOf(room)).toMatchObject([
        { of: august.number, netMinor: '-5000' },
        { of: september.number, netMinor: '-3000' },
      ]);
      expect(await rowsOf(room, run.id, 'type:invoice state:posted')).toEqual([
        'Klient 2 invoice 43.05 posted',
      ]);
      await verified(room);
      const again = await postedRun(room, '2024-10').catch((error: unknown) => String(error));
      expect(again).toContain('nothing-to-post');
      expect(await notesOf(room)).toHaveLength(2);
    });
  });

  it('is never more than is left of its invoice: a credit note by hand that came between holds its row, and no other', async () => {
    await inRoom(async (room) => {
      const invoices = await opened(room, [
        takenBack(1, 6000, [1000]),
        takenBack(2, 6000, []),
        takenBack(3, 6000, []),
      ]);
      const run = await previewMonth(room, '2024-10');
      const post = await approvedAlone(room, run.id);
      const byHand = { reason: 'By hand', issuedOn: '2024-11-02' } as const;
      const [first, second] = [invoices.get(1)?.invoiceId ?? '', invoices.get(2)?.invoiceId ?? ''];
      // The same repair by hand; and of another one all that the repair left.
      await room.call('billing.invoiceCredit', { ...byHand, invoiceId: first, takenBack: true });
      await room.call('billing.invoiceCredit', {
        ...byHand,
        invoiceId: second,
        lines: [{ lineNo: 1, netMinor: '4000' }],
      });
      await post();
      expect(await rowsOf(room, run.id, 'state:held,posted')).toEqual([
        'Klient 1 invoice 12.30 posted',
        'Klient 1 credit-note -73.80 held',
        'Klient 2 credit-note -73.80 posted',
        'Klient 3 credit-note -73.80 posted',
      ]);
      const page = await room.call('runs.runRows', { runId: run.id, query: 'state:held' });
      const number = invoices.get(1)?.number;
      expect(typeof page === 'string' ? page : page.rows.map(({ why }) => why)).toEqual([
        `What is to be credited of ${number} of Klient 1 changed after the run was approved: credit it on the page of ${number}, or by another run.`,
      ]);
      const left = await room.refusal('billing.creditPreview', { invoiceId: second });
      expect(left).toMatchObject({ code: 'nothing-left' });
      const sums = (await notesOf(room)).map(({ netMinor }) => netMinor);
      expect(sums).toEqual(['-6000', '-4000', '-6000', '-6000']);
      await verified(room);
    });
  });

  it('asks for another preview where it was credited before the approval, and leaves nothing when it is aborted', async () => {
    await inRoom(async (room) => {
      const invoices = await opened(room, [takenBack(1, 6000, []), takenBack(2, 6000, [])]);
      const run = await previewMonth(room, '2024-10');
      await room.call('billing.invoiceCredit', {
        invoiceId: invoices.get(1)?.invoiceId ?? '',
        takenBack: true,
        reason: 'By hand',
        issuedOn: '2024-10-31',
      });
      expect(await approveRun(room, run)).toBe('changed-meanwhile');
      await room.call('runs.runAbort', { runId: run.id });
      const db = room.store.tables<RunsTables>();
      expect(await db.selectFrom('billing_run_body').selectAll().execute()).toEqual([]);
      expect(await notesOf(room)).toHaveLength(1);
      await postedRun(room, '2024-10');
      expect(await notesOf(room)).toMatchObject([
        { customerId: runCustomerId(1) },
        { customerId: runCustomerId(2) },
      ]);
      await verified(room);
    });
  });

  it('is left out by a person, and taken by the next run; dated no earlier than the last credit note', async () => {
    await inRoom(async (room) => {
      await opened(room, [takenBack(1, 6000, [1000]), takenBack(2, 6000, [])]);
      const run = await previewMonth(room, '2024-10');
      const page = await room.call('runs.runRows', { runId: run.id, query: 'type:credit-note number:10001' });
      if (typeof page === 'string') throw new Error(page);
      const rowIds = page.rows.map(({ id }) => id);
      expect(rowIds).toHaveLength(1);
      await room.call('runs.runDecide', { runId: run.id, rowIds, decision: 'left-out', note: 'later' });
      const left = await runOf(room, run.id);
      expect(left.counts).toMatchObject({ ready: 2, leftOut: 1, credits: 1 });
      expect(await approveRun(room, left)).toMatchObject({ counts: { posted: 2, credits: 1 } });
      const next = await previewMonth(room, '2024-10');
      expect(await rowsOf(room, next.id, 'state:ready')).toEqual(['Klient 1 credit-note -73.80 ready']);
      expect(await approveRun(room, next, { issuedOn: '2024-11-01' })).toBe('date-before-last');
      expect(await approveRun(room, next)).toMatchObject({ counts: { posted: 1, credits: 1 } });
      await verified(room);
    });
  });

  it('is settled first where an invoice is issued by hand: it says of which one', async () => {
    await inRoom(async (room) => {
      const invoices = await opened(room, [takenBack(1, 2000, [5000]), takenBack(2, 6000, [1000])]);
      await movesAbroad(room, 1);
      const october = { periodStart: '2024-10-01', periodEndExclusive: '2024-11-01' } as const;
      for (const n of [1, 2]) {
        const asked = { customerId: runCustomerId(n), ...october };
        const { invoiceId = '', number } = invoices.get(n) ?? {};
        for (const ask of ['billing.invoicePreview', 'billing.invoiceCreate'] as const)
          expect(await room.refusal(ask, asked)).toMatchObject({
            code: 'credit-first',
            facts: { customer: `Klient ${n}`, number, invoiceId },
          });
        await room.call('billing.invoiceCredit', { invoiceId, takenBack: true, reason: 'Ended' });
        expect(await room.call('billing.invoiceCreate', asked)).toMatchObject({
          gross: { amountMinor: n === 1 ? '5000' : '1230' },
        });
      }
      await verified(room);
    });
  });

  it('is posted once by engines that are killed, to the same hash', { timeout: 240_000 }, async () => {
    const [room, other] = await twoDomainsRooms(stores);
    await room.call('billing.companySave', testCompany);
    const customers = Array.from({ length: 12 }, (_, n) => takenBack(n, 3000 + n, n < 4 ? [500] : []));
    await opened(room, customers);
    const made = await room.call('runs.runCreate', {
      periodStart: '2024-10-01',
      periodEndExclusive: '2024-11-01',
    });
    if (typeof made === 'string') throw new Error(made);
    const { runId } = made;
    await previewRun({ store: room.store, billing: room.domains.billing }, { runId, round: 1, ...idle });
    const { digest } = await runOf(room, runId);
    const approval = { runId, digest, confirmCount: 16, issuedOn: '2024-11-02' } as const;
    expect(await room.call('runs.runApprove', approval)).toHaveProperty('taskId');
    for (const each of [other, room]) {
      await each.close();
      await each.store.close();
    }
    const undisturbed = await stores.openStoreForTest(allSchema, {
      address: await stores.copyOf(room.address),
    });
    const { nowMs, kind, insertMany, updateMany } = undisturbed;
    const billing = { nowMs, kind, insertMany, updateMany, layoutFolder: '', payments: { freeExcess } };
    await postRun({ store: undisturbed, billing }, { runId, round: 2, ...idle });
    const posting = { address: room.address, runId, round: 2, batch: 1 };
    // How much is done in the milliseconds before an engine dies is the machine's affair, and with it how many are there to be killed.
    expect(await postWithKills(posting, stores.kind === 'postgres' ? 3 : 1, 6)).toBeGreaterThan(0);
    const store = await stores.openStoreForTest(allSchema, { address: room.address });
    const [one, two] = await Promise.all(
      [store, undisturbed].map(async (each) => await findRun(each.tables<RunsTables>(), runId)),
    );
    expect(one).toMatchObject({ state: 'posted', posted: 16 });
    expect(one?.report_hash).toBe(two?.report_hash);
    expect(await ledgerVerify(store.tables())).toMatchObject({ ok: true, problems: [], invoices: 28 });
  });
});
