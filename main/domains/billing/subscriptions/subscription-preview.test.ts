import { afterAll, expect, it } from 'vitest';
import { closeDays, closePressForTest, openBillingRoom } from '../../../testing/billing-room.ts';
import { chargesIn, makePlan, monthlyFee, sellByPeriod } from '../../../testing/period-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';

afterAll(closePressForTest);

describeOnBothStores('the preview of a change', (stores) => {
  it('says what each would charge and take back, and is what it then comes to', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-10-11T08:00:00Z');
    const { subscriptionId } = await sellByPeriod(room, { components: [monthlyFee], startsOn: '2026-10-01' });
    const larger = await makePlan(room, 'Large', [{ ...monthlyFee, price: '620' }], { vat: 'included' });
    await closeDays(room, '2026-10-01', '2026-10-11');
    const preview = async (change: object, on?: string): Promise<string[]> => {
      const shown = await room.call('billing.subscriptionPreview', {
        subscriptionId,
        change: change as never,
        ...(on !== undefined && { on: on as never }),
      });
      const words = (lines: typeof shown.lines, sign: string): string[] =>
        lines.map(
          (line) =>
            `${sign} ${line.plan} ${line.reason} ${line.start}/${line.endExclusive} ${line.amount.amountMinor}${line.hasVat ? ` with VAT, ${line.net.amountMinor} net` : ''}`,
        );
      return [
        shown.on,
        ...words(shown.lines, '+'),
        ...words(shown.instead, '-'),
        shown.difference.amountMinor,
      ];
    };
    const back = '+ Plan repair 2026-10-11/2026-11-01 -21000';
    expect(await preview({ do: 'cancel' })).toEqual(['2026-10-11', back, '-21000']);
    expect(await preview({ do: 'cancel' }, 'period-end')).toEqual([
      '2026-11-01',
      '- Plan service 2026-11-01/2026-12-01 31000',
      '-31000',
    ]);
    expect(await preview({ do: 'change', quantity: '3' })).toEqual([
      '2026-10-11',
      back,
      '+ Plan service 2026-10-11/2026-11-01 63000',
      '42000',
    ]);
    expect(await preview({ do: 'change', planId: larger })).toEqual([
      '2026-10-11',
      back,
      '+ Large service 2026-10-11/2026-11-01 42000 with VAT, 34146 net',
      '13146',
    ]);
    expect(await preview({ do: 'pause' })).toEqual(['2026-10-11', back, '-21000']);
    const half = { kind: 'percent', id: 'half', percent: '50', periods: 1 };
    expect(await preview({ do: 'discount', discount: half }, 'period-end')).toEqual([
      '2026-11-01',
      '+ Plan service 2026-11-01/2026-12-01 15500',
      '- Plan service 2026-11-01/2026-12-01 31000',
      '-15500',
    ]);
    // Nothing was written, and what is decided comes to what was shown.
    expect((await room.call('billing.subscriptionHistory', { subscriptionId })).rows).toHaveLength(1);
    await room.call('billing.subscriptionChange', {
      subscriptionId,
      change: { do: 'change', quantity: '3' },
    });
    room.setNow('2026-10-12T08:00:00Z');
    await closeDays(room, '2026-10-11', '2026-10-12');
    expect((await chargesIn(room, subscriptionId)).slice(1)).toEqual([
      '2026-10-11 fee repair 2026-10-11/2026-11-01 -210.00',
      '2026-10-11 fee service 2026-10-11/2026-11-01 630.00',
    ]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true });
  });

  it('is refused where the change is, with the same sentence', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-10-02T08:00:00Z');
    const { subscriptionId, planId } = await sellByPeriod(room, {
      components: [monthlyFee],
      startsOn: '2026-10-01',
    });
    const euros = await room.call('catalog.planCreate', {
      name: 'Euros',
      periodPrices: [{ currency: 'EUR', components: [monthlyFee] }],
      validFrom: '2020-01-01',
    });
    await closeDays(room, '2026-10-01', '2026-10-02');
    const change = { do: 'change', planId: euros.planId } as const;
    for (const [asked, code] of [
      [{ change }, 'no-price'],
      [{ change: { do: 'change' as const } }, 'nothing-changed'],
      [{ change: { do: 'change' as const, planId }, on: '2026-10-01' as const }, 'day-closed'],
      [{ change: { do: 'change' as const, allocations: { ram: '4' } } }, 'no-such-resource'],
      [{ change: { do: 'resume' as const } }, 'not-paused'],
      [{ change: { do: 'change' as const, quantity: '-2' } }, 'ordered-below'],
    ] as const) {
      const shown = await room.refused('billing.subscriptionPreview', { subscriptionId, ...asked });
      expect(shown.code).toBe(code);
      expect(await room.refused('billing.subscriptionChange', { subscriptionId, ...asked })).toEqual(shown);
    }
  });
});
