import { expect, it } from 'vitest';
import type { CallInputOf } from '../../../shared/contract/operation.ts';
import type { catalogContract } from '../../../shared/domains/catalog/catalog-contract.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { billingRoom, type BillingRoom } from '../../testing/billing-room.ts';
import { billingSchema } from '../../testing/billing-schema.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { planPriceOn, planVersionOn } from './catalog-public.ts';
import { catalogProductVat } from './schema/20261201T0430-catalog-product-vat.ts';
import { catalogVersions } from './schema/20261129T1740-catalog-versions.ts';

type PeriodPrice = CallInputOf<typeof catalogContract.planVersionAdd>['price'];

const daily = { currency: 'EUR', perMonth: '10', perVcpuHour: '0.0125', perGibHour: '0.004' } as const;
const fee = {
  kind: 'recurring',
  id: 'fee',
  every: 'month',
  timing: 'in-advance',
  price: '19.95',
} as const;
const traffic = {
  kind: 'usage',
  id: 'traffic',
  meter: 'gib-out',
  every: 'month',
  pricing: { tiers: 'flat', price: '0.02' },
  included: '100',
} as const;
const hosting: PeriodPrice = { currency: 'EUR', components: [fee, traffic] };

describeOnBothStores('versions of plans', (stores) => {
  const open = async (): Promise<BillingRoom> => billingRoom(await stores.openStoreForTest(billingSchema));

  it('a plan of a product of another kind is charged by its components', async () => {
    const room = await open();
    const { productId } = await room.call('catalog.productCreate', {
      name: 'Hosting',
      kind: 'shared-hosting',
    });
    const { planId } = await room.call('catalog.planCreate', {
      name: 'H-1',
      productId,
      periodPrices: [hosting],
      validFrom: '2026-01-01',
    });
    expect(await room.call('catalog.planGet', { planId })).toMatchObject({
      product: 'Hosting',
      kind: 'shared-hosting',
      prices: [],
      versions: [],
      periodPrices: [
        {
          validFrom: '2026-01-01',
          price: {
            currency: 'EUR',
            proration: 'actual-days',
            cycleOnChange: 'by-timing',
            components: [fee, traffic],
          },
        },
      ],
    });
    const { rows } = await room.call('catalog.productList', {});
    expect(rows.map(({ name, kind, plans }) => [name, kind, plans])).toEqual([
      ['Hosting', 'shared-hosting', 1],
      ['VPS', 'vps', 0],
    ]);
    const found = await room.call('catalog.planList', { query: 'kind:shared-hosting' });
    expect(found.rows.map(({ name }) => name)).toEqual(['H-1']);
  });

  it('a version holds from its day on, whatever kind was sold before', async () => {
    const room = await open();
    const { planId } = await room.call('catalog.planCreate', {
      name: 'A-4',
      prices: [daily],
      validFrom: '2026-01-01',
    });
    const { versionId } = await room.call('catalog.planVersionAdd', {
      planId,
      validFrom: '2026-11-01',
      price: hosting,
    });
    const on = async (day: string) =>
      await planVersionOn(room.store.tables(), { planId, currency: 'EUR', day: localDate(day) });
    expect(await on('2026-10-31')).toMatchObject({ charged: 'daily' });
    expect(await on('2026-11-01')).toMatchObject({
      charged: 'by-period',
      priced: { id: planId, version: versionId, currency: 'EUR' },
    });
    expect((await room.call('catalog.planGet', { planId })).prices).toHaveLength(1);
    room.setNow('2026-11-01T08:00:00Z');
    expect((await room.call('catalog.planGet', { planId })).prices).toEqual([]);
  });

  const other = { ...fee, price: '25' };
  it.each([
    [
      'a version that begins with another',
      'catalog.planVersionAdd',
      { validFrom: '2026-12-01', price: { ...hosting, components: [other] } },
      'version-overlaps',
    ],
    [
      'a daily price that begins with a version',
      'catalog.planPriceSet',
      { validFrom: '2026-12-01', price: daily },
      'version-overlaps',
    ],
    [
      'a version from a day that is over',
      'catalog.planVersionAdd',
      { validFrom: '2026-09-30', price: hosting },
      'price-in-past',
    ],
  ] as const)('refuses %s', async (_what, operation, input, code) => {
    const room = await open();
    const { planId } = await room.call('catalog.planCreate', {
      name: 'H-1',
      periodPrices: [hosting],
      validFrom: '2026-01-01',
    });
    await room.call('catalog.planVersionAdd', { planId, validFrom: '2026-12-01', price: hosting });
    const refusal = await room.refused(operation, { planId, ...input } as never);
    expect(refusal.code).toBe(code);
    if (code === 'version-overlaps') {
      expect(refusal.facts).toMatchObject({ plan: 'H-1', currency: 'EUR', validFrom: '2026-12-01' });
    }
  });

  it.each([
    ['no price', {}, 'no-price'],
    ['two prices of a currency', { prices: [daily], periodPrices: [hosting] }, 'currency-twice'],
    ['an unknown product', { productId: 'product_x', prices: [daily] }, 'no-such-product'],
  ])('a plan with %s is not made', async (_what, plan, code) => {
    const room = await open();
    const made = { name: 'A-4', validFrom: '2026-01-01', ...plan };
    expect(await room.refused('catalog.planCreate', made)).toMatchObject({ code });
    expect((await room.call('catalog.planList', {})).total).toBe(0);
  });

  it('prices of an older store become versions charged day by day, under their ids', async () => {
    const older = billingSchema.filter((step) => step !== catalogVersions && step !== catalogProductVat);
    const address = await stores.newAddress(older);
    const before = await stores.openStoreForTest(older, { address });
    const plan = { id: 'plan_1', name: 'A-4', description: '', active: 1, created_at_ms: 1 };
    const price = { plan_id: 'plan_1', currency: 'EUR', valid_from: '2026-01-01', per_gib_hour: '0' };
    const prices = [
      { ...price, id: 'price_1', set_at_ms: 1, per_month: '10', per_vcpu_hour: '0.0125' },
      { ...price, id: 'price_2', set_at_ms: 2, per_month: '12', per_vcpu_hour: '0.0125' },
    ];
    const old = before.tables<{ plan: typeof plan; plan_price: (typeof prices)[number] }>();
    await old.insertInto('plan').values(plan).execute();
    await old.insertInto('plan_price').values(prices).execute();
    await before.close();
    const room = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    const asked = { planId: 'plan_1', currency: 'EUR', day: localDate('2026-03-01') } as const;
    expect(await planPriceOn(room.store.tables(), asked)).toMatchObject({
      id: 'price_2',
      perMonth: '12',
      perVcpuHour: '0.0125',
      perGibHour: '0',
    });
    expect(await room.call('catalog.planGet', { planId: 'plan_1' })).toMatchObject({
      product: 'VPS',
      prices: [{ perMonth: '12' }],
    });
  });
});
