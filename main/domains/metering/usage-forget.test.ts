import { afterAll, expect, it } from 'vitest';
import { localDate } from '../../../shared/kernel/local-date.ts';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  type BillingRoom,
} from '../../testing/billing-room.ts';
import { chargesIn, sellByPeriod } from '../../testing/period-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { apiCalls, declareCalls, tell } from '../../testing/usage-room.ts';
import { closedEverywhere, isClosedEverywhere } from '../billing/billing-public.ts';
import { forgetLateUsage } from './metering-public.ts';
import type { MeteringTables } from './metering-tables.ts';

afterAll(closePressForTest);

async function lateDays({ store }: BillingRoom): Promise<string[]> {
  const rows = await store.tables<MeteringTables>().selectFrom('usage_late').selectAll().execute();
  return rows.map(({ known_on: known, first_day: first }) => `${first} by ${known}`).toSorted();
}

describeOnBothStores('of whom usage came late', (stores) => {
  it('is forgotten once it is charged; what is yet to be charged and the ids of events are not', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-11-01T08:00:00Z');
    await declareCalls(room);
    const { subscriptionId } = await sellByPeriod(room, { components: [apiCalls], startsOn: '2026-10-01' });
    await closeDays(room, '2026-10-01', '2026-11-01');
    const first = ['e1 2026-10-03 100'];
    await tell(room, subscriptionId, first);
    room.setNow('2026-11-03T08:00:00Z');
    await closeDays(room, '2026-11-01', '2026-11-03');
    await tell(room, subscriptionId, ['e2 2026-10-04 200']);
    expect(await lateDays(room)).toEqual(['2026-10-03 by 2026-11-01', '2026-10-04 by 2026-11-03']);

    const { signal } = new AbortController();
    const forget = async (before: string): Promise<number> =>
      await forgetLateUsage(room.store, { before: localDate(before), isSettled: isClosedEverywhere }, signal);
    expect(await closedEverywhere(room.store.tables())).toBe('2026-11-02');
    // Twice at once, as by two engines of which one has lost its duty without noticing.
    const both = await Promise.all([forget('2026-11-02'), forget('2026-11-02')]);
    expect(both.reduce((sum, each) => sum + each, 0)).toBe(1);
    expect(await lateDays(room)).toEqual(['2026-10-04 by 2026-11-03']);
    expect(await tell(room, subscriptionId, first)).toMatchObject({ counted: 0, repeated: 1, refused: 0 });
    expect(await lateDays(room)).toEqual(['2026-10-04 by 2026-11-03']);
    // Not closed yet, whatever day is named.
    expect(await forget('2026-11-04')).toBe(0);
    room.setNow('2026-11-04T08:00:00Z');
    await closeDays(room, '2026-11-03', '2026-11-04');
    expect(await forget('2026-11-04')).toBe(1);
    room.setNow('2026-12-01T08:00:00Z');
    await closeDays(room, '2026-11-04', '2026-12-01');
    expect(await chargesIn(room, subscriptionId)).toEqual([
      '2026-11-01 calls usage 2026-10-01/2026-11-01 1.00',
      '2026-11-03 calls usage 2026-10-01/2026-11-01 2.00',
    ]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });
});
