import { afterAll, expect, it } from 'vitest';
import { closePressForTest } from '../../testing/billing-room.ts';
import { billingSchema } from '../../testing/billing-schema.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { MeteringTables } from './metering-tables.ts';
import { lateUsageOn } from './metering-public.ts';
import { meteringLate } from './schema/20261130T1615-metering-late.ts';

afterAll(closePressForTest);

describeOnBothStores('a store of events from before they were lean', (stores) => {
  it('knows of whom usage came late, and since when, afterwards', async () => {
    const address = await stores.newAddress();
    const olderSteps = billingSchema.slice(0, billingSchema.indexOf(meteringLate));
    const older = await stores.openStoreForTest(olderSteps, { address });
    const event = { meter: 'calls', member: '', at_ms: 0, units: 1, received_at_ms: 0 };
    const told = [
      ['a', 'sub_1', '2026-10-05', '2026-10-16'],
      ['b', 'sub_1', '2026-10-03', '2026-10-16'],
      ['c', 'sub_2', '2026-10-09', '2026-10-16'],
      ['d', 'sub_2', '2026-10-09', '2026-10-17'],
      ['in time', 'sub_3', '2026-10-16', '2026-10-16'],
      ['held', 'sub_4', '2026-10-01', null],
    ] as const;
    await older
      .tables<Record<string, Record<string, unknown>>>()
      .insertInto('usage_event')
      .values(
        told.map(([id, subscription_id, day, known_on]) => ({
          ...event,
          id,
          subscription_id,
          day,
          known_on,
        })),
      )
      .execute();
    await older
      .tables<Record<string, Record<string, unknown>>>()
      .insertInto('held_usage')
      .values({
        event_id: 'held',
        told_subscription_id: 'sub_4',
        reason: 'paused',
        state: 'held',
        held_at_ms: 1,
        decided_by: '',
        note: '',
      })
      .execute();
    await older.close();
    const db = (await stores.openStoreForTest(billingSchema, { address })).tables<MeteringTables>();
    const on = async (day: string): Promise<unknown> =>
      [...(await lateUsageOn(db, day as never))].toSorted(([one], [other]) => (one < other ? -1 : 1));
    expect(await on('2026-10-16')).toEqual([
      ['sub_1', '2026-10-03'],
      ['sub_2', '2026-10-09'],
    ]);
    expect(await on('2026-10-17')).toEqual([['sub_2', '2026-10-09']]);
    // And has all events, and what of them is held.
    const kept = await db
      .selectFrom('usage_event')
      .leftJoin('held_usage', 'event_id', 'id')
      .select(['id', 'state'])
      .orderBy('id')
      .execute();
    expect(kept.map(({ id, state }) => [id, state])).toEqual([
      ['a', null],
      ['b', null],
      ['c', null],
      ['d', null],
      ['held', 'held'],
      ['in time', null],
    ]);
    await expect(db.deleteFrom('usage_event').where('id', '=', 'held').execute()).rejects.toThrow(
      /foreign.key/i,
    );
  });
});
