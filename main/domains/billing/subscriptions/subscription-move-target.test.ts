import type { KyselyPlugin } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { closePressForTest, openBillingRoom } from '../../../testing/billing-room.ts';
import { makePlan, monthlyFee } from '../../../testing/period-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { apiCalls, declareCalls } from '../../../testing/usage-room.ts';
import type { BillingTables } from '../billing-tables.ts';
import { moveTarget } from './subscription-move-target.ts';

afterAll(closePressForTest);

describeOnBothStores('what subscriptions are moved to', (stores) => {
  it('is read in the same few statements however many versions a plan has', async () => {
    const room = await openBillingRoom(stores);
    await declareCalls(room);
    const planId = await makePlan(room, 'Calls', [apiCalls]);
    const few = await read();
    expect(few.told).toContain('api-calls');
    for (const validFrom of ['2026-10-01', '2026-11-01', '2026-12-01']) {
      const price = { currency: 'PLN' as const, components: [apiCalls] };
      await room.call('catalog.planVersionAdd', { planId, validFrom, price });
    }
    expect(await read()).toEqual({ ...few, versions: 4 });
    expect((await read(await makePlan(room, 'Plain', [monthlyFee]))).told).toEqual([]);

    async function read(id = planId) {
      let statements = 0;
      const counting: KyselyPlugin = {
        transformQuery: ({ node }) => {
          statements += 1;
          return node;
        },
        transformResult: async ({ result }) => result,
      };
      const db = room.store.tables<BillingTables>().withPlugin(counting);
      const target = await moveTarget(db, { planId: id, versionId: '' });
      if (!target.ok) throw new Error(target.code);
      const { versions, told } = target.value;
      return { statements, versions: versions.length, told: told.map(({ name }) => name) };
    }
  });
});
