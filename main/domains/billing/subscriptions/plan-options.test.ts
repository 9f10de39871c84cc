import { afterAll, expect, it } from 'vitest';
import { localDate } from '../../../../shared/kernel/local-date.ts';
import { closeDays, closePressForTest, openBillingRoom } from '../../../testing/billing-room.ts';
import { chargesIn, makePlan, monthlyFee, sellByPeriod } from '../../../testing/period-room.ts';
import { itemsIn, openRepricingRoom, previewMove } from '../../../testing/repricing-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';

afterAll(closePressForTest);

/** 31.00 a month for one: 1.00 a day in October. */
const backup = {
  kind: 'option',
  id: 'backup',
  name: 'Backup every night',
  every: 'month',
  timing: 'in-advance',
  price: '31',
  most: 3,
} as const;
const address = {
  kind: 'option',
  id: 'address',
  name: 'Further IPv4 address',
  every: 'year',
  timing: 'in-advance',
  price: '365',
} as const;
const vcpu = {
  kind: 'allocation',
  id: 'cpu',
  resource: 'vcpu',
  every: 'month',
  timing: 'in-advance',
  price: '62',
} as const;

describeOnBothStores('options of a plan', (stores) => {
  it('are taken at the sale and changed later, prorated as components are, and stand on the invoice by name', async () => {
    const room = await openBillingRoom(stores);
    // Options first: what period the plan has is said by its fee all the same.
    const planId = await makePlan(room, 'Basic', [address, backup, monthlyFee, vcpu]);
    const { customerId } = await room.call('customers.customerCreate', {
      name: 'Klient',
      country: 'PL',
      currency: 'PLN',
    });
    const sold = { customerId, planId, startsOn: '2026-10-01' };
    const refused = async (allocations: Record<string, string>): Promise<unknown> =>
      await room.refused('billing.subscriptionStart', { ...sold, allocations });
    expect(await refused({ backup: '4' })).toMatchObject({
      code: 'option-units',
      facts: { option: 'Backup every night', units: '4', most: 'at most 3' },
    });
    expect(await refused({ address: '1.5' })).toMatchObject({ code: 'option-units' });
    expect(await refused({ snapshots: '1' })).toMatchObject({
      code: 'no-such-resource',
      facts: { resources: 'address, backup, vcpu' },
    });
    const { subscriptionId } = await room.call('billing.subscriptionStart', {
      ...sold,
      allocations: { backup: '1', vcpu: '2' },
    });
    const change = async (allocations: Record<string, string>, on?: 'period-end'): Promise<string> => {
      const asked = { subscriptionId, change: { do: 'change', allocations } as const };
      return (await room.call('billing.subscriptionChange', { ...asked, ...(on && { on }) })).on;
    };
    room.setNow('2026-10-11T08:00:00Z');
    await closeDays(room, '2026-10-01', '2026-10-11');
    // What is not named stays: two vCPU are charged on.
    expect(await change({ backup: '3' })).toBe('2026-10-11');
    expect(
      await room.refused('billing.subscriptionChange', {
        subscriptionId,
        change: { do: 'change', allocations: { backup: '5' } },
      }),
    ).toMatchObject({ code: 'option-units' });
    const asked = { do: 'change', allocations: { backup: '2' } } as const;
    const preview = await room.call('billing.subscriptionPreview', { subscriptionId, change: asked });
    expect(new Set(preview.lines.map(({ component }) => component))).toEqual(new Set(['Backup every night']));
    expect(await change({ backup: '0', address: '1' }, 'period-end')).toBe('2026-11-01');
    room.setNow('2026-11-02T08:00:00Z');
    await closeDays(room, '2026-10-11', '2026-11-02');
    expect((await chargesIn(room, subscriptionId)).toSorted()).toEqual([
      '2026-10-01 backup service 2026-10-01/2026-11-01 31.00',
      '2026-10-01 cpu service 2026-10-01/2026-11-01 124.00',
      '2026-10-01 fee service 2026-10-01/2026-11-01 310.00',
      '2026-10-11 backup repair 2026-10-11/2026-11-01 -21.00',
      '2026-10-11 backup service 2026-10-11/2026-11-01 63.00',
      '2026-11-01 address service 2026-11-01/2027-10-01 334.00',
      '2026-11-01 cpu service 2026-11-01/2026-12-01 124.00',
      '2026-11-01 fee service 2026-11-01/2026-12-01 310.00',
    ]);
    const { invoiceId } = await room.call('billing.invoiceCreate', {
      customerId,
      periodStart: '2026-10-01',
      periodEndExclusive: '2026-11-01',
    });
    const { lines } = await room.call('billing.invoiceGet', { invoiceId });
    expect(
      lines.map(({ description }) => description).filter((text) => text.includes('Backup')),
    ).toHaveLength(3);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('stay as they were ordered meanwhile where a change decided before takes effect', async () => {
    const room = await openBillingRoom(stores);
    const { subscriptionId } = await sellByPeriod(room, {
      components: [backup, vcpu],
      startsOn: '2026-10-01',
      allocations: { vcpu: '2' },
    });
    const change = async (on: string, allocations: Record<string, string>): Promise<unknown> =>
      await room.call('billing.subscriptionChange', {
        subscriptionId,
        change: { do: 'change', allocations },
        on: localDate(on),
      });
    room.setNow('2026-10-11T08:00:00Z');
    await closeDays(room, '2026-10-01', '2026-10-11');
    await change('2026-11-01', { backup: '1' });
    room.setNow('2026-10-21T08:00:00Z');
    await closeDays(room, '2026-10-11', '2026-10-20');
    await change('2026-10-21', { vcpu: '8' });
    // The day before is open still: what is entered for it stays, too.
    await change('2026-10-20', { backup: '2' });
    room.setNow('2026-11-02T08:00:00Z');
    await closeDays(room, '2026-10-20', '2026-11-02');
    expect((await chargesIn(room, subscriptionId)).toSorted()).toEqual([
      '2026-10-01 cpu service 2026-10-01/2026-11-01 124.00',
      '2026-10-20 backup service 2026-10-20/2026-11-01 24.00',
      '2026-10-21 cpu repair 2026-10-21/2026-11-01 -44.00',
      '2026-10-21 cpu service 2026-10-21/2026-11-01 176.00',
      '2026-11-01 backup service 2026-11-01/2026-12-01 31.00',
      '2026-11-01 cpu service 2026-11-01/2026-12-01 496.00',
    ]);
    const { rows } = await room.call('billing.subscriptionHistory', { subscriptionId });
    expect(rows.map(({ allocations, isOfAllUnits }) => [allocations, isOfAllUnits])).toEqual([
      [{ vcpu: '2' }, true],
      [{ backup: '1' }, false],
      [{ vcpu: '8' }, false],
      [{ backup: '2' }, false],
    ]);
    // Those of its plan that nobody names go on in another one, which must have a price for them.
    await change('2026-11-02', { backup: '3' });
    const small = await makePlan(room, 'Small', [{ ...backup, most: 2 }]);
    const toSmall = { do: 'change' as const, planId: small };
    const on = localDate('2026-11-02');
    expect(
      await room.refused('billing.subscriptionChange', { subscriptionId, change: toSmall, on }),
    ).toMatchObject({ code: 'no-such-resource', facts: { plan: 'Small', resource: 'vcpu' } });
    expect(
      await room.refused('billing.subscriptionChange', {
        subscriptionId,
        change: { ...toSmall, allocations: { vcpu: '0' } },
        on,
      }),
    ).toMatchObject({ code: 'option-units', facts: { units: '3', most: 'at most 2' } });
  });

  it('of a plan before hold up no move to another price', async () => {
    const room = await openRepricingRoom(stores);
    const { subscriptionId } = await sellByPeriod(room, {
      components: [monthlyFee, backup],
      startsOn: '2026-10-01',
      allocations: { backup: '2' },
    });
    const planId = await makePlan(room, 'None', [monthlyFee]);
    const larger = await makePlan(room, 'Larger', [{ ...monthlyFee, price: '620' }]);
    await room.call('billing.subscriptionChange', {
      subscriptionId,
      change: { do: 'change', planId, allocations: { backup: '0' } },
      on: localDate('2026-10-01'),
    });
    const { id } = await previewMove(room, { planId: larger, effect: 'now' });
    expect(Object.values(await itemsIn(room, id))).toEqual([
      'waiting 310.00 → 620.00 per month on 2026-10-01',
    ]);
  });
});
