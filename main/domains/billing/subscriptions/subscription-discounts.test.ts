import { afterAll, expect, it } from 'vitest';
import type { CallInputOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { closeDays, closePressForTest, openBillingRoom } from '../../../testing/billing-room.ts';
import { chargesIn, monthlyFee, sellByPeriod } from '../../../testing/period-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';

afterAll(closePressForTest);

type Discount = NonNullable<CallInputOf<typeof billingContract.subscriptionStart>['discounts']>[number];

const seats = {
  kind: 'usage',
  id: 'seats',
  meter: 'addresses',
  aggregate: 'peak',
  every: 'month',
  pricing: { tiers: 'flat', price: '5' },
} as const;
const support = { ...monthlyFee, id: 'support', price: '31' } as const;
const fifteenOff = { kind: 'amount', id: 'fifteen', amount: '15' } as const;

describeOnBothStores('a discount', (stores) => {
  it('is on components the plan has, an amount on one of them, at the sale as later', async () => {
    const room = await openBillingRoom(stores);
    const components = [monthlyFee, support, seats];
    const { subscriptionId, customerId, planId } = await sellByPeriod(room, {
      components,
      startsOn: '2026-10-01',
      discounts: [{ ...fifteenOff, components: ['fee'] }],
    });
    for (const [discount, code] of [
      [fifteenOff, 'discount-of-one'],
      [{ ...fifteenOff, components: ['typo'] }, 'discount-component'],
      [{ ...fifteenOff, components: ['seats'] }, 'discount-misfit'],
    ] as const satisfies readonly (readonly [Discount, string])[]) {
      const other = { ...discount, id: 'other' };
      const change = { do: 'discount', discount: other } as const;
      const refused = await room.refused('billing.subscriptionChange', { subscriptionId, change });
      expect(refused).toMatchObject({ code, facts: { plan: 'Plan' } });
      const sale = { customerId, planId, startsOn: '2026-10-01', discounts: [other] };
      expect(await room.refused('billing.subscriptionStart', sale)).toEqual(refused);
    }
    const half = { kind: 'percent', id: 'half', percent: '50' } as const;
    await room.call('billing.subscriptionChange', {
      subscriptionId,
      change: { do: 'discount', discount: half },
    });
    const { rows } = await room.call('billing.subscriptionHistory', { subscriptionId });
    expect(rows.map(({ discount }) => discount).filter((discount) => discount !== null)).toEqual([
      { ...fifteenOff, periods: null, components: ['fee'] },
      { ...half, periods: null, metered: true },
    ]);
  });

  it('ends on a day, is charged with until then, and goes on where its end is taken back', async () => {
    const room = await openBillingRoom(stores);
    const half = { kind: 'percent', id: 'half', percent: '50' } as const;
    const { subscriptionId } = await sellByPeriod(room, {
      components: [monthlyFee],
      startsOn: '2026-10-01',
      discounts: [half],
    });
    room.setNow('2026-10-10T08:00:00Z');
    await closeDays(room, '2026-10-01', '2026-10-10');
    const end = { subscriptionId, change: { do: 'discount-end', discountId: 'half' } } as const;
    const endOther = { ...end, change: { ...end.change, discountId: 'other' } };
    expect(await room.refused('billing.subscriptionChange', endOther)).toEqual({
      code: 'no-such-discount',
      facts: { discountId: 'other', discounts: 'half' },
    });
    const atOnce = await room.call('billing.subscriptionPreview', { ...end, on: 'period-end' });
    expect([atOnce.on, atOnce.difference.amountMinor]).toEqual(['2026-11-01', '15500']);
    await room.call('billing.subscriptionChange', { ...end, on: 'period-end' });
    expect(await room.refused('billing.subscriptionChange', end)).toEqual({
      code: 'discount-ended',
      facts: { discountId: 'half', on: '2026-11-01' },
    });
    const { rows: planned } = await room.call('billing.subscriptionPlanned', { subscriptionId });
    expect(planned.map(({ event }) => [event.what, event.discount?.id, event.on])).toEqual([
      ['discount-end', 'half', '2026-11-01'],
    ]);
    const seq = planned[0]?.event.seq ?? 0;
    await room.call('billing.subscriptionTakeBack', { subscriptionId, seq });
    room.setNow('2026-11-10T08:00:00Z');
    await closeDays(room, '2026-10-10', '2026-11-10');
    await room.call('billing.subscriptionChange', { ...end, on: '2026-12-01' });
    const later = { do: 'discount', discount: { ...half, id: 'later' } } as const;
    await room.call('billing.subscriptionChange', { subscriptionId, change: later, on: '2027-01-01' });
    const early = { do: 'discount-end', discountId: 'later' } as const;
    expect(
      await room.refused('billing.subscriptionChange', { subscriptionId, change: early, on: '2026-12-20' }),
    ).toMatchObject({ code: 'discount-later', facts: { on: '2027-01-01' } });
    room.setNow('2026-12-02T08:00:00Z');
    await closeDays(room, '2026-11-10', '2026-12-02');
    expect(await chargesIn(room, subscriptionId)).toEqual([
      '2026-10-01 fee service 2026-10-01/2026-11-01 155.00',
      '2026-11-01 fee service 2026-11-01/2026-12-01 155.00',
      '2026-12-01 fee service 2026-12-01/2027-01-01 310.00',
    ]);
    // What its end builds on stays until that is taken back.
    await room.call('billing.subscriptionChange', { subscriptionId, change: early, on: '2027-02-01' });
    const { rows } = await room.call('billing.subscriptionHistory', { subscriptionId });
    const given = rows.find(({ what, discount }) => what === 'discount' && discount?.id === 'later');
    const back = { subscriptionId, seq: given?.seq ?? 0 };
    expect(await room.refused('billing.subscriptionTakeBack', back)).toMatchObject({
      code: 'built-on',
      facts: { on: '2027-02-01' },
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true });
  });
});
