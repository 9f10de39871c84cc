import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { addDays, localDate } from '../../../../shared/kernel/local-date.ts';
import { billUntilKilled } from '../../../testing/billing-child-process.ts';
import {
  billingRoom,
  closeDays,
  closePressForTest,
  openBillingRoom,
  openBillingStore,
  sell,
  testCompany,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { billingSchema } from '../../../testing/billing-schema.ts';
import { join, sellPool, september, vcpuPool, vms } from '../../../testing/pool-room.ts';
import { workWithKills } from '../../../testing/run-child-process.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { BillingTables } from '../billing-tables.ts';

afterAll(closePressForTest);

const NOW = '2026-10-01T08:00:00Z';

interface ChargeFacts {
  readonly day: string;
  readonly component: string;
  readonly amount: number;
}

async function chargesIn(room: BillingRoom): Promise<ChargeFacts[]> {
  return await room.store
    .tables<BillingTables>()
    .selectFrom('charge')
    .select(['day', 'component', 'amount_minor as amount'])
    .orderBy('day')
    .orderBy('subscription_id')
    .orderBy('component')
    .execute();
}

function sumOf(charges: readonly ChargeFacts[], component: string): number {
  return charges
    .filter((charge) => charge.component === component)
    .reduce((sum, charge) => sum + charge.amount, 0);
}

describeOnBothStores('closing a day', (stores) => {
  it('charges the month price by days and usage by hours', async () => {
    const room = await openBillingRoom(stores);
    const { subscriptionId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
    await room.meter('vm-1', { from: '2026-09-01', toExclusive: '2026-10-01', vcpus: 2, memoryMib: 4096 });
    expect(await room.call('billing.dayClose', { day: '2026-09-01' })).toEqual({
      day: '2026-09-01',
      subscriptions: 1,
      posted: 3,
      already: 0,
      held: 0,
    });
    const { rows } = await room.call('billing.chargeList', { subscriptionId });
    const fact = (quantity: string, unitPrice: string, amountMinor: string): object => ({
      day: '2026-09-01',
      quantity,
      unitPrice,
      amount: { amountMinor, currency: 'PLN' },
      invoiceId: null,
    });
    // 310.00 / 30; 48 h × 0.0125; 96 GiB h × 0.004.
    expect(rows).toMatchObject([
      { component: 'gib-hours', ...fact('96', '0.004', '38') },
      { component: 'month', ...fact('1/30', '310', '1033') },
      { component: 'vcpu-hours', ...fact('48', '0.0125', '60') },
    ]);
    expect((await room.call('billing.trialBalance', {})).rows).toEqual([
      {
        account: 'unbilled',
        debit: { amountMinor: '1131', currency: 'PLN' },
        credit: { amountMinor: '0', currency: 'PLN' },
      },
      {
        account: 'revenue',
        debit: { amountMinor: '0', currency: 'PLN' },
        credit: { amountMinor: '1131', currency: 'PLN' },
      },
    ]);
  });

  it('a whole month is the month price to the cent, and its usage the rounded exact amount', async () => {
    const room = await openBillingRoom(stores);
    await sell(room, { vm: 'vm-1', startsOn: '2026-09-01', price: { perMonth: '99.99' } });
    await room.meter('vm-1', { from: '2026-09-01', toExclusive: '2026-10-01', vcpus: 1, memoryMib: 512 });
    await closeDays(room, '2026-09-01', '2026-10-01');
    const charges = await chargesIn(room);
    expect(sumOf(charges, 'month')).toBe(9999);
    // 720 h × 0.0125 = 9.00; 360 GiB h × 0.004 = 1.44.
    expect(sumOf(charges, 'vcpu-hours')).toBe(900);
    expect(sumOf(charges, 'gib-hours')).toBe(144);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({
      ok: true,
      charges: 90,
      problems: [],
    });
  });

  it('a second time posts nothing', async () => {
    const room = await openBillingRoom(stores);
    await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
    await closeDays(room, '2026-09-01', '2026-09-04');
    const before = await chargesIn(room);
    for (const day of ['2026-09-01', '2026-09-03', '2026-08-01']) {
      const again = await room.call('billing.dayClose', { day });
      expect(again).toMatchObject({ posted: 0, already: day === '2026-08-01' ? 0 : 1 });
    }
    expect(await chargesIn(room)).toEqual(before);
  });

  it('ten at once post once', async () => {
    const room = await openBillingRoom(stores);
    for (const vm of ['vm-1', 'vm-2', 'vm-3']) await sell(room, { vm, startsOn: '2026-09-01' });
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => await room.call('billing.dayClose', { day: '2026-09-01' })),
    );
    expect(answers.map(({ posted }) => posted).toSorted((a, b) => a - b)).toEqual([
      0, 0, 0, 0, 0, 0, 0, 0, 0, 3,
    ]);
    expect(answers.filter(({ already }) => already === 3)).toHaveLength(9);
    expect(await chargesIn(room)).toHaveLength(3);
  });

  it.each([
    ['the day is not over', '2026-10-01', 'day-not-over', { day: '2026-10-01', timeZone: 'Europe/Warsaw' }],
    ['a day before is open', '2026-09-02', 'day-before-open', { day: '2026-09-01' }],
    ['usage is not complete', '2026-09-01', 'usage-incomplete', { day: '2026-09-01', reason: 'hv2 is away' }],
  ])('is refused while %s', async (_what, day, code, facts) => {
    const room = await openBillingRoom(stores);
    await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
    room.completeUntil('2026-09-01T21:59:59.999Z', 'hv2 is away');
    expect(await room.refused('billing.dayClose', { day })).toEqual({ code, facts });
    expect(await chargesIn(room)).toEqual([]);
  });

  it('needs a company, and waits for usage only where usage has a price', async () => {
    const empty = billingRoom(await stores.openStoreForTest(billingSchema));
    expect(await empty.refused('billing.dayClose', { day: '2026-09-01' })).toMatchObject({
      code: 'no-company',
    });
    const room = await openBillingRoom(stores);
    await sell(room, { vm: 'vm-1', startsOn: '2026-09-01', price: { perVcpuHour: '0', perGibHour: '0.00' } });
    room.completeUntil('2026-08-01T00:00:00Z', 'hv2 is away');
    await closeDays(room, '2026-09-01', '2026-09-03');
    expect(await chargesIn(room)).toHaveLength(2);
  });

  it.each([
    ['spring', '2026-03-29', 23],
    ['autumn', '2026-10-25', 25],
  ])('the day the clocks change in %s has %s with %i hours', async (_season, day, hours) => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-11-01T12:00:00Z');
    const { subscriptionId } = await sell(room, { vm: 'vm-1', startsOn: day });
    const around = { from: addDays(localDate(day), -1), toExclusive: addDays(localDate(day), 2) };
    await room.meter('vm-1', { ...around, vcpus: 1, memoryMib: 1024 });
    await room.call('billing.dayClose', { day });
    const { rows } = await room.call('billing.chargeList', { subscriptionId });
    expect(rows.map(({ component, quantity }) => [component, quantity])).toEqual([
      ['gib-hours', String(hours)],
      ['month', '1/31'],
      ['vcpu-hours', String(hours)],
    ]);
    const usage = { vmId: 'vm-1', start: day, endExclusive: addDays(localDate(day), 1) };
    expect(await room.call('billing.usageList', usage)).toMatchObject({
      vcpuHours: String(hours),
      gibHours: String(hours),
    });
  });

  it.each([
    ['Asia/Kolkata', '2026-09-02T18:45:00Z', '2026-09-02T19:00:00Z'],
    ['America/St_Johns', '2026-09-03T02:59:59.999Z', '2026-09-03T03:00:00Z'],
    ['Asia/Kathmandu', '2026-09-02T18:59:59.999Z', '2026-09-02T19:00:00Z'],
    ['Pacific/Auckland', '2026-09-02T11:59:59.999Z', '2026-09-02T12:00:00Z'],
  ])(
    'where midnight is in the middle of an hour it waits for that hour to be counted: %s',
    async (timeZone, early, late) => {
      const room = billingRoom(await stores.openStoreForTest(billingSchema));
      await room.call('billing.companySave', { ...testCompany, timeZone });
      await sell(room, { vm: 'vm-1', startsOn: '2026-09-02' });
      room.completeUntil(early, 'hv1 was last heard then');
      const day = '2026-09-02';
      expect(await room.refused('billing.dayClose', { day })).toMatchObject({ code: 'usage-incomplete' });
      room.completeUntil(late, '');
      expect(await room.call('billing.dayClose', { day })).toMatchObject({ posted: 1, held: 0 });
    },
  );

  it('charges from the first day to the day before the end', async () => {
    const room = await openBillingRoom(stores);
    const { subscriptionId } = await sell(room, { vm: 'vm-1', startsOn: '2026-08-30' });
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: '2026-09-03' });
    await closeDays(room, '2026-08-30', '2026-09-06');
    expect((await chargesIn(room)).map(({ day, amount }) => [day, amount])).toEqual([
      ['2026-08-30', 1000],
      ['2026-08-31', 1000],
      ['2026-09-01', 1033],
      ['2026-09-02', 1034],
    ]);
    const { rows } = await room.call('billing.subscriptionList', {});
    expect(rows[0]).toMatchObject({ endsOn: '2026-09-03', chargedUntil: '2026-09-03' });
    expect(await room.call('billing.dayState', {})).toMatchObject({
      closedUntil: '2026-09-05',
      today: '2026-10-01',
      openDays: 25,
      held: [],
    });
  });

  it('keeps currencies apart', async () => {
    const room = await openBillingRoom(stores);
    await sell(room, { vm: 'vm-1', startsOn: '2026-09-01', price: { currency: 'EUR', perMonth: '30' } });
    await sell(room, { vm: 'vm-2', startsOn: '2026-09-01', price: { currency: 'CZK', perMonth: '300' } });
    await closeDays(room, '2026-09-01', '2026-09-03');
    const { rows } = await room.call('billing.trialBalance', { asOf: '2026-09-01' });
    expect(
      rows.map(({ account, debit, credit }) => [
        account,
        debit.currency,
        debit.amountMinor,
        credit.amountMinor,
      ]),
    ).toEqual([
      ['unbilled', 'CZK', '1000', '0'],
      ['revenue', 'CZK', '0', '1000'],
      ['unbilled', 'EUR', '100', '0'],
      ['revenue', 'EUR', '0', '100'],
    ]);
  });

  it('what is charged is never changed or removed, and the same charge is refused, by the database', async () => {
    const room = await openBillingRoom(stores);
    await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
    await closeDays(room, '2026-09-01', '2026-09-02');
    const db = room.store.tables<BillingTables>();
    for (const table of ['charge', 'billed_day', 'ledger_entry', 'ledger_line', 'ledger_account'] as const) {
      await expect(db.deleteFrom(table).execute()).rejects.toThrow();
    }
    await expect(db.updateTable('charge').set({ amount_minor: 1 }).execute()).rejects.toThrow();
    await expect(db.updateTable('ledger_line').set({ amount_minor: 1 }).execute()).rejects.toThrow();
    const charge = await db.selectFrom('charge').selectAll().executeTakeFirstOrThrow();
    await expect(
      db
        .insertInto('charge')
        .values({ ...charge, id: 'chg_again' })
        .execute(),
    ).rejects.toMatchObject({ kind: 'unique' });
    expect(await chargesIn(room)).toHaveLength(1);
  });

  it('any usage on any days comes to the rounded exact amount of its month', async () => {
    const room = await openBillingRoom(stores);
    const { subscriptionId } = await sell(room, {
      vm: 'vm-1',
      startsOn: '2026-09-01',
      price: { perMonth: '0', perVcpuHour: '0.0033333333', perGibHour: '0' },
    });
    let day = localDate('2026-09-01');
    let hours = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 16 }), async (vcpus) => {
        const next = addDays(day, 1);
        if (vcpus > 0) await room.meter('vm-1', { from: day, toExclusive: next, vcpus, memoryMib: 1 });
        await room.call('billing.dayClose', { day });
        hours += vcpus * 24;
        day = next;
        const { rows } = await room.call('billing.chargeList', { subscriptionId });
        const charged = rows.reduce((sum, row) => sum + Number(row.amount.amountMinor), 0);
        expect(charged).toBe(Math.round(hours * 0.33333333));
      }),
      { numRuns: 29 },
    );
  });
});

/** Charged and beyond what was bought on each day: 6 vCPUs of two VMs where 5 were bought. */
const poolByDay = {
  ...vcpuPool,
  every: 'day',
  bought: '5',
  overage: { tiers: 'flat', price: '0.37' },
} as const;

describeOnBothStores('an engine killed while it closes days', (stores) => {
  it('leaves whole days behind, pools among them, and the next ones end up where an undisturbed one does', async () => {
    const expected = await openBillingRoom(stores);
    const sellAll = async (room: BillingRoom): Promise<void> => {
      for (const vm of ['vm-1', 'vm-2', 'vm-3', 'vm-4']) {
        await sell(room, { vm, startsOn: '2026-09-01', price: { perMonth: '77.77' } });
        await room.meter(vm, { ...september, vcpus: 3, memoryMib: 1000 });
      }
      await vms(room, 'member-1', 'member-2');
      const pool = await sellPool(room, [poolByDay]);
      await join(room, pool, '2026-09-01T00:00:00+02:00', 'member-1', 'member-2');
      for (const vm of ['member-1', 'member-2'])
        await room.meter(vm, { ...september, vcpus: 3, memoryMib: 1000 });
      room.setNow(NOW);
    };
    await sellAll(expected);
    await closeDays(expected, '2026-09-01', '2026-10-01');
    expect(sumOf(await chargesIn(expected), 'vcpus')).toBe(30 * (5 * 300 + 37));

    const { address, first, again } = await openBillingStore(stores);
    await sellAll(first);
    await first.store.close();
    const endings: string[] = [];
    for (const killAt of [1, 4]) {
      endings.push(await billUntilKilled(address, 'days', killAt));
      const room = await again();
      const perDay = Map.groupBy(await chargesIn(room), ({ day }) => day);
      expect([...perDay.values()].every((charges) => charges.length === 14)).toBe(true);
      expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
      await room.store.close();
    }
    expect(endings).toEqual(['killed', 'killed']);
    // At random points, and several at once where they can be.
    const workers = stores.kind === 'postgres' ? 2 : 1;
    const child = { program: 'billing-child.ts', input: [address, NOW, 'days'] } as const;
    expect(await workWithKills(child, workers, 3)).toBe(3);
    const room = await again();
    expect(facts(await chargesIn(room))).toEqual(facts(await chargesIn(expected)));
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  }, 600_000);
});

function facts(charges: readonly ChargeFacts[]): string[] {
  return charges.map(({ day, component, amount }) => `${day} ${component} ${amount}`).toSorted();
}
