import { afterAll, expect, it } from 'vitest';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { closeDays, closePressForTest, type BillingRoom } from '../../testing/billing-room.ts';
import { chargesIn, makePlan, monthlyFee } from '../../testing/period-room.ts';
import {
  itemsIn,
  openRepricingRoom,
  otherRepricingRoom,
  previewMove,
  startMove,
  workOff,
} from '../../testing/repricing-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';

afterAll(closePressForTest);

async function dailyPlan(room: BillingRoom, name: string, perMonth: string): Promise<string> {
  const price = { currency: 'PLN', perMonth, perVcpuHour: '0', perGibHour: '0' } as const;
  return (await room.call('catalog.planCreate', { name, prices: [price], validFrom: '2020-01-01' })).planId;
}

async function sellTo(room: BillingRoom, name: string, planId: string, quantity = '1'): Promise<string> {
  const customer = { name, country: 'PL', currency: 'PLN' } as const;
  const { customerId } = await room.call('customers.customerCreate', customer);
  const startsOn = localDate('2026-10-01');
  return (await room.call('billing.subscriptionStart', { customerId, planId, startsOn, quantity }))
    .subscriptionId;
}

async function comeTo(room: BillingRoom, from: string, day: string): Promise<void> {
  room.setNow(`${day}T08:00:00Z`);
  await closeDays(room, from, day);
}

/** What it comes to in October by component, in whole units. */
async function october(room: BillingRoom, subscriptionId: string): Promise<Record<string, number>> {
  const { rows } = await room.call('billing.chargeList', { subscriptionId });
  const sums: Record<string, number> = {};
  for (const { component, amount, day } of rows)
    if (day < '2026-11-01') sums[component] = (sums[component] ?? 0) + Number(amount.amountMinor) / 100;
  return sums;
}

describeOnBothStores('a move of many subscriptions', (stores) => {
  it('to a price that is charged day by day, from one and back: previewed, made once by two at once, taken back', async () => {
    const room = await openRepricingRoom(stores);
    const ten = await dailyPlan(room, 'Ten', '310');
    const twenty = await dailyPlan(room, 'Twenty', '620');
    const month = await makePlan(room, 'Month', [monthlyFee]);
    const yearly = await makePlan(room, 'Year', [{ ...monthlyFee, every: 'year', price: '3650' }]);
    const byDay = await sellTo(room, 'Day', ten, '2');
    const byPeriod = await sellTo(room, 'Month', month);
    await sellTo(room, 'Year', yearly);
    await sellTo(room, 'Half', month, '1.5');
    await sellTo(room, 'So', twenty);
    await comeTo(room, '2026-10-01', '2026-10-11');
    const preview = await previewMove(room, { planId: twenty, effect: '2026-10-21' });
    expect(await itemsIn(room, preview.id)).toEqual({
      Day: 'waiting 620.00 → 1240.00 per month on 2026-10-21',
      Month: 'waiting 310.00 → 620.00 per month on 2026-10-21',
      Year: 'waiting 304.17 → 620.00 per month on 2026-10-21',
      Half: 'refused daily-quantity',
      So: 'skipped so-already',
    });
    const { id: repricingId, digest } = preview;
    await room.call('repricing.repricingStart', { repricingId, digest, confirmCount: 3 });
    const other = await otherRepricingRoom(stores, room);
    other.setNow('2026-10-11T08:00:00Z');
    await Promise.all([room, other].map(async (each) => await workOff(each, repricingId, 'moving', 1)));
    const planned = await room.call('billing.subscriptionPlanned', { subscriptionId: byPeriod });
    expect(planned.rows).toMatchObject([
      { event: { on: '2026-10-21', plan: 'Twenty' }, difference: { amountMinor: '-9000' } },
    ]);
    // Taken back it is as if it had never been; made again it is by another move.
    await comeTo(room, '2026-10-11', '2026-10-13');
    await room.call('repricing.repricingTakeBack', { repricingId });
    await workOff(room, repricingId, 'taking-back');
    expect((await room.call('repricing.repricingGet', { repricingId })).counts).toMatchObject({ undone: 3 });
    await comeTo(room, '2026-10-13', '2026-10-16');
    expect(await october(room, byPeriod)).toEqual({ fee: 310 });
    expect(await october(room, byDay)).toEqual({ month: 300 });
    await startMove(room, await previewMove(room, { planId: twenty, effect: '2026-10-21' }));
    await comeTo(room, '2026-10-16', '2026-10-26');
    const back = await previewMove(room, { planId: month, effect: 'period-end', query: 'customer=Day' });
    expect(await itemsIn(room, back.id)).toEqual({
      Day: 'waiting 1240.00 → 620.00 per month on 2026-10-27',
    });
    await startMove(room, back);
    await comeTo(room, '2026-10-26', '2026-11-02');
    // 20 days of 20.00 and 6 of 40.00, then 5 of 31 of twice 310.00; 310.00 less 11 of its days, and 11 of 20.00.
    expect(await october(room, byDay)).toEqual({ month: 640, fee: 100 });
    expect(await october(room, byPeriod)).toEqual({ fee: 200, month: 220 });
    expect((await chargesIn(room, byDay)).at(-1)).toBe('2026-11-01 fee service 2026-11-01/2026-12-01 620.00');
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });
});
