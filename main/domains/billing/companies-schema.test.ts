import { afterAll, expect, it } from 'vitest';
import { billingRoom, closePressForTest, testCompany } from '../../testing/billing-room.ts';
import { billingSchema } from '../../testing/billing-schema.ts';
import { olderCompany, olderCustomer } from '../../testing/older-rows.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { customersBillingProfile } from '../customers/schema/20261130T0744-customers-billing-profile.ts';

afterAll(closePressForTest);

const olderSteps = billingSchema.slice(0, billingSchema.indexOf(customersBillingProfile));
type Rows = Record<string, Record<string, unknown>>;

describeOnBothStores('a store from before several companies', (stores) => {
  it('keeps its company, its customers and its closed days, and goes on closing after them', async () => {
    const address = await stores.newAddress();
    const older = await stores.openStoreForTest(olderSteps, { address });
    const db = older.tables<Rows>();
    await db.insertInto('company').values(olderCompany('com_before')).execute();
    await db
      .insertInto('billing_calendar')
      .values({ company_id: 'com_before', closed_until: '2026-09-28' })
      .execute();
    const closed = {
      company_id: 'com_before',
      day: '2026-09-28',
      subscriptions: 0,
      charges: 0,
      closed_at_ms: 1,
    };
    await db.insertInto('billed_day').values(closed).execute();
    await db
      .insertInto('customer')
      .values([olderCustomer(1, { vat_id: 'PL5252344078' }), olderCustomer(2, { currency: 'EUR' })])
      .execute();
    await older.close();
    const room = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    expect((await room.call('companies.companyList', {})).rows).toMatchObject([
      { id: 'com_before', isDefault: true, customers: 2 },
    ]);
    expect(await room.call('billing.dayState', {})).toMatchObject({ closedUntil: '2026-09-28', openDays: 2 });
    expect(await room.call('billing.dayClose', { day: '2026-09-29' })).toMatchObject({ already: 0 });
    const { profile } = await room.call('customers.billingProfileGet', { customerId: 'cus_1' });
    expect(profile).toMatchObject({ companyId: 'com_before', contacts: [] });
    // Whoever was invoiced in euros pays to the account there was.
    const iban = 'PL61 1090 1014 0000 0712 1981 2874';
    expect((await room.call('billing.companyGet', {})).company?.accounts).toEqual([
      { currency: 'EUR', iban, bic: '' },
      { currency: 'PLN', iban, bic: '' },
    ]);
    expect(await room.call('billing.companyBooks', {})).toEqual({
      company: testCompany.name,
      closedUntil: null,
      years: 'automatic',
      opened: [],
    });
    // Closed days are still written once.
    const again = room.store.tables<Rows>().updateTable('billed_day').set({ charges: 9 });
    await expect(again.execute()).rejects.toThrow('append-only');
  });
});
