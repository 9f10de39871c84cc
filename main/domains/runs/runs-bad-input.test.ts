import { afterAll, expect, it } from 'vitest';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { openBadInputRoom, refusedWith } from '../../testing/bad-input-room.ts';
import { closePressForTest, testCompany } from '../../testing/billing-room.ts';
import { chargeMonth, runCustomerId, runOf, type Charged } from '../../testing/runs-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';

afterAll(closePressForTest);

/** Who cannot be invoiced, and the sentence that holds each. */
const HELD: readonly (readonly [Charged, RegExp])[] = [
  // Where it lives is taxed there, and nobody has said how: the table has no rate that could be taken.
  [{ n: 1, minor: [3_000], customer: { country: 'DE' } }, /VAT of Klient 1 .*DE/],
  [{ n: 2, minor: [3_000], currency: 'EUR' }, /VAT of Klient 2 .* rate of EUR for 2024-10-3/],
  [
    { n: 3, minor: [3_000], currency: 'RON' },
    new RegExp(`Klient 3 is invoiced in RON, and ${testCompany.name} has no bank account in RON`),
  ],
  [
    { n: 4, minor: [3_000], customer: { language: 'cs' } },
    /^(.*; )?The pages of the invoice of Klient 4 cannot be drawn by the layout invoice-2 in Czech: invoice-1\/cs\.json lacks title; install the program anew, or choose another language/,
  ],
  [
    { n: 5, minor: [-2_000] },
    /What is taken back is 24\.60 PLN more than what is charged.*choose a longer period/,
  ],
];

describeOnBothStores('bad input', (stores) => {
  it(
    'is held by name in a run, the rest of which goes on; nothing is posted for who is held',
    { timeout: 240_000 },
    async () => {
      const { room, prepare, approveAndPost, close } = await openBadInputRoom(stores);
      try {
        await chargeMonth(room.store, '2024-10', [
          { n: 0, minor: [10_000] },
          ...HELD.map(([charged]) => charged),
        ]);
        const run = await prepare();
        expect(run.counts).toMatchObject({ total: 6, ready: 1, held: HELD.length });
        const page = await room.call('runs.runRows', {
          runId: run.id,
          query: 'state:held',
          sort: 'customer',
          direction: 'asc',
        });
        if (typeof page === 'string') throw new Error(page);
        for (const [{ n }, sentence] of HELD) {
          const row = page.rows.find(({ customerId }) => customerId === runCustomerId(n));
          expect([n, row?.customer, row?.why]).toEqual([n, `Klient ${n}`, expect.stringMatching(sentence)]);
        }
        expect(await approveAndPost(run)).toMatchObject({
          state: 'posted',
          counts: { posted: 1, held: HELD.length },
        });
        const { rows, total } = (await room.call('billing.invoiceList', {})) as {
          rows: { customerId: string }[];
          total: number;
        };
        expect([total, rows[0]?.customerId]).toEqual([1, runCustomerId(0)]);
        expect(await room.call('billing.ledgerVerify', {})).toMatchObject({
          ok: true,
          problems: [],
          invoices: 1,
        });
      } finally {
        await close();
      }
    },
  );

  it('of its date is said as a run is previewed; once it is put right, the same preview is approved', async () => {
    const { room, prepare, post, close } = await openBadInputRoom(stores);
    try {
      await chargeMonth(room.store, '2024-10', [{ n: 0, minor: [10_000] }]);
      const run = await prepare();
      const { id: runId } = run;
      expect(run.dating.against).toBeNull();
      const day = localDate(run.dating.issuedOn);
      const year = Number(day.slice(0, 4));
      const approval = { runId, digest: run.digest, confirmCount: 1 };
      const asItIs = async (): Promise<string | null> => (await runOf(room, runId)).dating.against;

      await room.call('billing.yearRuleSet', { years: 'by-hand' });
      const opened = room.store.tables<{ company_year: { year: number } }>().deleteFrom('company_year');
      await opened.where('year', '=', year).execute();
      const notOpen = `The year ${year} is not open at ${testCompany.name}, so no document of this run can be of ${day}: open the year in Settings, Companies.`;
      expect(await asItIs()).toBe(notOpen);
      expect(await refusedWith(room, 'runs.runApprove', approval)).toBe(notOpen);
      await room.call('billing.yearOpen', { year });
      expect(await asItIs()).toBeNull();

      await room.call('billing.booksClose', { until: localDate('2024-10-31') });
      const before = { ...approval, issuedOn: localDate('2024-10-31') };
      expect(await refusedWith(room, 'runs.runApprove', before)).toMatch(
        /The books of .* are closed until 2024-10-31, so no document of this run can be of 2024-10-31: date it later/,
      );
      await room.store
        .tables<{ company_books: { closed_until: string | null } }>()
        .updateTable('company_books')
        .set({ closed_until: day })
        .execute();
      expect(await asItIs()).toMatch(new RegExp(`The books of .* are closed until ${day}`));
      expect(await room.call('runs.runApprove', approval)).toBe('books-closed');
      await room.call('billing.booksClose', { until: null });
      expect(await asItIs()).toBeNull();
      // Nothing was previewed again: what was looked at is what is approved.
      expect(await room.call('runs.runApprove', approval)).toMatchObject({
        taskId: expect.any(String) as string,
      });
      expect(await post(runId, 2)).toMatchObject({
        state: 'posted',
        counts: { posted: 1 },
        digest: run.digest,
      });
    } finally {
      await close();
    }
  });
});
