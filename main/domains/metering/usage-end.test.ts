import { afterAll, expect, it } from 'vitest';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  type BillingRoom,
} from '../../testing/billing-room.ts';
import { chargesIn, sellByPeriod } from '../../testing/period-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { apiCalls, declareCalls, tell } from '../../testing/usage-room.ts';

afterAll(closePressForTest);

describeOnBothStores('usage of the day a subscription ends on', (stores) => {
  const endedOn = async (endsOn: string): Promise<{ room: BillingRoom; subscriptionId: string }> => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-11-01T08:00:00Z');
    await declareCalls(room);
    const { subscriptionId } = await sellByPeriod(room, { components: [apiCalls], startsOn: '2026-10-01' });
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn });
    return { room, subscriptionId };
  };

  it.each([
    ['2026-10-20', '2026-10-21', ['2026-10-20 calls usage 2026-10-01/2026-10-20 0.30']],
    // On the day it began: no day of service, and yet it was used.
    ['2026-10-01', '2026-10-02', ['2026-10-01 calls usage 2026-10-01/2026-10-01 0.30']],
  ])('%s: is of its last period, and what comes after is held', async (endsOn, after, charged) => {
    const { room, subscriptionId } = await endedOn(endsOn);
    expect(await tell(room, subscriptionId, [`a ${endsOn} 30`, `b ${after} 40`])).toMatchObject({
      counted: 1,
      held: 1,
      problems: [{ sentence: expect.stringContaining('had ended by') as string }],
    });
    await closeDays(room, '2026-10-01', '2026-11-01');
    expect(await chargesIn(room, subscriptionId)).toEqual(charged);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true });
  });

  it.each([
    ['2026-10-20', '2026-10-01/2026-10-20'],
    ['2026-10-01', '2026-10-01/2026-10-01'],
    // Where the period ends that day by itself.
    ['2026-11-01', '2026-10-01/2026-11-01'],
  ])('%s: heard of late it has a line of that period', async (endsOn, period) => {
    const { room, subscriptionId } = await endedOn(endsOn);
    room.setNow('2026-11-05T08:00:00Z');
    await closeDays(room, '2026-10-01', '2026-11-05');
    await tell(room, subscriptionId, [`a ${endsOn} 30`]);
    room.setNow('2026-11-06T08:00:00Z');
    await closeDays(room, '2026-11-05', '2026-11-06');
    expect(await chargesIn(room, subscriptionId)).toEqual([`2026-11-05 calls usage ${period} 0.30`]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true });
  });

  it('that was held for it is charged to that day', async () => {
    const { room, subscriptionId } = await endedOn('2026-10-20');
    await tell(room, subscriptionId, ['late 2026-10-25 30']);
    await room.call('metering.heldUsageCharge', { eventIds: ['late'] });
    await closeDays(room, '2026-10-01', '2026-11-01');
    expect(await chargesIn(room, subscriptionId)).toEqual([
      '2026-10-20 calls usage 2026-10-01/2026-10-20 0.30',
    ]);
  });
});
