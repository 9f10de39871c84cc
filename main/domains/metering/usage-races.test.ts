import { afterAll, expect, it } from 'vitest';
import { closePressForTest, openBillingRoom, type BillingRoom } from '../../testing/billing-room.ts';
import { sellByPeriod } from '../../testing/period-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { apiCalls, declareCalls } from '../../testing/usage-room.ts';
import { recordUsageEvents } from './usage-record.ts';
import type { MeteringTables } from './metering-tables.ts';
import { daysHeldOpen, usageTermsOf } from '../billing/usage-terms.ts';
import type { MeteringParts } from './metering-parts.ts';

afterAll(closePressForTest);

const EVENTS = 2000;

describeOnBothStores('batches of usage', (stores) => {
  const open = async (): Promise<{ room: BillingRoom; subscriptionId: string }> => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-11-01T08:00:00Z');
    await declareCalls(room);
    const { subscriptionId } = await sellByPeriod(room, { components: [apiCalls], startsOn: '2026-10-01' });
    return { room, subscriptionId };
  };
  const events = (subscriptionId: string, order = 1): Parameters<typeof recordUsageEvents>[2] =>
    Array.from({ length: EVENTS }, (_, n) => ({
      id: `event-${(n * order) % EVENTS}`,
      subscriptionId,
      meter: 'api-calls',
      at: '2026-10-05',
      quantity: '1',
      member: '',
    }));
  const total = async (room: BillingRoom, subscriptionId: string): Promise<[string, number] | undefined> => {
    const asked = { subscriptionId, start: '2026-10-01', endExclusive: '2026-11-01' };
    const [day] = (await room.call('metering.usageDayList', asked)).rows;
    return day && [day.quantity, day.events];
  };

  it('that are the same and come at once count each event once', async () => {
    const { room, subscriptionId } = await open();
    // 7 and 2000 have no common divisor: the same events in another order.
    const told = await Promise.all(
      [1, 7, 1, 7].map(
        async (order) =>
          await room.call('metering.usageRecord', { events: [...events(subscriptionId, order)] }),
      ),
    );
    expect(told.reduce((sum, { counted }) => sum + counted, 0)).toBe(EVENTS);
    expect(told.every(({ counted, repeated }) => counted + repeated === EVENTS)).toBe(true);
    expect(await total(room, subscriptionId)).toEqual([String(EVENTS), EVENTS]);
  });

  it('that die before they are committed leave nothing, and are sent again', async () => {
    const { room, subscriptionId } = await open();
    const { store } = room;
    const parts: MeteringParts = {
      ...room.parts,
      billing: {
        daysHeldOpen: async (db) => await daysHeldOpen(db, store.kind),
        termsOf: async (db, ids) => await usageTermsOf(db, store.kind, ids),
      },
    };
    const dying = store.transaction<MeteringTables, void>(async (trx) => {
      await recordUsageEvents(parts, trx, events(subscriptionId).slice(0, 1500));
      throw new Error('killed');
    });
    await expect(dying).rejects.toThrow('killed');
    expect(await total(room, subscriptionId)).toBeUndefined();
    const told = await room.call('metering.usageRecord', { events: [...events(subscriptionId)] });
    expect(told).toMatchObject({ counted: EVENTS, repeated: 0 });
    expect(await total(room, subscriptionId)).toEqual([String(EVENTS), EVENTS]);
  });

  it('and a day that closes at once agree on when each event is charged', async () => {
    const { room, subscriptionId } = await open();
    const told = room.call('metering.usageRecord', { events: [...events(subscriptionId)] });
    const closing = (async () => {
      for (let day = 1; day <= 31; day += 1)
        await room.call('billing.dayClose', { day: `2026-10-${String(day).padStart(2, '0')}` });
    })();
    await Promise.all([told, closing]);
    room.setNow('2026-11-02T08:00:00Z');
    await room.call('billing.dayClose', { day: '2026-11-01' });
    const { rows } = await room.call('billing.chargeList', { subscriptionId });
    expect(rows.reduce((sum, { amount }) => sum + Number(amount.amountMinor), 0)).toBe(EVENTS);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true });
  });
});
