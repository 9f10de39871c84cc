import { afterAll, expect, it } from 'vitest';
import { closePressForTest } from '../../testing/billing-room.ts';
import type { DomainsRoom } from '../../testing/domains-room.ts';
import {
  approveRun,
  chargeMonth,
  openRunsRoom,
  previewMonth,
  runCustomerId,
  runOf,
  type Charged,
} from '../../testing/runs-room.ts';
import { actor } from '../../testing/engine-for-test.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { whenTask } from '../../testing/tasks-for-test.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { changeRun } from './run-store.ts';
import { ledgerVerify } from '../billing/ledger-verify.ts';

afterAll(closePressForTest);

const september: readonly Charged[] = [
  { n: 0, minor: [10_000] },
  { n: 1, minor: [10_000] },
  { n: 3, minor: [10_000] },
  { n: 4, minor: [10_000], customer: { kind: 'company' } },
  { n: 5, minor: [10_000] },
  { n: 6, minor: [10_000] },
  { n: 7, minor: [10_000] },
];

const october: readonly Charged[] = [
  { n: 0, minor: [10_000] },
  { n: 1, minor: [10_000, 5_000] },
  { n: 2, minor: [2_000] },
  { n: 4, minor: [10_000] },
  { n: 5, minor: [900_000] },
  { n: 6, minor: [10_000, -10_000] },
  { n: 7, minor: [-2_000] },
  // Where it lives is taxed there, and nobody has said how.
  { n: 8, minor: [3_000], customer: { country: 'DE' } },
  // Its VAT is owed in zlotys, and no rate was read in.
  { n: 9, minor: [3_000], currency: 'EUR' },
  { n: 10, minor: [4_000] },
];

async function rowsOf(room: DomainsRoom, runId: string, query = ''): Promise<Map<string, unknown>> {
  const page = await room.call('runs.runRows', { runId, query, sort: 'customer', direction: 'asc' });
  if (typeof page === 'string') throw new Error(page);
  return new Map(page.rows.map((row) => [row.customer, [row.state, row.findings, row.now?.amountMinor]]));
}

describeOnBothStores('a billing run', (stores) => {
  it('that stands still for good can be ended: what is posted stays, the rest is left for a later one', async () => {
    const room = await openRunsRoom(stores);
    try {
      await chargeMonth(room.store, '2024-09', september.slice(0, 2));
      const run = await previewMonth(room, '2024-09');
      await changeRun(room.store.tables(), run.id, { state: 'stopped', issued_on: localDate('2024-10-02') });
      expect(await room.call('runs.runAbort', { runId: run.id })).toEqual({});
      const ended = await runOf(room, run.id);
      expect(ended).toMatchObject({ state: 'posted', counts: { leftOut: 2, posted: 0 } });
      // It stands in nobody's way any more.
      const next = await previewMonth(room, '2024-09');
      expect(await approveRun(room, next)).toMatchObject({ state: 'posted', counts: { posted: 2 } });
    } finally {
      await room.close();
    }
  });

  it(
    'shows what it would post beside the month before, holds what cannot be posted, and posts what was approved',
    { timeout: 600_000 },
    async () => {
      const room = await openRunsRoom(stores);
      try {
        const { store } = room;
        expect(
          await room.call('runs.runCreate', { periodStart: '2024-09-01', periodEndExclusive: '2024-10-01' }),
        ).toBe('period-open');
        await chargeMonth(store, '2024-09', september);
        const first = await previewMonth(room, '2024-09');
        expect(first).toMatchObject({ state: 'ready', counts: { total: 7, ready: 7 }, undecided: 0 });
        const posted = await approveRun(room, first);
        expect(posted).toMatchObject({
          state: 'posted',
          counts: { posted: 7 },
          totals: [
            { currency: 'PLN', invoices: 7, net: { amountMinor: '70000' }, gross: { amountMinor: '86100' } },
          ],
          report: {
            firstNumber: 'FV 2024/11/0001',
            lastNumber: 'FV 2024/11/0007',
            toDeliver: 3,
            withoutAddress: 4,
          },
        });

        // Posted twice, nothing is there to post.
        const again = await previewMonth(room, '2024-09');
        expect(again.counts).toMatchObject({ total: 0, ready: 0 });
        expect(await approveRun(room, again)).toBe('nothing-to-post');
        expect(await room.call('runs.runAbort', { runId: again.id })).toEqual({});

        await chargeMonth(store, '2024-10', october);
        await store
          .tables<{ customer: { id: string; country: string; vat_id: string } }>()
          .updateTable('customer')
          .set({ country: 'DE', vat_id: 'DE136695976' })
          .where('id', '=', runCustomerId(4))
          .execute();
        const run = await previewMonth(room, '2024-10', { limitMinor: '500000', twoPeople: false });
        expect(Object.fromEntries(await rowsOf(room, run.id))).toEqual({
          'Klient 0': ['ready', [], '12300'],
          'Klient 1': ['ready', ['changed'], '18450'],
          'Klient 10': ['ready', ['new'], '4920'],
          'Klient 2': ['ready', ['new'], '2460'],
          'Klient 3': ['nothing', ['gone'], undefined],
          'Klient 4': ['ready', ['vat-changed'], '10000'],
          'Klient 5': ['ready', ['changed', 'over-limit'], '1107000'],
          'Klient 6': ['nothing', ['zero', 'changed'], '0'],
          'Klient 7': ['held', ['held', 'negative', 'changed'], '-2000'],
          'Klient 8': ['held', ['held'], undefined],
          'Klient 9': ['held', ['held'], undefined],
        });
        expect([...(await rowsOf(room, run.id, 'finding:vat-changed,over-limit')).keys()]).toEqual([
          'Klient 4',
          'Klient 5',
        ]);
        expect([...(await rowsOf(room, run.id, 'currency:EUR state:held')).keys()]).toEqual(['Klient 9']);
        expect(run).toMatchObject({
          undecided: 2,
          inputs: { closedUntil: '2024-10-31', comparedWith: 'invoices of September 2024' },
        });
        expect(run.held.map(({ code, count }) => [code, count])).toEqual([
          ['nothing-to-invoice', 1],
          ['rate-missing', 1],
          ['vat-unclear', 1],
        ]);

        // Down to its charges, the line that makes the difference first.
        const page = await room.call('runs.runRows', { runId: run.id, limit: 500 });
        if (typeof page === 'string') throw new Error(page);
        const row = (customer: string): string =>
          page.rows.find((each) => each.customer === customer)?.id ?? '';
        expect(await room.call('runs.runRow', { rowId: row('Klient 1') })).toMatchObject({
          why: 'month of vm-1 +50.00',
          beforeInvoices: [{ number: 'FV 2024/11/0002' }],
          compared: [
            {
              now: { amountMinor: '15000' },
              before: { amountMinor: '10000' },
              change: { amountMinor: '5000' },
              chargeIds: ['chg_2024-10-31_000001_0', 'chg_2024-10-31_000001_1'],
            },
          ],
        });

        // Nobody has looked at the two remarkable ones yet.
        expect(await approveRun(room, run)).toBe('not-decided');
        const accepted = { runId: run.id, decision: 'accepted', note: 'as ordered' } as const;
        await room.call('runs.runDecide', { ...accepted, rowIds: [row('Klient 4'), row('Klient 5')] });
        const left = { runId: run.id, decision: 'left-out', note: 'asks for one of the quarter' } as const;
        const decided = await room.call('runs.runDecide', { ...left, rowIds: [row('Klient 10')] });
        if (typeof decided === 'string') throw new Error(decided);
        // What was looked at had one more.
        expect(await approveRun(room, run)).toBe('changed-meanwhile');
        const seen = { id: run.id, digest: decided.digest, counts: { ...run.counts, ready: 5 } };
        expect(await approveRun(room, seen, { confirmCount: 6 })).toBe('count-not-typed');
        expect(await approveRun(room, seen, { issuedOn: '2024-11-01' })).toBe('date-before-last');

        // One of them is invoiced by hand meanwhile: the preview is not so any more.
        const october31 = { periodStart: '2024-10-01', periodEndExclusive: '2024-11-01' };
        const byHand = { customerId: runCustomerId(0), issuedOn: '2024-11-02', ...october31 };
        expect(await room.call('billing.invoiceCreate', byHand)).toMatchObject({ number: 'FV 2024/11/0008' });
        const refusal = await room.refusal('runs.runApprove', {
          runId: run.id,
          digest: decided.digest,
          confirmCount: 5,
          issuedOn: '2024-11-02',
        });
        expect(refusal).toMatchObject({
          code: 'changed-meanwhile',
          facts: { difference: 'the charges of Klient 0' },
        });

        // A new preview, by one person; another one approves it.
        const second = await previewMonth(room, '2024-10', { query: 'country:PL,DE', twoPeople: true });
        const rows = await room.call('runs.runRows', {
          runId: second.id,
          query: 'severity:high state:ready',
        });
        if (typeof rows === 'string') throw new Error(rows);
        const ids = { runId: second.id, rowIds: rows.rows.map(({ id }) => id) };
        await room.call('runs.runDecide', { ...ids, decision: 'accepted', note: 'so be it' });
        expect(await approveRun(room, second)).toBe('second-person');
        const answer = await room.call(
          'runs.runApprove',
          {
            runId: second.id,
            digest: second.digest,
            confirmCount: second.counts.ready,
            issuedOn: '2024-11-03',
          },
          actor('accountant'),
        );
        if (typeof answer === 'string') throw new Error(answer);
        await whenTask(store, answer.taskId);
        const done = await runOf(room, second.id);
        expect(done).toMatchObject({
          state: 'posted',
          counts: { posted: 5, held: 3, nothing: 3 },
          approvedBy: 'accountant',
          report: { firstNumber: 'FV 2024/11/0009', lastNumber: 'FV 2024/11/0013' },
        });
        expect(await ledgerVerify(store.tables())).toMatchObject({ ok: true, problems: [], invoices: 13 });
      } finally {
        await room.close();
      }
    },
  );
});
