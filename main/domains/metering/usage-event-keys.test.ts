import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { closePressForTest, openBillingRoom } from '../../testing/billing-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { declareCalls, tell } from '../../testing/usage-room.ts';

afterAll(closePressForTest);

/** By a rule of the schema; SQLite's triggers say no more of which. */
const REFUSED = /(?:unique|foreign-key|append-only) rule/;

describeOnBothStores('ids of events', (stores) => {
  it('are known however many came since, count once, and are refused with other content', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-11-01T08:00:00Z');
    await declareCalls(room);
    const told = (from: number, count: number, quantity = 1): string[] =>
      Array.from({ length: count }, (_, n) => `call-${from + n} 2026-10-03 ${quantity}`);
    // Nobody's, so they are held.
    for (let from = 0; from < 30_000; from += 10_000)
      expect(await tell(room, 'sub_typo', told(from, 10_000))).toMatchObject({ held: 10_000, refused: 0 });
    if (stores.kind === 'sqlite') {
      const { rows } = await sql<{ n: number; settled: number }>`
        select (select count(*) from usage_event_new_key) + (select count(*) from usage_event_key) as n,
          (select count(*) from usage_event_key) as settled`.execute(room.store.tables());
      // Seven shares of sixty-four have had their turn.
      expect(rows[0]?.n).toBe(30_000);
      expect(rows[0]?.settled).toBeGreaterThan(1000);
      expect(rows[0]?.settled).toBeLessThan(6000);
    }
    for (let from = 0; from < 30_000; from += 10_000)
      expect(await tell(room, 'sub_typo', told(from, 10_000))).toMatchObject({ repeated: 10_000 });
    expect(await tell(room, 'sub_typo', told(0, 10_000, 2))).toMatchObject({ held: 0, refused: 10_000 });
    // And are found by them, each with what it is held for.
    const { rows, total } = await room.call('metering.heldUsageList', { limit: 3 });
    expect(total).toBe(30_000);
    expect(rows.map(({ id }) => id)).toHaveLength(3);
    await room.call('metering.heldUsageDismiss', { eventIds: rows.map(({ id }) => id), reason: 'a test' });
    expect(await room.call('metering.heldUsageList', { limit: 1 })).toMatchObject({ total: 29_997 });
  });

  it('are kept once by the database itself, new or settled, and so is what is held of them', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-11-01T08:00:00Z');
    await declareCalls(room);
    await tell(room, 'sub_typo', ['new 2026-10-03 1', 'old 2026-10-03 1']);
    const db = room.store.tables();
    if (stores.kind === 'sqlite')
      await room.store.transaction(async (trx) => {
        await sql`insert into usage_event_key select * from usage_event_new_key where hash = text_hash('old')`.execute(
          trx,
        );
        await sql`delete from usage_event_new_key where hash = text_hash('old')`.execute(trx);
      });
    const again = (id: string): Promise<unknown> =>
      sql`insert into usage_event (id, subscription_id, meter, member, day, known_on, at_ms, units, received_at_ms)
        values (${id}, 'sub_1', 'api-calls', '', '2026-10-04', '2026-10-04', 0, 1, 0)`.execute(db);
    await expect(again('new')).rejects.toThrow(REFUSED);
    await expect(again('old')).rejects.toThrow(REFUSED);
    await again('another');
    await expect(
      sql`insert into held_usage (event_id, told_subscription_id, reason, state, held_at_ms, decided_by, note)
        values ('unknown', 'sub_1', 'paused', 'held', 0, '', '')`.execute(db),
    ).rejects.toThrow(REFUSED);
    await expect(sql`delete from usage_event where id = 'old'`.execute(db)).rejects.toThrow(REFUSED);
    await sql`delete from usage_event where id = 'another'`.execute(db);
    await again('another');
  });
});
