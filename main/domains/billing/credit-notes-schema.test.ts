import { afterAll, expect, it } from 'vitest';
import { billingRoom, closePressForTest, testCompany } from '../../testing/billing-room.ts';
import { billingSchema } from '../../testing/billing-schema.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { billingCreditNotes } from './schema/20261129T1730-billing-credit-notes.ts';

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
      .values({
        id: 'com_1',
        name: testCompany.name,
        street: testCompany.street,
        postcode: testCompany.postcode,
        city: testCompany.city,
        country: testCompany.country,
        vat_id: testCompany.vatId,
        iban: testCompany.iban,
        bic: '',
        email: '',
        footer: '',
        number_format: numberFormat,
        payment_days: 14,
        time_zone: testCompany.timeZone,
        created_at_ms: 1,
      })
      .execute();
    await older.close();
    const room = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    expect((await room.call('billing.companyGet', {})).company).toMatchObject({
      numberFormat,
      creditNumberFormat,
    });
  });
});
