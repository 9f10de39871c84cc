import { afterAll, expect, it } from 'vitest';
import { billUntilKilled } from '../../../testing/billing-child-process.ts';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  openBillingStore,
  sell,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';

afterAll(closePressForTest);

const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' } as const;

describeOnBothStores('numbers of invoices', (stores) => {
  const customersOf = async (room: BillingRoom, count: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let at = 1; at <= count; at++) {
      ids.push((await sell(room, { vm: `vm-${at}`, startsOn: '2026-09-29' })).customerId);
    }
    await closeDays(room, '2026-09-29', '2026-10-01');
    return ids;
  };

  it('issued at once, for one customer twice and for others: no gap, none twice, nothing billed twice', async () => {
    const room = await openBillingRoom(stores);
    const ids = await customersOf(room, 6);
    const answers = await Promise.allSettled(
      [...ids, ...ids].map(
        async (customerId) => await room.call('billing.invoiceCreate', { customerId, ...september }),
      ),
    );
    const numbers = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.number] : []));
    expect(numbers.toSorted()).toEqual(Array.from({ length: 6 }, (_, at) => `FV 2026/10/000${at + 1}`));
    const refusals = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [String(answer.reason)] : [],
    );
    expect(refusals).toHaveLength(6);
    expect(refusals.every((reason) => reason.includes('nothing-to-invoice'))).toBe(true);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({
      ok: true,
      invoices: 6,
      problems: [],
    });
  });

  it('run in the order of dates', async () => {
    const room = await openBillingRoom(stores);
    const ids = await customersOf(room, 3);
    room.setNow('2026-10-10T08:00:00Z');
    const issue = async (at: number, issuedOn: string): Promise<string> =>
      (await room.call('billing.invoiceCreate', { customerId: ids[at] ?? '', ...september, issuedOn }))
        .number;
    expect(await issue(0, '2026-10-05')).toBe('FV 2026/10/0001');
    const early = { customerId: ids[1] ?? '', ...september, issuedOn: '2026-10-04' };
    expect(await room.refused('billing.invoiceCreate', early)).toEqual({
      code: 'date-before-last',
      facts: { lastDate: '2026-10-05' },
    });
    expect(await issue(1, '2026-10-05')).toBe('FV 2026/10/0002');
    expect(await issue(2, '2026-10-10')).toBe('FV 2026/10/0003');
  });

  it('begin anew each year', async () => {
    const room = await openBillingRoom(stores);
    const ids = await customersOf(room, 3);
    room.setNow('2027-01-02T08:00:00Z');
    const issue = async (at: number, issuedOn: string): Promise<string> =>
      (await room.call('billing.invoiceCreate', { customerId: ids[at] ?? '', ...september, issuedOn }))
        .number;
    expect(await issue(0, '2026-12-31')).toBe('FV 2026/12/0001');
    expect(await issue(1, '2027-01-01')).toBe('FV 2027/01/0001');
    expect(await issue(2, '2026-12-31')).toBe('FV 2026/12/0002');
    const page = await room.call('billing.invoiceList', { sort: 'number', direction: 'asc' });
    expect(page.rows.map(({ number }) => number)).toEqual([
      'FV 2026/12/0001',
      'FV 2026/12/0002',
      'FV 2027/01/0001',
    ]);
  });

  it('engines killed while they issue leave no gap, and the next one issues the rest', async () => {
    const { address, first, again } = await openBillingStore(stores);
    await customersOf(first, 8);
    await first.store.close();
    const endings: string[] = [];
    for (const killAt of [1, 3, 2, 99]) {
      endings.push(await billUntilKilled(address, 'invoices', killAt));
      const room = await again();
      expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
      await room.store.close();
    }
    expect(endings).toEqual(['killed', 'killed', 'killed', 'done']);
    const room = await again();
    const { rows } = await room.call('billing.invoiceList', { sort: 'number', direction: 'asc' });
    expect(rows.map(({ number }) => number)).toEqual(
      Array.from({ length: 8 }, (_, at) => `FV 2026/10/000${at + 1}`),
    );
    expect(new Set(rows.map(({ customerId }) => customerId)).size).toBe(8);
  }, 240_000);
});
