import { afterAll, expect, it } from 'vitest';
import { closeDays, closePressForTest } from '../../testing/billing-room.ts';
import { makePlan, monthlyFee } from '../../testing/period-room.ts';
import {
  openRepricingRoom,
  otherRepricingRoom,
  previewMove,
  repricingSchema,
  roundOf,
  workOff,
  type RepricingRoom,
} from '../../testing/repricing-room.ts';
import { postWithKills } from '../../testing/run-child-process.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { Store } from '../../platform/store/store.ts';
import type { BillingTables } from '../billing/billing-tables.ts';
import type { CustomersPublicTables } from '../customers/customers-public.ts';

afterAll(closePressForTest);

const SOLD = 300;
const KILLS = 8;
const PAGE = 7;

/** One subscription of Basic written so many times, table by table; the tenth of October has come, and Basic is dearer today. */
async function manyToMove(room: RepricingRoom): Promise<{ readonly repricingId: string }> {
  const planId = await makePlan(room, 'Basic', [monthlyFee]);
  const { customerId } = await room.call('customers.customerCreate', {
    name: 'Klient',
    country: 'PL',
    currency: 'PLN',
  });
  const sold = { customerId, planId, startsOn: '2026-10-01' };
  const { subscriptionId } = await room.call('billing.subscriptionStart', sold);
  await copies(room.store, subscriptionId);
  room.setNow('2026-10-10T08:00:00Z');
  await closeDays(room, '2026-10-01', '2026-10-10');
  const price = { currency: 'PLN' as const, components: [{ ...monthlyFee, price: '340' }] };
  await room.call('catalog.planVersionAdd', { planId, validFrom: '2026-10-10', price });
  const { id: repricingId, digest } = await previewMove(room, { planId, effect: 'now' });
  await room.call('repricing.repricingStart', { repricingId, digest, confirmCount: SOLD });
  return { repricingId };
}

async function copies(store: Store, id: string): Promise<void> {
  await store.transaction<BillingTables & CustomersPublicTables, void>(async (trx) => {
    const row = await trx
      .selectFrom('subscription')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    const event = await trx.selectFrom('subscription_event').selectAll().executeTakeFirstOrThrow();
    const ids = Array.from({ length: SOLD - 1 }, (_, n) => `${id}-${n}`);
    await store.insertMany(
      trx,
      'subscription',
      ids.map((copy) => ({ ...row, id: copy })),
    );
    await store.insertMany(
      trx,
      'subscription_event',
      ids.map((copy) => ({ ...event, subscription_id: copy })),
    );
  });
}

/** Each is moved once and no more: by its history, and by what became of it. */
async function expectMovedOnce(store: Store, repricingId: string): Promise<void> {
  const db = store.tables<BillingTables & { repricing_item: { state: string } }>();
  const events = await db
    .selectFrom('subscription_event')
    .select(['subscription_id', 'seq', 'source'])
    .where('source', 'is not', null)
    .execute();
  expect(events).toHaveLength(SOLD);
  expect(new Set(events.map((event) => event.subscription_id)).size).toBe(SOLD);
  expect(new Set(events.map(({ seq, source }) => `${seq} ${source}`))).toEqual(
    new Set([`2 move ${repricingId}`]),
  );
  const states = await db.selectFrom('repricing_item').select('state').distinct().execute();
  expect(states).toEqual([{ state: 'done' }]);
}

describeOnBothStores('a move of many subscriptions', (stores) => {
  it('that is worked on by two at once moves each once, and they are charged so', async () => {
    const room = await openRepricingRoom(stores);
    const { repricingId } = await manyToMove(room);
    const other = await otherRepricingRoom(stores, room);
    other.setNow('2026-10-10T08:00:00Z');
    await Promise.all([room, other].map(async (each) => await workOff(each, repricingId, 'moving', PAGE)));
    await expectMovedOnce(room.store, repricingId);
    // Written once more by whomever, the database refuses it.
    const again = room.store.transaction<BillingTables, void>(async (trx) => {
      const [made] = await trx
        .selectFrom('subscription_event')
        .selectAll()
        .where('source', 'is not', null)
        .execute();
      await trx
        .insertInto('subscription_event')
        .values({ ...(made as NonNullable<typeof made>), seq: 99 })
        .execute();
    });
    await expect(again).rejects.toThrow();
    room.setNow('2026-10-11T08:00:00Z');
    await room.call('billing.dayClose', { day: '2026-10-10' });
    const { charges } = await room.call('billing.ledgerVerify', {});
    expect(charges).toBe(3 * SOLD);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('that is killed again and again moves each once', { timeout: 600_000 }, async () => {
    const room = await openRepricingRoom(stores);
    const { repricingId } = await manyToMove(room);
    const { address } = room;
    const round = await roundOf(room, repricingId);
    await room.store.close();
    const workers = stores.kind === 'postgres' ? 2 : 1;
    const of = { address, runId: repricingId, round, batch: PAGE, program: 'repricing-child.ts' } as const;
    expect(await postWithKills(of, workers, KILLS)).toBe(KILLS);
    await expectMovedOnce(await stores.openStoreForTest(repricingSchema, { address }), repricingId);
  });
});
