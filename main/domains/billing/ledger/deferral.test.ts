import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import {
  billingRoom,
  closeDays,
  closePressForTest,
  openBillingRoom,
  openBillingStore,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { monthlyFee, sellByPeriod } from '../../../testing/period-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { unprotect } from '../../../testing/unprotect.ts';

afterAll(closePressForTest);

/** Balance of an account in złoty cents at the end of a day, on the side where it grows. */
async function balance(room: BillingRoom, account: string, asOf: string): Promise<number> {
  const { rows } = await room.call('billing.trialBalance', { asOf });
  const row = rows.find((each) => each.account === account && each.debit.currency === 'PLN');
  return Number(row?.credit.amountMinor ?? 0) - Number(row?.debit.amountMinor ?? 0);
}

async function standing(
  room: BillingRoom,
  asOf: string,
): Promise<readonly [revenue: number, deferred: number]> {
  return [await balance(room, 'revenue', asOf), await balance(room, 'deferred', asOf)];
}

const verify = async (room: BillingRoom): Promise<readonly string[]> =>
  (await room.call('billing.ledgerVerify', {})).problems;

describeOnBothStores('what is charged in advance', (stores) => {
  it('is revenue day by day as days close, of a year and of a month together, to the cent at the end', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-11-02T08:00:00Z');
    const yearly = { ...monthlyFee, id: 'licence', every: 'year', price: '365' } as const;
    const { subscriptionId, customerId } = await sellByPeriod(room, {
      components: [monthlyFee, yearly, { kind: 'set-up', id: 'set-up', price: '50' }],
      startsOn: '2026-10-01',
    });
    await closeDays(room, '2026-10-01', '2026-10-11');
    // A day is 10.00 and 1.00; the set-up is earned at once.
    expect(await standing(room, '2026-10-01')).toEqual([61_00, 300_00 + 364_00]);
    expect(await standing(room, '2026-10-10')).toEqual([160_00, 210_00 + 355_00]);
    // Cancelled now: what was not served goes back, and of what was deferred nothing stays.
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: '2026-10-11' });
    await closeDays(room, '2026-10-11', '2026-10-15');
    expect(await standing(room, '2026-10-11')).toEqual([160_00, 0]);
    expect(await standing(room, '2026-10-14')).toEqual([160_00, 0]);
    expect(await balance(room, 'unbilled', '2026-10-14')).toBe(-160_00);
    expect(await verify(room)).toEqual([]);
    const invoiced = { customerId, periodStart: '2026-10-01', periodEndExclusive: '2026-11-01' };
    await closeDays(room, '2026-10-15', '2026-11-01');
    await room.call('billing.invoiceCreate', invoiced);
    expect(await standing(room, '2026-11-02')).toEqual([160_00, 0]);
    expect(await verify(room)).toEqual([]);
  });

  it('and credited, takes from revenue what was had of it and the rest from what was to come', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-10-11T08:00:00Z');
    const { customerId } = await sellByPeriod(room, { components: [monthlyFee], startsOn: '2026-10-01' });
    await closeDays(room, '2026-10-01', '2026-10-11');
    const { invoiceId } = await room.call('billing.invoiceCreate', {
      customerId,
      periodStart: '2026-10-01',
      periodEndExclusive: '2026-10-11',
    });
    await room.call('billing.invoiceCredit', {
      invoiceId,
      lines: [{ lineNo: 1, netMinor: '15500' }],
      reason: 'Half of it',
    });
    expect(await standing(room, '2026-10-11')).toEqual([50_00, 105_00]);
    room.setNow('2026-11-02T08:00:00Z');
    await closeDays(room, '2026-10-11', '2026-10-31');
    expect(await standing(room, '2026-10-20')).toEqual([100_00, 55_00 + 0]);
    await closeDays(room, '2026-10-31', '2026-11-01');
    expect(await standing(room, '2026-10-31')).toEqual([155_00, 0]);
    expect(await verify(room)).toEqual([]);
  });

  it('is parted once when days close and credit notes are made by many at once', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-10-04T08:00:00Z');
    const { customerId } = await sellByPeriod(room, { components: [monthlyFee], startsOn: '2026-10-01' });
    await closeDays(room, '2026-10-01', '2026-10-02');
    const { invoiceId } = await room.call('billing.invoiceCreate', {
      customerId,
      periodStart: '2026-10-01',
      periodEndExclusive: '2026-10-02',
    });
    const credit = async (): Promise<unknown> =>
      await room.call('billing.invoiceCredit', {
        invoiceId,
        lines: [{ lineNo: 1, netMinor: '1000' }],
        reason: 'Some',
      });
    const close = async (): Promise<unknown> => await room.call('billing.dayClose', { day: '2026-10-02' });
    await Promise.all([close(), credit(), close(), credit(), close()]);
    await closeDays(room, '2026-10-03', '2026-10-04');
    expect(await verify(room)).toEqual([]);
    const [revenue, deferred] = await standing(room, '2026-10-04');
    expect(revenue + deferred).toBe(290_00);
  });

  it('is not lost with an engine that dies while the day closes: all of the day is there, or nothing', async () => {
    const { first, again } = await openBillingStore(stores);
    first.setNow('2026-10-04T08:00:00Z');
    await sellByPeriod(first, { components: [monthlyFee], startsOn: '2026-10-01' });
    const dying = billingRoom(first.store);
    dying.setNow('2026-10-04T08:00:00Z');
    const { insertMany } = dying.parts;
    let isDying = true;
    Object.assign(dying.parts, {
      insertMany: async (...args: Parameters<typeof insertMany>) => {
        if (isDying) throw new Error('the power went');
        return await insertMany(...args);
      },
    });
    await expect(dying.call('billing.dayClose', { day: '2026-10-01' })).rejects.toThrow();
    isDying = false;
    expect(await standing(first, '2026-10-04')).toEqual([0, 0]);
    const next = stores.kind === 'postgres' ? await again() : dying;
    next.setNow('2026-10-04T08:00:00Z');
    await closeDays(next, '2026-10-01', '2026-10-04');
    expect(await standing(next, '2026-10-03')).toEqual([30_00, 280_00]);
    expect(await verify(next)).toEqual([]);
  });

  it('is found where somebody changed it', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-10-20T08:00:00Z');
    await sellByPeriod(room, { components: [monthlyFee], startsOn: '2026-10-01' });
    await closeDays(room, '2026-10-01', '2026-10-04');
    const db = room.store.tables();
    for (const table of ['deferral', 'ledger_line', 'ledger_entry']) await unprotect(room, table);
    const ofDay = (source: string): string => `(select id from ledger_entry where source = '${source}')`;
    const tampered: readonly (readonly [change: string, undo: string, problem: RegExp])[] = [
      [
        'update deferral set amount_minor = amount_minor + 1',
        'update deferral set amount_minor = amount_minor - 1',
        /it defers .* 30001, by what it posts it is .* 30000/,
      ],
      [
        `update deferral set to_day = '2026-10-31'`,
        `update deferral set to_day = '2026-11-01'`,
        /recognised 2026-10-02 PLN: 1000 minor units became revenue, what is deferred over that day comes to 1034/,
      ],
      [
        `update ledger_line set credit = 'revenue' where credit = 'deferred'`,
        `update ledger_line set credit = 'deferred' where entry_id = ${ofDay('charges 2026-10-01 PLN')} and amount_minor = 30000`,
        /charges 2026-10-01 PLN: 0 minor units are deferred, its rows come to 30000/,
      ],
      [
        `update ledger_line set amount_minor = 999 where entry_id = ${ofDay('recognised 2026-10-03 PLN')}`,
        `update ledger_line set amount_minor = 1000 where entry_id = ${ofDay('recognised 2026-10-03 PLN')}`,
        /recognised 2026-10-03 PLN: 999 minor units became revenue, .* 1000/,
      ],
      [
        `update ledger_entry set source = 'recognised 2026-10-13 PLN' where source = 'recognised 2026-10-03 PLN'`,
        `update ledger_entry set source = 'recognised 2026-10-03 PLN' where source = 'recognised 2026-10-13 PLN'`,
        /recognised 2026-10-03 PLN: 1000 minor units are revenue and not posted/,
      ],
      [
        `update ledger_entry set booked_on = '2026-11-03' where source = 'recognised 2026-10-03 PLN'`,
        `update ledger_entry set booked_on = '2026-10-03' where source = 'recognised 2026-10-03 PLN'`,
        /recognised 2026-10-03 PLN is booked on 2026-11-03/,
      ],
    ];
    for (const [change, undo, problem] of tampered) {
      await sql.raw(change).execute(db);
      expect(await verify(room)).toContainEqual(expect.stringMatching(problem));
      await sql.raw(undo).execute(db);
      expect(await verify(room)).toEqual([]);
    }
    await sql`delete from deferral`.execute(db);
    await sql`update ledger_line set credit = 'revenue' where credit = 'deferred'`.execute(db);
    expect(await verify(room)).toContainEqual(expect.stringMatching(/it defers nothing, by what it posts/));
  });
});
