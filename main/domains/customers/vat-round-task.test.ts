import { afterAll, expect } from 'vitest';
import type { Store } from '../../platform/store/store.ts';
import { billingRoom, closePressForTest, testCompany } from '../../testing/billing-room.ts';
import { billingSchema } from '../../testing/billing-schema.ts';
import { describeTask } from '../../testing/describe-task.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { vatRoundParts } from '../../testing/vat-round-room.ts';
import { startViesStandIn, type ViesStandIn } from '../../testing/vies-stand-in.ts';
import type { CustomersTables } from './customers-tables.ts';
import { freezeRound } from './vat-round-store.ts';
import { vatRoundTask, type VatRoundInput } from './vat-round-task.ts';

afterAll(closePressForTest);

const [CZECH, GERMAN, SLOVAK] = ['CZ27082440', 'DE136695976', 'SK2020273893'] as const;
const ROUND = 'vatround_1';

/** A round over three customers, of whom one has no VAT id any more: VIES says yes, nothing, and is not asked. */
async function prepareRound(store: Store): Promise<{ vies: ViesStandIn; input: VatRoundInput }> {
  const vies = await startViesStandIn();
  vies.behave(CZECH, { valid: true });
  vies.behave(GERMAN, { error: 'MS_UNAVAILABLE' });
  const room = billingRoom(store);
  await room.call('billing.companySave', testCompany);
  for (const vatId of [CZECH, GERMAN, SLOVAK]) {
    const buyer = { name: `Buyer ${vatId}`, country: vatId.slice(0, 2), currency: 'EUR', vatId } as const;
    await room.call('customers.customerCreate', buyer);
  }
  const db = store.tables<CustomersTables>();
  const round = { id: ROUND, query: '', older_than_days: 30, total: 3, started_by: 'ada', started_at_ms: 0 };
  await db.insertInto('vat_round').values(round).execute();
  await freezeRound(db, ROUND, { query: '', answeredSinceMs: 0 });
  await db.updateTable('customer').set({ vat_id: '' }).where('vat_id', '=', SLOVAK).execute();
  return { vies, input: { roundId: ROUND, total: 3 } };
}

async function answersOf(store: Store): Promise<string[]> {
  const rows = await store
    .tables<CustomersTables>()
    .selectFrom('vat_check')
    .select(['vat_id', 'result', 'detail'])
    .orderBy('vat_id')
    .execute();
  return rows.map((row) => `${row.vat_id} ${row.result} ${row.detail}`.trim());
}

async function itemsOf(store: Store): Promise<string[]> {
  const rows = await store
    .tables<CustomersTables>()
    .selectFrom('vat_round_item')
    .select(['vat_id', 'state'])
    .orderBy('seq')
    .execute();
  return rows.map((row) => `${row.vat_id} ${row.state}`);
}

/**
 * Answers are evidence, which no undo takes back. What must be as before is everything else: customers, and that the round says of each
 * VAT id what is kept of it.
 */
async function observeRound(store: Store): Promise<unknown> {
  const customers = await store
    .tables<CustomersTables>()
    .selectFrom('customer')
    .select(['number', 'vat_id', 'active'])
    .orderBy('number')
    .execute();
  const answered = (await itemsOf(store)).filter((item) => !/ (waiting|left|changed)$/.test(item));
  const kept = (await answersOf(store)).map((answer) => answer.split(' ').slice(0, 2).join(' '));
  return {
    customers,
    unkept: answered.filter((item) => !kept.includes(item)),
    unsaid: kept.filter((answer) => !answered.includes(answer)),
  };
}

describeOnBothStores('VIES asked about many', (stores) => {
  describeTask<VatRoundInput, object, ViesStandIn>({
    name: 'customers-vat-round',
    stores,
    schema: billingSchema,
    steps: ['ask'],
    prepare: async (store) => {
      const { vies, input } = await prepareRound(store);
      const definition = vatRoundTask(vatRoundParts(store, vies.address));
      return { world: vies, definition, input, close: vies.close };
    },
    observe: async (_vies, store) => await observeRound(store),
    succeeded: async (vies, seen, store) => {
      expect(await itemsOf(store)).toEqual([`${CZECH} valid`, `${GERMAN} unknown`, `${SLOVAK} changed`]);
      expect(await answersOf(store)).toEqual([`${CZECH} valid`, `${GERMAN} unknown MS_UNAVAILABLE`]);
      // Nobody is asked about twice, however often the step is run.
      expect(vies.asked.map(({ countryCode }) => countryCode)).toEqual(['CZ', 'DE']);
      expect(JSON.parse(seen.task.result ?? 'null')).toEqual({ valid: 1, invalid: 0, unknown: 1 });
    },
  });
});
