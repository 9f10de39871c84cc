import { afterAll, expect, it } from 'vitest';
import { billingRoom, closePressForTest } from '../../testing/billing-room.ts';
import { billingSchema } from '../../testing/billing-schema.ts';
import { olderCompany, olderCustomer } from '../../testing/older-rows.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { customersBillingProfile } from './schema/20261130T0744-customers-billing-profile.ts';

afterAll(closePressForTest);

const olderSteps = billingSchema.slice(0, billingSchema.indexOf(customersBillingProfile));

describeOnBothStores('customers from before their names were kept folded', (stores) => {
  it('are found and sorted by them', async () => {
    const address = await stores.newAddress();
    const older = await stores.openStoreForTest(olderSteps, { address });
    const db = older.tables<Record<string, Record<string, unknown>>>();
    await db.insertInto('company').values(olderCompany('com_before')).execute();
    await db
      .insertInto('customer')
      .values([
        olderCustomer(1, { name: 'Żaba' }),
        olderCustomer(2, { name: 'zebra' }),
        olderCustomer(3, { name: 'Ábel' }),
      ])
      .execute();
    await older.close();
    const room = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    const page = await room.call('customers.customerList', { sort: 'name', direction: 'asc' });
    expect(page.rows.map(({ name }) => name)).toEqual(['Ábel', 'Żaba', 'zebra']);
    expect((await room.call('customers.customerList', { query: 'zaba' })).total).toBe(1);
  });
});
