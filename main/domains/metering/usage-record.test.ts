import { afterAll, expect, it } from 'vitest';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  type BillingRoom,
} from '../../testing/billing-room.ts';
import { chargesIn, makePlan, monthlyFee, sellByPeriod } from '../../testing/period-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { apiCalls, declareCalls, tell } from '../../testing/usage-room.ts';

afterAll(closePressForTest);

describeOnBothStores('usage that is told from outside', (stores) => {
  const open = async (): Promise<{
    room: BillingRoom;
    subscriptionId: string;
    customerId: string;
    planId: string;
  }> => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-11-01T08:00:00Z');
    await declareCalls(room);
    const sold = await sellByPeriod(room, { components: [apiCalls], startsOn: '2026-10-01' });
    return { room, ...sold };
  };

  it('is charged once, however often and cut up as it may be, and late usage with its own period', async () => {
    const { room, subscriptionId } = await open();
    expect(
      await tell(room, subscriptionId, ['e1 2026-10-03T10:00:00Z 40.5', 'e2 2026-10-03 59.5']),
    ).toMatchObject({
      received: 2,
      counted: 2,
      problems: [],
    });
    expect(
      await tell(room, subscriptionId, [
        'e2 2026-10-03 59.5',
        'e3 2026-10-31T22:59:59Z 100',
        'e3 2026-10-31T22:59:59Z 100.000',
      ]),
    ).toMatchObject({ received: 3, counted: 1, repeated: 2, held: 0, refused: 0 });
    await closeDays(room, '2026-10-01', '2026-11-01');
    expect(await chargesIn(room, subscriptionId)).toEqual([
      '2026-10-31 calls usage 2026-10-01/2026-11-01 2.00',
    ]);
    // A week later 300 calls of October are heard of, and one of them was told before.
    room.setNow('2026-11-08T08:00:00Z');
    await closeDays(room, '2026-11-01', '2026-11-08');
    await tell(room, subscriptionId, [
      'e1 2026-10-03T10:00:00Z 40.5',
      'e4 2026-10-15 300',
      'e5 2026-11-02 50',
    ]);
    await closeDays(room, '2026-11-08', '2026-11-08');
    room.setNow('2026-12-01T08:00:00Z');
    await closeDays(room, '2026-11-08', '2026-12-01');
    expect(await chargesIn(room, subscriptionId)).toEqual([
      '2026-10-31 calls usage 2026-10-01/2026-11-01 2.00',
      '2026-11-08 calls usage 2026-10-01/2026-11-01 3.00',
      '2026-11-30 calls usage 2026-11-01/2026-12-01 0.50',
    ]);
    const { rows } = await room.call('metering.usageDayList', {
      subscriptionId,
      start: '2026-10-01',
      endExclusive: '2026-11-01',
    });
    expect(rows.map(({ day, quantity, events, late }) => [day, quantity, events, late])).toEqual([
      ['2026-10-03', '100', 2, 0],
      ['2026-10-15', '300', 1, 1],
      ['2026-10-31', '100', 1, 0],
    ]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true });
  });

  it('is refused one by one where it makes no sense, and the rest of its batch goes on', async () => {
    const { room, subscriptionId } = await open();
    await tell(room, subscriptionId, ['known 2026-10-03 1']);
    const told = await tell(room, subscriptionId, [
      'good 2026-10-03 1',
      'negative 2026-10-03 -1',
      'fine 2026-10-03 0.0001',
      'words 2026-10-03 many',
      'noday 2026-02-30 1',
      'notime 2026-10-03T25:00:00Z 1',
      'ahead 2026-11-02T08:00:00Z 1',
      'known 2026-10-03 2',
      'good 2026-10-04 1',
      'also 2026-10-03 2',
    ]);
    expect(told).toMatchObject({ received: 10, counted: 2, repeated: 0, held: 0, refused: 8 });
    const of = `of ${subscriptionId} (Plan of Klient Plan)`;
    expect(told.problems.map(({ index, sentence }) => `${index}: ${sentence}`)).toEqual([
      `1: The event negative ${of} cannot be counted: the quantity -1 is negative.`,
      `2: The event fine ${of} cannot be counted: 0.0001 has more than the 3 decimals of its meter.`,
      `3: The event words ${of} cannot be counted: "many" is no quantity: write a number such as 12.5.`,
      `4: The event noday ${of} is of "2026-02-30", which is no time: write 2026-10-03T14:05:00Z or 2026-10-03.`,
      `5: The event notime ${of} is of "2026-10-03T25:00:00Z", which is no time: write 2026-10-03T14:05:00Z or 2026-10-03.`,
      `6: The event ahead ${of} is of 2026-11-02T08:00:00Z, which is yet to come: send it when it has happened.`,
      `7: The event known ${of} was told before with other content (of ${subscriptionId}): what was told first stands; give this one an id of its own.`,
      `8: The event good ${of} was told before with other content (of ${subscriptionId}): what was told first stands; give this one an id of its own.`,
    ]);
    // Ids are whatever they are, also what a database would read otherwise.
    const odd = [
      'NULL 2026-10-03 1',
      '{a,"b\\c} 2026-10-03 1',
      "o'clock\\ 2026-10-03 1 NULL",
      '"" 2026-10-03 1 a"b',
    ];
    expect(await tell(room, subscriptionId, odd)).toMatchObject({ counted: 4, repeated: 0 });
    expect(await tell(room, subscriptionId, odd)).toMatchObject({ counted: 0, repeated: 4, refused: 0 });
    // Two that would be one, or none, in a database.
    const noText = [
      'half\ud800 2026-10-03 1',
      'half\udc00 2026-10-03 1',
      'nul\u0000 2026-10-03 1',
      'member 2026-10-03 1 a\ud800',
      'whole\ud83d\ude00 2026-10-03 1',
    ];
    const kept = await tell(room, subscriptionId, noText);
    expect(kept).toMatchObject({ counted: 1, repeated: 0, held: 0, refused: 4 });
    expect(kept.problems.map(({ index, id }) => `${index} ${id}`)).toEqual([
      '0 half\ufffd',
      '1 half\ufffd',
      '2 nul\ufffd',
      '3 member',
    ]);
    expect(kept.problems[1]?.sentence).toBe(
      `The event half\ufffd ${of} has characters in its id, subscription or member that are no text, and which no database keeps as they are: write them in other ones.`,
    );
    for (const end of ['\udfff', '\u0000'])
      expect(await tell(room, `${subscriptionId}${end}`, ['y 2026-10-03 1'])).toMatchObject({ refused: 1 });
    const unknown = await tell(room, subscriptionId, ['x 2026-10-03 1'], 'sms');
    expect(unknown.problems[0]?.sentence).toBe(
      `The event x ${of} is of the meter sms, which is not declared: declare it, or correct its name.`,
    );
  });

  it('of a subscription that is not there, or not served then, is held until a person charges or dismisses it', async () => {
    const { room, subscriptionId, customerId } = await open();
    const other = await sellByPeriod(room, { name: 'Other', components: [apiCalls], startsOn: '2026-10-01' });
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: '2026-10-20' });
    const told = await tell(room, subscriptionId, [
      'early 2026-09-30 10',
      'ended 2026-10-25 20',
      'counted 2026-10-19 30',
    ]);
    expect(told).toMatchObject({ counted: 1, held: 2 });
    expect(told.problems.map(({ what, sentence }) => `${what}: ${sentence}`)).toEqual([
      `held: Plan of Klient Plan (${subscriptionId}) had not begun on 2026-09-30, when api-calls was used: charge it to the right subscription or dismiss it.`,
      `held: Plan of Klient Plan (${subscriptionId}) had ended by 2026-10-25, when api-calls was used: charge it to the right subscription or dismiss it.`,
    ]);
    expect(await tell(room, 'sub_typo', ['lost 2026-10-05 40'])).toMatchObject({ held: 1 });
    expect(await tell(room, 'sub_typo', ['lost 2026-10-05 40'])).toMatchObject({ held: 0, repeated: 1 });
    await closeDays(room, '2026-10-01', '2026-11-01');
    expect(await chargesIn(room, subscriptionId)).toEqual([
      '2026-10-20 calls usage 2026-10-01/2026-10-20 0.30',
    ]);
    const held = await room.call('metering.heldUsageList', {});
    expect(held.total).toBe(3);
    expect(held.rows.map(({ id, customerId: whose }) => [id, whose])).toEqual([
      ['early', customerId],
      ['ended', customerId],
      ['lost', null],
    ]);
    expect(await room.refused('metering.heldUsageCharge', { eventIds: ['lost'] })).toMatchObject({
      code: 'no-such-subscription',
    });
    await room.call('metering.heldUsageCharge', { eventIds: ['ended'] });
    await room.call('metering.heldUsageCharge', { eventIds: ['lost'], subscriptionId: other.subscriptionId });
    await room.call('metering.heldUsageDismiss', { eventIds: ['early'], reason: 'a test of theirs' });
    expect(
      await room.refused('metering.heldUsageDismiss', { eventIds: ['lost'], reason: 'no' }),
    ).toMatchObject({
      code: 'not-held',
    });
    expect(await tell(room, 'sub_typo', ['lost 2026-10-05 40'])).toMatchObject({ held: 0, repeated: 1 });
    room.setNow('2026-11-02T08:00:00Z');
    await closeDays(room, '2026-11-01', '2026-11-02');
    expect(await chargesIn(room, subscriptionId)).toEqual([
      '2026-10-20 calls usage 2026-10-01/2026-10-20 0.30',
      '2026-11-01 calls usage 2026-10-01/2026-10-20 0.20',
    ]);
    expect(await chargesIn(room, other.subscriptionId)).toEqual([
      '2026-11-01 calls usage 2026-10-01/2026-11-01 0.40',
    ]);
    expect(await room.call('metering.heldUsageList', { state: 'dismissed' })).toMatchObject({
      total: 1,
      rows: [{ id: 'early', note: 'a test of theirs', decidedBy: 'Anna', quantity: '10' }],
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true });
  });

  it('is held when what it was told of ends before it, or changes to a plan that is not charged by it', async () => {
    const { room, subscriptionId } = await open();
    await tell(room, subscriptionId, ['a 2026-10-05 10', 'b 2026-10-25 20']);
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: '2026-10-20' });
    await closeDays(room, '2026-10-01', '2026-11-01');
    expect(await chargesIn(room, subscriptionId)).toEqual([
      '2026-10-20 calls usage 2026-10-01/2026-10-20 0.10',
    ]);
    const { rows } = await room.call('metering.heldUsageList', {});
    expect(rows.map(({ id, reason, knownOn }) => [id, reason, knownOn])).toEqual([['b', 'after-end', null]]);
    room.setNow('2026-11-20T08:00:00Z');
    const sold = await sellByPeriod(room, { name: 'Second', components: [apiCalls], startsOn: '2026-11-01' });
    await tell(room, sold.subscriptionId, ['c 2026-11-05 30', 'd 2026-11-15 40']);
    const planId = await makePlan(room, 'Without', [monthlyFee]);
    await room.call('billing.subscriptionChange', {
      subscriptionId: sold.subscriptionId,
      on: '2026-11-10',
      change: { do: 'change', planId },
    });
    expect(
      (await room.call('metering.heldUsageList', {})).rows.map(({ id, reason }) => [id, reason]),
    ).toEqual([
      ['b', 'after-end'],
      ['d', 'not-metered'],
    ]);
    await closeDays(room, '2026-11-01', '2026-11-20');
    expect((await chargesIn(room, sold.subscriptionId)).filter((line) => line.includes('calls'))).toEqual([
      '2026-11-10 calls usage 2026-11-01/2026-11-10 0.30',
    ]);
  });

  it('makes a day as its meter says: the sum, the highest mark of each member, the last', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-11-01T08:00:00Z');
    for (const [name, aggregation] of [
      ['seats', 'last'],
      ['burst', 'max'],
    ] as const)
      await room.call('metering.meterDeclare', { name, unit: 'pieces', aggregation, decimals: 0 });
    const part = (meter: string, aggregate: 'sum' | 'peak' | 'last'): typeof apiCalls =>
      ({ ...apiCalls, id: meter, meter, aggregate, pricing: { tiers: 'flat', price: '1' } }) as never;
    const { subscriptionId } = await sellByPeriod(room, {
      components: [part('addresses', 'sum'), part('seats', 'last'), part('burst', 'peak')],
      startsOn: '2026-10-01',
    });
    // Twice a day per address block, the second block on one day only: 3 + 2 marks, then 4.
    const marks = [
      'a 2026-10-05T06:00:00Z 1 x',
      'b 2026-10-05T09:00:00Z 3 x',
      'c 2026-10-05T08:00:00Z 2 y',
      'd 2026-10-06 4 x',
    ];
    await tell(room, subscriptionId, marks.toReversed(), 'addresses');
    await tell(
      room,
      subscriptionId,
      ['e 2026-10-09T12:00:00Z 5', 'f 2026-10-09T11:00:00Z 9', 'g 2026-10-02 30'],
      'seats',
    );
    await tell(
      room,
      subscriptionId,
      ['h 2026-10-09T12:00:00Z 5', 'i 2026-10-10T11:00:00Z 8', 'j 2026-10-10T10:00:00Z 2'],
      'burst',
    );
    await closeDays(room, '2026-10-01', '2026-11-01');
    expect(await chargesIn(room, subscriptionId)).toEqual([
      '2026-10-31 addresses usage 2026-10-01/2026-11-01 9.00',
      '2026-10-31 burst usage 2026-10-01/2026-11-01 8.00',
      '2026-10-31 seats usage 2026-10-01/2026-11-01 5.00',
    ]);
    // A higher mark of a day that is charged already: what it is more.
    room.setNow('2026-11-02T08:00:00Z');
    await tell(room, subscriptionId, ['k 2026-10-05T10:00:00Z 7 x'], 'addresses');
    await closeDays(room, '2026-11-01', '2026-11-02');
    expect((await chargesIn(room, subscriptionId)).at(-1)).toBe(
      '2026-11-01 addresses usage 2026-10-01/2026-11-01 4.00',
    );
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true });
  });

  it('is of a plan as long as a version that it charges is sold, or somebody is subscribed to one', async () => {
    const { room, planId, subscriptionId } = await open();
    const next = { currency: 'PLN' as const, components: [monthlyFee] };
    await room.call('catalog.planVersionAdd', { planId, validFrom: '2026-11-01', price: next });
    const plans = async (): Promise<unknown> =>
      (await room.call('metering.meterList', {})).rows.find(({ name }) => name === 'api-calls')?.plans;
    expect(await plans()).toEqual(['Plan']);
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: '2026-10-30' });
    expect(await plans()).toEqual([]);
    // Sold again from a day to come on.
    const later = { currency: 'PLN' as const, components: [apiCalls] };
    await room.call('catalog.planVersionAdd', { planId, validFrom: '2026-12-01', price: later });
    expect(await plans()).toEqual(['Plan']);
  });

  it('is sold only by meters that there are, and as they are read', async () => {
    const room = await openBillingRoom(stores);
    await room.call('metering.meterDeclare', {
      name: 'burst',
      unit: 'pieces',
      aggregation: 'max',
      decimals: 0,
    });
    await expect(sellByPeriod(room, { components: [apiCalls], startsOn: '2026-10-01' })).rejects.toThrow(
      'Plan is charged by api-calls, which nothing counts',
    );
    await expect(
      sellByPeriod(room, {
        name: 'Burst',
        components: [{ ...apiCalls, meter: 'burst' }],
        startsOn: '2026-10-01',
      }),
    ).rejects.toThrow(
      'makes its period of burst (calls) by sum, but that meter is read so that it can only be peak',
    );
    const burst = { name: 'burst', unit: 'pieces', decimals: 0 } as const;
    expect(await room.refused('metering.meterDeclare', { ...burst, aggregation: 'sum' })).toMatchObject({
      code: 'meter-differs',
    });
    expect(
      await room.refused('metering.meterDeclare', { ...burst, name: 'vm-hours', aggregation: 'sum' }),
    ).toMatchObject({ code: 'meter-of-hosts' });
    const { rows } = await room.call('metering.meterList', {});
    expect(rows.map(({ name, source, plans }) => [name, source, plans.join()])).toEqual(
      expect.arrayContaining([
        ['vm-hours', 'hosts', ''],
        ['addresses', 'events', ''],
        ['burst', 'events', 'Burst'],
      ]),
    );
  });
});
