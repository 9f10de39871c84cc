import { CompiledQuery, sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { closePressForTest, openBillingRoom } from '../../testing/billing-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { declareCalls, tell } from '../../testing/usage-room.ts';
import type { MeteringTables } from './metering-tables.ts';

afterAll(closePressForTest);

const EVENTS = 2500;

describeOnBothStores('the list of held usage', (stores) => {
  it('is read in the order of an index, page after page, each event once', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-11-01T08:00:00Z');
    await declareCalls(room);
    const events = Array.from({ length: EVENTS }, (_, n) => `event-${n} 2026-10-03 1`);
    await tell(room, 'sub_typo', events);
    // Held one after another, in another order than that of their ids.
    await sql`update held_usage set held_at_ms = cast(substr(event_id, 7) as bigint) % 100`.execute(
      room.store.tables(),
    );
    await sql`analyze`.execute(room.store.tables());
    const dismissed = Array.from({ length: 500 }, (_, n) => `event-${n}`);
    await room.call('metering.heldUsageDismiss', { eventIds: dismissed, reason: 'a test' });
    for (const [state, count] of [
      ['held', EVENTS - 500],
      ['dismissed', 500],
    ] as const) {
      const seen: string[] = [];
      for (let cursor: string | undefined; ;) {
        const page = await room.call('metering.heldUsageList', {
          state,
          limit: 400,
          ...(cursor && { cursor }),
        });
        expect(page.total).toBe(count);
        seen.push(...page.rows.map(({ id }) => id));
        if (page.nextCursor === null) break;
        cursor = page.nextCursor;
      }
      expect(new Set(seen).size).toBe(count);
      expect(seen).toHaveLength(count);
    }

    // How the database finds the keys of a page.
    await room.store.transaction<MeteringTables, void>(async (trx) => {
      if (stores.kind === 'postgres') await sql`set local enable_seqscan = off`.execute(trx);
      for (const [state, index] of [
        ['held', 'held_usage_by_state'],
        ['dismissed', 'held_usage_by_decision'],
      ] as const) {
        const column = state === 'held' ? 'held_at_ms' : 'decided_at_ms';
        const direction = state === 'held' ? 'asc' : 'desc';
        const query = trx
          .selectFrom('held_usage')
          .select([column, 'event_id'])
          .where('state', '=', state)
          .orderBy(column, direction)
          .orderBy('event_id', direction)
          .limit(100)
          .compile();
        const text = `${stores.kind === 'sqlite' ? 'explain query plan' : 'explain'} ${query.sql}`;
        const { rows } = await trx.executeQuery<Record<string, unknown>>(
          CompiledQuery.raw(text, [...query.parameters]),
        );
        const plan = rows.map((row) => String(row['detail'] ?? row['QUERY PLAN'])).join('\n');
        expect(plan).toContain(index);
        expect(plan).not.toMatch(/sort|temp b-tree/i);
      }
    });
  });
});
