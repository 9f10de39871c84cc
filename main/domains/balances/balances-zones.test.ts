import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { localDate } from '../../../shared/kernel/local-date.ts';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  type BillingRoom,
} from '../../testing/billing-room.ts';
import { makePlan, monthlyFee } from '../../testing/period-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { SchemaStep } from '../../platform/store/schema-step.ts';
import { closedCalendars } from '../billing/billing-public.ts';
import { burnDays, lookAgain } from './balances-duty.ts';
import type { BalancesTables } from './balances-tables.ts';
import { balancesZones } from './schema/20261130T1610-balances-zones.ts';
import { UnwellBalances } from './unwell-balances.ts';

afterAll(closePressForTest);

const grant = { guard: async () => undefined, signal: new AbortController().signal };
/** 12.30 a day with VAT. */
const daily = { ...monthlyFee, every: 'day', price: '10', timing: 'in-arrears' } as const;
const zloty = (amountMinor: string) => ({ amountMinor, currency: 'PLN' as const });
const billingZone = 'America/Los_Angeles';

/** Two who pay ahead by the day from 1 October on: one is billed by the company's zone, one in California. */
async function two(room: BillingRoom): Promise<readonly [string, string]> {
  const planId = await makePlan(room, 'Plan', [daily]);
  const ids: string[] = [];
  for (const name of ['Warsaw', 'California']) {
    const sold = { name, country: 'PL', currency: 'PLN' } as const;
    const { customerId } = await room.call('customers.customerCreate', sold);
    if (name === 'California') {
      const { profile } = await room.call('customers.billingProfileGet', { customerId });
      await room.call('customers.billingProfileSave', { customerId, profile: { ...profile, billingZone } });
    }
    await room.call('billing.subscriptionStart', { customerId, planId, startsOn: '2026-10-01' });
    await room.call('balances.termsSave', { customerId, mode: 'prepaid' });
    ids.push(customerId);
  }
  return [ids[0] ?? '', ids[1] ?? ''];
}

async function pay(room: BillingRoom, customerId: string, minor: string): Promise<void> {
  const receivedOn = '2026-10-03';
  const paid = { customerId, amount: zloty(minor), receivedOn, reference: `${customerId} ${minor}` };
  await room.call('payments.paymentRecord', { ...paid, allocations: [] });
}

describeOnBothStores('balances of several billing zones', (stores) => {
  it('burn each as their own days close; of those that are not well only those are looked at again of whom something is new', async () => {
    const room = await openBillingRoom(stores);
    // Of the clock by which the duty asks what was posted since.
    const beganMs = await room.store.nowMs(room.store.tables());
    room.setNow(new Date(beganMs).toISOString());
    const [warsaw, california] = await two(room);
    await closeDays(room, '2026-10-01', '2026-10-03');
    await room.call('billing.dayClose', { day: '2026-10-01', billingZone });
    await burnDays(room, grant);
    const days = async (customerId: string): Promise<string[]> =>
      (await room.call('balances.balanceGet', { customerId })).days.map(({ day }) => day);
    expect([await days(warsaw), await days(california)]).toEqual([['2026-10-02'], ['2026-10-01']]);
    const told = async (): Promise<unknown[]> =>
      (await room.call('balances.eventList', {})).rows.map((row) => [row.customer, row.kind, row.day]);
    expect(await told()).toHaveLength(2);

    const db = room.store.tables<BalancesTables>();
    const unwell = new UnwellBalances();
    const looked = async (): Promise<unknown[]> => {
      const moved = await unwell.whoMoved(db);
      const closed = await closedCalendars(db);
      const ids = [warsaw, california];
      const found = await unwell.toLookAt(db, room.store.kind, { ids, closed, moved });
      return found.flatMap(({ day, customers }) => customers.map(({ name }) => [name, day]));
    };
    expect(await looked()).toEqual(
      expect.arrayContaining([
        ['Warsaw', '2026-10-03'],
        ['California', '2026-10-02'],
      ]),
    );
    await lookAgain(room, grant, unwell);
    // As ten minutes later: what was posted in the last ones is looked at once more.
    unwell.looked(beganMs + 600_500);
    expect(await looked()).toEqual([]);
    unwell.looked(beganMs + 600_500);
    room.setNow(new Date(beganMs + 1000).toISOString());
    await pay(room, warsaw, '10000');
    expect(await looked()).toEqual([['Warsaw', '2026-10-03']]);
    await lookAgain(room, grant, unwell);
    expect((await told()).at(-1)).toEqual(['Warsaw', 'recovered', '2026-10-03']);
    // What the slower zone closes is not looked at with the days of the faster one, nor the other way round.
    await room.call('billing.dayClose', { day: '2026-10-02', billingZone });
    await room.call('billing.dayClose', { day: '2026-10-03' });
    await burnDays(room, grant);
    await lookAgain(room, grant, unwell);
    expect(await told()).toHaveLength(3);
    expect(await days(warsaw)).toEqual(['2026-10-03', '2026-10-02']);
    // Other terms are news too.
    await room.call('balances.termsSave', {
      customerId: california,
      mode: 'postpaid',
      creditLimit: zloty('100000'),
    });
    await lookAgain(room, grant, unwell);
    expect((await told()).at(-1)).toEqual(['California', 'recovered', '2026-10-03']);
  });

  it('go on after the last day that all zones had burned, where a store has one mark for a company', async () => {
    const room = await openBillingRoom(stores);
    const db = room.store.tables<BalancesTables & Record<string, Record<string, unknown>>>();
    const company = { company_id: 'com_1' };
    await db.updateTable('billing_calendar').set({ closed_until: '2026-10-05' }).execute();
    for (const [zone, until] of [
      [billingZone, '2026-10-04'],
      ['Asia/Tokyo', null],
    ] as const)
      await db
        .insertInto('billing_calendar')
        .values({ ...company, billing_zone: zone, closed_until: until })
        .execute();
    // As it was before the step, which is then taken once more.
    await sql`drop table balance_calendar_mark`.execute(db);
    await sql`create table balance_mark (company_id text primary key, burned_until text not null)`.execute(
      db,
    );
    await sql`insert into balance_mark (company_id, burned_until) values ('com_1', '2026-10-04')`.execute(db);
    const run = async (...statements: string[]): Promise<void> => {
      for (const statement of statements) await sql.raw(statement).execute(db);
    };
    await balancesZones.up({ kind: room.store.kind, run } as Parameters<SchemaStep['up']>[0]);
    const marks = await db.selectFrom('balance_calendar_mark').selectAll().orderBy('billing_zone').execute();
    const burned = { ...company, burned_until: localDate('2026-10-04') };
    expect(marks).toEqual([
      { ...burned, billing_zone: '' },
      { ...burned, billing_zone: billingZone },
    ]);
  });
});
