import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { billingRoom, closePressForTest, testCompany, type BillingRoom } from '../../testing/billing-room.ts';
import { billingSchema } from '../../testing/billing-schema.ts';
import { describeOnBothStores, type StoreForTest } from '../../testing/store-for-test.ts';
import {
  taskEngineForTest,
  tasksSchemaForTest,
  whenTask,
  type TaskAsSeen,
} from '../../testing/tasks-for-test.ts';
import { startViesStandIn, type ViesStandIn } from '../../testing/vies-stand-in.ts';
import { askVies } from '../../platform/vies/vies-check.ts';
import { companyVatId } from '../billing/billing-public.ts';
import type { CustomersTables } from './customers-tables.ts';
import { vatRoundTask } from './vat-round-task.ts';

let vies: ViesStandIn;
beforeEach(async () => {
  vies = await startViesStandIn();
});
afterEach(async () => {
  await vies.close();
});
afterAll(closePressForTest);

const [CZECH, GERMAN, SLOVAK] = ['CZ27082440', 'DE136695976', 'SK2020273893'] as const;

interface World {
  readonly room: BillingRoom;
  /** A task of a round that is there. */
  readonly begin: (roundId: string, total: number) => Promise<string>;
  /** Waits until what was started has ended. */
  readonly ended: (taskId: string) => Promise<TaskAsSeen>;
  readonly close: () => Promise<void>;
}

async function open(stores: StoreForTest): Promise<World> {
  const schema = [...billingSchema, ...tasksSchemaForTest];
  const address = await stores.newAddress(schema);
  const store = await stores.openStoreForTest(schema, { address });
  const asks = async (question: Parameters<typeof askVies>[1]) => await askVies(vies.address, question);
  const definition = vatRoundTask({
    store,
    nowMs: async () => await room.parts.nowMs(store.tables()),
    vies: asks,
    requesterVatId: companyVatId,
    pauseMs: 0,
  });
  const engine = await taskEngineForTest({ store, address, definitions: [definition] });
  await engine.begin();
  const room: BillingRoom = billingRoom(store, { vies: vies.address, tasks: engine });
  await room.call('billing.companySave', testCompany);
  return {
    room,
    begin: async (roundId, total) =>
      (await engine.start(definition, { roundId, total }, { startedBy: 'anna' })).taskId,
    ended: async (taskId) => await whenTask(store, taskId),
    close: async () => await engine.stop(),
  };
}

async function buyer(room: BillingRoom, name: string, country: string, vatId = ''): Promise<string> {
  const fields = { name, country, vatId, currency: 'EUR' } as const;
  return (await room.call('customers.customerCreate', fields)).customerId;
}

async function names(room: BillingRoom, query: string): Promise<string[]> {
  return (await room.call('customers.customerList', { query, sort: 'name' })).rows.map(({ name }) => name);
}

describeOnBothStores('VIES asked about many', (stores) => {
  it('asks about who was not answered lately, keeps each answer, and finds customers by it', async () => {
    const { room, ended, close } = await open(stores);
    try {
      const alza = await buyer(room, 'Alza', 'CZ', CZECH);
      await buyer(room, 'Berlin', 'DE', GERMAN);
      await buyer(room, 'Bratislava', 'SK', SLOVAK);
      await buyer(room, 'Muster', 'CH', 'CHE123456788');
      await buyer(room, 'Nobody', 'CZ');
      vies.behave(CZECH, { valid: true });
      await room.call('customers.customerVatCheck', { customerId: alza });
      room.setNow('2026-10-20T08:00:00Z');
      vies.behave(SLOVAK, { valid: true });
      const preview = await room.call('customers.vatRoundPreview', {});
      expect(preview).toEqual({
        toAsk: 2,
        neverAnswered: 2,
        answeredLately: 1,
        withoutVatId: 1,
        outsideEu: 1,
      });
      expect(await room.refused('customers.vatRoundStart', { confirmCount: 3 })).toEqual({
        code: 'count-changed',
        facts: { count: 2 },
      });
      const { taskId } = await room.call('customers.vatRoundStart', { confirmCount: 2 });
      const { task, log } = await ended(taskId);
      expect(task.state).toBe('succeeded');
      expect(log.join('\n')).toContain(`${GERMAN} of Berlin`);
      expect(vies.asked.map(({ countryCode }) => countryCode)).toEqual(['CZ', 'DE', 'SK']);
      expect(vies.asked.map(({ requesterNumber }) => requesterNumber)).toEqual(Array(3).fill('5252344078'));
      expect(await names(room, 'vat:valid')).toEqual(['Alza', 'Bratislava']);
      expect(await names(room, 'vat:invalid')).toEqual(['Berlin']);
      expect(await names(room, 'vat:never')).toEqual(['Muster']);
      expect(await names(room, 'checked<2026-10-10')).toEqual(['Alza']);
      expect(await names(room, 'address:complete')).toEqual([]);
      expect(await room.refused('customers.vatRoundStart', { confirmCount: 2 })).toMatchObject({
        code: 'nothing-to-ask',
      });
      // A month later all of them are asked about again, and of a query only who fits it.
      room.setNow('2026-11-25T08:00:00Z');
      expect(await room.call('customers.vatRoundPreview', { query: 'country:DE' })).toMatchObject({
        toAsk: 1,
      });
      expect(await room.call('customers.vatRoundPreview', {})).toMatchObject({ toAsk: 3, neverAnswered: 0 });
    } finally {
      await close();
    }
  });

  it('ends where VIES answers nobody, and the next round goes on with who was not answered', async () => {
    const { room, ended, close } = await open(stores);
    try {
      const customers = room.store.tables<CustomersTables>();
      for (let n = 0; n < 30; n++) {
        const customerId = await buyer(room, `Kunde ${n}`, 'DE');
        const vat_id = `DE9000000${String(n).padStart(2, '0')}`;
        await customers.updateTable('customer').set({ vat_id }).where('id', '=', customerId).execute();
        vies.behave(vat_id, n === 0 ? { valid: true } : { error: 'MS_UNAVAILABLE' });
      }
      const first = await room.call('customers.vatRoundStart', { confirmCount: 30 });
      const { task } = await ended(first.taskId);
      expect(task.state).toBe('failed');
      expect(task.error).toContain('26 of 30 VAT ids were asked about');
      expect(vies.asked).toHaveLength(26);
      for (let n = 0; n < 30; n++) vies.behave(`DE9000000${String(n).padStart(2, '0')}`, { valid: true });
      // Silence is no verdict: all but the one that was answered.
      const second = await room.call('customers.vatRoundStart', { confirmCount: 29 });
      expect((await ended(second.taskId)).task.state).toBe('succeeded');
      expect(await names(room, 'vat:valid')).toHaveLength(30);
      expect(vies.asked).toHaveLength(26 + 29);
    } finally {
      await close();
    }
  });

  it('asks nobody about a VAT id that changed meanwhile, and no round beside another', async () => {
    const { room, begin, ended, close } = await open(stores);
    try {
      const customerId = await buyer(room, 'Berlin', 'DE', GERMAN);
      const db = room.store.tables<CustomersTables>();
      const round = { id: 'vatround_1', query: '', older_than_days: 30, total: 1 };
      await db
        .insertInto('vat_round')
        .values({ ...round, started_by: 'anna', started_at_ms: 0 })
        .execute();
      const item = { round_id: round.id, seq: 1, customer_id: customerId, vat_id: CZECH } as const;
      await db
        .insertInto('vat_round_item')
        .values({ ...item, state: 'waiting' })
        .execute();
      expect(await room.refused('customers.vatRoundStart', { confirmCount: 1 })).toEqual({
        code: 'round-running',
        facts: { left: 1 },
      });
      const { task } = await ended(await begin(round.id, 1));
      expect(task.state).toBe('succeeded');
      expect(await db.selectFrom('vat_round_item').select('state').execute()).toEqual([{ state: 'changed' }]);
      expect(vies.asked).toEqual([]);
    } finally {
      await close();
    }
  });
});
