import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { closePressForTest } from '../../testing/billing-room.ts';
import { workWithKills } from '../../testing/run-child-process.ts';
import { describeOnBothStores, type StoreForTest } from '../../testing/store-for-test.ts';
import { seeTask, whenTask } from '../../testing/tasks-for-test.ts';
import { whileOpen } from '../../testing/two-at-once.ts';
import {
  aboutAll,
  vatBuyers,
  vatRoundRoom,
  vatRoundSchema,
  type VatRoundRoom,
} from '../../testing/vat-round-room.ts';
import { startViesStandIn, type ViesStandIn } from '../../testing/vies-stand-in.ts';
import type { Store } from '../../platform/store/store.ts';
import type { CustomersTables } from './customers-tables.ts';
import { vatRoundStart } from './vat-round-start.ts';

let vies: ViesStandIn;
beforeEach(async () => {
  vies = await startViesStandIn();
});
afterEach(async () => {
  await vies.close();
});
afterAll(closePressForTest);

const CUSTOMERS = 24;
/** Engines that are killed as they ask, at most. */
const KILLS = 6;

async function open(stores: StoreForTest, address: string): Promise<VatRoundRoom> {
  const store = await stores.openStoreForTest(vatRoundSchema, { address });
  return await vatRoundRoom(store, { address, vies: vies.address });
}

/** What is kept of each VAT id, and what the round says of it. */
async function kept(store: Store): Promise<{ readonly answers: string[]; readonly items: string[] }> {
  const db = store.tables<CustomersTables>();
  const answers = await db
    .selectFrom('vat_check')
    .select(['vat_id', 'result'])
    .orderBy('vat_id')
    .orderBy('id')
    .execute();
  const items = await db
    .selectFrom('vat_round_item')
    .select(['vat_id', 'state'])
    .orderBy('vat_id')
    .orderBy('round_id')
    .execute();
  return {
    answers: answers.map((row) => `${row.vat_id} ${row.result}`),
    items: items.map((row) => `${row.vat_id} ${row.state}`),
  };
}

const askedAbout = (): string[] => vies.asked.map((of) => of.countryCode + of.vatNumber);

/** Two people begin it before either has been answered: the task of the one, and what the other is told. */
async function begunByTwo(stores: StoreForTest, one: VatRoundRoom, address: string) {
  const other =
    stores.kind === 'postgres'
      ? await vatRoundRoom(await stores.openAlso(address, vatRoundSchema), { address, vies: vies.address })
      : one;
  const [begun, refused] = await whileOpen(
    one.room.store,
    async (trx) => await vatRoundStart(one.parts, aboutAll(CUSTOMERS), one.room.context(trx)),
    async () => await other.room.refused('customers.vatRoundStart', aboutAll(CUSTOMERS)),
  );
  if (other !== one) await other.close();
  if (!begun.ok) throw new Error(begun.code);
  return { taskId: begun.value.taskId, refused };
}

describeOnBothStores('VIES asked about many', (stores) => {
  it(
    'begun by two at once and killed again and again: one round, each answer kept once, nobody asked about twice but where a kill lost the answer',
    { timeout: 600_000 },
    async () => {
      const address = await stores.newAddress(vatRoundSchema);
      const first = await open(stores, address);
      const vatIds = await vatBuyers(first.room, CUSTOMERS);
      for (const [at, vatId] of vatIds.entries()) vies.behave(vatId, { valid: at % 3 !== 0 });
      const { taskId, refused } = await begunByTwo(stores, first, address);
      expect(refused).toEqual({ code: 'round-running', facts: { left: CUSTOMERS } });
      await first.close();

      const child = { program: 'vat-round-child.ts', input: [address, vies.address, taskId] } as const;
      const killed = await workWithKills(child, stores.kind === 'postgres' ? 2 : 1, KILLS);
      expect(killed).toBeGreaterThan(0);

      const room = await open(stores, address);
      expect((await seeTask(room.room.store, taskId)).task).toMatchObject({ state: 'succeeded', error: '' });
      const expected = vatIds.map((vatId, at) => `${vatId} ${at % 3 === 0 ? 'invalid' : 'valid'}`);
      expect(await kept(room.room.store)).toEqual({ answers: expected, items: expected });
      expect([...new Set(askedAbout())]).toEqual(vatIds);
      expect(vies.asked.length - CUSTOMERS).toBeLessThanOrEqual(killed);
      await room.close();
    },
  );

  it('tried again goes on with whom it had left, and not with those whom another round asked about since', async () => {
    const address = await stores.newAddress(vatRoundSchema);
    const { room, engine, close } = await open(stores, address);
    await engine.begin();
    const vatIds = await vatBuyers(room, 30);
    for (const vatId of vatIds) vies.behave(vatId, { error: 'MS_UNAVAILABLE' });
    const silent = await room.call('customers.vatRoundStart', aboutAll(30));
    const { task } = await whenTask(room.store, silent.taskId);
    expect(task.state).toBe('failed');
    // Five were not come to; then VIES speaks again, and another round asks about one of them.
    expect(askedAbout()).toEqual(vatIds.slice(0, 25));
    for (const vatId of vatIds) vies.behave(vatId, { valid: true });
    const other = await room.call('customers.vatRoundStart', { query: 'name:"Kunde 28"', confirmCount: 1 });
    expect((await whenTask(room.store, other.taskId)).task.state).toBe('succeeded');

    const { id: taskId, kind, input } = task;
    const again = await engine.startAgain({ taskId, kind, input: JSON.parse(input), startedBy: 'jan' });
    expect((await whenTask(room.store, again?.taskId ?? '')).task.state).toBe('succeeded');
    expect(askedAbout().slice(25)).toEqual([28, 25, 26, 27, 29].map((at) => vatIds[at]));
    await close();
  });
});
