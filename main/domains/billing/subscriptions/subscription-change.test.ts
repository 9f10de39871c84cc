import { afterAll, expect, it } from 'vitest';
import type { CallInputOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { dailyComponents } from '../../../../shared/domains/catalog/daily-price-rules.ts';
import {
  billingRoom,
  closeDays,
  closePressForTest,
  openBillingRoom,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { billingSchema } from '../../../testing/billing-schema.ts';
import { olderCompany, olderCustomer } from '../../../testing/older-rows.ts';
import { chargesIn, makePlan, monthlyFee, sellByPeriod, vcpuHours } from '../../../testing/period-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { billingHistories } from '../schema/20261129T1810-billing-histories.ts';

afterAll(closePressForTest);

type Change = CallInputOf<typeof billingContract.subscriptionChange>;

/** October 2026 has 31 days: a day of the fee is 10.00. The 10th has come, and the days before it are closed. */
async function onTheTenth(
  room: BillingRoom,
): Promise<{ subscriptionId: string; customerId: string; planId: string }> {
  const sold = await sellByPeriod(room, { components: [monthlyFee], startsOn: '2026-10-01' });
  room.setNow('2026-10-10T08:00:00Z');
  await closeDays(room, '2026-10-01', '2026-10-10');
  return sold;
}

async function closeUntil(room: BillingRoom, from: string, toExclusive: string): Promise<void> {
  room.setNow(`${toExclusive}T08:00:00Z`);
  await closeDays(room, from, toExclusive);
}

const paid = '2026-10-01 fee service 2026-10-01/2026-11-01 310.00';

describeOnBothStores('a subscription changes', (stores) => {
  it('its quantity now: what was paid is credited at what it was sold for, the rest of the period charged anew', async () => {
    const room = await openBillingRoom(stores);
    const { subscriptionId } = await onTheTenth(room);
    await room.call('billing.subscriptionChange', {
      subscriptionId,
      change: { do: 'change', quantity: '2' },
    });
    await closeUntil(room, '2026-10-10', '2026-11-02');
    expect(await chargesIn(room, subscriptionId)).toEqual([
      paid,
      '2026-10-10 fee repair 2026-10-10/2026-11-01 -220.00',
      '2026-10-10 fee service 2026-10-10/2026-11-01 440.00',
      '2026-11-01 fee service 2026-11-01/2026-12-01 620.00',
    ]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true });
  });

  it('its plan at the end of the period, and is shown with it from that day on', async () => {
    const room = await openBillingRoom(stores);
    const { subscriptionId } = await onTheTenth(room);
    const planId = await makePlan(room, 'Larger', [{ ...monthlyFee, price: '620' }]);
    const change = { do: 'change', planId } as const;
    expect(
      await room.call('billing.subscriptionChange', { subscriptionId, change, on: 'period-end' }),
    ).toEqual({ on: '2026-11-01' });
    const shown = async (): Promise<string | undefined> =>
      (await room.call('billing.subscriptionList', {})).rows[0]?.plan;
    await closeUntil(room, '2026-10-10', '2026-11-01');
    expect(await shown()).toBe('Plan');
    await closeUntil(room, '2026-11-01', '2026-11-02');
    expect(await shown()).toBe('Larger');
    expect(await chargesIn(room, subscriptionId)).toEqual([
      paid,
      '2026-11-01 fee service 2026-11-01/2026-12-01 620.00',
    ]);
  });

  it('to a version with VAT in its price: the rest of what was paid is credited net and charged with it', async () => {
    const room = await openBillingRoom(stores);
    const { subscriptionId, planId } = await onTheTenth(room);
    await room.call('catalog.planVersionAdd', {
      planId,
      validFrom: '2026-10-20',
      price: { currency: 'PLN', vat: 'included', components: [monthlyFee] },
    });
    const change = { do: 'change', planId } as const;
    await room.call('billing.subscriptionChange', { subscriptionId, change, on: '2026-10-22' });
    await closeUntil(room, '2026-10-10', '2026-11-02');
    // 100.00 and 310.00 with 23 % in them.
    expect(await chargesIn(room, subscriptionId)).toEqual([
      paid,
      '2026-10-22 fee repair 2026-10-22/2026-11-01 -100.00',
      '2026-10-22 fee service 2026-10-22/2026-11-01 81.30',
      '2026-11-01 fee service 2026-11-01/2026-12-01 252.03',
    ]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true });
  });

  it('is paused and resumed: days not served are credited', async () => {
    const room = await openBillingRoom(stores);
    const { subscriptionId } = await onTheTenth(room);
    await room.call('billing.subscriptionChange', { subscriptionId, change: { do: 'pause' } });
    expect((await room.call('billing.subscriptionList', { query: 'state:paused' })).total).toBe(1);
    await closeUntil(room, '2026-10-10', '2026-10-20');
    await room.call('billing.subscriptionChange', { subscriptionId, change: { do: 'resume' } });
    expect((await room.call('billing.subscriptionList', { query: 'state:running' })).total).toBe(1);
    await closeUntil(room, '2026-10-20', '2026-10-22');
    const charges = await chargesIn(room, subscriptionId);
    expect(charges.slice(0, 2)).toEqual([paid, '2026-10-10 fee repair 2026-10-10/2026-11-01 -220.00']);
    expect(charges.slice(2)).toEqual(['2026-10-20 fee service 2026-10-20/2026-11-01 120.00']);
  });

  it('ends now with a credit, which its invoice takes off', async () => {
    const room = await openBillingRoom(stores);
    const { subscriptionId, customerId } = await onTheTenth(room);
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: '2026-10-11' });
    await closeUntil(room, '2026-10-10', '2026-11-01');
    expect(await chargesIn(room, subscriptionId)).toEqual([
      paid,
      '2026-10-11 fee repair 2026-10-11/2026-11-01 -210.00',
    ]);
    const october = { customerId, periodStart: '2026-10-01', periodEndExclusive: '2026-11-01' };
    const invoice = await room.call('billing.invoicePreview', october);
    expect(
      invoice.lines.map(({ description, quantity, net }) => [description, quantity, net.amountMinor]),
    ).toEqual([
      ['Plan: fee', '1', '31000'],
      ['Credit, Plan: fee', '-1', '-21000'],
    ]);
    await room.call('billing.invoiceCreate', october);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true });
  });

  it('ends after its period was invoiced: more is taken back than charged, which is no invoice but a credit note', async () => {
    const room = await openBillingRoom(stores);
    const { subscriptionId, customerId } = await onTheTenth(room);
    const invoiced = { customerId, periodStart: '2026-10-01', periodEndExclusive: '2026-10-10' };
    await room.call('billing.invoiceCreate', invoiced);
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: '2026-10-11' });
    await closeUntil(room, '2026-10-10', '2026-11-01');
    const rest = { customerId, periodStart: '2026-10-10', periodEndExclusive: '2026-11-01' };
    expect(await room.refused('billing.invoicePreview', rest)).toMatchObject({
      code: 'credit-first',
      facts: { reason: '258.30 PLN more is given back than is charged' },
    });
  });

  it('ends at the end of its period with nothing to credit', async () => {
    const room = await openBillingRoom(stores);
    const { subscriptionId } = await onTheTenth(room);
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: 'period-end' });
    await closeUntil(room, '2026-10-10', '2026-11-03');
    expect(await chargesIn(room, subscriptionId)).toEqual([paid]);
    expect((await room.call('billing.subscriptionList', {})).rows[0]).toMatchObject({ endsOn: '2026-11-01' });
  });

  it('its allotments and its anchor day; a discount counts its periods', async () => {
    const room = await openBillingRoom(stores);
    const vcpu = {
      kind: 'allocation',
      id: 'vcpu',
      resource: 'vcpu',
      every: 'month',
      timing: 'in-advance',
      align: 'calendar',
      price: '31',
    } as const;
    const { subscriptionId } = await sellByPeriod(room, {
      components: [vcpu],
      startsOn: '2026-10-01',
      allocations: { vcpu: '2' },
      discounts: [{ kind: 'percent', id: 'half', percent: '50', periods: 1 }],
    });
    room.setNow('2026-10-10T08:00:00Z');
    await closeDays(room, '2026-10-01', '2026-10-10');
    const change = { do: 'change', allocations: { vcpu: '4' } } as const;
    await room.call('billing.subscriptionChange', { subscriptionId, change, on: '2026-11-01' });
    await closeUntil(room, '2026-10-10', '2026-11-02');
    expect(await chargesIn(room, subscriptionId)).toEqual([
      '2026-10-01 vcpu service 2026-10-01/2026-11-01 31.00',
      '2026-11-01 vcpu service 2026-11-01/2026-12-01 124.00',
    ]);
    const { rows } = await room.call('billing.subscriptionHistory', { subscriptionId });
    expect(rows.map(({ what, on, plan, allocations }) => ({ what, on, plan, allocations }))).toEqual([
      { what: 'start', on: '2026-10-01', plan: 'Plan', allocations: { vcpu: '2' } },
      { what: 'discount', on: '2026-10-01', plan: null, allocations: null },
      { what: 'change', on: '2026-11-01', plan: null, allocations: { vcpu: '4' } },
    ]);
  });

  const many: [string, Omit<Change, 'subscriptionId'>, string][] = [
    ['on a closed day', { change: { do: 'pause' }, on: '2026-10-09' }, 'day-closed'],
    ['that changes nothing', { change: { do: 'change' } }, 'nothing-changed'],
    ['to a plan that is not there', { change: { do: 'change', planId: 'plan_x' } }, 'no-such-plan'],
    ['of what is not allotted', { change: { do: 'change', allocations: { ip: '1' } } }, 'no-such-resource'],
    ['that resumes what runs', { change: { do: 'resume' } }, 'not-paused'],
  ];
  it.each(many)('refuses a change %s', async (_what, input, code) => {
    const room = await openBillingRoom(stores);
    const { subscriptionId } = await onTheTenth(room);
    expect(await room.refused('billing.subscriptionChange', { subscriptionId, ...input })).toMatchObject({
      code,
    });
  });

  it('refuses what a plan cannot be sold with, and names it', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await onTheTenth(room);
    const metered = await makePlan(room, 'Metered', [vcpuHours]);
    const koruna = await makePlan(room, 'Koruna', [monthlyFee], { currency: 'CZK' });
    const start = { customerId, startsOn: '2026-10-10' };
    expect(await room.refused('billing.subscriptionStart', { ...start, planId: metered })).toEqual({
      code: 'vm-needed',
      facts: { plan: 'Metered' },
    });
    expect(await room.refused('billing.subscriptionStart', { ...start, planId: koruna })).toEqual({
      code: 'no-price',
      facts: {
        plan: 'Koruna',
        customer: expect.any(String) as string,
        currency: 'PLN',
        startsOn: '2026-10-10',
      },
    });
    const traffic = await makePlan(room, 'Traffic', [{ ...vcpuHours, meter: 'gib-out' }]);
    expect(await room.refused('billing.subscriptionStart', { ...start, planId: traffic })).toEqual({
      code: 'meter-unknown',
      facts: { plan: 'Traffic', meter: 'gib-out' },
    });
    const negative = { ...start, planId: metered, quantity: '-1' };
    expect(await room.refused('billing.subscriptionStart', negative)).toMatchObject({
      code: 'ordered-below',
      facts: { customer: expect.any(String) as string, units: '-1' },
    });
  });

  it('what was sold before histories goes on, day by day, and changes', async () => {
    const older = billingSchema.slice(0, billingSchema.indexOf(billingHistories));
    const address = await stores.newAddress(older);
    const before = await stores.openStoreForTest(older, { address });
    const [companyId, customerId] = ['com_1', 'cus_1'];
    const tables = before.tables<Record<string, Record<string, unknown>>>();
    await tables.insertInto('company').values(olderCompany(companyId)).execute();
    await tables.insertInto('billing_calendar').values({ company_id: companyId }).execute();
    await tables.insertInto('customer').values(olderCustomer(1)).execute();
    const plan = { id: 'plan_1', name: 'A-4', description: '', active: 1, created_at_ms: 1 };
    await tables
      .insertInto('plan')
      .values({ ...plan, product_id: 'product_vps' })
      .execute();
    const components = dailyComponents({ perMonth: '310', perVcpuHour: '0', perGibHour: '0' });
    const version = { id: 'price_1', plan_id: 'plan_1', currency: 'PLN', valid_from: '2020-01-01' };
    await tables
      .insertInto('plan_version')
      .values({
        ...version,
        set_at_ms: 1,
        charged: 'daily',
        priced: JSON.stringify({ proration: 'actual-days', cycleOnChange: 'by-timing', components }),
      })
      .execute();
    await tables.insertInto('meter_vm').values({ id: 'vm-1', name: 'vm-1' }).execute();
    const row = {
      id: 'sub_1',
      company_id: companyId,
      customer_id: customerId,
      plan_id: 'plan_1',
      plan_name: 'A-4',
      price_id: 'price_1',
      vm_id: 'vm-1',
      vm_name: 'vm-1',
      currency: 'PLN',
      per_month: '310',
      per_vcpu_hour: '0',
      per_gib_hour: '0',
      starts_on: '2026-10-01',
      created_at_ms: 1,
    };
    await before.tables<{ subscription: typeof row }>().insertInto('subscription').values(row).execute();
    await before.close();
    const room = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    room.setNow('2026-10-03T08:00:00Z');
    await closeDays(room, '2026-10-01', '2026-10-03');
    expect(await chargesIn(room, 'sub_1')).toEqual([
      '2026-10-01 month service 2026-10-01/2026-10-02 10.00',
      '2026-10-02 month service 2026-10-02/2026-10-03 10.00',
    ]);
    const paused = { subscriptionId: 'sub_1', change: { do: 'pause' }, on: '2026-10-03' } as const;
    await room.call('billing.subscriptionChange', paused);
    const { rows } = await room.call('billing.subscriptionHistory', { subscriptionId: 'sub_1' });
    expect(rows.map(({ on, what }) => `${on} ${what}`)).toEqual(['2026-10-01 start', '2026-10-03 pause']);
    room.setNow('2026-10-04T08:00:00Z');
    expect(await room.call('billing.dayClose', { day: '2026-10-03' })).toMatchObject({ posted: 0 });
  });
});
