import { afterAll, expect, it } from 'vitest';
import { closePressForTest, type BillingRoom } from '../../testing/billing-room.ts';
import {
  approvePoolRun,
  closePoolDays,
  poolRunRoom,
  poolRunSchema,
  postPoolRun,
  sellPools,
  type PoolSold,
} from '../../testing/pool-run-room.ts';
import { workWithKills } from '../../testing/run-child-process.ts';
import { describeOnBothStores, type StoreForTest } from '../../testing/store-for-test.ts';
import type { BillingTables } from '../billing/billing-tables.ts';

afterAll(closePressForTest);

const CUSTOMERS = 24;
/** Of days as they close, and of invoices as they are posted; at most. */
const KILLS = 6;

/** Each charge with what it is of; ids are other ones every time. */
async function charged(room: BillingRoom): Promise<string[]> {
  const rows = await room.store
    .tables<BillingTables>()
    .selectFrom('charge')
    .selectAll()
    .orderBy('subscription_id')
    .orderBy('day')
    .orderBy('component')
    .orderBy('reason')
    .execute();
  return rows.map((row) =>
    [row.subscription_id, row.day, row.component, row.reason, row.amount_minor, row.explanation].join(' '),
  );
}

/** What is beyond what was bought, of each customer, in cents. */
async function overageOf(room: BillingRoom, { subscriptionId }: PoolSold): Promise<number> {
  const { rows } = await room.call('billing.chargeList', { subscriptionId });
  return rows
    .filter(({ reason }) => reason === 'overage')
    .reduce((sum, { amount }) => sum + Number(amount.amountMinor), 0);
}

async function openRoom(stores: StoreForTest, address: string): ReturnType<typeof poolRunRoom> {
  return await poolRunRoom(await stores.openStoreForTest(poolRunSchema, { address }), address);
}

/** Customers and their pools in a store that nobody holds, and the same again. */
async function soldTwice(stores: StoreForTest) {
  const address = await stores.newAddress(poolRunSchema);
  const room = await openRoom(stores, address);
  const sold = await sellPools(room, CUSTOMERS);
  await room.close();
  return { sold, address, quiet: await stores.copyOf(address) };
}

/** Hash over all documents of the run, which are all there. */
async function reportOf(room: BillingRoom, runId: string): Promise<string> {
  const run = await room.call('runs.runGet', { runId });
  expect(run).toMatchObject({ state: 'posted', counts: { total: CUSTOMERS, posted: CUSTOMERS } });
  const verified = await room.call('billing.ledgerVerify', {});
  expect(verified).toMatchObject({ ok: true, problems: [], invoices: CUSTOMERS });
  return run.report?.hash ?? '';
}

describeOnBothStores('a run of customers with pools', (stores) => {
  it(
    'killed as its days close and as it is posted charges all overage once, and says what an undisturbed one says',
    { timeout: 1_200_000 },
    async () => {
      const { sold, address, quiet } = await soldTwice(stores);
      const undisturbed = await openRoom(stores, quiet);
      await closePoolDays(undisturbed, () => undefined);
      // By the day: 6 vCPUs of 5 bought while both VMs were there, 28 days or those until the 20th.
      expect(await overageOf(undisturbed, sold[0] as PoolSold)).toBe(28 * 37);
      expect(await overageOf(undisturbed, sold[4] as PoolSold)).toBe(18 * 37);
      for (const pool of sold) expect(await overageOf(undisturbed, pool)).toBeGreaterThan(0);

      const program = 'pool-run-child.ts' as const;
      const workers = stores.kind === 'postgres' ? 2 : 1;
      const days = { program, input: [address, 'days'] };
      // On a busy machine an engine may be done before whoever kills it has heard of its last line.
      expect(await workWithKills(days, workers, KILLS)).toBeGreaterThan(0);
      const gone = await openRoom(stores, address);
      expect(await charged(gone)).toEqual(await charged(undisturbed));
      const run = await approvePoolRun(gone);
      await gone.close();

      const same = await approvePoolRun(undisturbed);
      await postPoolRun(undisturbed, same, () => undefined);
      const post = { program, input: [address, 'post', run.runId, String(run.round)] };
      expect(await workWithKills(post, workers, KILLS)).toBeGreaterThan(0);
      const room = await openRoom(stores, address);
      expect(await reportOf(room, run.runId)).toBe(await reportOf(undisturbed, same.runId));
      // Every charge is on one invoice, and on no second one.
      const db = room.store.tables<BillingTables>();
      const taken = await db.selectFrom('invoice_charge').select('charge_id').execute();
      expect(new Set(taken.map((row) => row.charge_id)).size).toBe(taken.length);
      expect(taken).toHaveLength((await charged(room)).length);
      for (const each of [room, undisturbed]) await each.close();
    },
  );
});
