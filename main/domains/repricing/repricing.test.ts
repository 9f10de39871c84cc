import { afterAll, expect, it } from 'vitest';
import { closeDays, closePressForTest, sell, type BillingRoom } from '../../testing/billing-room.ts';
import { chargesIn, makePlan, monthlyFee, sellByPeriod, vcpuHours } from '../../testing/period-room.ts';
import {
  itemsIn,
  openRepricingRoom,
  previewed,
  previewMove,
  startMove,
  workOff,
  type RepricingRoom,
} from '../../testing/repricing-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { apiCalls, declareCalls, tell } from '../../testing/usage-room.ts';

afterAll(closePressForTest);

type Customer = Parameters<typeof sellTo>[1];

/** A new customer's subscription of a plan, from 1 October 2026 on. */
async function sellTo(
  room: BillingRoom,
  customer: { readonly name: string; readonly currency?: 'PLN' | 'EUR' },
  planId: string,
  more: {
    quantity?: string;
    anchorDay?: number;
    discounts?: { kind: 'percent'; id: string; percent: string }[];
  } = {},
): Promise<string> {
  const { customerId } = await room.call('customers.customerCreate', {
    country: 'PL',
    currency: 'PLN',
    ...customer,
  });
  const sold = { customerId, planId, startsOn: '2026-10-01', ...more };
  return (await room.call('billing.subscriptionStart', sold)).subscriptionId;
}

/** Basic is 310.00 a month, 340.00 from 10 October on, which is today; the days before are closed. */
async function basic(room: RepricingRoom): Promise<{ planId: string; dearer(): Promise<string> }> {
  const planId = await makePlan(room, 'Basic', [monthlyFee]);
  const dearer = async (): Promise<string> => {
    const price = { currency: 'PLN' as const, components: [{ ...monthlyFee, price: '340' }] };
    const validFrom = '2026-10-10';
    return (await room.call('catalog.planVersionAdd', { planId, validFrom, price })).versionId;
  };
  return { planId, dearer };
}

async function comeTo(room: BillingRoom, from: string, day: string): Promise<void> {
  room.setNow(`${day}T08:00:00Z`);
  await closeDays(room, from, day);
}

const named = (name: string): Customer => ({ name });

describeOnBothStores('many subscriptions are moved to another price', (stores) => {
  it('as they were previewed: each says what it pays and would pay, or why it stays', async () => {
    const room = await openRepricingRoom(stores);
    const { planId, dearer } = await basic(room);
    const plain = await sellTo(room, named('Plain'), planId);
    const twice = await sellTo(room, named('Twice'), planId, { quantity: '2' });
    const twin = await sellTo(room, named('Twin'), planId, { quantity: '2' });
    await sellTo(room, named('Cheap'), planId, {
      discounts: [{ kind: 'percent', id: 'd', percent: '10' }],
    });
    const ended = await sellTo(room, named('Ended'), planId);
    await room.call('billing.subscriptionEnd', { subscriptionId: ended, endsOn: '2026-10-05' });
    await sellByPeriod(room, {
      components: [{ ...monthlyFee, price: '31' }],
      startsOn: '2026-10-01',
      name: 'Z',
    });
    const withVat = await makePlan(room, 'Gross', [monthlyFee], { vat: 'included' });
    await sellTo(room, named('Gross'), withVat);
    const euro = await makePlan(room, 'Euro', [{ ...monthlyFee, price: '70' }], { currency: 'EUR' });
    await sellTo(room, { name: 'Euro', currency: 'EUR' }, euro);
    const larger = await makePlan(room, 'Larger', [{ ...monthlyFee, price: '620' }]);
    const planned = await sellTo(room, named('Planned'), planId);
    const toLarger = { do: 'change', planId: larger } as const;
    room.setNow('2026-10-01T09:00:00Z');
    await room.call('billing.subscriptionChange', {
      subscriptionId: planned,
      change: toLarger,
      on: 'period-end',
    });
    await sell(room, { vm: 'daily', startsOn: '2026-10-01', customer: { name: 'Daily' } });
    await room.addVm('away');
    await sellByPeriod(room, {
      components: [vcpuHours],
      startsOn: '2026-10-01',
      name: 'Away',
      vmId: 'away',
    });
    room.hostAway(['away'], '2026-10-09T12:00:00Z', 'hv2 was last heard at 14:02');
    await comeTo(room, '2026-10-01', '2026-10-10');
    await dearer();

    expect(await room.refused('repricing.repricingCreate', { planId: 'plan_none' })).toMatchObject({
      code: 'no-such-plan',
    });
    expect(await room.refused('repricing.repricingCreate', { planId, query: 'plan=Nothing' })).toMatchObject({
      code: 'nobody-found',
    });
    const preview = await previewMove(room, { planId, effect: 'now' });
    expect(await itemsIn(room, preview.id)).toEqual({
      Plain: 'waiting 310.00 → 340.00 per month on 2026-10-10',
      Twice: 'waiting 620.00 → 680.00 per month on 2026-10-10',
      Twin: 'waiting 620.00 → 680.00 per month on 2026-10-10',
      Cheap: 'waiting 279.00 → 306.00 per month on 2026-10-10',
      'Klient Z': 'waiting 31.00 → 340.00 per month on 2026-10-10',
      Ended: 'refused already-ended',
      Gross: 'refused vat-otherwise',
      Euro: 'refused no-price',
      Planned: 'refused change-planned',
      Daily: 'waiting 310.00 → 340.00 per month on 2026-10-10',
      'Klient Away': 'refused held',
    });
    expect(preview).toMatchObject({
      state: 'ready',
      total: 11,
      counts: { waiting: 6, refused: 5 },
      totals: [
        {
          currency: 'PLN',
          every: 'month',
          subscriptions: 6,
          now: { amountMinor: '217000' },
          later: { amountMinor: '268600' },
          change: { amountMinor: '51600' },
          once: { amountMinor: '0' },
        },
      ],
    });
    const sentences = preview.reasons.map(({ example }) => example);
    expect(sentences).toContain('Basic has no price in EUR on 2026-10-10.');
    expect(sentences).toContain('It changes to Larger on 2026-11-01 already: move it after that day.');
    expect(sentences.find((each) => each.includes('hv2 was last heard at 14:02'))).toBeDefined();

    // Others are left alone by a scope.
    const scoped = await previewMove(room, { planId, query: 'plan=Basic currency:PLN customer=Twin' });
    expect(scoped).toMatchObject({ total: 1, counts: { waiting: 1 } });
    await room.call('repricing.repricingAbort', { repricingId: scoped.id });

    // Only what somebody has looked at is done.
    const asked = { repricingId: preview.id, digest: preview.digest };
    expect(await room.refused('repricing.repricingStart', { ...asked, confirmCount: 4 })).toMatchObject({
      code: 'count-not-typed',
      facts: { count: 6 },
    });
    const other = { ...asked, digest: scoped.digest, confirmCount: 6 };
    expect(await room.refused('repricing.repricingStart', other)).toMatchObject({
      code: 'changed-meanwhile',
    });
    const change = { do: 'change', quantity: '3' } as const;
    await room.call('billing.subscriptionChange', { subscriptionId: plain, change });
    await room.call('billing.subscriptionChange', {
      subscriptionId: twin,
      change: { do: 'change', planId },
    });
    const moved = await startMove(room, preview);
    expect(moved).toMatchObject({ state: 'moved', counts: { done: 4, failed: 2, waiting: 0 } });
    expect(moved.reasons.filter(({ state }) => state === 'failed').map(({ example }) => example)).toEqual(
      expect.arrayContaining([
        'It is not as it was previewed any more: it pays another amount by now, it would pay another amount.',
        'It has this price already.',
      ]),
    );
    // Worked off again nothing is left to do, and the same move prepared anew finds all of them there.
    await workOff(room, preview.id, 'moving');
    const again = await previewMove(room, {
      planId,
      effect: 'period-end',
      query: 'plan=Basic state:running',
    });
    expect(again.counts).toMatchObject({ skipped: 5, waiting: 1, refused: 1 });

    // What failed is looked at anew before it is moved.
    await room.call('repricing.repricingRetry', { repricingId: preview.id });
    const retried = await previewed(room, preview.id);
    expect(await itemsIn(room, preview.id)).toMatchObject({
      Plain: 'waiting 930.00 → 1020.00 per month on 2026-10-10',
      Twin: 'skipped so-already',
    });
    expect(await startMove(room, retried)).toMatchObject({ counts: { done: 5, skipped: 1, refused: 5 } });

    await comeTo(room, '2026-10-10', '2026-11-02');
    expect(await chargesIn(room, twice)).toEqual(await chargesIn(room, twin));
    expect(await chargesIn(room, twice)).toEqual([
      '2026-10-01 fee service 2026-10-01/2026-11-01 620.00',
      '2026-10-10 fee repair 2026-10-10/2026-11-01 -440.00',
      '2026-10-10 fee service 2026-10-10/2026-11-01 482.58',
      '2026-11-01 fee service 2026-11-01/2026-12-01 680.00',
    ]);
    const { rows } = await room.call('billing.subscriptionHistory', { subscriptionId: plain });
    expect(rows.map(({ what, move }) => [what, move])).toEqual([
      ['start', null],
      ['change', null],
      ['change', { repricingId: preview.id, isTakenBack: false }],
    ]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('at the end of their periods, and taken back as long as that has not come', async () => {
    const room = await openRepricingRoom(stores);
    const { planId, dearer } = await basic(room);
    const stays = await sellTo(room, named('Stays'), planId);
    const changed = await sellTo(room, named('Changed'), planId);
    await sellTo(room, named('Early'), planId, { anchorDay: 12 });
    await comeTo(room, '2026-10-01', '2026-10-10');
    const versionId = await dearer();
    const preview = await previewMove(room, { planId, versionId, effect: 'period-end' });
    expect(await itemsIn(room, preview.id)).toEqual({
      Stays: 'waiting 310.00 → 340.00 per month on 2026-11-01',
      Changed: 'waiting 310.00 → 340.00 per month on 2026-11-01',
      Early: 'waiting 310.00 → 340.00 per month on 2026-10-12',
    });
    // Stopped half-way it stands still, and goes on with what is left.
    const { id: repricingId, digest } = preview;
    await room.call('repricing.repricingStart', { repricingId, digest, confirmCount: 3 });
    await room.call('repricing.repricingStop', { repricingId });
    await workOff(room, repricingId, 'moving');
    expect(await room.call('repricing.repricingGet', { repricingId })).toMatchObject({
      state: 'stopped',
      counts: { waiting: 3 },
    });
    await room.call('repricing.repricingGoOn', { repricingId });
    await workOff(room, repricingId, 'moving');
    const done = await room.call('repricing.repricingGet', { repricingId });
    expect(done).toMatchObject({ state: 'moved', counts: { done: 3 }, planned: 3 });
    const second = await previewMove(room, { planId, effect: 'now' });
    expect(second.counts).toMatchObject({ skipped: 3, waiting: 0 });

    await comeTo(room, '2026-10-10', '2026-10-14');
    const larger = await makePlan(room, 'Larger', [{ ...monthlyFee, price: '620' }]);
    const change = { do: 'change', planId: larger } as const;
    await room.call('billing.subscriptionChange', { subscriptionId: changed, change });
    await room.call('repricing.repricingTakeBack', { repricingId });
    await workOff(room, repricingId, 'taking-back');
    await workOff(room, repricingId, 'taking-back');
    expect(await itemsIn(room, repricingId)).toEqual({
      Stays: 'undone 310.00 → 340.00 per month on 2026-11-01',
      Changed: 'done 310.00 → 340.00 per month on 2026-11-01 changed-since',
      Early: 'done 310.00 → 340.00 per month on 2026-10-12 in-effect',
    });
    expect(await room.refused('repricing.repricingTakeBack', { repricingId })).toMatchObject({
      code: 'not-now',
    });
    await comeTo(room, '2026-10-14', '2026-11-02');
    expect(await chargesIn(room, stays)).toEqual([
      '2026-10-01 fee service 2026-10-01/2026-11-01 310.00',
      '2026-11-01 fee service 2026-11-01/2026-12-01 310.00',
    ]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
    // Moved again it is, by another move.
    const third = await previewMove(room, { planId, effect: 'now', query: 'customer=Stays' });
    expect((await startMove(room, third)).counts).toMatchObject({ done: 1 });
  });

  it('with set-ups, allotments and usage: what a plan has no price for is refused or held, not lost', async () => {
    const room = await openRepricingRoom(stores);
    await declareCalls(room);
    const cpu = {
      kind: 'allocation',
      id: 'vcpu',
      resource: 'vcpu',
      every: 'month',
      timing: 'in-advance',
      price: '30',
    } as const;
    const allotted = await makePlan(room, 'Allotted', [cpu]);
    const yearly = await makePlan(room, 'Yearly', [
      { ...monthlyFee, every: 'year', price: '1200' },
      apiCalls,
    ]);
    const target = await makePlan(room, 'Target', [
      { ...monthlyFee, price: '110' },
      { kind: 'set-up', id: 'set-up', price: '50' },
    ]);
    const { customerId } = await room.call('customers.customerCreate', {
      name: 'Allotted',
      country: 'PL',
      currency: 'PLN',
    });
    const sold = { customerId, planId: allotted, startsOn: '2026-10-01', allocations: { vcpu: '4' } };
    await room.call('billing.subscriptionStart', sold);
    const subscriptionId = await sellTo(room, named('Yearly'), yearly);
    await comeTo(room, '2026-10-01', '2026-10-10');
    await tell(room, subscriptionId, ['e1 2026-10-09 100', 'e2 2026-10-10 200']);
    const preview = await previewMove(room, { planId: target, effect: 'now' });
    expect(await itemsIn(room, preview.id)).toEqual({
      Allotted: 'refused no-such-resource',
      Yearly: 'waiting 100.00 → 110.00 per month on 2026-10-10',
    });
    expect(preview).toMatchObject({ usageOther: 1, totals: [{ once: { amountMinor: '5000' } }] });
    await startMove(room, preview);
    const held = await room.call('metering.heldUsageList', {});
    expect(held.rows).toMatchObject([{ id: 'e2', reason: 'not-metered' }]);
    await comeTo(room, '2026-10-10', '2026-10-12');
    expect(await chargesIn(room, subscriptionId)).toContain(
      '2026-10-10 set-up set-up 2026-10-10/2026-10-10 50.00',
    );
  });
});
