import { afterAll, expect, it } from 'vitest';
import { closePressForTest } from '../../testing/billing-room.ts';
import type { DomainsRoom } from '../../testing/domains-room.ts';
import {
  approveRun,
  chargeMonth,
  openRunsRoom,
  previewMonth,
  runCustomerId,
} from '../../testing/runs-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { ledgerVerify } from '../billing/ledger/ledger-verify.ts';
import { changeRun, findRun } from './run-store.ts';
import { postRun } from './run-post.ts';

afterAll(closePressForTest);

/** A payment of October 2024 and the advance invoice for it, of that day; its id. */
async function paidAhead(
  room: DomainsRoom,
  n: number,
  grossMinor: string,
  day = '2024-10-10',
  receivedOn = '2024-10-10',
): Promise<string> {
  const payment = await room.call('payments.paymentRecord', {
    customerId: runCustomerId(n),
    amount: { amountMinor: grossMinor, currency: 'PLN' },
    receivedOn,
    reference: `ahead ${n} ${grossMinor}`,
    allocations: [],
  });
  if (typeof payment === 'string') throw new Error(payment);
  const made = await room.call('payments.advanceIssue', {
    paymentId: payment.paymentId,
    lines: [{ description: 'Advance', grossMinor }],
    issuedOn: day,
  });
  if (typeof made === 'string') throw new Error(made);
  return made.invoiceId;
}

async function rowsOf(room: DomainsRoom, runId: string): Promise<(string | null | undefined)[][]> {
  const page = await room.call('runs.runRows', { runId, sort: 'customer', direction: 'asc' });
  if (typeof page === 'string') throw new Error(page);
  return page.rows.map(({ state, now, settled }) => [state, now?.amountMinor, settled?.amountMinor]);
}

const october = [0, 1, 2].map((n) => ({ n, minor: [10_000] }));

describeOnBothStores('a billing run of customers who paid ahead', (stores) => {
  it('settles their advances as it was previewed; one that came meanwhile makes the preview old', async () => {
    const room = await openRunsRoom(stores);
    try {
      await chargeMonth(room.store, '2024-10', october);
      const first = await paidAhead(room, 0, '5000');
      const run = await previewMonth(room, '2024-10');
      expect(await rowsOf(room, run.id)).toEqual([
        ['ready', '12300', '5000'],
        ['ready', '12300', undefined],
        ['ready', '12300', undefined],
      ]);
      const { rows } = (await room.call('runs.runRows', { runId: run.id, sort: 'customer' })) as {
        rows: { id: string; customer: string }[];
      };
      const rowId = rows.find(({ customer }) => customer === 'Klient 0')?.id ?? '';
      expect(await room.call('runs.runRow', { rowId })).toMatchObject({
        settles: [{ advanceId: first, gross: { amountMinor: '5000' } }],
      });
      await paidAhead(room, 1, '20000', '2024-10-20');
      expect(
        await room.refusal('runs.runApprove', { runId: run.id, digest: run.digest, confirmCount: 3 }),
      ).toMatchObject({
        code: 'changed-meanwhile',
        facts: { difference: 'the advance invoices of Klient 1' },
      });
      await room.call('runs.runAbort', { runId: run.id });
      const again = await previewMonth(room, '2024-10');
      expect(again.digest).not.toBe(run.digest);
      expect(await approveRun(room, again)).toMatchObject({ state: 'posted', counts: { posted: 3 } });
      const list = await room.call('billing.invoiceList', {
        query: 'type:invoice',
        sort: 'customer',
        direction: 'asc',
      });
      if (typeof list === 'string') throw new Error(list);
      expect(list.rows.map(({ state, open }) => [state, open.amountMinor])).toEqual([
        ['overdue', '7300'],
        ['paid', '0'],
        ['overdue', '12300'],
      ]);
      // What was left of the second one is for the next month.
      await chargeMonth(room.store, '2024-11', october.slice(0, 2));
      const november = await previewMonth(room, '2024-11');
      expect(await rowsOf(room, november.id)).toContainEqual(['ready', '12300', '7700']);
      expect(await ledgerVerify(room.store.tables())).toMatchObject({ ok: true, problems: [] });
    } finally {
      await room.close();
    }
  });

  it('holds whose advance is invoiced after its date, by name, and posts all others; another run takes it', async () => {
    const room = await openRunsRoom(stores);
    try {
      await chargeMonth(room.store, '2024-10', october);
      // Came within the month, and is invoiced early in the next: Klient 0 by the run's day, Klient 1 after it.
      await paidAhead(room, 0, '5000', '2024-10-31', '2024-10-30');
      await paidAhead(room, 1, '6000', '2024-11-01', '2024-10-30');
      const run = await previewMonth(room, '2024-10');
      expect(await approveRun(room, run, { issuedOn: '2024-10-31' })).toMatchObject({
        state: 'posted',
        counts: { posted: 2, held: 1 },
        held: [
          {
            code: 'date-before-advance',
            count: 1,
            example:
              'The invoice of Klient 1 takes off the advance invoice FZ 2024/11/0002 of 2024-11-01, which is issued after 2024-10-31, the date of this run: invoice Klient 1 by another run, of 2024-11-01 or later.',
          },
        ],
      });
      const listed = async (): Promise<(string | undefined)[][]> => {
        const asked = { query: 'type:invoice', sort: 'customer', direction: 'asc' } as const;
        const list = await room.call('billing.invoiceList', asked);
        if (typeof list === 'string') throw new Error(list);
        return list.rows.map(({ customer, issuedOn, open }) => [customer, issuedOn, open.amountMinor]);
      };
      const first = [
        ['Klient 0', '2024-10-31', '7300'],
        ['Klient 2', '2024-10-31', '12300'],
      ];
      expect(await listed()).toEqual(first);
      const rest = await previewMonth(room, '2024-10');
      expect(rest.counts).toMatchObject({ ready: 1 });
      expect(await approveRun(room, rest, { issuedOn: '2024-11-01' })).toMatchObject({
        state: 'posted',
        counts: { posted: 1, held: 0 },
      });
      expect(await listed()).toEqual(first.toSpliced(1, 0, ['Klient 1', '2024-11-01', '6300']));
      expect(await ledgerVerify(room.store.tables())).toMatchObject({ ok: true, problems: [] });
    } finally {
      await room.close();
    }
  });

  it('leaves alone what was paid ahead after its month, before and after the preview', async () => {
    const room = await openRunsRoom(stores);
    try {
      await chargeMonth(room.store, '2024-10', october);
      await paidAhead(room, 0, '5000', '2024-11-02', '2024-11-02');
      const run = await previewMonth(room, '2024-10');
      expect(await rowsOf(room, run.id)).toEqual(october.map(() => ['ready', '12300', undefined]));
      const page = await room.call('runs.runRows', { runId: run.id, query: '' });
      if (typeof page === 'string') throw new Error(page);
      expect(page.rows.find(({ customer }) => customer === 'Klient 0')?.why).toContain(
        'is left alone: its money came on 2024-11-02',
      );
      await paidAhead(room, 1, '20000', '2024-11-03', '2024-11-03');
      expect(await approveRun(room, run, { issuedOn: '2024-10-31' })).toMatchObject({
        state: 'posted',
        counts: { posted: 3 },
      });
      expect(await ledgerVerify(room.store.tables())).toMatchObject({ ok: true, problems: [] });
    } finally {
      await room.close();
    }
  });

  it('says of a row both what makes it remarkable and which advance it leaves alone', async () => {
    const room = await openRunsRoom(stores);
    try {
      await chargeMonth(room.store, '2024-10', october);
      await paidAhead(room, 0, '5000', '2024-11-03', '2024-11-03');
      for (const n of [0, 1]) {
        const creditLimit = { amountMinor: '5000', currency: 'PLN' } as const;
        const terms = { customerId: runCustomerId(n), mode: 'postpaid', creditLimit } as const;
        expect(await room.call('balances.termsSave', terms)).toEqual({});
      }
      const run = await previewMonth(room, '2024-10');
      const page = await room.call('runs.runRows', { runId: run.id, sort: 'customer', direction: 'asc' });
      if (typeof page === 'string') throw new Error(page);
      const isNew = (n: number): string => `new: vm-${n} from 2024-10-31`;
      expect(page.rows.map(({ why }) => why)).toEqual([
        `has paid 50.00 PLN ahead, with this invoice 73.00 PLN: over its credit limit of 50.00 PLN; ${isNew(0)}; 50.00 PLN of the advance invoice FZ 2024/11/0001 is left alone: its money came on 2024-11-03, and what this invoice is for was taxed by 2024-10-31.`,
        `owes 0.00 PLN, with this invoice 123.00 PLN: over its credit limit of 50.00 PLN; ${isNew(1)}`,
        isNew(2),
      ]);
    } finally {
      await room.close();
    }
  });

  it('leaves out whose advances changed after it was approved, and posts nothing for it', async () => {
    const room = await openRunsRoom(stores);
    try {
      await chargeMonth(room.store, '2024-10', october);
      const advance = await paidAhead(room, 0, '5000');
      const run = await previewMonth(room, '2024-10');
      // Approved, and not begun yet.
      await changeRun(room.store.tables(), run.id, { state: 'posting', issued_on: '2024-11-02' as never });
      const back = { invoiceId: advance, grossMinor: '1000', reason: 'Paid back' };
      expect(await room.call('billing.advanceCredit', back)).toMatchObject({
        gross: { amountMinor: '-1000' },
      });
      const record = await findRun(room.store.tables(), run.id);
      const idle = { signal: new AbortController().signal, progress: () => undefined };
      const { store, domains } = room;
      await postRun(
        { store, billing: domains.billing },
        { runId: run.id, round: record?.round ?? 0, ...idle },
      );
      const page = await room.call('runs.runRows', { runId: run.id, query: 'state:held' });
      if (typeof page === 'string') throw new Error(page);
      expect(page.rows.map(({ customer, why }) => [customer, why])).toEqual([
        [
          'Klient 0',
          'The advance invoices of Klient 0 changed after the run was approved: invoice it by another run.',
        ],
      ]);
      expect(await findRun(room.store.tables(), run.id)).toMatchObject({ state: 'posted', posted: 2 });
      expect(await ledgerVerify(room.store.tables())).toMatchObject({ ok: true, problems: [] });
    } finally {
      await room.close();
    }
  });
});
