import { afterAll, expect, it } from 'vitest';
import type { CallInputOf } from '../../../shared/contract/operation.ts';
import type { OperationAt, OperationName } from '../../../shared/contract/contract.ts';
import {
  billingRoom,
  closeDays,
  closePressForTest,
  sell,
  testCompany,
  type BillingRoom,
} from '../../testing/billing-room.ts';
import { billingSchema } from '../../testing/billing-schema.ts';
import { describeOnBothStores, type StoreForTest } from '../../testing/store-for-test.ts';
import type { BillingTables } from './billing-tables.ts';

afterAll(closePressForTest);

/** Two engines on one store: two of their own on PostgreSQL, two sharing it on SQLite. */
async function twoEngines(stores: StoreForTest): Promise<readonly [BillingRoom, BillingRoom]> {
  const address = await stores.newAddress(billingSchema);
  const one = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
  await one.call('billing.companySave', testCompany);
  const store = stores.kind === 'postgres' ? await stores.openAlso(address, billingSchema) : one.store;
  return [one, billingRoom(store)];
}

/** `done`, or the code of the refusal. */
async function ending<N extends OperationName>(
  room: BillingRoom,
  name: N,
  input: CallInputOf<OperationAt<N>>,
): Promise<string> {
  try {
    await room.call(name, input);
    return 'done';
  } catch (error) {
    return /"code":"([a-z-]+)"/.exec(String(error))?.[1] ?? String(error);
  }
}

const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' } as const;
const ROUNDS = 5;

describeOnBothStores('at the same moment', (stores) => {
  it('a day closes and a subscription starts on it: it is charged for that day, or refused', async () => {
    const [one, two] = await twoEngines(stores);
    const { customerId, planId } = await sell(one, { vm: 'vm-0', startsOn: '2026-09-01' });
    for (let round = 1; round <= ROUNDS; round++) {
      const day = `2026-09-0${round}`;
      const vmId = `vm-${round}`;
      await one.addVm(vmId);
      const [closed, started] = await Promise.all([
        ending(one, 'billing.dayClose', { day }),
        ending(two, 'billing.subscriptionStart', { customerId, planId, vmId, startsOn: day }),
      ]);
      expect(closed).toBe('done');
      const charged = await one.store
        .tables<BillingTables>()
        .selectFrom('charge')
        .innerJoin('subscription', 'subscription.id', 'charge.subscription_id')
        .select('charge.id')
        .where('vm_id', '=', vmId)
        .where('day', '=', day as never)
        .execute();
      expect([started, charged.length]).toEqual(started === 'done' ? ['done', 1] : ['day-closed', 0]);
    }
  });

  it('a day closes and a subscription ends on it: it is charged and the end refused, or neither', async () => {
    const [one, two] = await twoEngines(stores);
    for (let round = 1; round <= ROUNDS; round++)
      await sell(one, { vm: `vm-${round}`, startsOn: '2026-09-01' });
    const { rows } = await one.call('billing.subscriptionList', { sort: 'plan' });
    for (const [at, subscription] of rows.entries()) {
      const day = `2026-09-0${at + 1}`;
      const [closed, ended] = await Promise.all([
        ending(one, 'billing.dayClose', { day }),
        ending(two, 'billing.subscriptionEnd', { subscriptionId: subscription.id, endsOn: day }),
      ]);
      expect(closed).toBe('done');
      const charges = await one.call('billing.chargeList', { subscriptionId: subscription.id });
      const isCharged = charges.rows.some((charge) => charge.day === day);
      expect([ended, isCharged]).toEqual(ended === 'done' ? ['done', false] : ['day-closed', true]);
    }
  });

  it('a customer changes currency and something is sold to it: one of the two is refused', async () => {
    const [one, two] = await twoEngines(stores);
    const prices = (['PLN', 'EUR'] as const).map((currency) => ({
      currency,
      perMonth: '10',
      perVcpuHour: '0',
      perGibHour: '0',
    }));
    const { planId } = await one.call('catalog.planCreate', { name: 'P', prices, validFrom: '2020-01-01' });
    for (let round = 1; round <= ROUNDS; round++) {
      const vmId = `vm-${round}`;
      await one.addVm(vmId);
      const fields = { name: `K ${round}`, country: 'PL', currency: 'PLN' } as const;
      const { customerId } = await one.call('customers.customerCreate', fields);
      const [saved, started] = await Promise.all([
        ending(one, 'customers.customerSave', { ...fields, currency: 'EUR', customerId }),
        ending(two, 'billing.subscriptionStart', { customerId, planId, vmId, startsOn: '2026-10-01' }),
      ]);
      expect(started).toBe('done');
      expect(['done', 'currency-fixed']).toContain(saved);
      const customer = await one.call('customers.customerGet', { customerId });
      const { rows } = await one.call('billing.subscriptionList', { query: `vm:${vmId}` });
      expect(rows.map(({ price }) => price.currency)).toEqual([customer.currency]);
    }
  });

  it('a customer is put away and something is sold to it: never both', async () => {
    const [one, two] = await twoEngines(stores);
    const { planId } = await sell(one, { vm: 'vm-0', startsOn: '2026-09-01' });
    for (let round = 1; round <= ROUNDS; round++) {
      const vmId = `vm-${round}`;
      await one.addVm(vmId);
      const fields = { name: `K ${round}`, country: 'PL', currency: 'PLN' } as const;
      const { customerId } = await one.call('customers.customerCreate', fields);
      const both = await Promise.all([
        ending(one, 'customers.customerArchive', { customerId, active: false }),
        ending(two, 'billing.subscriptionStart', { customerId, planId, vmId, startsOn: '2026-10-01' }),
      ]);
      expect([
        ['done', 'customer-archived'],
        ['has-subscriptions', 'done'],
      ]).toContainEqual(both);
    }
  });

  it('a plan is retired, or gets another price, and is sold: at one price or not at all', async () => {
    const [one, two] = await twoEngines(stores);
    const { planId, customerId } = await sell(one, { vm: 'vm-0', startsOn: '2026-10-01' });
    const price = { currency: 'PLN', perVcpuHour: '0.0125', perGibHour: '0.004' } as const;
    for (let round = 1; round <= ROUNDS; round++) {
      const vmId = `vm-${round}`;
      await one.addVm(vmId);
      const perMonth = String(round * 100);
      const set = { planId, price: { ...price, perMonth }, validFrom: '2026-10-01' };
      const [priced, started] = await Promise.all([
        ending(one, 'catalog.planPriceSet', set),
        ending(two, 'billing.subscriptionStart', { customerId, planId, vmId, startsOn: '2026-10-01' }),
      ]);
      expect([priced, started]).toEqual(['done', 'done']);
      const { rows } = await one.call('billing.subscriptionList', { query: `vm:${vmId}` });
      expect([perMonth, round === 1 ? '310' : String((round - 1) * 100)]).toContain(rows[0]?.price.perMonth);
    }
    await one.addVm('vm-9');
    const start = { customerId, planId, vmId: 'vm-9', startsOn: '2026-10-01' };
    const [retired, started] = await Promise.all([
      ending(one, 'catalog.planRetire', { planId, active: false }),
      ending(two, 'billing.subscriptionStart', start),
    ]);
    expect(retired).toBe('done');
    expect(['done', 'plan-retired']).toContain(started);
  });

  it('two engines issue the same invoices: each once, numbers without a gap, in both orders', async () => {
    const [one, two] = await twoEngines(stores);
    const ids: string[] = [];
    for (let at = 1; at <= ROUNDS; at++) {
      ids.push((await sell(one, { vm: `vm-${at}`, startsOn: '2026-09-30' })).customerId);
    }
    await closeDays(one, '2026-09-30', '2026-10-01');
    const issueAll = async (room: BillingRoom, order: readonly string[]): Promise<string[]> => {
      const endings: string[] = [];
      for (const customerId of order) {
        endings.push(await ending(room, 'billing.invoiceCreate', { customerId, ...september }));
      }
      return endings;
    };
    const endings = (await Promise.all([issueAll(one, ids), issueAll(two, ids.toReversed())])).flat();
    expect(endings.filter((code) => code === 'done')).toHaveLength(ROUNDS);
    expect(endings.filter((code) => code === 'nothing-to-invoice')).toHaveLength(ROUNDS);
    const { rows } = await one.call('billing.invoiceList', { sort: 'number', direction: 'asc' });
    expect(rows.map(({ number }) => number.slice(-4))).toEqual(ids.map((_id, at) => `000${at + 1}`));
    expect(await two.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('a day closes while invoices are issued: what is issued is of closed days, and all of it is posted', async () => {
    const [one, two] = await twoEngines(stores);
    const { customerId } = await sell(one, { vm: 'vm-1', startsOn: '2026-09-01' });
    await closeDays(one, '2026-09-01', '2026-09-02');
    for (let day = 2; day <= 2 + ROUNDS; day++) {
      const last = `2026-09-0${day}`;
      const scope = { customerId, periodStart: '2026-09-01', periodEndExclusive: `2026-09-0${day + 1}` };
      const [closed, issued] = await Promise.all([
        ending(one, 'billing.dayClose', { day: last }),
        ending(two, 'billing.invoiceCreate', scope),
      ]);
      expect(closed).toBe('done');
      expect(['done', 'period-open']).toContain(issued);
    }
    await ending(one, 'billing.invoiceCreate', {
      customerId,
      periodStart: '2026-09-01',
      periodEndExclusive: '2026-09-08',
    });
    const { rows } = await one.call('billing.invoiceList', {});
    const net = rows.reduce((sum, row) => sum + Number(row.net.amountMinor), 0);
    // Seven of thirty days at 310.00.
    expect(net).toBe(7233);
    expect(await two.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('two people say who sells for the first time: there is one company, as the second one said', async () => {
    const address = await stores.newAddress(billingSchema);
    const one = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    const two = stores.kind === 'postgres' ? billingRoom(await stores.openAlso(address, billingSchema)) : one;
    await Promise.all([
      one.call('billing.companySave', testCompany),
      two.call('billing.companySave', { ...testCompany, vatId: 'PL1132191233', name: 'Inna sp. z o.o.' }),
    ]);
    const db = one.store.tables<BillingTables>();
    expect(await db.selectFrom('company').select('id').execute()).toHaveLength(1);
    expect(await db.selectFrom('billing_calendar').select('company_id').execute()).toHaveLength(1);
  });

  it('two people change the company: what both changed is kept, or the second is told', async () => {
    const [one, two] = await twoEngines(stores);
    const edit = (mine: Partial<typeof testCompany>) => ({ ...testCompany, ...mine, before: testCompany });
    const endings = await Promise.all([
      ending(one, 'billing.companySave', edit({ city: 'Gdynia' })),
      ending(two, 'billing.companySave', edit({ paymentDays: 30 })),
    ]);
    expect(endings).toEqual(['done', 'done']);
    const { company } = await one.call('billing.companyGet', {});
    expect(company).toMatchObject({ city: 'Gdynia', paymentDays: 30 });
    expect(await ending(two, 'billing.companySave', edit({ city: 'Sopot' }))).toBe('changed-meanwhile');
    // Who saw that nobody sells has not seen this company.
    const first = { ...testCompany, before: null };
    expect(await ending(two, 'billing.companySave', first)).toBe('changed-meanwhile');
  });
});
