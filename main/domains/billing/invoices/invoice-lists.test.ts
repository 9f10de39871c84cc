import { afterAll, expect, it } from 'vitest';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  type BillingRoom,
  type Sold,
} from '../../../testing/billing-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { billingExceptions, invoiceHits, moneyOverview } from '../billing-public.ts';

afterAll(closePressForTest);

describeOnBothStores('invoices in lists and on the overview', (stores) => {
  const fill = async (): Promise<BillingRoom> => {
    const room = await openBillingRoom(stores);
    const sold: Sold[] = [];
    for (const [at, currency] of (['PLN', 'EUR', 'PLN'] as const).entries()) {
      const price = { currency, perMonth: String((at + 1) * 300) };
      sold.push(await sell(room, { vm: `vm-${at + 1}`, startsOn: '2026-09-01', price }));
    }
    await closeDays(room, '2026-09-01', '2026-09-02');
    await room.call('billing.invoiceCreate', {
      customerId: sold[0]?.customerId ?? '',
      periodStart: '2026-09-01',
      periodEndExclusive: '2026-09-02',
    });
    return room;
  };

  it('the list finds what a query says', async () => {
    const room = await fill();
    const queries: readonly (readonly [query: string, total: number])[] = [
      ['', 1],
      ['state:open', 1],
      ['state:overdue', 0],
      ['customer:vm-1', 1],
      ['customer:vm-2', 0],
      ['number:0001', 1],
      ['"FV 2026"', 1],
      ['issued:2026-10', 1],
      ['currency:EUR', 0],
      // By what it comes to, as it is typed: 10.00 net, 12.30 gross, all of it open.
      ['12.30', 1],
      ['12,3', 1],
      ['12.31', 0],
      ['amount:12.30', 1],
      ['amount>12.30', 0],
      ['net=10', 1],
      ['open>0', 1],
      ['due:2026-10-15', 1],
      ['state:paid,open', 1],
      ['NOT state:open', 0],
    ];
    for (const [query, total] of queries) {
      for (const sort of ['number', 'issued', 'due', 'customer', 'gross'] as const) {
        const page = await room.call('billing.invoiceList', { query, sort });
        expect([query, page.total, page.rows.length]).toEqual([query, total, total]);
      }
    }
  });

  it('are overdue the day after they were due', async () => {
    const room = await fill();
    const overdue = async (): Promise<number> =>
      (await room.call('billing.invoiceList', { query: 'state:overdue' })).total;
    const exceptions = async (): Promise<unknown[]> => {
      const nowMs = await room.parts.nowMs(room.store.tables());
      return (await billingExceptions(room.store.tables(), nowMs)).map(({ key, count }) => [key, count]);
    };
    room.setNow('2026-10-15T21:59:00Z');
    expect(await overdue()).toBe(0);
    room.setNow('2026-10-15T22:00:00Z');
    expect(await overdue()).toBe(1);
    // 44 days are over since the first of September, one is closed.
    expect(await exceptions()).toEqual([
      ['invoices-overdue', 1],
      ['days-not-closed', 44],
    ]);
    // The company is Polish: its own currency comes first.
    const [money] = await moneyOverview(room.store.tables(), await room.parts.nowMs(room.store.tables()));
    expect(money).toMatchObject({
      currency: 'PLN',
      receivables: { amountMinor: '1230' },
      overdue: { amountMinor: '1230' },
    });
  });

  it('revenue is by month of supply and currency; a month is final when all its days are closed', async () => {
    const room = await fill();
    room.setNow('2026-10-03T08:00:00Z');
    await closeDays(room, '2026-09-02', '2026-10-03');
    const money = await moneyOverview(room.store.tables(), await room.parts.nowMs(room.store.tables()));
    expect(
      money[0]?.months.map(({ receivables, overdue }) => [receivables.amountMinor, overdue.amountMinor]),
    ).toEqual([
      ['0', '0'],
      ['1230', '0'],
    ]);
    expect(
      money.map(({ currency, months }) => [
        currency,
        months.map((of) => [of.month, of.revenueNet.amountMinor, of.final]),
      ]),
    ).toEqual([
      // 300 and 900 a month: 1.935… and 5.806… a day.
      [
        'PLN',
        [
          ['2026-09', '120000', true],
          ['2026-10', '7741', false],
        ],
      ],
      [
        'EUR',
        [
          ['2026-09', '60000', true],
          ['2026-10', '3871', false],
        ],
      ],
    ]);
    expect(money.map(({ receivables }) => receivables.amountMinor)).toEqual(['1230', '0']);
  });

  it('are found by number and by customer', async () => {
    const room = await fill();
    for (const text of ['0001', 'klient VM-1', '12,30']) {
      expect(await invoiceHits(room.store.tables(), text, 5)).toMatchObject([
        { kind: 'invoice', title: 'FV 2026/10/0001', subtitle: 'Klient vm-1 · 2026-10-01 · 12.30 PLN' },
      ]);
    }
  });
});
