import { afterAll, expect, it } from 'vitest';
import { closeDays, closePressForTest, openBillingRoom, sell } from '../../../testing/billing-room.ts';
import { giveMeterVm } from '../../../testing/billing-meters.ts';
import { unprotect } from '../../../testing/unprotect.ts';
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
import type { BillingTables } from '../billing-tables.ts';

afterAll(closePressForTest);

const NOW = '2026-10-01T08:00:00Z';

describeOnBothStores('a pool of VMs', (stores) => {
  it('is charged for what its members have together in the hour that is highest, day by day', async () => {
    const room = await openBillingRoom(stores);
    await vms(room, 'a', 'b');
    const pool = await sellPool(room);
    await join(room, pool, '2026-09-01T00:00:00+02:00', 'a', 'b');
    room.setNow(NOW);
    // 12 together on 2 days, 11 on another, 8 else.
    await room.meter('a', { ...september, vcpus: 4, memoryMib: 1024 });
    await room.meter('b', { from: '2026-09-01', toExclusive: '2026-09-10', vcpus: 4, memoryMib: 1024 });
    await room.meter('b', { from: '2026-09-10', toExclusive: '2026-09-12', vcpus: 8, memoryMib: 1024 });
    await room.meter('b', { from: '2026-09-12', toExclusive: '2026-09-13', vcpus: 7, memoryMib: 1024 });
    await closeDays(room, '2026-09-01', '2026-10-01');
    expect(await chargesIn(room, pool.subscriptionId)).toEqual([
      '2026-09-30 vcpus service 2026-09-01/2026-10-01 30.00',
      '2026-09-30 vcpus overage 2026-09-01/2026-10-01 2.50',
    ]);
    const { rows } = await room.call('billing.chargeList', { subscriptionId: pool.subscriptionId });
    const explained = rows.find(({ reason }) => reason === 'overage')?.explanation;
    expect(explained).toMatchObject({
      aggregate: 'daily',
      billable: '5',
      quantity: String(9 * 8 + 2 * 12 + 11 + 18 * 4),
    });
    const { pool: days } = explained as { pool: { day: string }[] };
    expect(days).toHaveLength(30);
    expect(days.find(({ day }) => day === '2026-09-10')).toEqual({
      day: '2026-09-10',
      hour: '2026-09-09T22:00:00.000Z',
      quantity: '12',
      members: [
        { vmId: 'b', vm: 'b', quantity: '8' },
        { vmId: 'a', vm: 'a', quantity: '4' },
      ],
      others: 0,
    });
    const asked = { subscriptionId: pool.subscriptionId, start: '2026-09-01', endExclusive: '2026-10-01' };
    const { parts } = await room.call('billing.poolUsage', asked);
    expect(parts).toMatchObject([
      {
        component: 'vcpus',
        bought: '10',
        daysBeyond: 3,
        beyond: '5',
        highest: { day: '2026-09-10', quantity: '12' },
      },
    ]);
    await room.call('billing.dayClose', { day: '2026-09-30' });
    expect(await chargesIn(room, pool.subscriptionId)).toHaveLength(2);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('goes by the highest day of the period where its plan says so, and adds up hours of all members', async () => {
    const room = await openBillingRoom(stores);
    await vms(room, 'a', 'b');
    const hours = { ...vcpuHours, align: 'calendar', pricing: { tiers: 'flat', price: '0.01' } } as const;
    const pool = await sellPool(room, [{ ...vcpuPool, aggregate: 'peak' }, hours]);
    await join(room, pool, '2026-09-28T12:00:00+02:00', 'a', 'b');
    room.setNow(NOW);
    await room.meter('a', { ...september, vcpus: 6, memoryMib: 1024 });
    await room.meter('b', { ...september, vcpus: 7, memoryMib: 1024 });
    await closeDays(room, '2026-09-01', '2026-10-01');
    // Both from noon of the 28th on: 60 hours of 13 vCPUs; 3 beyond at the highest.
    expect(await chargesIn(room, pool.subscriptionId)).toEqual([
      '2026-09-30 cpu usage 2026-09-01/2026-10-01 7.80',
      '2026-09-30 vcpus service 2026-09-01/2026-10-01 30.00',
      '2026-09-30 vcpus overage 2026-09-01/2026-10-01 1.50',
    ]);
  });

  it('counts a member from the hour it came and until the hour it left, and no hour in two pools', async () => {
    const room = await openBillingRoom(stores);
    await vms(room, 'a');
    const hours: Components = [
      { ...vcpuPool, bought: '1' },
      { ...vcpuHours, pricing: { tiers: 'flat', price: '1' } },
    ];
    const one = await sellPool(room, hours, { name: 'One' });
    const other = await sellByPeriod(room, { components: hours, startsOn: '2026-09-01', name: 'Other' });
    await room.meter('a', { from: '2026-09-28', toExclusive: '2026-09-29', vcpus: 1, memoryMib: 1024 });
    const [memberId = ''] = await join(room, one, '2026-09-28T06:59:00+02:00', 'a');
    room.setNow('2026-09-28T10:30:00+02:00');
    expect(await room.call('billing.poolMemberRemove', { memberId })).toEqual({
      to: '2026-09-28T08:00:00.000Z',
    });
    await join(room, other, '2026-09-28T10:31:00+02:00', 'a');
    room.setNow(NOW);
    await closeDays(room, '2026-09-01', '2026-10-01');
    const used = async ({ subscriptionId }: Pool): Promise<string | undefined> =>
      (await chargesIn(room, subscriptionId)).find((charge) => charge.includes(' usage '));
    // 6 to 10, then 10 to 24: 18 hours of the day, and the six before it came are nobody's.
    expect(await used(one)).toBe('2026-09-30 cpu usage 2026-09-01/2026-10-01 4.00');
    expect(await used(other)).toBe('2026-09-30 cpu usage 2026-09-01/2026-10-01 14.00');
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('is as though nothing happened when a VM is taken back on the day it was added, and not later', async () => {
    const room = await openBillingRoom(stores);
    await vms(room, 'a');
    const pool = await sellPool(room, [{ ...vcpuPool, bought: '1' }]);
    await room.meter('a', { ...september, vcpus: 9, memoryMib: 1024 });
    const [first = ''] = await join(room, pool, '2026-09-28T00:10:00+02:00', 'a');
    room.setNow('2026-09-28T23:50:00+02:00');
    const { subscriptionId } = pool;
    expect((await room.call('billing.poolMemberList', { subscriptionId })).rows).toMatchObject([
      { vmId: 'a', to: null, mayUndo: true, undone: false },
    ]);
    await room.call('billing.poolMemberRemove', { memberId: first, undo: true });
    const [second = ''] = await join(room, pool, '2026-09-29T23:10:00+02:00', 'a');
    room.setNow('2026-09-30T00:10:00+02:00');
    expect(await room.refused('billing.poolMemberRemove', { memberId: second, undo: true })).toEqual({
      code: 'too-late-to-undo',
      facts: { vm: 'a', plan: 'Plan', customer: 'Klient Plan', day: '2026-09-29' },
    });
    await room.call('billing.poolMemberRemove', { memberId: second });
    expect(await room.refused('billing.poolMemberRemove', { memberId: second })).toMatchObject({
      code: 'not-in-pool',
    });
    room.setNow(NOW);
    await closeDays(room, '2026-09-01', '2026-10-01');
    // 8 beyond on the 29th alone, from 23 o'clock.
    expect(await chargesIn(room, subscriptionId)).toContain(
      '2026-09-30 vcpus overage 2026-09-01/2026-10-01 4.00',
    );
    const { rows } = await room.call('billing.poolMemberList', { subscriptionId });
    expect(rows.map(({ undone, from, to }) => [undone, from === to])).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  it('waits for the host of each member as long as it is one; what is heard of late has its own period', async () => {
    const room = await openBillingRoom(stores);
    await vms(room, 'a', 'b', 'c');
    const pool = await sellPool(room);
    await room.meter('a', { ...september, vcpus: 8, memoryMib: 1024 });
    await room.meter('b', { ...september, vcpus: 8, memoryMib: 1024 });
    const [, , left = ''] = await join(room, pool, '2026-09-28T00:00:00+02:00', 'a', 'b', 'c');
    room.setNow('2026-09-29T10:00:00+02:00');
    await room.call('billing.poolMemberRemove', { memberId: left });
    room.setNow(NOW);
    room.hostAway(['b'], '2026-09-29T12:00:00+02:00', 'hv2 is away');
    // After it left nobody waits for it.
    room.hostAway(['c'], '2026-09-29T10:00:00+02:00', 'hv3 is away');
    await closeDays(room, '2026-09-01', '2026-09-29');
    expect(await room.call('billing.dayClose', { day: '2026-09-29' })).toMatchObject({ held: 1 });
    await closeDays(room, '2026-09-30', '2026-10-01');
    expect(await chargesIn(room, pool.subscriptionId)).toEqual([
      '2026-09-30 vcpus service 2026-09-01/2026-10-01 30.00',
      '2026-09-30 vcpus overage 2026-09-01/2026-10-01 3.00',
    ]);
    room.hostBack(['b']);
    expect(await room.call('billing.dayClose', { day: '2026-09-29' })).toMatchObject({ held: 0, posted: 1 });
    expect(await room.call('billing.dayClose', { day: '2026-09-30' })).toMatchObject({ held: 0, posted: 1 });
    expect(
      (await chargesIn(room, pool.subscriptionId)).filter((charge) => charge.includes('overage')),
    ).toEqual([
      '2026-09-29 vcpus overage 2026-09-01/2026-10-01 3.00',
      '2026-09-30 vcpus overage 2026-09-01/2026-10-01 3.00',
      '2026-09-30 vcpus overage 2026-09-01/2026-10-01 3.00',
    ]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('takes a VM once: not of another customer, not from another pool, not one that is paid for by what it uses', async () => {
    const room = await openBillingRoom(stores);
    await vms(room, 'a', 'own', 'theirs', 'fixed');
    const pool = await sellPool(room, [vcpuPool], { name: 'Pool', vmId: 'own' });
    const other = await sellPool(room, [vcpuPool], { name: 'Other' });
    const plain = await sellPool(room, [monthlyFee], { name: 'Plain', vmId: 'fixed' });
    await giveMeterVm(room.store.tables(), 'theirs', other.customerId);
    await sell(room, { vm: 'billed', startsOn: '2026-09-01' });
    const { subscriptionId: ending } = await sell(room, { vm: 'ending', startsOn: '2026-09-01' });
    await room.call('billing.subscriptionEnd', { subscriptionId: ending, endsOn: '2026-10-02' });
    await join(room, other, NOW, 'a');
    const refusal = async (subscriptionId: string, vmId: string): Promise<unknown> =>
      await room.refused('billing.poolMemberAdd', { subscriptionId, vmId });
    const { subscriptionId } = pool;
    expect(await refusal(subscriptionId, 'own')).toMatchObject({ code: 'own-vm' });
    expect(await refusal(subscriptionId, 'none')).toMatchObject({ code: 'no-such-vm' });
    expect(await refusal(plain.subscriptionId, 'billed')).toEqual({
      code: 'no-pool',
      facts: { plan: 'Plain' },
    });
    expect(await refusal(subscriptionId, 'theirs')).toEqual({
      code: 'vm-of-another',
      facts: { vm: 'theirs', owner: 'Klient Other', customer: 'Klient Pool' },
    });
    expect(await refusal(subscriptionId, 'a')).toEqual({
      code: 'in-pool',
      facts: { vm: 'a', plan: 'Other', owner: 'Klient Other', until: 'already' },
    });
    expect(await refusal(subscriptionId, 'billed')).toMatchObject({
      code: 'counted-elsewhere',
      facts: { vm: 'billed', until: 'and goes on' },
    });
    expect(await refusal(subscriptionId, 'ending')).toMatchObject({
      code: 'counted-elsewhere',
      facts: { until: 'until 2026-10-02' },
    });
    // Not charged by what it uses: it may share.
    await join(room, pool, NOW, 'fixed');
    const asked = { customerId: plain.customerId, vmId: 'a', startsOn: '2026-10-01' };
    const planId = await makePlan(room, 'By use', [vcpuHours]);
    expect(await room.refused('billing.subscriptionStart', { ...asked, planId })).toEqual({
      code: 'vm-in-pool',
      facts: { vm: 'a', plan: 'Other', customer: 'Klient Other' },
    });
    const change = { do: 'change', planId } as const;
    expect(
      await room.refused('billing.subscriptionChange', { subscriptionId: plain.subscriptionId, change }),
    ).toMatchObject({ code: 'vm-in-pool', facts: { vm: 'fixed', plan: 'Pool' } });
    expect(await room.refused('billing.subscriptionChange', { subscriptionId, change })).toEqual({
      code: 'pool-has-members',
      facts: { plan: 'By use', members: 1 },
    });
  });

  it('ends with its subscription, and lets its members go then', async () => {
    const room = await openBillingRoom(stores);
    await vms(room, 'a', 'b');
    const pool = await sellPool(room, [vcpuPool], { name: 'Pool' });
    const other = await sellPool(room, [vcpuPool], { name: 'Other' });
    await join(room, pool, '2026-09-28T12:00:00+02:00', 'a');
    const { subscriptionId } = pool;
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: '2026-09-30' });
    expect((await room.call('billing.poolMemberList', { subscriptionId })).rows).toMatchObject([
      { vmId: 'a', to: '2026-09-29T22:00:00.000Z' },
    ]);
    expect(
      await room.refused('billing.poolMemberAdd', { subscriptionId: other.subscriptionId, vmId: 'a' }),
    ).toMatchObject({ code: 'in-pool', facts: { until: 'until it ends on 2026-09-30' } });
    await join(room, other, '2026-09-30T00:20:00+02:00', 'a');
    expect(await room.refused('billing.poolMemberAdd', { subscriptionId, vmId: 'b' })).toMatchObject({
      code: 'subscription-ended',
      facts: { plan: 'Pool', endsOn: '2026-09-30', customer: 'Klient Pool', vm: 'b' },
    });
  });

  it('is kept apart by the database, and verified against its members and their hours', async () => {
    const room = await openBillingRoom(stores);
    await vms(room, 'a', 'b');
    const pool = await sellPool(room);
    await join(room, pool, '2026-09-28T00:00:00+02:00', 'a', 'b');
    room.setNow(NOW);
    await room.meter('a', { ...september, vcpus: 8, memoryMib: 1024 });
    await room.meter('b', { ...september, vcpus: 8, memoryMib: 1024 });
    await closeDays(room, '2026-09-01', '2026-10-01');
    const db = room.store.tables<BillingTables>();
    const [member] = await db.selectFrom('pool_member').selectAll().execute();
    const row = { ...member!, id: 'pme_2' };
    await expect(db.insertInto('pool_member').values(row).execute()).rejects.toThrow();
    const within = { ...row, to_ms: row.from_ms + 7_200_000 };
    await expect(db.insertInto('pool_member').values(within).execute()).rejects.toThrow();
    await expect(db.deleteFrom('pool_member').execute()).rejects.toThrow();
    await expect(db.updateTable('pool_member').set({ from_ms: 0 }).execute()).rejects.toThrow();
    await expect(db.updateTable('pool_reading').set({ vcpu_ms: 0 }).execute()).rejects.toThrow();
    const fixed = { name: 'Fixed', startsOn: '2026-10-01' };
    const { subscriptionId } = await sellPool(room, [monthlyFee], fixed);
    const counted = { vm_id: 'a', is_metered: 1 } as const;
    await expect(
      db.updateTable('subscription').set(counted).where('id', '=', subscriptionId).execute(),
    ).rejects.toThrow();
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
    await unprotect(room, 'pool_reading');
    await db
      .updateTable('pool_reading')
      .set({ vcpu_at_mark_ms: 1 })
      .where('day', '=', '2026-09-29' as never)
      .execute();
    const { problems } = await room.call('billing.ledgerVerify', {});
    expect(problems).toEqual([
      `The pool ${pool.subscriptionId} (Plan) was read on 2026-09-29 as something else than its members come to.`,
      `The pool ${pool.subscriptionId} (Plan) was read on 2026-09-29 otherwise than the hours of its members say.`,
    ]);
  });

  it('shows what a VM would add by its size, and whose it becomes', async () => {
    const room = await openBillingRoom(stores);
    await vms(room, 'a', 'b', 'c', 'd', 'e', 'f');
    const pool = await sellPool(room, [{ ...vcpuPool, bought: '5' }]);
    await join(room, pool, NOW, 'a', 'b');
    const asked = { subscriptionId: pool.subscriptionId, vmId: 'c' };
    expect(await room.call('billing.poolMemberPreview', asked)).toEqual({
      from: '2026-10-01T08:00:00.000Z',
      vm: 'c',
      isGiven: true,
      parts: [{ component: 'vcpus', meter: 'vm-vcpus', bought: '5', now: '4', withIt: '6', beyond: '1' }],
    });
    expect(await room.refused('billing.poolMemberPreview', { ...asked, vmId: 'a' })).toMatchObject({
      code: 'in-pool',
    });
  });
});
