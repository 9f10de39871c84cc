import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { allOperations, type OperationName } from '../../../shared/contract/contract.ts';
import { sentenceOf, type Facts } from '../../../shared/contract/outcome.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { closePressForTest, testCompany } from '../../testing/billing-room.ts';
import { twoDomainsRooms, type DomainsRoom } from '../../testing/domains-room.ts';
import { monthlyFee } from '../../testing/period-room.ts';
import { makeQuickFolder } from '../../testing/quick-folder.ts';
import { chargeMonth, runCustomerId, runOf, type Charged } from '../../testing/runs-room.ts';
import { describeOnBothStores, type StoreForTest } from '../../testing/store-for-test.ts';
import { postRun } from './run-post.ts';
import { previewRun } from './run-preview.ts';

afterAll(closePressForTest);

const october = { periodStart: localDate('2024-10-01'), periodEndExclusive: localDate('2024-11-01') };
const idle = { signal: new AbortController().signal, progress: () => undefined };

/** Its words in Czech have lost one. */
function brokenLayouts(from: string): string {
  const { folder } = makeQuickFolder('innkeeper-layouts-');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(from, folder, { recursive: true });
  const file = join(folder, 'invoice-1/cs.json');
  const { title: _title, ...others } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify(others));
  return folder;
}

/** Rooms whose tasks nobody works on: what a run does is done by the test, with layouts of which one does not render. */
async function open(stores: StoreForTest) {
  const [room, other] = await twoDomainsRooms(stores);
  await room.call('billing.companySave', testCompany);
  const billing = {
    ...room.domains.billing,
    layoutFolder: brokenLayouts(room.domains.billing.layoutFolder),
  };
  const parts = { store: room.store, billing };
  return {
    room,
    preview: async (runId: string, round: number) => {
      await previewRun(parts, { runId, round, ...idle });
      return await runOf(room, runId);
    },
    post: async (runId: string, round: number) => {
      await postRun(parts, { runId, round, ...idle });
      return await runOf(room, runId);
    },
    close: async () => {
      await other.close();
      await room.close();
    },
  };
}

async function refusedWith(room: DomainsRoom, name: OperationName, input: object): Promise<string> {
  const { code, facts } = await room.refusal(name, input as never);
  const refusals: Readonly<Record<string, string>> = allOperations().get(name)?.refusals ?? {};
  return sentenceOf(refusals[code] ?? code, facts as Facts);
}

/** Who cannot be invoiced, and the sentence that holds each. */
const HELD: readonly (readonly [Charged, RegExp])[] = [
  // Where it lives is taxed there, and nobody has said how: the table has no rate that could be taken.
  [{ n: 1, minor: [3_000], customer: { country: 'DE' } }, /VAT of Klient 1 .*DE/],
  [{ n: 2, minor: [3_000], currency: 'EUR' }, /Klient 2.*(EUR|rate).*2024-10-3/],
  [
    { n: 3, minor: [3_000], currency: 'RON' },
    /Klient 3 is invoiced in RON, and .* has no bank account in RON/,
  ],
  [
    { n: 4, minor: [3_000], customer: { language: 'cs' } },
    /The pages of the invoice of Klient 4 cannot be drawn: .*title/,
  ],
  [{ n: 5, minor: [-2_000] }, /20\.00 PLN more than what is charged/],
];

describeOnBothStores('bad input', (stores) => {
  it(
    'is held by name in a run, the rest of which goes on; nothing is posted for who is held',
    { timeout: 240_000 },
    async () => {
      const { room, preview, post, close } = await open(stores);
      try {
        await chargeMonth(room.store, '2024-10', [
          { n: 0, minor: [10_000] },
          ...HELD.map(([charged]) => charged),
        ]);
        const made = await room.call('runs.runCreate', october);
        if (typeof made === 'string') throw new Error(made);
        const run = await preview(made.runId, 1);
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
          expect([n, row?.why]).toEqual([n, expect.stringMatching(sentence)]);
        }
        const approval = {
          runId: run.id,
          digest: run.digest,
          confirmCount: 1,
          issuedOn: localDate('2024-11-02'),
        };
        const approved = await room.call('runs.runApprove', approval);
        expect(approved).toMatchObject({ taskId: expect.any(String) as string });
        expect(await post(run.id, 2)).toMatchObject({
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
    const { room, preview, post, close } = await open(stores);
    try {
      await chargeMonth(room.store, '2024-10', [{ n: 0, minor: [10_000] }]);
      const made = await room.call('runs.runCreate', october);
      if (typeof made === 'string') throw new Error(made);
      const { runId } = made;
      const run = await preview(runId, 1);
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

  it(
    'is refused before it comes into a run, by name, and the run goes on without it',
    { timeout: 240_000 },
    async () => {
      const { room, preview, post, close } = await open(stores);
      try {
        await chargeMonth(room.store, '2024-10', [
          { n: 0, minor: [10_000] },
          { n: 1, minor: [10_000], currency: 'EUR' },
        ]);
        const customerId = runCustomerId(1);
        await room.call('metering.meterDeclare', {
          name: 'api-calls',
          unit: 'calls',
          aggregation: 'sum',
          decimals: 0,
        });
        const price = { currency: 'PLN', perMonth: '10', perVcpuHour: '0', perGibHour: '0' } as const;
        const later = localDate('2099-01-01');
        const plan = await room.call('catalog.planCreate', {
          name: 'Basic',
          prices: [price],
          validFrom: localDate('2020-01-01'),
        });
        if (typeof plan === 'string') throw new Error(plan);
        await room.call('catalog.planPriceSet', { ...plan, price, validFrom: later });
        const day = (await runDay(room)) ?? later;
        const refused: readonly (readonly [string, OperationName, object, RegExp])[] = [
          [
            'overlapping price versions',
            'catalog.planVersionAdd',
            { ...plan, price: { currency: 'PLN', components: [monthlyFee] }, validFrom: later },
            /Basic has a version in PLN from 2099-01-01 on already/,
          ],
          [
            'a plan without a price in the currency',
            'billing.subscriptionStart',
            { customerId, ...plan, vmId: 'vm_none', startsOn: day },
            /Basic has no price in EUR on .*, in which Klient 1 pays/,
          ],
          ['a period that is open', 'runs.runCreate', openPeriod, /2024-11-01 is not charged/],
          [
            'a day of closed books',
            'billing.chargeByHand',
            {
              customerId,
              description: 'Work',
              unitPrice: '10',
              reason: 'as ordered',
              reference: 'T-1',
              day: '2024-10-30',
              longPast: true,
            },
            /The books of .* are closed until 2024-10-31.*T-1 of Klient 1/,
          ],
        ];
        await room.call('billing.booksClose', { until: localDate('2024-10-31') });
        for (const [what, name, input, sentence] of refused)
          expect([what, await refusedWith(room, name, input)]).toEqual([
            what,
            expect.stringMatching(sentence),
          ]);
        const told = async (id: string, subscriptionId: string, quantity: string) => ({
          id,
          subscriptionId,
          meter: 'api-calls',
          at: '2024-10-15',
          quantity,
        });
        const answer = await room.call('metering.usageRecord', {
          events: [
            await told('e-1', 'sub_0', '-1'),
            await told('e-2', 'sub_none', '1'),
            await told('e-3', 'sub_0', '1'),
            await told('e-3', 'sub_0', '2'),
          ],
        });
        if (typeof answer === 'string') throw new Error(answer);
        expect(answer).toMatchObject({ counted: 0, held: 2, refused: 2 });
        expect(answer.problems.map(({ sentence }) => sentence)).toEqual([
          'The event e-1 of sub_0 (VPS for vm-0 of Klient 0) cannot be counted: the quantity -1 is negative.',
          expect.stringMatching(
            /The event e-3 of sub_0 \(VPS for vm-0 of Klient 0\) was told before with other content/,
          ),
          expect.stringMatching(
            /There is no subscription sub_none that api-calls of 2024-10-15 could be charged to/,
          ),
          expect.stringMatching(
            /VPS for vm-0 of Klient 0 \(sub_0\) was not charged by api-calls on 2024-10-15/,
          ),
        ]);

        const made = await room.call('runs.runCreate', october);
        if (typeof made === 'string') throw new Error(made);
        const run = await preview(made.runId, 1);
        expect(run.counts).toMatchObject({ ready: 1, held: 1 });
        const approval = {
          runId: run.id,
          digest: run.digest,
          confirmCount: 1,
          issuedOn: localDate('2024-11-02'),
        };
        await room.call('runs.runApprove', approval);
        expect(await post(run.id, 2)).toMatchObject({ state: 'posted', counts: { posted: 1 } });
        expect(await room.call('billing.ledgerVerify', {})).toMatchObject({
          ok: true,
          problems: [],
          invoices: 1,
          charges: 2,
        });
      } finally {
        await close();
      }
    },
  );
});

const openPeriod = { periodStart: localDate('2024-11-01'), periodEndExclusive: localDate('2024-12-01') };

async function runDay(room: DomainsRoom): Promise<ReturnType<typeof localDate> | undefined> {
  const state = await room.call('billing.dayState', {});
  return typeof state === 'string' ? undefined : localDate(state.today);
}
