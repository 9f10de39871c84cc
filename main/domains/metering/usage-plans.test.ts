import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { closePressForTest, openBillingRoom } from '../../testing/billing-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { MeteringTables } from './metering-tables.ts';
import { eventsKept, findByIndexes } from './usage-event-store.ts';

afterAll(closePressForTest);

const KEPT = 20_000;
const TOLD = 10_000;
/** A plan that goes through all events for each id takes more than a minute. */
const QUICK_MS = 15_000;

describeOnBothStores('looking for events that were told before', (stores) => {
  it('is quick also where the database has made its plan while there were none, and has not counted them since', async () => {
    const { store } = await openBillingRoom(stores);
    const ids = Array.from({ length: TOLD }, (_, n) => `e-${n * 3}`);
    await store.transaction<MeteringTables, void>(async (trx) => {
      await findByIndexes(store, trx);
      // As often as PostgreSQL waits before it keeps a plan.
      for (let n = 0; n < 8; n += 1) expect((await eventsKept(trx, store.kind, ids)).size).toBe(0);
      await sql`insert into usage_event (id, subscription_id, meter, member, day, known_on, at_ms, units, received_at_ms)
        with recursive numbers (n) as (select 0 union all select n + 1 from numbers where n + 1 < ${KEPT})
        select 'e-' || n, 'sub_1', 'calls', '', '2026-10-03', '2026-10-03', n, 1, 0 from numbers`.execute(
        trx,
      );
      const beganMs = performance.now();
      expect((await eventsKept(trx, store.kind, ids)).size).toBe(Math.ceil(KEPT / 3));
      expect(performance.now() - beganMs).toBeLessThan(QUICK_MS);
    });
  });
});
