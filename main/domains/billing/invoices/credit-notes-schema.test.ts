import { afterAll, expect, it } from 'vitest';
import { billingRoom, closePressForTest } from '../../../testing/billing-room.ts';
import { billingSchema } from '../../../testing/billing-schema.ts';
import { olderCompany } from '../../../testing/older-rows.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { billingCreditNotes } from '../schema/20261129T1730-billing-credit-notes.ts';

afterAll(closePressForTest);

const olderSteps = billingSchema.slice(0, billingSchema.indexOf(billingCreditNotes));

describeOnBothStores('a store from before credit notes', (stores) => {
  it.each([
    ['INV {year}/{seq:4}', 'CN {year}/{month}/{seq:4}'],
    ['CN{year}-{seq}', 'KOR {year}/{month}/{seq:4}'],
  ])('whose invoices are numbered %s numbers credit notes %s', async (numberFormat, creditNumberFormat) => {
    const address = await stores.newAddress();
    const older = await stores.openStoreForTest(olderSteps, { address });
    await older
      .tables<{ company: Record<string, unknown> }>()
      .insertInto('company')
      .values(olderCompany('com_1', { number_format: numberFormat }))
      .execute();
    await older.close();
    const room = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    expect((await room.call('billing.companyGet', {})).company).toMatchObject({
      numberFormat,
      creditNumberFormat,
    });
  });
});
