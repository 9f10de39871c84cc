import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { describeOnPostgres } from '../../testing/store-for-test.ts';
import { PreparedStatements } from './prepared-statements.ts';

test('a statement is prepared when it is asked for the third time, one of a kind never', () => {
  const statements = new PreparedStatements();
  expect([1, 2, 3, 4].map(() => statements.isWorthIt('select 1'))).toEqual([false, false, true, true]);
  const long = `select ${'1,'.repeat(20_000)}1`;
  expect([1, 2, 3, 4].map(() => statements.isWorthIt(long))).toEqual([false, false, false, false]);
});

describeOnPostgres('a connection', ({ openStoreForTest }) => {
  test('that is asked ever new statements keeps a few of them, and is made anew when others recur', async () => {
    const store = await openStoreForTest([]);
    const ask = async (text: string) =>
      (await sql.raw<{ kept: number; pid: number }>(text).execute(store.tables())).rows[0];
    const kept = 'select (select count(*) from pg_prepared_statements) as kept, pg_backend_pid() as pid';
    for (let n = 0; n < 1_500; n += 1) await ask(`select ${n} as n`);
    const before = await ask(kept);
    expect(before?.kept).toBeLessThan(5);
    // Each of these is asked often enough, and there are more than are kept.
    let most = 0;
    const pids = new Set<number>();
    for (let round = 0; round < 5; round += 1)
      for (let n = 0; n < 900; n += 1) {
        await ask(`select ${n} as n`);
        if (n % 100 === 0) {
          const now = await ask(kept);
          most = Math.max(most, now?.kept ?? 0);
          pids.add(now?.pid ?? 0);
        }
      }
    expect(most).toBeGreaterThan(100);
    expect(most).toBeLessThanOrEqual(402);
    expect(pids.size).toBeGreaterThan(1);
  });
});
