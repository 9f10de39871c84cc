import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { portableDdl, type SchemaContext } from '../../platform/store/schema-step.ts';
import { closeDays, closePressForTest } from '../../testing/billing-room.ts';
import { makePlan, monthlyFee } from '../../testing/period-room.ts';
import {
  openRepricingRoom,
  previewed,
  previewMove,
  startMove,
  workOff,
  type RepricingRoom,
} from '../../testing/repricing-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { RepricingTables } from './repricing-tables.ts';
import { repricingSums } from './schema/20261130T1737-repricing-sums.ts';

afterAll(closePressForTest);

const MEASURES = ['now_minor', 'then_minor', 'change_minor', 'once_minor'] as const;
const minorOf = (of: Record<string, unknown>): number[] => MEASURES.map((what) => Number(of[what] ?? 0));

/** Each group in words, with its number and amounts: as it is kept, and by going through the items. */
async function sumsKept(room: RepricingRoom): Promise<string[]> {
  const rows = await room.store.tables<RepricingTables>().selectFrom('repricing_sum').selectAll().execute();
  return rows
    .filter((row) => Number(row.item_count) !== 0)
    .map((row) =>
      [
        [row.repricing_id, row.state, row.code, row.currency, row.every, row.on_day].join(' '),
        Number(row.item_count),
        Number(row.other_usage),
        ...minorOf(row),
      ].join(' '),
    )
    .toSorted();
}

async function sumsCounted(room: RepricingRoom): Promise<string[]> {
  const rows = await room.store.tables<RepricingTables>().selectFrom('repricing_item').selectAll().execute();
  const groups = Map.groupBy(rows, (row) =>
    [row.repricing_id, row.state, row.code, row.currency, row.every, row.on_day ?? ''].join(' '),
  );
  return [...groups]
    .map(([key, of]) => {
      const amounts = MEASURES.map((_, at) => of.reduce((sum, row) => sum + (minorOf(row)[at] ?? 0), 0));
      return [key, of.length, of.filter(({ usage }) => usage === 'other').length, ...amounts].join(' ');
    })
    .toSorted();
}

describeOnBothStores('what a move comes to', (stores) => {
  it('is kept beside its items through all that is done to them, and made for moves of before', async () => {
    const room = await openRepricingRoom(stores);
    const planId = await makePlan(room, 'Basic', [monthlyFee]);
    const euro = await makePlan(room, 'Euro', [{ ...monthlyFee, price: '70' }], { currency: 'EUR' });
    for (const name of ['First', 'Second', 'Third', 'Euro']) {
      const currency = name === 'Euro' ? ('EUR' as const) : ('PLN' as const);
      const customer = { name, country: 'PL', currency } as const;
      const { customerId } = await room.call('customers.customerCreate', customer);
      const sold = { customerId, planId: name === 'Euro' ? euro : planId, startsOn: '2026-10-01' };
      await room.call('billing.subscriptionStart', sold);
    }
    room.setNow('2026-10-10T08:00:00Z');
    await closeDays(room, '2026-10-01', '2026-10-10');
    const price = { currency: 'PLN' as const, components: [{ ...monthlyFee, price: '340' }] };
    await room.call('catalog.planVersionAdd', { planId, validFrom: '2026-10-10', price });
    const holds = async (): Promise<void> => expect(await sumsKept(room)).toEqual(await sumsCounted(room));

    const { repricingId } = await room.call('repricing.repricingCreate', { planId });
    await holds();
    const preview = await previewed(room, repricingId);
    expect(preview).toMatchObject({ counts: { waiting: 3, refused: 1 }, totals: [{ subscriptions: 3 }] });
    expect(preview.reasons).toMatchObject([
      {
        state: 'refused',
        code: 'no-price',
        count: 1,
        example: expect.stringContaining('Basic has no price in EUR'),
      },
    ]);
    await holds();
    const { digest } = preview;
    await room.call('repricing.repricingStart', { repricingId, digest, confirmCount: 3 });
    await room.call('repricing.repricingStop', { repricingId });
    await room.call('repricing.repricingAbort', { repricingId });
    await holds();
    await room.call('repricing.repricingRetry', { repricingId });
    await holds();
    const again = await previewed(room, repricingId);
    await holds();
    const { subscriptionId = '' } =
      (await room.call('repricing.repricingItems', { repricingId, query: 'customer=Third' })).rows[0] ?? {};
    await room.call('billing.subscriptionChange', {
      subscriptionId,
      change: { do: 'change', quantity: '3' },
    });
    expect(await startMove(room, again)).toMatchObject({ counts: { done: 2, failed: 1 }, planned: 2 });
    await holds();
    const { id: other } = await previewMove(room, { planId, effect: 'now' });
    await room.call('repricing.repricingTakeBack', { repricingId });
    await workOff(room, repricingId, 'taking-back', 1);
    await holds();
    const { rows } = await room.call('repricing.repricingList', { query: '' });
    const countsIn = new Map(rows.map(({ id, counts }) => [id, counts]));
    expect(countsIn.get(repricingId)).toMatchObject({ undone: 2, failed: 1, refused: 1 });
    expect(countsIn.get(other)).toMatchObject({ waiting: 1, refused: 1, skipped: 2 });

    // As a store of before is brought to it.
    const kept = await sumsKept(room);
    await room.store.transaction<RepricingTables, void>(async (trx) => {
      const run = async (...statements: readonly string[]): Promise<void> => {
        for (const statement of statements) {
          await sql.raw(portableDdl(room.store.kind, statement)).execute(trx);
        }
      };
      await run('drop table repricing_sum', 'drop index repricing_item_by_code');
      await repricingSums.up({ kind: room.store.kind, run } as SchemaContext);
    });
    expect(await sumsKept(room)).toEqual(kept);
  });
});
