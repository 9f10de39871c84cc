import { afterAll, expect, it } from 'vitest';
import { rate } from '../../../shared/domains/billing/rating-rules.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { closeDays, closePressForTest } from '../../testing/billing-room.ts';
import { chargesIn, makePlan, monthlyFee, vcpuHours } from '../../testing/period-room.ts';
import { vcpuPool } from '../../testing/pool-room.ts';
import {
  itemsIn,
  openRepricingRoom,
  previewed,
  previewMove,
  startMove,
  workOff,
  type RepricingRoom,
} from '../../testing/repricing-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { apiCalls, declareCalls, tell } from '../../testing/usage-room.ts';
import type { BillingTables } from '../billing/billing-tables.ts';
import { historyOf } from '../billing/subscriptions/subscription-history.ts';

afterAll(closePressForTest);

async function sellTo(
  room: RepricingRoom,
  name: string,
  sold: { planId: string; anchorDay?: number; vmId?: string },
): Promise<string> {
  const customer = { name, country: 'PL', currency: 'PLN' } as const;
  const { customerId } = await room.call('customers.customerCreate', customer);
  const start = { customerId, startsOn: '2026-10-01', ...sold };
  return (await room.call('billing.subscriptionStart', start)).subscriptionId;
}

async function comeTo(room: RepricingRoom, from: string, day: string): Promise<void> {
  room.setNow(`${day}T08:00:00Z`);
  await closeDays(room, from, day);
}

async function takeBack(room: RepricingRoom, repricingId: string): Promise<void> {
  await room.call('repricing.repricingTakeBack', { repricingId });
  await workOff(room, repricingId, 'taking-back');
}

async function isMetered(room: RepricingRoom, id: string): Promise<boolean> {
  const found = room.store.tables<BillingTables>().selectFrom('subscription').selectAll();
  return (await found.where('id', '=', id).executeTakeFirstOrThrow()).is_metered === 1;
}

/** What it was charged day by day is what it is charged at once. */
async function expectAsOnce(room: RepricingRoom, subscriptionId: string, until: string): Promise<void> {
  const once = rate({
    subscriptionId,
    currency: 'PLN',
    history: await historyOf(room.store.tables<BillingTables>(), subscriptionId),
    charged: [],
    target: localDate(until),
    isDayOver: true,
  });
  const { rows } = await room.call('billing.chargeList', { subscriptionId });
  expect(rows.reduce((sum, { amount }) => sum + BigInt(amount.amountMinor), 0n)).toBe(
    once.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
  );
}

describeOnBothStores('a move that is planned', (stores) => {
  it('within a period that was paid for is credited on its day, and never where it is taken back before', async () => {
    const room = await openRepricingRoom(stores);
    const fee = { ...monthlyFee, every: 'year', price: '3650' } as const;
    const planId = await makePlan(room, 'Yearly', [fee]);
    const larger = await makePlan(room, 'Larger', [{ ...fee, price: '10950' }]);
    const hourly = await makePlan(room, 'Hourly', [vcpuHours]);
    const kept = await sellTo(room, 'Kept', { planId });
    const back = await sellTo(room, 'Back', { planId });
    const other = await sellTo(room, 'Other', { planId });
    const units = await sellTo(room, 'Units', { planId });
    await room.addVm('vm');
    const machine = await sellTo(room, 'Machine', { planId, vmId: 'vm' });
    await comeTo(room, '2026-10-01', '2026-10-10');
    const vcpu = { kind: 'allocation', id: 'vcpu', resource: 'vcpu', every: 'year', price: '365' } as const;
    const components = [
      { ...fee, price: '7300' },
      { ...vcpu, timing: 'in-advance' as const },
    ];
    const price = { currency: 'PLN' as const, components };
    await room.call('catalog.planVersionAdd', { planId, validFrom: '2026-10-10', price });
    const effect = '2026-10-20';
    await startMove(room, await previewMove(room, { planId, effect, query: 'customer=Kept' }));
    const toHourly = await startMove(
      room,
      await previewMove(room, { planId: hourly, effect, query: 'customer=Machine' }),
    );
    const toLatest = await startMove(
      room,
      await previewMove(room, { planId, effect, query: '-customer=Kept -customer=Machine' }),
    );
    expect([toHourly.planned, toLatest.planned, await isMetered(room, machine)]).toEqual([1, 3, true]);
    // Units that only the new version has a price for, ordered for its days.
    await room.call('billing.subscriptionChange', {
      subscriptionId: units,
      change: { do: 'change', allocations: { vcpu: '2' } },
      on: '2026-10-25',
    });

    await comeTo(room, '2026-10-10', '2026-10-14');
    const paid = '2026-10-01 fee service 2026-10-01/2027-10-01 3650.00';
    expect(await chargesIn(room, kept)).toEqual([paid]);
    await takeBack(room, toHourly.id);
    await takeBack(room, toLatest.id);
    expect(await itemsIn(room, toLatest.id)).toEqual({
      Back: 'undone 3650.00 → 7300.00 per year on 2026-10-20',
      Other: 'undone 3650.00 → 7300.00 per year on 2026-10-20',
      Units: 'done 3650.00 → 7300.00 per year on 2026-10-20 changed-since',
    });
    // Nobody waits any more for the hours of a machine that is not charged by them.
    expect(await isMetered(room, machine)).toBe(false);
    // What is decided after it was taken back is not undone on the day of the move.
    await room.call('billing.subscriptionChange', {
      subscriptionId: other,
      change: { do: 'change', planId: larger },
    });
    await comeTo(room, '2026-10-14', '2026-10-28');
    expect(await chargesIn(room, kept)).toEqual([
      paid,
      '2026-10-20 fee repair 2026-10-20/2027-10-01 -3460.00',
      '2026-10-20 fee service 2026-10-20/2027-10-01 6920.00',
    ]);
    for (const id of [back, machine]) expect(await chargesIn(room, id)).toEqual([paid]);
    expect(await chargesIn(room, other)).toEqual([
      paid,
      '2026-10-14 fee repair 2026-10-14/2027-10-01 -3520.00',
      '2026-10-14 fee service 2026-10-14/2027-10-01 10560.00',
    ]);
    for (const id of [kept, back, other, units, machine]) await expectAsOnce(room, id, '2026-10-27');
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('on another day than was looked at stays; previewed again and ended, what was moved can be taken back', async () => {
    const room = await openRepricingRoom(stores);
    const planId = await makePlan(room, 'Basic', [monthlyFee]);
    await sellTo(room, 'Stays', { planId });
    await sellTo(room, 'Early', { planId, anchorDay: 12 });
    await comeTo(room, '2026-10-01', '2026-10-10');
    const price = { currency: 'PLN' as const, components: [{ ...monthlyFee, price: '340' }] };
    await room.call('catalog.planVersionAdd', { planId, validFrom: '2026-10-10', price });
    const preview = await previewMove(room, { planId, effect: 'period-end' });
    const { id: repricingId } = preview;
    const [one, next] = await Promise.all(
      ['2026-11-01', '2026-11-02'].map(
        async (effect) => await previewMove(room, { planId, effect: localDate(effect) }),
      ),
    );
    expect(one?.totals).toEqual(next?.totals);
    expect(one?.digest).not.toBe(next?.digest);

    await comeTo(room, '2026-10-10', '2026-10-13');
    const moved = await startMove(room, preview);
    expect(moved).toMatchObject({ counts: { done: 1, failed: 1 }, planned: 1 });
    expect(moved.reasons[0]?.example).toBe(
      'It is not as it was previewed any more: it would be moved on 2026-11-12 instead of 2026-10-12.',
    );
    await room.call('repricing.repricingRetry', { repricingId });
    await room.call('repricing.repricingAbort', { repricingId });
    const ended = await room.call('repricing.repricingGet', { repricingId });
    expect(ended).toMatchObject({ state: 'moved', counts: { done: 1, cancelled: 1 }, planned: 1 });
    await room.call('repricing.repricingRetry', { repricingId });
    expect(await previewed(room, repricingId)).toMatchObject({ state: 'ready', counts: { waiting: 1 } });
    await takeBack(room, repricingId);
    expect(await room.call('repricing.repricingGet', { repricingId })).toMatchObject({
      state: 'moved',
      counts: { undone: 1, cancelled: 1, waiting: 0 },
      planned: 0,
    });
    // One that moved nobody yet is aborted, as ever.
    await room.call('repricing.repricingAbort', { repricingId: one?.id ?? '' });
    expect(await room.call('repricing.repricingGet', { repricingId: one?.id ?? '' })).toMatchObject({
      state: 'aborted',
    });
  });

  it('can be taken back for one customer alone; usage that it put on hold has its place again', async () => {
    const room = await openRepricingRoom(stores);
    await declareCalls(room);
    const planId = await makePlan(room, 'Calls', [monthlyFee, apiCalls]);
    const flat = await makePlan(room, 'Flat', [{ ...monthlyFee, price: '620' }]);
    const alone = await sellTo(room, 'Alone', { planId });
    const rest = await sellTo(room, 'Rest', { planId });
    await comeTo(room, '2026-10-01', '2026-10-10');
    const move = await startMove(room, await previewMove(room, { planId: flat, effect: '2026-10-20' }));
    expect(move.planned).toBe(2);
    await comeTo(room, '2026-10-10', '2026-10-19');
    // Two minutes before midnight of Warsaw; clocks of those who tell may be ahead.
    room.setNow('2026-10-19T21:58:00Z');
    await tell(room, rest, ['rest 2026-10-19T22:01:00Z 100']);
    await tell(room, alone, ['alone 2026-10-19T22:01:00Z 200']);
    const held = async (): Promise<string[]> =>
      (await room.call('metering.heldUsageList', {})).rows.map(({ id }) => id).toSorted();
    expect(await held()).toEqual(['alone', 'rest']);
    await room.call('billing.subscriptionTakeBack', { subscriptionId: alone, seq: 2 });
    expect(await held()).toEqual(['rest']);
    await takeBack(room, move.id);
    expect(await held()).toEqual([]);
    expect(Object.values(await itemsIn(room, move.id)).map((words) => words.split(' ')[0])).toEqual([
      'undone',
      'undone',
    ]);
    const { rows } = await room.call('billing.subscriptionHistory', { subscriptionId: alone });
    expect(rows.map(({ what, isTakenBack }) => [what, isTakenBack])).toEqual([
      ['start', false],
      ['change', true],
      ['take-back', false],
    ]);
    await comeTo(room, '2026-10-19', '2026-11-02');
    for (const [id, minor] of [
      [alone, '2.00'],
      [rest, '1.00'],
    ] as const) {
      expect(await chargesIn(room, id)).toEqual([
        '2026-10-01 fee service 2026-10-01/2026-11-01 310.00',
        `2026-10-31 calls usage 2026-10-01/2026-11-01 ${minor}`,
        '2026-11-01 fee service 2026-11-01/2026-12-01 310.00',
      ]);
    }
  });

  it('holds the change of plan in its place by which a customer was one of those it moves', async () => {
    const room = await openRepricingRoom(stores);
    const planId = await makePlan(room, 'Basic', [monthlyFee]);
    const larger = await makePlan(room, 'Larger', [{ ...monthlyFee, price: '620' }]);
    const subscriptionId = await sellTo(room, 'Customer', { planId });
    await comeTo(room, '2026-10-01', '2026-10-10');
    const change = { do: 'change' as const, planId: larger };
    await room.call('billing.subscriptionChange', { subscriptionId, change });
    const price = { currency: 'PLN' as const, components: [{ ...monthlyFee, price: '930' }] };
    await room.call('catalog.planVersionAdd', { planId: larger, validFrom: '2026-10-11', price });
    const move = await startMove(room, await previewMove(room, { planId: larger, effect: 'period-end' }));
    expect(move.planned).toBe(1);
    const planned = async (): Promise<(string | null)[]> =>
      (await room.call('billing.subscriptionPlanned', { subscriptionId })).rows.map(({ whyKept }) => whyKept);
    expect(await planned()).toEqual([
      'What was decided for 2026-11-01 builds on it: take that back first.',
      null,
    ]);
    expect(await room.refused('billing.subscriptionTakeBack', { subscriptionId, seq: 2 })).toEqual({
      code: 'built-on',
      facts: { on: '2026-11-01' },
    });
    await room.call('billing.subscriptionTakeBack', { subscriptionId, seq: 3 });
    expect(await planned()).toEqual([null]);
    await room.call('billing.subscriptionTakeBack', { subscriptionId, seq: 2 });
    await comeTo(room, '2026-10-10', '2026-11-02');
    expect(await chargesIn(room, subscriptionId)).toEqual([
      '2026-10-01 fee service 2026-10-01/2026-11-01 310.00',
      '2026-11-01 fee service 2026-11-01/2026-12-01 310.00',
    ]);
  });

  it('leaves members a pool, and a VM that shares one to it', async () => {
    const room = await openRepricingRoom(stores);
    const pooled = await makePlan(room, 'Pool', [vcpuPool]);
    const fixed = await makePlan(room, 'Fixed', [monthlyFee]);
    const hourly = await makePlan(room, 'Hourly', [vcpuHours]);
    await room.addVm('vm');
    const customer = { name: 'Customer', country: 'PL', currency: 'PLN' } as const;
    const { customerId } = await room.call('customers.customerCreate', customer);
    const start = { customerId, startsOn: localDate('2026-10-01') };
    const pool = await room.call('billing.subscriptionStart', { ...start, planId: pooled });
    await room.call('billing.subscriptionStart', { ...start, planId: fixed, vmId: 'vm' });
    await comeTo(room, '2026-10-01', '2026-10-10');
    await room.call('billing.poolMemberAdd', { subscriptionId: pool.subscriptionId, vmId: 'vm' });
    const whyNot = async (planId: string, query: string): Promise<string | undefined> =>
      (await previewMove(room, { planId, query, effect: '2026-11-01' })).reasons[0]?.example;
    expect(await whyNot(fixed, 'plan=Pool')).toBe(
      'Fixed has no pool for the 1 VMs that share this one: remove them first.',
    );
    expect(await whyNot(hourly, 'plan=Fixed')).toBe(
      'vm is in the pool of Pool of Customer, which is charged for what it uses: remove it there first.',
    );
  });
});
