import { expect, it } from 'vitest';
import { billingRoom, openBillingRoom, sell } from '../../testing/billing-room.ts';
import { billingSchema } from '../../testing/billing-schema.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { planHits, planPriceOn } from './catalog-public.ts';

const eur = { currency: 'EUR', perMonth: '10.00', perVcpuHour: '0.0125', perGibHour: '0.004' } as const;
const pln = { ...eur, currency: 'PLN', perMonth: '045.0' } as const;

describeOnBothStores('catalog', (stores) => {
  const open = async (): Promise<ReturnType<typeof billingRoom>> =>
    billingRoom(await stores.openStoreForTest(billingSchema));

  it('keeps a plan with its prices, in plain decimals', async () => {
    const room = await open();
    const { planId } = await room.call('catalog.planCreate', {
      name: 'A-4',
      description: 'four of everything',
      prices: [eur, pln],
      validFrom: '2026-01-01',
    });
    expect(await room.call('catalog.planGet', { planId })).toEqual({
      id: planId,
      productId: 'product_vps',
      product: 'VPS',
      kind: 'vps',
      name: 'A-4',
      description: 'four of everything',
      active: true,
      prices: [
        { ...eur, perMonth: '10', validFrom: '2026-01-01' },
        { ...pln, perMonth: '45', validFrom: '2026-01-01' },
      ],
      periodPrices: [],
      subscriptions: 0,
      createdAt: '2026-10-01T08:00:00.000Z',
      versions: [
        { ...eur, perMonth: '10', validFrom: '2026-01-01', setAt: expect.any(String) as string },
        { ...pln, perMonth: '45', validFrom: '2026-01-01', setAt: expect.any(String) as string },
      ],
      periodVersions: [],
    });
  });

  it.each([
    ['a name that is taken', { name: 'A-4', prices: [eur] }, { code: 'name-taken', facts: { name: 'A-4' } }],
    [
      'two prices in one currency',
      { name: 'B-4', prices: [eur, eur] },
      { code: 'currency-twice', facts: { name: 'B-4', currency: 'EUR', validFrom: '2026-01-01' } },
    ],
  ])('refuses %s', async (_what, plan, refusal) => {
    const room = await open();
    await room.call('catalog.planCreate', { name: 'A-4', prices: [eur], validFrom: '2026-01-01' });
    expect(await room.refused('catalog.planCreate', { ...plan, validFrom: '2026-01-01' })).toEqual(refusal);
    expect((await room.call('catalog.planList', {})).total).toBe(1);
  });

  it.each(['-1', '1,50', '0.00000000001', 'free', ''])('the price %j is bad input', async (perMonth) => {
    const room = await open();
    const plan = { name: 'A-4', prices: [{ ...eur, perMonth }], validFrom: '2026-01-01' };
    await expect(room.call('catalog.planCreate', plan)).rejects.toThrow(/prices\.0\.perMonth/);
  });

  it('a new price holds from its day on, and the last one set for a day counts', async () => {
    const room = await open();
    const { planId } = await room.call('catalog.planCreate', {
      name: 'A-4',
      prices: [eur],
      validFrom: '2026-01-01',
    });
    for (const perMonth of ['12', '13']) {
      await room.call('catalog.planPriceSet', {
        planId,
        price: { ...eur, perMonth },
        validFrom: '2026-10-05',
      });
    }
    const priceOn = async (day: string): Promise<string | undefined> =>
      (await planPriceOn(room.store.tables(), { planId, currency: 'EUR', day: localDate(day) }))?.perMonth;
    expect([await priceOn('2025-12-31'), await priceOn('2026-10-04'), await priceOn('2026-10-05')]).toEqual([
      undefined,
      '10',
      '13',
    ]);
    const before = await room.call('catalog.planGet', { planId });
    expect(before.prices).toMatchObject([{ perMonth: '10' }]);
    // The version to come is there, latest first, and of two for one day the one set last.
    expect(before.versions.map(({ validFrom, perMonth }) => [validFrom, perMonth])).toEqual([
      ['2026-10-05', '13'],
      ['2026-10-05', '12'],
      ['2026-01-01', '10'],
    ]);
    room.setNow('2026-10-05T00:00:00+02:00');
    expect((await room.call('catalog.planGet', { planId })).prices).toMatchObject([{ perMonth: '13' }]);
  });

  it('no price can be set for days that may be charged already', async () => {
    const room = await open();
    const { planId } = await room.call('catalog.planCreate', {
      name: 'A-4',
      prices: [eur],
      validFrom: '2026-01-01',
    });
    const set = { planId, price: eur, validFrom: '2026-09-30' };
    expect(await room.refused('catalog.planPriceSet', set)).toEqual({
      code: 'price-in-past',
      facts: { plan: 'A-4', currency: 'EUR', validFrom: '2026-09-30', today: '2026-10-01' },
    });
    expect(await room.refused('catalog.planPriceSet', { ...set, planId: 'plan_x' })).toMatchObject({
      code: 'no-such-plan',
    });
    await room.call('catalog.planPriceSet', { ...set, validFrom: '2026-10-01' });
  });

  it('prices are never changed or removed, whoever asks', async () => {
    const room = await open();
    await room.call('catalog.planCreate', { name: 'A-4', prices: [eur], validFrom: '2026-01-01' });
    const db = room.store.tables<{ plan_version: { priced: string } }>();
    await expect(db.updateTable('plan_version').set({ priced: '{}' }).execute()).rejects.toThrow();
    await expect(db.deleteFrom('plan_version').execute()).rejects.toThrow();
  });

  it('a retired plan is not sold, its subscriptions go on, and it can be sold again', async () => {
    const room = await openBillingRoom(stores);
    const { planId, customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-10-01' });
    await room.call('catalog.planRetire', { planId, active: false });
    expect(await room.call('catalog.planGet', { planId })).toMatchObject({ active: false, subscriptions: 1 });
    await room.addVm('vm-2');
    const start = { customerId, planId, vmId: 'vm-2', startsOn: '2026-10-01' };
    expect(await room.refused('billing.subscriptionStart', start)).toEqual({
      code: 'plan-retired',
      facts: { plan: 'Plan vm-1' },
    });
    await room.call('catalog.planRetire', { planId, active: true });
    await room.call('billing.subscriptionStart', start);
    expect(await room.call('catalog.planGet', { planId })).toMatchObject({ subscriptions: 2 });
    expect(await room.refused('catalog.planRetire', { planId: 'plan_x', active: true })).toMatchObject({
      code: 'no-such-plan',
    });
  });

  it.each([
    ['', ['A-4', 'A-8', 'B-2']],
    ['a-', ['A-4', 'A-8']],
    ['active:yes', ['A-4', 'B-2']],
    ['active:no', ['A-8']],
    ['name:8', ['A-8']],
    ['storage', ['B-2']],
  ])('the list for %j', async (query, names) => {
    const room = await open();
    for (const name of ['B-2', 'A-8', 'A-4']) {
      const description = name === 'B-2' ? 'much storage' : '';
      const plan = { name, description, prices: [eur], validFrom: '2026-01-01' };
      const { planId } = await room.call('catalog.planCreate', plan);
      if (name === 'A-8') await room.call('catalog.planRetire', { planId, active: false });
    }
    const page = await room.call('catalog.planList', { query });
    expect(page.rows.map((row) => row.name)).toEqual(names);
    const hits = await planHits(room.store.tables(), 'a-', 5);
    expect(hits.map(({ title, subtitle }) => [title, subtitle])).toEqual([
      ['A-4', ''],
      ['A-8', 'no longer sold'],
    ]);
  });
});
