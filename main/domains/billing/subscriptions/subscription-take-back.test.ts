import type { KyselyPlugin } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { localDate } from '../../../../shared/kernel/local-date.ts';
import { closePressForTest, openBillingRoom } from '../../../testing/billing-room.ts';
import { chargesIn, makePlan, monthlyFee, sellByPeriod } from '../../../testing/period-room.ts';
import {
  comeTo,
  decide,
  onTheTenth,
  paid,
  planned,
  running,
  stateOf,
  type Change,
} from '../../../testing/planned-room.ts';
import { apiCalls, declareCalls, tell } from '../../../testing/usage-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { BillingTables } from '../billing-tables.ts';
import { subscriptionPlanned } from './subscription-planned.ts';

afterAll(closePressForTest);

describeOnBothStores('what is planned for a subscription', (stores) => {
  const all: [string, Change, string, string[]][] = [
    [
      'another quantity',
      { do: 'change', quantity: '2' },
      '2026-10-20 change 120.00',
      [
        '2026-10-20 fee repair 2026-10-20/2026-11-01 -120.00',
        '2026-10-20 fee service 2026-10-20/2026-11-01 240.00',
      ],
    ],
    [
      'a pause',
      { do: 'pause' },
      '2026-10-20 pause -120.00',
      ['2026-10-20 fee repair 2026-10-20/2026-11-01 -120.00'],
    ],
    [
      'an end',
      { do: 'cancel' },
      '2026-10-20 cancel -120.00',
      ['2026-10-20 fee repair 2026-10-20/2026-11-01 -120.00'],
    ],
  ];
  it.each(all)(
    '%s, moves nothing before its day, and never where it is taken back',
    async (_what, change, words, moved) => {
      const room = await openBillingRoom(stores);
      const kept = await onTheTenth(room);
      const { customerId, planId } = {
        ...kept,
        ...(await sellByPeriod(room, { components: [monthlyFee], startsOn: '2026-10-10', name: 'Other' })),
      };
      expect(customerId).not.toBe(kept.customerId);
      const back = {
        ...(await room.call('billing.subscriptionStart', {
          customerId,
          planId,
          startsOn: localDate('2026-10-10'),
        })),
        customerId,
      };
      await comeTo(room, '2026-10-10', '2026-10-12');
      await decide(room, kept, change, '2026-10-20');
      const seq = await decide(room, back, change, '2026-10-20');
      expect(await planned(room, kept)).toEqual([words]);
      await comeTo(room, '2026-10-12', '2026-10-20');
      expect(await chargesIn(room, kept.subscriptionId)).toEqual([paid]);
      const taken = await room.call('billing.subscriptionTakeBack', {
        subscriptionId: back.subscriptionId,
        seq,
      });
      expect(taken).toEqual({ on: '2026-10-20', already: false });
      expect(await planned(room, back)).toEqual([]);
      await comeTo(room, '2026-10-20', '2026-10-22');
      expect(await chargesIn(room, kept.subscriptionId)).toEqual([paid, ...moved]);
      expect(await chargesIn(room, back.subscriptionId)).toEqual([
        '2026-10-10 fee service 2026-10-10/2026-11-10 310.00',
      ]);
      expect(await stateOf(room, back)).toEqual({ ...running, plan: 'Other' });
      expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
    },
  );

  it('stays in the history as taken back; taken back again nothing happens, and it can be decided anew', async () => {
    const room = await openBillingRoom(stores);
    const sold = await onTheTenth(room);
    const { subscriptionId } = sold;
    const seq = await decide(room, sold, { do: 'cancel' }, '2026-10-20');
    const both = await Promise.all(
      [1, 2].map(async () => await room.call('billing.subscriptionTakeBack', { subscriptionId, seq })),
    );
    expect(both.filter(({ already }) => already)).toHaveLength(1);
    const { rows } = await room.call('billing.subscriptionHistory', { subscriptionId });
    expect(
      rows.map(({ what, on, takesBack, isTakenBack }) => ({ what, on, takesBack, isTakenBack })),
    ).toEqual([
      { what: 'start', on: '2026-10-01', takesBack: null, isTakenBack: false },
      { what: 'cancel', on: '2026-10-20', takesBack: null, isTakenBack: true },
      { what: 'take-back', on: '2026-10-20', takesBack: seq, isTakenBack: false },
    ]);
    await decide(room, sold, { do: 'cancel' }, '2026-10-25');
    await comeTo(room, '2026-10-10', '2026-10-27');
    expect(await chargesIn(room, subscriptionId)).toEqual([
      paid,
      '2026-10-25 fee repair 2026-10-25/2026-11-01 -70.00',
    ]);
  });

  it('of an anchor day waits for that day, is shown with it, and can be taken back', async () => {
    const room = await openBillingRoom(stores);
    const sold = await onTheTenth(room);
    const anchor = { do: 'anchor', day: 20 } as const;
    const seq = await decide(room, sold, anchor, '2026-10-12');
    expect(await planned(room, sold)).toEqual(['2026-10-20 anchor 190.00']);
    await comeTo(room, '2026-10-10', '2026-10-19');
    expect(await chargesIn(room, sold.subscriptionId)).toEqual([paid]);
    await room.call('billing.subscriptionTakeBack', { subscriptionId: sold.subscriptionId, seq });
    await comeTo(room, '2026-10-19', '2026-10-21');
    expect(await chargesIn(room, sold.subscriptionId)).toEqual([paid]);
    await decide(room, sold, { do: 'anchor', day: 25 }, '2026-10-21');
    await comeTo(room, '2026-10-21', '2026-10-26');
    expect((await chargesIn(room, sold.subscriptionId)).slice(1)).toEqual([
      '2026-10-25 fee service 2026-11-01/2026-11-25 240.00',
    ]);
  });

  it('is told with what it moves, and stays where something builds on it or its day is charged', async () => {
    const room = await openBillingRoom(stores);
    const sold = await onTheTenth(room);
    const { subscriptionId } = sold;
    const pause = await decide(room, sold, { do: 'pause' }, '2026-10-12');
    const resume = await decide(room, sold, { do: 'resume' }, '2026-10-20');
    const builtOn = 'What was decided for 2026-10-20 builds on it: take that back first.';
    expect(await planned(room, sold)).toEqual([
      `2026-10-12 pause -200.00 ${builtOn}`,
      '2026-10-20 resume 120.00',
    ]);
    const takeBack = async (seq: number): Promise<unknown> =>
      await room.refused('billing.subscriptionTakeBack', { subscriptionId, seq });
    expect(await takeBack(pause)).toMatchObject({ code: 'built-on' });
    expect(await takeBack(1)).toMatchObject({ code: 'not-planned' });
    expect(await takeBack(9)).toMatchObject({ code: 'no-such-event' });
    await comeTo(room, '2026-10-10', '2026-10-14');
    expect(await takeBack(pause)).toMatchObject({ code: 'in-effect', facts: { on: '2026-10-12' } });
    expect(await stateOf(room, sold)).toMatchObject({ pausedFrom: '2026-10-12', pausedUntil: '2026-10-20' });
    await room.call('billing.subscriptionTakeBack', { subscriptionId, seq: resume });
    expect(await stateOf(room, sold)).toMatchObject({ pausedFrom: '2026-10-12', pausedUntil: null });
    expect(await takeBack(resume + 1)).toMatchObject({ code: 'not-planned' });
  });

  it('gives usage its place again that a pause put on hold', async () => {
    const room = await openBillingRoom(stores);
    await declareCalls(room);
    const sold = await sellByPeriod(room, { components: [monthlyFee, apiCalls], startsOn: '2026-10-01' });
    await comeTo(room, '2026-10-01', '2026-10-10');
    const { subscriptionId } = sold;
    await tell(room, subscriptionId, ['before 2026-10-10T06:00:00Z 100']);
    const pause = await decide(room, sold, { do: 'pause' }, '2026-10-10');
    await tell(room, subscriptionId, [
      'after 2026-10-10T07:00:00Z 200',
      'dismissed 2026-10-10T07:30:00Z 400',
    ]);
    const held = async (): Promise<string[]> =>
      (await room.call('metering.heldUsageList', {})).rows.map(({ id }) => id).toSorted();
    expect(await held()).toEqual(['after', 'before', 'dismissed']);
    await room.call('metering.heldUsageDismiss', { eventIds: ['dismissed'], reason: 'a test' });
    await room.call('billing.subscriptionTakeBack', { subscriptionId, seq: pause });
    expect(await held()).toEqual([]);
    await comeTo(room, '2026-10-10', '2026-11-02');
    expect(await chargesIn(room, subscriptionId)).toContain(
      '2026-10-31 calls usage 2026-10-01/2026-11-01 3.00',
    );
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('and the close of its day at once: it is taken back or charged, never both', async () => {
    const room = await openBillingRoom(stores);
    const sold = await onTheTenth(room);
    const { subscriptionId } = sold;
    const seq = await decide(room, sold, { do: 'cancel' }, '2026-10-10');
    room.setNow('2026-10-11T08:00:00Z');
    const [back, closed] = await Promise.allSettled([
      room.call('billing.subscriptionTakeBack', { subscriptionId, seq }),
      room.call('billing.dayClose', { day: localDate('2026-10-10') }),
    ]);
    expect(closed.status).toBe('fulfilled');
    const credit = '2026-10-10 fee repair 2026-10-10/2026-11-01 -220.00';
    expect(await chargesIn(room, subscriptionId)).toEqual(
      back.status === 'fulfilled' ? [paid] : [paid, credit],
    );
    expect(await stateOf(room, sold)).toMatchObject({
      endsOn: back.status === 'fulfilled' ? null : '2026-10-10',
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('is read in the same few statements however much is planned', async () => {
    const room = await openBillingRoom(stores);
    const price = { vat: 'included' as const };
    const sold = await sellByPeriod(room, { components: [monthlyFee], startsOn: '2026-10-01', price });
    await comeTo(room, '2026-10-01', '2026-10-10');
    const larger = await makePlan(room, 'Larger', [{ ...monthlyFee, price: '620' }], price);
    const read = async (): Promise<{ statements: number; rows: number }> => {
      let statements = 0;
      const counting: KyselyPlugin = {
        transformQuery: ({ node }) => {
          statements += 1;
          return node;
        },
        transformResult: async ({ result }) => result,
      };
      const db = room.store.tables<BillingTables>().withPlugin(counting);
      const planned = await subscriptionPlanned(room.parts, db, sold.subscriptionId);
      return { statements, rows: planned.ok ? planned.value.rows.length : 0 };
    };
    await decide(room, sold, { do: 'change', planId: larger }, '2026-10-20');
    const few = await read();
    expect(few.rows).toBe(1);
    for (const [quantity, on] of [
      ['2', '2026-10-22'],
      ['3', '2026-10-24'],
      ['4', '2026-11-03'],
    ] as const)
      await decide(room, sold, { do: 'change', quantity }, on);
    expect(await read()).toEqual({ ...few, rows: 4 });
  });
});
