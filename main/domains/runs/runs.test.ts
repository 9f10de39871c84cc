import { afterAll, expect, it } from 'vitest';
import { closePressForTest, testCompany } from '../../testing/billing-room.ts';
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
import type { BillingTables } from '../billing/billing-tables.ts';
import { changeRun, findRun, hashOf, runSubject } from './run-store.ts';
import { renewSums, sumsOf } from './run-sums.ts';
import { ledgerVerify } from '../billing/ledger/ledger-verify.ts';

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
  // The company has no account for it.
  { n: 11, minor: [3_000], currency: 'RON' },
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
      // It stands in nobody's way any more. The next one was prepared when a company had one account for all currencies.
      const accounts = testCompany.accounts.map((account) => ({
        ...account,
        iban: 'PL61109010140000071219812874',
      }));
      const saveAccounts = async (more: object): Promise<unknown> =>
        await room.call('billing.companySave', { ...testCompany, ...more });
      await saveAccounts({ accounts });
      const next = await previewMonth(room, '2024-09');
      const company = await room.store
        .tables<BillingTables>()
        .selectFrom('company')
        .selectAll()
        .executeTakeFirstOrThrow();
      const { accounts: _accounts, logo: _logo, stamp: _stamp, signature: _signature, ...since } = company;
      const { paper_number_formats: _formats, ...others } = since;
      const before = { ...others, iban: 'PL61109010140000071219812874', bic: 'WBKPPLPP', is_default: 0 };
      await changeRun(room.store.tables(), next.id, { inputs_hash: hashOf(before) });
      await saveAccounts({});
      expect(await approveRun(room, next)).toBe('changed-meanwhile');
      await saveAccounts({ accounts });
      expect(await approveRun(room, next)).toMatchObject({ state: 'posted', counts: { posted: 2 } });
      // Where another company sells, too, tasks and the audit log say whose run it is.
      const record = await findRun(room.store.tables(), run.id);
      if (record === undefined) throw new Error('the run is gone');
      expect(await runSubject(room.store.tables(), record)).toBe('September 2024');
      const second = {
        ...company,
        id: 'com_second',
        name: 'Second',
        vat_id: 'CZ25123891',
        is_default: 0,
      } as const;
      await room.store.tables<BillingTables>().insertInto('company').values(second).execute();
      const title = `September 2024, ${testCompany.name}`;
      expect(await runSubject(room.store.tables(), record)).toBe(title);
    } finally {
      await room.close();
    }
  });

  it('sorts and weighs rows of several currencies by the rates of the end of its period, and says which', async () => {
    const room = await openRunsRoom(stores);
    try {
      const rate = (currency: string, text: string): BillingTables['exchange_rate'] =>
        // The last working day before the tax point, a Monday.
        ({ source: 'NBP', currency, day: localDate('2024-09-27'), rate: text, imported_at_ms: 0 });
      await room.store.transaction<BillingTables, void>(async (trx) => {
        const rates = [rate('EUR', '4.25'), rate('HUF', '0.0106')];
        await trx.insertInto('exchange_rate').values(rates).execute();
      });
      const charged: readonly Charged[] = [
        { n: 1, minor: [900], currency: 'EUR' },
        { n: 2, minor: [100_000], currency: 'HUF' },
        { n: 3, minor: [2000] },
        // No rate of it is known, and no account: it is held.
        { n: 4, minor: [500_000], currency: 'RON' },
      ];
      await chargeMonth(room.store, '2024-09', charged);
      const run = await previewMonth(room, '2024-09');
      expect(run.compared).toEqual({
        currency: 'PLN',
        rates: [
          { of: 'EUR', rate: '4.25', in: 'PLN', day: '2024-09-27' },
          { of: 'HUF', rate: '0.0106', in: 'PLN', day: '2024-09-27' },
        ],
        without: ['RON'],
        // 11.07 EUR, 1,230.00 HUF and 24.60 PLN.
        average: { amountMinor: '2823', currency: 'PLN' },
      });
      const orderBy = async (sort: 'severity' | 'change' | 'now'): Promise<unknown> => {
        const page = await room.call('runs.runRows', { runId: run.id, sort });
        if (typeof page === 'string') throw new Error(page);
        return page.rows.map((row) => [row.customer, row.changeCompared?.amountMinor]);
      };
      const inOrder = [
        ['Klient 1', '4705'],
        ['Klient 3', '2460'],
        ['Klient 2', '1304'],
      ];
      const without = ['Klient 4', undefined];
      expect(await orderBy('change')).toEqual([...inOrder, without]);
      expect(await orderBy('now')).toEqual([...inOrder, without]);
      expect(await orderBy('severity')).toEqual([without, ...inOrder]);
      // How long posting takes is told by the last one, and it is found from the run that is compared with it.
      expect(run).toMatchObject({ secondsToPost: null, comparedRun: null });
      expect(await approveRun(room, run)).toMatchObject({ state: 'posted', secondsToPost: null });
      await chargeMonth(room.store, '2024-10', [{ n: 3, minor: [2100] }]);
      const next = await previewMonth(room, '2024-10');
      expect(next).toMatchObject({
        secondsToPost: expect.any(Number) as number,
        comparedRun: { id: run.id, title: 'September 2024' },
        compared: { rates: [expect.objectContaining({ of: 'EUR' }), expect.objectContaining({ of: 'HUF' })] },
      });
      const page = await room.call('runs.runRows', { runId: next.id, sort: 'customer', direction: 'asc' });
      if (typeof page === 'string') throw new Error(page);
      expect(page.rows.map(({ customer, why }) => [customer, why.split('. ')[0]])).toEqual([
        ['Klient 1', 'no more: vm-1, charged until 2024-09-30'],
        ['Klient 2', 'no more: vm-2, charged until 2024-09-30'],
        ['Klient 3', 'price +5.0 %: month of vm-3'],
      ]);
    } finally {
      await room.close();
    }
  });

  it('whose next number is taken already stands still with that, and leaves no gap', async () => {
    const room = await openRunsRoom(stores);
    try {
      await chargeMonth(room.store, '2024-09', september.slice(0, 2));
      const numbered = async (numberFormat: string): Promise<void> => {
        expect(await room.call('billing.companySave', { ...testCompany, numberFormat })).toEqual({});
      };
      await numbered('FV {year}/{seq}2');
      const byHand = {
        customerId: runCustomerId(0),
        periodStart: '2024-09-01',
        periodEndExclusive: '2024-10-01',
      };
      expect(await room.call('billing.invoiceCreate', { ...byHand, issuedOn: '2024-11-01' })).toMatchObject({
        number: 'FV 2024/12',
      });
      // As a store has it from the time when formats could change within a year.
      const renumbered = async (format: string): Promise<void> => {
        await room.store
          .tables<BillingTables>()
          .updateTable('document_series')
          .set({ number_format: format })
          .execute();
      };
      await renumbered('FV {year}/1{seq}');
      const run = await previewMonth(room, '2024-09');
      expect(await approveRun(room, run)).toMatchObject({
        state: 'stopped',
        stateReason: expect.stringContaining('FV 2024/12 is on another document already') as string,
        counts: { posted: 0 },
      });
      // An approval that posted nothing does not move the day from which on invoices can be dated either.
      await room.call('runs.runAbort', { runId: run.id });
      await renumbered(testCompany.numberFormat);
      const next = await previewMonth(room, '2024-09');
      expect(await approveRun(room, next, { issuedOn: '2024-11-01' })).toMatchObject({
        state: 'posted',
        report: { firstNumber: 'FV 2024/11/0002' },
      });
      expect(await ledgerVerify(room.store.tables())).toMatchObject({ ok: true, problems: [], invoices: 2 });
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
        // With this invoice: to the cent what it may owe, and more than that.
        for (const [n, amountMinor] of [
          [0, '24600'],
          [1, '30000'],
        ] as const) {
          const creditLimit = { amountMinor, currency: 'PLN' } as const;
          const terms = { customerId: runCustomerId(n), mode: 'postpaid', creditLimit } as const;
          expect(await room.call('balances.termsSave', terms)).toEqual({});
        }
        const run = await previewMonth(room, '2024-10', { limitMinor: '500000', twoPeople: false });
        expect(Object.fromEntries(await rowsOf(room, run.id))).toEqual({
          'Klient 0': ['ready', [], '12300'],
          'Klient 1': ['ready', ['changed', 'over-limit'], '18450'],
          'Klient 10': ['ready', ['new'], '4920'],
          'Klient 11': ['held', ['held'], undefined],
          'Klient 2': ['ready', ['new'], '2460'],
          'Klient 3': ['nothing', ['gone'], undefined],
          'Klient 4': ['ready', ['vat-changed'], '10000'],
          'Klient 5': ['ready', ['changed', 'large'], '1107000'],
          'Klient 6': ['nothing', ['zero', 'changed'], '0'],
          'Klient 7': ['held', ['held', 'negative', 'changed'], '-2460'],
          'Klient 8': ['held', ['held'], undefined],
          'Klient 9': ['held', ['held'], undefined],
        });
        expect([...(await rowsOf(room, run.id, 'finding:over-limit')).keys()]).toEqual(['Klient 1']);
        // Of Klient 0 there is nothing to say; Klient 10 and 2 are new, which is no anomaly.
        expect(run).toMatchObject({ counts: { total: 12 }, same: 1, anomalies: 9 });
        expect([...(await rowsOf(room, run.id, 'finding:none')).keys()]).toEqual(['Klient 0']);
        expect((await rowsOf(room, run.id, 'severity:check,high')).size).toBe(9);
        expect([...(await rowsOf(room, run.id, 'finding:vat-changed,large')).keys()]).toEqual([
          'Klient 4',
          'Klient 5',
        ]);
        expect([...(await rowsOf(room, run.id, 'currency:EUR state:held')).keys()]).toEqual(['Klient 9']);
        expect(run).toMatchObject({
          undecided: 3,
          inputs: { closedUntil: '2024-10-31', comparedWith: 'invoices of September 2024' },
        });
        expect(run.held.find(({ code }) => code === 'account-missing')?.example).toBe(
          `Klient 11 is invoiced in RON, and ${testCompany.name} has no bank account in RON: enter one in Settings, Companies.`,
        );
        expect(run.held.map(({ code, count }) => [code, count])).toEqual([
          ['account-missing', 1],
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
          why: 'month of vm-1 +50.00; owes 123.00 PLN, with this invoice 307.50 PLN: over its credit limit of 300.00 PLN',
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

        // Nobody has looked at the three remarkable ones yet.
        expect(await approveRun(room, run)).toBe('not-decided');
        const accepted = { runId: run.id, decision: 'accepted', note: 'as ordered' } as const;
        await room.call('runs.runDecide', {
          ...accepted,
          rowIds: [row('Klient 1'), row('Klient 4'), row('Klient 5')],
        });
        const silent = { ...accepted, note: ' ', rowIds: [row('Klient 4')] };
        await expect(room.call('runs.runDecide', silent)).rejects.toThrow('why it is accepted or left out');
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
          counts: { posted: 5, held: 4, nothing: 3 },
          approvedBy: 'accountant',
          report: { firstNumber: 'FV 2024/11/0009', lastNumber: 'FV 2024/11/0013' },
        });
        expect(await ledgerVerify(store.tables())).toMatchObject({ ok: true, problems: [], invoices: 13 });
        // What was kept of each run beside its rows is what they come to.
        const kept = await sumsOf(store.tables(), [first.id, run.id, second.id]);
        await Promise.all(
          [first.id, run.id, second.id].map(async (id) => await renewSums(store.tables(), id)),
        );
        expect(await sumsOf(store.tables(), [first.id, run.id, second.id])).toEqual(kept);
      } finally {
        await room.close();
      }
    },
  );
});
