import { afterAll, expect, it } from 'vitest';
import { localDate } from '../../../../shared/kernel/local-date.ts';
import type { MeterTables } from '../../../testing/billing-meters.ts';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import {
  chargesIn,
  makePlan,
  monthlyFee,
  sellByPeriod,
  vcpuHours,
  type Components,
} from '../../../testing/period-room.ts';
import { join, sellPool, september, vcpuPool, vms, type Pool } from '../../../testing/pool-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { unprotect } from '../../../testing/unprotect.ts';
import type { BillingTables } from '../billing-tables.ts';

afterAll(closePressForTest);

const NOW = '2026-10-01T08:00:00Z';
const smallPool = { ...vcpuPool, bought: '1' } as const;
const byUse: Components = [{ ...vcpuHours, pricing: { tiers: 'flat', price: '1' } }];

/** Every VM has 4 vCPUs in all of these days. */
async function meter(room: BillingRoom, days: { from: string; toExclusive: string }, ...ids: string[]) {
  for (const id of ids) await room.meter(id, { ...days, vcpus: 4, memoryMib: 1024 });
}

async function comeTo(room: BillingRoom, from: string, day: string): Promise<void> {
  room.setNow(`${day}T08:00:00Z`);
  await closeDays(room, from, day);
}

async function inPool(room: BillingRoom, { subscriptionId }: Pool): Promise<string[]> {
  const { rows } = await room.call('billing.poolMemberList', { subscriptionId });
  return rows.flatMap(({ vmId, isIn }) => (isIn ? [vmId] : [])).toSorted();
}

async function lastSeq(room: BillingRoom, subscriptionId: string): Promise<number> {
  const { rows } = await room.call('billing.subscriptionHistory', { subscriptionId });
  return rows.at(-1)?.seq ?? 0;
}

async function verified(room: BillingRoom): Promise<void> {
  expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
}

describeOnBothStores('a pool whose subscription changes', (stores) => {
  it('is charged for its members whatever is decided about it, and until the day it ends', async () => {
    const room = await openBillingRoom(stores);
    await vms(room, 'a', 'b');
    const pool = await sellPool(room);
    const { subscriptionId } = pool;
    await join(room, pool, '2026-09-01T00:00:00+02:00', 'a', 'b');
    room.setNow('2026-09-02T08:00:00Z');
    const change = { do: 'change', quantity: '0.5' } as const;
    await room.call('billing.subscriptionChange', { subscriptionId, change, on: localDate('2026-09-16') });
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: '2026-10-01' });
    room.setNow(NOW);
    await meter(room, september, 'a', 'b');
    await closeDays(room, '2026-09-01', '2026-10-01');
    // 8 together: none beyond 10, then 15 days 3 beyond 5 for 0.50 each.
    expect((await chargesIn(room, subscriptionId)).filter((charge) => charge.includes('overage'))).toEqual([
      '2026-09-30 vcpus overage 2026-09-01/2026-10-01 22.50',
    ]);
    await verified(room);
  });

  it('has its members again when its end is taken back, those added while it stood too', async () => {
    const room = await openBillingRoom(stores);
    await vms(room, 'a', 'b');
    const pool = await sellPool(room, [smallPool]);
    const { subscriptionId } = pool;
    await join(room, pool, '2026-09-01T00:00:00+02:00', 'a');
    await comeTo(room, '2026-09-01', '2026-09-10');
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: '2026-09-12' });
    await join(room, pool, '2026-09-10T12:00:00+02:00', 'b');
    await comeTo(room, '2026-09-10', '2026-09-12');
    expect(await inPool(room, pool)).toEqual([]);
    const seq = await lastSeq(room, subscriptionId);
    await room.call('billing.subscriptionTakeBack', { subscriptionId, seq });
    expect(await inPool(room, pool)).toEqual(['a', 'b']);
    room.setNow(NOW);
    await meter(room, { from: '2026-09-12', toExclusive: '2026-10-01' }, 'a', 'b');
    await closeDays(room, '2026-09-12', '2026-10-01');
    // 19 days 7 beyond.
    expect(await chargesIn(room, subscriptionId)).toContain(
      '2026-09-30 vcpus overage 2026-09-01/2026-10-01 66.50',
    );
    await verified(room);
  });

  it('lets go when it ends of those that are sold by what they use, and they stay so when that is taken back', async () => {
    const room = await openBillingRoom(stores);
    await vms(room, 'a', 'b', 'c');
    const pool = await sellPool(room, [smallPool]);
    const { subscriptionId, customerId } = pool;
    const fixed = await makePlan(room, 'Fixed', [monthlyFee]);
    const start = { customerId, startsOn: localDate('2026-09-01') };
    const own = await room.call('billing.subscriptionStart', { ...start, planId: fixed, vmId: 'b' });
    await join(room, pool, '2026-09-01T00:00:00+02:00', 'a', 'b', 'c');
    await meter(room, september, 'a', 'b', 'c');
    await comeTo(room, '2026-09-01', '2026-09-10');
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: '2026-09-12' });
    const planId = await makePlan(room, 'By use', byUse);
    const sold = { customerId, planId, vmId: 'a' };
    expect(
      await room.refused('billing.subscriptionStart', { ...sold, startsOn: localDate('2026-09-11') }),
    ).toEqual({
      code: 'vm-left-pool',
      facts: { vm: 'a', plan: 'Plan', customer: 'Klient Plan', freeFrom: '2026-09-12' },
    });
    await room.call('billing.subscriptionStart', { ...sold, startsOn: localDate('2026-09-12') });
    const change = { do: 'change', planId } as const;
    const other = { subscriptionId: own.subscriptionId, change };
    const early = { ...other, on: localDate('2026-09-11') };
    expect(await room.refused('billing.subscriptionChange', early)).toMatchObject({ code: 'vm-left-pool' });
    await room.call('billing.subscriptionChange', { ...other, on: localDate('2026-09-12') });
    const seq = await lastSeq(room, subscriptionId);
    await room.call('billing.subscriptionTakeBack', { subscriptionId, seq });
    room.setNow('2026-09-12T08:00:00Z');
    expect(await inPool(room, pool)).toEqual(['c']);
    room.setNow(NOW);
    await closeDays(room, '2026-09-10', '2026-10-01');
    // 11 days 11 beyond 1, then 19 days 3.
    expect(await chargesIn(room, subscriptionId)).toContain(
      '2026-09-30 vcpus overage 2026-09-01/2026-10-01 89.00',
    );
    expect(await chargesIn(room, own.subscriptionId)).toContain(
      `2026-09-30 cpu usage 2026-09-12/2026-10-01 ${19 * 24 * 4}.00`,
    );
    await verified(room);
  });

  it('takes no VM that would share nothing later, and keeps the plan its members share', async () => {
    const room = await openBillingRoom(stores);
    await vms(room, 'a', 'b');
    const sold = await sellByPeriod(room, {
      components: [monthlyFee],
      startsOn: '2026-09-01',
      name: 'Fixed',
    });
    const { subscriptionId } = sold;
    await comeTo(room, '2026-09-01', '2026-09-10');
    const poolPlan = await makePlan(room, 'Pool', [smallPool]);
    const fixed = await makePlan(room, 'Later', [monthlyFee]);
    const decide = async (planId: string, on: string): Promise<number> => {
      const change = { do: 'change', planId } as const;
      await room.call('billing.subscriptionChange', { subscriptionId, change, on: localDate(on) });
      return await lastSeq(room, subscriptionId);
    };
    const toPool = await decide(poolPlan, '2026-09-10');
    const away = await decide(fixed, '2026-09-20');
    const asked = { subscriptionId, vmId: 'a' };
    expect(await room.refused('billing.poolMemberAdd', asked)).toEqual({
      code: 'pool-ends',
      facts: { plan: 'Pool', customer: 'Klient Fixed', on: '2026-09-20', vm: 'a' },
    });
    await room.call('billing.subscriptionTakeBack', { subscriptionId, seq: away });
    await room.call('billing.poolMemberAdd', asked);
    const why = 'What is decided for 2026-09-10 would not fit then: Fixed has no pool for the 1 VMs';
    const { rows } = await room.call('billing.subscriptionPlanned', { subscriptionId });
    expect(rows[0]?.whyKept).toContain(why);
    expect(await room.refused('billing.subscriptionTakeBack', { subscriptionId, seq: toPool })).toMatchObject(
      { code: 'later-terms', facts: { on: '2026-09-10' } },
    );
  });

  it('does not hold a VM that was removed before its first day', async () => {
    const room = await openBillingRoom(stores);
    await vms(room, 'a');
    room.setNow(NOW);
    const pool = await sellPool(room, [smallPool], { name: 'Later', startsOn: '2026-10-10' });
    const { subscriptionId, customerId } = pool;
    const [memberId = ''] = await join(room, pool, NOW, 'a');
    await room.call('billing.poolMemberRemove', { memberId });
    expect(await inPool(room, pool)).toEqual([]);
    expect(await room.refused('billing.poolMemberRemove', { memberId })).toMatchObject({
      code: 'not-in-pool',
    });
    const { rows } = await room.call('billing.subscriptionList', { query: `id:${subscriptionId}` });
    expect(rows[0]?.poolMembers).toBe(0);
    const planId = await makePlan(room, 'By use', byUse);
    const sold = { customerId, planId, vmId: 'a', startsOn: localDate('2026-10-01') };
    const own = await room.call('billing.subscriptionStart', sold);
    await room.call('billing.subscriptionEnd', {
      subscriptionId: own.subscriptionId,
      endsOn: localDate('2026-10-01'),
    });
    await join(room, pool, NOW, 'a');
    expect(await inPool(room, pool)).toEqual(['a']);
  });

  it('and the end of what charged a VM by itself: not taken back over hours that are the pool’s, also of one it has left', async () => {
    const room = await openBillingRoom(stores);
    const { subscriptionId } = await sell(room, { vm: 'billed', startsOn: '2026-09-01' });
    await comeTo(room, '2026-09-01', '2026-09-10');
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: '2026-09-10' });
    const { rows } = await room.call('billing.subscriptionList', { query: `id:${subscriptionId}` });
    const planId = await makePlan(room, 'Pool', [smallPool]);
    const { customerId = '' } = rows[0] ?? {};
    const sold = { customerId, planId, startsOn: localDate('2026-09-10') };
    const pool = { customerId, ...(await room.call('billing.subscriptionStart', sold)) };
    const [memberId = ''] = await join(room, pool, '2026-09-10T12:00:00+02:00', 'billed');
    const back = { subscriptionId, seq: 2 };
    const pooled = { code: 'vm-pooled', facts: { vm: 'billed', plan: 'Pool' } };
    expect(await room.refused('billing.subscriptionTakeBack', back)).toMatchObject(pooled);
    room.setNow('2026-09-11T08:00:00Z');
    await room.call('billing.poolMemberRemove', { memberId });
    expect(await room.refused('billing.subscriptionTakeBack', back)).toMatchObject(pooled);
  });

  it('takes a VM that was once charged by what it used, and is not any more', async () => {
    const room = await openBillingRoom(stores);
    await vms(room, 'a');
    const own = await sellByPeriod(room, {
      components: byUse,
      startsOn: '2026-09-01',
      name: 'Own',
      vmId: 'a',
    });
    const { customerId, subscriptionId } = own;
    await meter(room, september, 'a');
    await comeTo(room, '2026-09-01', '2026-09-10');
    const fixed = await makePlan(room, 'Fixed', [monthlyFee]);
    const toFixed = { do: 'change', planId: fixed } as const;
    await room.call('billing.subscriptionChange', {
      subscriptionId,
      change: toFixed,
      on: localDate('2026-09-10'),
    });
    const seq = await lastSeq(room, subscriptionId);
    const planId = await makePlan(room, 'Pool', [smallPool, ...byUse]);
    const sold = { customerId, planId, startsOn: localDate('2026-09-10') };
    const pool = { customerId, ...(await room.call('billing.subscriptionStart', sold)) };
    await join(room, pool, '2026-09-10T12:00:00+02:00', 'a');
    // By use again: neither decided nor by taking back what ended it.
    const again = { subscriptionId, change: { do: 'change' as const, planId: own.planId } };
    expect(await room.refused('billing.subscriptionChange', again)).toMatchObject({ code: 'vm-in-pool' });
    expect(await room.refused('billing.subscriptionTakeBack', { subscriptionId, seq })).toMatchObject({
      code: 'later-terms',
    });
    await room.call('billing.subscriptionChange', {
      subscriptionId,
      change: { do: 'change', quantity: '2' },
      on: localDate('2026-09-20'),
    });
    room.setNow(NOW);
    await closeDays(room, '2026-09-10', '2026-10-01');
    expect((await chargesIn(room, subscriptionId)).filter((charge) => charge.includes('usage'))).toEqual([
      `2026-09-10 cpu usage 2026-09-01/2026-09-10 ${9 * 24 * 4}.00`,
    ]);
    expect(await chargesIn(room, pool.subscriptionId)).toContain(
      `2026-09-30 cpu usage 2026-09-10/2026-10-01 ${20 * 24 * 4 + 12 * 4}.00`,
    );
    await verified(room);
  });

  it('is verified by hours that may have grown since a day closed, and on each day it has members', async () => {
    const room = await openBillingRoom(stores);
    await vms(room, 'a', 'b');
    const pool = await sellPool(room, [smallPool]);
    await join(room, pool, '2026-09-28T00:00:00+02:00', 'a', 'b');
    room.setNow(NOW);
    await meter(room, september, 'a');
    await closeDays(room, '2026-09-01', '2026-10-01');
    await verified(room);
    // It was missing when the days closed, and nobody waited for it.
    await meter(room, { from: '2026-09-29', toExclusive: '2026-09-30' }, 'b');
    await verified(room);
    const said = async (): Promise<readonly string[]> =>
      (await room.call('billing.ledgerVerify', {})).problems;
    const hours = room.store.tables<MeterTables>().deleteFrom('meter_hour');
    await hours
      .where('vm_id', '=', 'a')
      .where('hour_at_ms', '=', Date.parse('2026-09-29T10:00:00Z'))
      .execute();
    expect(await said()).toEqual([
      `The pool ${pool.subscriptionId} (Plan) was read on 2026-09-29 otherwise than the hours of its members say.`,
    ]);
    await unprotect(room, 'pool_mark');
    const marks = room.store.tables<BillingTables>().deleteFrom('pool_mark');
    await marks.where('day', '=', localDate('2026-09-29')).execute();
    expect(await said()).toContain(
      `The pool ${pool.subscriptionId} (Plan) has members on 2026-09-29, which is closed, and nobody read them.`,
    );
  });
});
