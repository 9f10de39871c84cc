import { afterAll, expect, it } from 'vitest';
import {
  closePressForTest,
  openBillingRoom,
  openBillingStore,
  type BillingRoom,
} from '../../testing/billing-room.ts';
import { sellByPeriod } from '../../testing/period-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { somebodyWaits, whileOpen } from '../../testing/two-at-once.ts';
import { apiCalls, declareCalls } from '../../testing/usage-room.ts';
import { recordUsageEvents } from './usage-record.ts';
import type { MeteringTables } from './metering-tables.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import type { BillingTables } from '../billing/billing-tables.ts';
import { lockCalendar } from '../billing/companies/company-store.ts';
import { usageBilling } from '../billing/usage/usage-billing.ts';
import type { MeteringParts } from './metering-parts.ts';

afterAll(closePressForTest);

const EVENTS = 2000;

function partsOf({ parts }: BillingRoom): MeteringParts {
  return { ...parts, billing: usageBilling(parts) };
}

describeOnBothStores('batches of usage', (stores) => {
  const open = async (): Promise<{ room: BillingRoom; subscriptionId: string }> => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-11-01T08:00:00Z');
    await declareCalls(room);
    const { subscriptionId } = await sellByPeriod(room, { components: [apiCalls], startsOn: '2026-10-28' });
    return { room, subscriptionId };
  };
  const events = (subscriptionId: string, order = 1): Parameters<typeof recordUsageEvents>[2] =>
    Array.from({ length: EVENTS }, (_, n) => ({
      id: `event-${(n * order) % EVENTS}`,
      subscriptionId,
      meter: 'api-calls',
      at: '2026-10-29',
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
    const parts = partsOf(room);
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
      for (let day = 28; day <= 31; day += 1) await room.call('billing.dayClose', { day: `2026-10-${day}` });
    })();
    await Promise.all([told, closing]);
    room.setNow('2026-11-02T08:00:00Z');
    await room.call('billing.dayClose', { day: '2026-11-01' });
    const { rows } = await room.call('billing.chargeList', { subscriptionId });
    expect(rows.reduce((sum, { amount }) => sum + Number(amount.amountMinor), 0)).toBe(EVENTS);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true });
  });

  it('that never stop coming hold up no day: who comes after a day that waits stands behind it', async () => {
    const { first, again } = await openBillingStore(stores);
    const [closer, sender] = stores.kind === 'postgres' ? [await again(), await again()] : [first, first];
    const ended: string[] = [];
    const waiting: Promise<unknown>[] = [];
    const held = async (room: BillingRoom, trx: AnyTransaction): Promise<unknown> =>
      await partsOf(room).billing.daysHeldOpen(trx as never);
    await whileOpen(
      first.store,
      async (trx) => await held(first, trx),
      async () => {
        const locked = closer.store.transaction<BillingTables, unknown>(
          async (trx) => await lockCalendar(trx),
        );
        waiting.push(locked.then(() => ended.push('closed')));
        if (stores.kind === 'postgres') await somebodyWaits(first.store);
        const shared = sender.store.transaction(async (trx) => await held(sender, trx));
        waiting.push(shared.then(() => ended.push('told')));
        // Two wait, or the second has overtaken the first.
        if (stores.kind === 'postgres') await Promise.race([waiting[1], somebodyWaits(first.store, 2)]);
      },
      2,
    );
    await Promise.all(waiting);
    expect(ended).toEqual(['closed', 'told']);
  });

  it('see a subscription as it is now, also where another engine changed it since the batch before', async () => {
    const { first, again } = await openBillingStore(stores);
    first.setNow('2026-11-01T08:00:00Z');
    await declareCalls(first);
    const { subscriptionId } = await sellByPeriod(first, { components: [apiCalls], startsOn: '2026-10-28' });
    const send = async (id: string): Promise<[number, number]> => {
      const event = { ...events(subscriptionId)[0]!, id };
      const { counted, held } = await first.call('metering.usageRecord', { events: [event] });
      return [counted, held];
    };
    expect([await send('one'), await send('two')]).toEqual([
      [1, 0],
      [1, 0],
    ]);
    const other = stores.kind === 'postgres' ? await again() : first;
    other.setNow('2026-11-01T08:00:00Z');
    await other.call('billing.subscriptionEnd', { subscriptionId, endsOn: '2026-10-28' });
    expect(await send('three')).toEqual([0, 1]);
  });
});
