import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { monthlyFee, sellByPeriod } from '../../../testing/period-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';

afterAll(closePressForTest);

/** A month that was paid, of which 22 days are taken back. */
async function books(room: BillingRoom): Promise<void> {
  const { subscriptionId } = await sellByPeriod(room, { components: [monthlyFee], startsOn: '2026-10-01' });
  room.setNow('2026-10-10T08:00:00Z');
  await closeDays(room, '2026-10-01', '2026-10-10');
  await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: '2026-10-10' });
  room.setNow('2026-10-11T08:00:00Z');
  await closeDays(room, '2026-10-10', '2026-10-11');
}

/** Changes charges as somebody with the database's password could. */
async function tamper(room: BillingRoom, statement: string): Promise<void> {
  const db = room.store.tables();
  if (room.store.kind === 'postgres') await sql`alter table charge disable trigger user`.execute(db);
  else await sql`drop trigger charge_no_update`.execute(db);
  await sql.raw(statement).execute(db);
}

describeOnBothStores('charges by the period, verified', (stores) => {
  it('are in order when nothing was done to them', async () => {
    const room = await openBillingRoom(stores);
    await books(room);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, charges: 2, problems: [] });
  });

  it.each([
    [
      'one made dearer',
      'update charge set amount_minor = amount_minor + 1 where amount_minor > 0',
      /is 31001 instead of 31000 minor units/,
    ],
    [
      'more taken back than it was',
      `update charge set amount_minor = -31001, unit_price = '310.01' where amount_minor < 0`,
      /31001 minor units are taken back, it was 31000/,
    ],
    [
      'what something is taken back of named otherwise',
      `update charge set reason = 'another' where amount_minor > 0`,
      /Something is taken back of sub_.*, which is not charged/,
    ],
  ])('find %s', async (_what, statement, problem) => {
    const room = await openBillingRoom(stores);
    await books(room);
    await tamper(room, statement);
    const { ok, problems } = await room.call('billing.ledgerVerify', {});
    expect(ok).toBe(false);
    expect(problems).toEqual(expect.arrayContaining([expect.stringMatching(problem)]));
  });
});
