import { afterAll, expect, it } from 'vitest';
import { dayStartMs, localDate } from '../../../shared/kernel/local-date.ts';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  type BillingRoom,
} from '../../testing/billing-room.ts';
import { makePlan, monthlyFee, sellByPeriod, vcpuHours } from '../../testing/period-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { apiCalls, declareCalls, tell } from '../../testing/usage-room.ts';
import type { MeteringTables } from './metering-tables.ts';

afterAll(closePressForTest);

const billingZone = 'America/Los_Angeles';

describeOnBothStores('usage of a customer in another billing zone', (stores) => {
  /** A company in Warsaw that closed October, and a customer in California whose days are closed until the first. */
  const open = async (): Promise<{
    room: BillingRoom;
    customerId: string;
    subscriptionId: string;
    days: () => Promise<unknown>;
  }> => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-11-02T08:00:00Z');
    await declareCalls(room);
    const { customerId } = await room.call('customers.customerCreate', {
      name: 'Acme',
      country: 'PL',
      currency: 'PLN',
    });
    const { profile } = await room.call('customers.billingProfileGet', { customerId });
    await room.call('customers.billingProfileSave', { customerId, profile: { ...profile, billingZone } });
    const planId = await makePlan(room, 'Calls', [apiCalls]);
    const sold = { customerId, planId, startsOn: '2026-10-01' };
    const { subscriptionId } = await room.call('billing.subscriptionStart', sold);
    await sellByPeriod(room, { name: 'Near', components: [apiCalls], startsOn: '2026-10-30' });
    await closeDays(room, '2026-10-30', '2026-11-01');
    await room.call('billing.dayClose', { day: '2026-10-01', billingZone });
    const days = async (): Promise<unknown> => {
      const { rows } = await room.call('metering.usageDayList', {
        subscriptionId,
        start: '2026-09-01',
        endExclusive: '2026-12-01',
      });
      return rows.map(({ day, quantity, late }) => [day, quantity, late]);
    };
    return { room, customerId, subscriptionId, days };
  };

  it('is of the day it was there, late once that day is closed there, and the same event when it is told again', async () => {
    const { room, subscriptionId, days } = await open();
    const told = ['evening 2026-10-02T05:00:00Z 1', 'noon 2026-10-05T19:00:00Z 2', 'day 2026-10-05 4'];
    expect(await tell(room, subscriptionId, told)).toMatchObject({ counted: 3, held: 0 });
    expect(await days()).toEqual([
      ['2026-10-01', '1', 1],
      ['2026-10-05', '6', 0],
    ]);
    // As a store keeps it that read all days by the zone of the company.
    const warsaw = dayStartMs(localDate('2026-10-05'), 'Europe/Warsaw');
    const events = room.store.tables<MeteringTables>();
    await events.updateTable('usage_event').set({ at_ms: warsaw }).where('id', '=', 'day').execute();
    expect(await tell(room, subscriptionId, told)).toMatchObject({ repeated: 3, refused: 0 });
    for (const other of ['day 2026-10-06 4', 'day 2026-10-05 5', 'noon 2026-10-05T19:00:01Z 2'])
      expect(await tell(room, subscriptionId, [other])).toMatchObject({ repeated: 0, refused: 1 });
    await room.call('billing.dayClose', { day: '2026-10-02', billingZone });
    const { rows } = await room.call('billing.chargeList', { subscriptionId });
    expect(rows).toEqual([]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('is charged by a person on its day there, and stays with whom it was moved to when it is held again', async () => {
    const { room, subscriptionId, days } = await open();
    const lost = ['night 2026-10-03T05:00:00Z 1', 'day 2026-10-03 2'];
    await tell(room, 'sub_typo', lost);
    const eventIds = ['night', 'day'];
    await room.call('metering.heldUsageCharge', { eventIds, subscriptionId });
    expect(await days()).toEqual([
      ['2026-10-02', '1', 0],
      ['2026-10-03', '2', 0],
    ]);
    const planId = await makePlan(room, 'Without', [monthlyFee]);
    const change = { do: 'change', planId } as const;
    await room.call('billing.subscriptionChange', { subscriptionId, on: '2026-10-03', change });
    const { rows } = await room.call('metering.heldUsageList', {});
    expect(rows.map((row) => [row.id, row.subscriptionId, row.reason, row.customer])).toEqual([
      ['day', subscriptionId, 'not-metered', 'Acme'],
    ]);
    expect(rows[0]?.sentence).toMatch(/^Without of Acme .* was not charged by api-calls on 2026-10-03/);
    // To whom it was moved, unless somebody else is named: on the nearest day it was charged by that meter.
    await room.call('metering.heldUsageCharge', { eventIds: ['day'] });
    expect(await days()).toEqual([['2026-10-02', '3', 0]]);
    expect(await tell(room, 'sub_typo', lost)).toMatchObject({ repeated: 2 });
  });

  it('that began with a day of the first company is of the day it was by the zone of its own subscription', async () => {
    const { room, customerId, subscriptionId, days } = await open();
    const planId = await makePlan(room, 'Later', [apiCalls]);
    const later = await room.call('billing.subscriptionStart', {
      customerId,
      planId,
      startsOn: '2026-10-20',
    });
    // Midnight in Warsaw, an afternoon in California.
    const told = await tell(room, later.subscriptionId, ['afternoon 2026-10-04T22:00:00Z 1']);
    expect(told).toMatchObject({ held: 1 });
    await room.call('metering.heldUsageCharge', { eventIds: ['afternoon'], subscriptionId });
    expect(await days()).toEqual([['2026-10-04', '1', 0]]);
  });

  it('is listed by hours of the days of that zone', async () => {
    const { room, customerId } = await open();
    await room.addVm('v');
    await room.meter('v', { from: '2026-10-02', toExclusive: '2026-10-03', vcpus: 2, memoryMib: 1024 });
    const asked = { vmId: 'v', start: '2026-10-02', endExclusive: '2026-10-03' };
    expect((await room.call('billing.usageList', asked)).rows).toHaveLength(24);
    const planId = await makePlan(room, 'VM', [vcpuHours]);
    const sold = { customerId, planId, vmId: 'v', startsOn: '2026-10-02' };
    await room.call('billing.subscriptionStart', sold);
    // From 07:00 UTC on; Warsaw's day ended at 22:00.
    const { rows } = await room.call('billing.usageList', asked);
    expect([rows.length, rows[0]?.hour]).toEqual([15, '2026-10-02T07:00:00.000Z']);
  });
});
