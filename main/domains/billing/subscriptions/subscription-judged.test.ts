import { afterAll, expect, it } from 'vitest';
import { localDate } from '../../../../shared/kernel/local-date.ts';
import { closeDays, closePressForTest, openBillingRoom, sell } from '../../../testing/billing-room.ts';
import { chargesIn, makePlan, monthlyFee, sellByPeriod } from '../../../testing/period-room.ts';
import {
  comeTo,
  decide,
  onTheTenth,
  paid,
  planned,
  running,
  stateOf,
} from '../../../testing/planned-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { BillingTables } from '../billing-tables.ts';

afterAll(closePressForTest);

const option = {
  kind: 'option',
  id: 'ip',
  name: 'Address',
  every: 'month',
  timing: 'in-advance',
  price: '31',
} as const;

describeOnBothStores('what is planned for a subscription', (stores) => {
  it('is judged for its own day: more of an option, or what the plan of then has no price for, is not ordered before it', async () => {
    const room = await openBillingRoom(stores);
    const vcpu = {
      kind: 'allocation',
      id: 'cpu',
      resource: 'vcpu',
      every: 'month',
      timing: 'in-advance',
      price: '31',
    } as const;
    const sold = await sellByPeriod(room, {
      components: [monthlyFee, { ...option, most: 9 }, vcpu],
      startsOn: '2026-10-01',
      allocations: { ip: '2' },
    });
    await comeTo(room, '2026-10-01', '2026-10-10');
    const planId = await makePlan(room, 'Small', [monthlyFee, { ...option, most: 3 }]);
    const seq = await decide(room, sold, { do: 'change', planId }, '2026-10-20');
    const { subscriptionId } = sold;
    const order = async (allocations: Record<string, string>, on = '2026-10-10'): Promise<unknown> =>
      await room.refused('billing.subscriptionChange', {
        subscriptionId,
        change: { do: 'change', allocations },
        on: localDate(on),
      });
    expect(await order({ ip: '4' })).toMatchObject({
      code: 'later-terms',
      facts: { on: '2026-10-20', why: 'Of Address a whole number is taken, at most 3: not 4.' },
    });
    expect(await order({ vcpu: '1' }, '2026-10-15')).toMatchObject({
      code: 'later-terms',
      facts: { why: 'Small has no price for vcpu: it allots ip.' },
    });
    const preview = { subscriptionId, change: { do: 'change' as const, allocations: { ip: '4' } } };
    expect(await room.refused('billing.subscriptionPreview', preview)).toMatchObject({ code: 'later-terms' });
    expect(await order({ ip: '4' }, '2026-10-20')).toMatchObject({ code: 'option-units' });
    // What is ordered for the days of the new plan holds it in its place, and so does what only the old one allows.
    await decide(room, sold, { do: 'change', allocations: { ip: '3' } }, '2026-10-10');
    await room.call('billing.subscriptionTakeBack', { subscriptionId, seq });
    await decide(room, sold, { do: 'change', allocations: { ip: '9' } }, '2026-10-10');
    const small = { subscriptionId, change: { do: 'change' as const, planId }, on: localDate('2026-10-20') };
    expect(await room.refused('billing.subscriptionChange', small)).toMatchObject({ code: 'option-units' });
  });

  it('is judged when it is taken back: what was ordered for the days of the new plan may not fit the old one', async () => {
    const room = await openBillingRoom(stores);
    const sold = await sellByPeriod(room, {
      components: [monthlyFee, { ...option, most: 2 }],
      startsOn: '2026-10-01',
    });
    await comeTo(room, '2026-10-01', '2026-10-10');
    const planId = await makePlan(room, 'Large', [monthlyFee, { ...option, most: 9 }]);
    const large = await decide(room, sold, { do: 'change', planId }, '2026-10-20');
    const units = await decide(room, sold, { do: 'change', allocations: { ip: '5' } }, '2026-10-25');
    const { subscriptionId } = sold;
    const [first] = (await room.call('billing.subscriptionPlanned', { subscriptionId })).rows;
    expect(first?.whyKept).toMatch(
      /^What is decided for 2026-10-25 would not fit then: Of Address .*at most 2: not 5/,
    );
    expect(await room.refused('billing.subscriptionTakeBack', { subscriptionId, seq: large })).toMatchObject({
      code: 'later-terms',
    });
    await room.call('billing.subscriptionTakeBack', { subscriptionId, seq: units });
    await room.call('billing.subscriptionTakeBack', { subscriptionId, seq: large });
    await comeTo(room, '2026-10-10', '2026-10-27');
    expect(await chargesIn(room, subscriptionId)).toEqual([paid]);
  });

  it('of today is taken back until today is charged', async () => {
    const room = await openBillingRoom(stores);
    const sold = await onTheTenth(room);
    const planId = await makePlan(room, 'Larger', [{ ...monthlyFee, price: '620' }]);
    const seq = await decide(room, sold, { do: 'change', planId }, '2026-10-10');
    expect(await stateOf(room, sold)).toMatchObject({ plan: 'Larger' });
    await room.call('billing.subscriptionTakeBack', { subscriptionId: sold.subscriptionId, seq });
    expect(await stateOf(room, sold)).toEqual(running);
    await comeTo(room, '2026-10-10', '2026-10-12');
    expect(await chargesIn(room, sold.subscriptionId)).toEqual([paid]);
  });

  it('the end of one whose VM was sold again is not taken back, nor that of one charged day by day', async () => {
    const room = await openBillingRoom(stores);
    const daily = await sell(room, { vm: 'vm-1', startsOn: '2026-10-01' });
    room.setNow('2026-10-10T08:00:00Z');
    await closeDays(room, '2026-10-01', '2026-10-10');
    const { subscriptionId } = daily;
    const missing = { subscriptionId, seq: 2 };
    expect(await room.refused('billing.subscriptionTakeBack', missing)).toMatchObject({
      code: 'no-such-event',
    });
    const first = await decide(room, daily, { do: 'cancel' }, '2026-10-20');
    expect(await planned(room, daily)).toEqual(['2026-10-20 cancel -10.00']);
    await room.call('billing.subscriptionTakeBack', { subscriptionId, seq: first });
    expect(await stateOf(room, daily)).toMatchObject({ endsOn: null });
    const end = { subscriptionId, seq: await decide(room, daily, { do: 'cancel' }, '2026-10-20') };
    const { rows } = await room.call('billing.subscriptionList', { query: `id:${subscriptionId}` });
    const { planId = '', vmId = '', customerId = '' } = rows[0] ?? {};
    const again = { customerId, planId, vmId, startsOn: localDate('2026-10-20') };
    await room.call('billing.subscriptionStart', again);
    expect(await room.refused('billing.subscriptionTakeBack', end)).toMatchObject({
      code: 'vm-subscribed',
      facts: { vm: 'vm-1' },
    });
  });

  it('and "today" are of the customer’s billing zone, papers of its company’s', async () => {
    const room = await openBillingRoom(stores);
    const components = [monthlyFee];
    const there = await sellByPeriod(room, {
      components,
      startsOn: '2026-10-01',
      billingZone: 'Pacific/Auckland',
      name: 'There',
    });
    const here = await sellByPeriod(room, { components, startsOn: '2026-10-01', name: 'Here' });
    // In Auckland it is the 11th.
    room.setNow('2026-10-10T12:00:00Z');
    expect(await room.call('billing.customerDays', { customerId: there.customerId })).toEqual({
      today: '2026-10-11',
      companyToday: '2026-10-10',
    });
    for (const [{ subscriptionId }, today] of [
      [there, '2026-10-11'],
      [here, '2026-10-10'],
    ] as const) {
      const change = { subscriptionId, change: { do: 'pause' as const } };
      expect(await room.call('billing.subscriptionPreview', change)).toMatchObject({ on: today });
      expect(await room.call('billing.subscriptionChange', change)).toEqual({ on: today });
      expect(await room.call('billing.subscriptionPlanned', { subscriptionId })).toMatchObject({ today });
      const { rows } = await room.call('billing.subscriptionList', { query: `id:${subscriptionId}` });
      expect(rows[0]).toMatchObject({ today, pausedFrom: today });
    }
    // Each is paused by its own days.
    for (const [now, paused] of [
      ['2026-10-09T12:00:00Z', []],
      ['2026-10-09T23:00:00Z', ['Klient Here']],
      ['2026-10-10T11:30:00Z', ['Klient Here', 'Klient There']],
    ] as const) {
      room.setNow(now);
      const { rows } = await room.call('billing.subscriptionList', {
        query: 'state:paused',
        sort: 'customer',
      });
      expect(rows.map(({ customer }) => customer).toSorted(), now).toEqual(paused);
    }
  });

  it('in a history of before, when changes were credited as they were decided, stays', async () => {
    const room = await openBillingRoom(stores);
    const { subscriptionId } = await onTheTenth(room);
    const row = (seq: number, known: string, change: object): BillingTables['subscription_event'] => ({
      subscription_id: subscriptionId,
      seq,
      on_day: localDate('2026-10-20'),
      known_on: localDate(known),
      change: JSON.stringify(change),
      made_at_ms: 1,
      source: null,
    });
    const rows = [
      row(2, '2026-10-09', { do: 'pause' }),
      row(3, '2026-10-10', { do: 'change', quantity: '2' }),
    ];
    await room.store.tables<BillingTables>().insertInto('subscription_event').values(rows).execute();
    expect(await room.refused('billing.subscriptionTakeBack', { subscriptionId, seq: 2 })).toMatchObject({
      code: 'reckoned-already',
      facts: { known: '2026-10-09' },
    });
    const notYet = await room.call('billing.subscriptionTakeBack', { subscriptionId, seq: 3 });
    expect(notYet).toEqual({ on: '2026-10-20', already: false });
  });
});
