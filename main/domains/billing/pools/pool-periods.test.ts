import { afterAll, expect, it } from 'vitest';
import { localDate } from '../../../../shared/kernel/local-date.ts';
import { add, ratioFrom, ratioText, ZERO } from '../../../../shared/kernel/ratio.ts';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { chargesIn, monthlyFee } from '../../../testing/period-room.ts';
import { join, sellPool, september, vcpuPool, vms, type Pool } from '../../../testing/pool-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { declareCalls, tell } from '../../../testing/usage-room.ts';

afterAll(closePressForTest);

const NAMES = ['left', 'cancelled', 'changed', 'paused', 'late'] as const;
type Name = (typeof NAMES)[number];

interface Members {
  readonly day: string;
  readonly quantity: string;
  readonly members: readonly { readonly quantity: string }[];
}

const sumOf = (quantities: readonly string[]): string =>
  ratioText(quantities.map(ratioFrom).reduce(add, ZERO));

const overage = async (room: BillingRoom, { subscriptionId }: Pool): Promise<string[]> =>
  (await chargesIn(room, subscriptionId)).filter((charge) => charge.includes('overage'));

/** Readings of each charge of overage: first and last day, what each day had, and what is beyond; as members had them. */
async function explained(room: BillingRoom, { subscriptionId }: Pool): Promise<string[]> {
  const charges = (await room.call('billing.chargeList', { subscriptionId })).rows.filter(
    ({ reason }) => reason === 'overage',
  );
  const chargeIds = charges.map(({ id }) => id);
  const { rows } = await room.call('billing.chargeReadings', { subscriptionId, chargeIds });
  return rows.map((row) => {
    const charge = charges.find(({ id }) => id === row.chargeId);
    const { pool = [] } = (charge?.explanation ?? {}) as { pool?: readonly Members[] };
    expect(row.days.map(({ day, quantity }) => [day, quantity])).toEqual(
      pool.map(({ day, quantity }) => [day, quantity]),
    );
    for (const { quantity, members } of pool)
      expect(sumOf(members.map((member) => member.quantity))).toBe(quantity);
    expect(sumOf(row.days.map(({ beyond }) => beyond))).toBe(row.billable);
    const late = row.days
      .filter(({ heardOn }) => heardOn !== null)
      .map(({ day, heardOn }) => `${day} on ${heardOn}`);
    return [
      `${row.days[0]?.day} to ${row.days.at(-1)?.day}`,
      `${row.billable} beyond ${row.includedPerDay}`,
      ...late,
    ].join(', ');
  });
}

describeOnBothStores('overage of a pool', (stores) => {
  it('is charged as its period ends for who was in it, as it was bought, and is explained down to the readings', async () => {
    const room = await openBillingRoom(stores);
    const pools = new Map<Name, Pool>();
    const members = new Map<Name, string>();
    // 12 vCPUs where 10 were bought.
    for (const name of NAMES) {
      await vms(room, name);
      await room.meter(name, { ...september, vcpus: 12, memoryMib: 1024 });
      const pool = await sellPool(room, [vcpuPool], { name });
      pools.set(name, pool);
      const [memberId = ''] = await join(room, pool, '2026-09-01T00:00:00+02:00', name);
      members.set(name, memberId);
    }
    const idOf = (name: Name): string => pools.get(name)?.subscriptionId ?? '';
    const change = async (name: Name, on: string, what: object): Promise<unknown> =>
      await room.call('billing.subscriptionChange', {
        subscriptionId: idOf(name),
        change: what as never,
        on: localDate(on),
      });
    room.setNow('2026-09-02T08:00:00Z');
    await room.call('billing.subscriptionEnd', { subscriptionId: idOf('cancelled'), endsOn: '2026-09-16' });
    await change('changed', '2026-09-16', { do: 'change', quantity: '0.5' });
    await change('paused', '2026-09-11', { do: 'pause' });
    await change('paused', '2026-09-21', { do: 'resume' });
    room.setNow('2026-09-16T00:20:00+02:00');
    await room.call('billing.poolMemberRemove', { memberId: members.get('left') ?? '' });
    room.hostAway(['late'], '2026-09-29T12:00:00+02:00', 'hv1 is away');
    room.setNow('2026-10-04T08:00:00Z');
    await closeDays(room, '2026-09-01', '2026-10-04');
    const of = async (name: Name) => {
      const pool = pools.get(name) ?? { customerId: '', subscriptionId: '' };
      return [await overage(room, pool), await explained(room, pool)];
    };
    expect(await of('left')).toEqual([
      ['2026-09-30 vcpus overage 2026-09-01/2026-10-01 15.00'],
      ['2026-09-01 to 2026-09-15, 30 beyond 10'],
    ]);
    expect(await of('cancelled')).toEqual([
      ['2026-09-16 vcpus overage 2026-09-01/2026-09-16 15.00'],
      ['2026-09-01 to 2026-09-15, 30 beyond 10'],
    ]);
    expect(await of('changed')).toEqual([
      ['2026-09-30 vcpus overage 2026-09-01/2026-10-01 67.50'],
      ['2026-09-01 to 2026-09-30, 135 beyond null'],
    ]);
    expect(await of('paused')).toEqual([
      ['2026-09-30 vcpus overage 2026-09-01/2026-10-01 20.00'],
      ['2026-09-01 to 2026-09-30, 40 beyond 10'],
    ]);

    // Nobody is invoiced for a month of which a member is still to be read.
    const { customerId } = pools.get('late') ?? { customerId: '' };
    const invoice = { customerId, periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' };
    expect(await room.refused('billing.invoiceCreate', invoice)).toMatchObject({
      code: 'usage-awaited',
      facts: { day: '2026-09-29', vm: 'late', reason: 'hv1 is away' },
    });
    room.hostBack(['late']);
    await closeDays(room, '2026-09-29', '2026-10-01');
    expect(await of('late')).toEqual([
      [
        '2026-09-29 vcpus overage 2026-09-01/2026-10-01 1.00',
        '2026-09-30 vcpus overage 2026-09-01/2026-10-01 28.00',
        '2026-09-30 vcpus overage 2026-09-01/2026-10-01 1.00',
      ],
      [
        '2026-09-01 to 2026-09-29, 58 beyond 10, 2026-09-29 on 2026-10-03',
        '2026-09-01 to 2026-09-28, 56 beyond 10',
        '2026-09-01 to 2026-09-30, 60 beyond 10, 2026-09-29 on 2026-10-03, 2026-09-30 on 2026-10-03',
      ],
    ]);
    // 30.00 for the month, 30.00 beyond, and 23 % VAT.
    expect((await room.call('billing.invoiceCreate', invoice)).gross.amountMinor).toBe('7380');
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('that is told after the invoice of its period is on the next one, with its own period', async () => {
    const room = await openBillingRoom(stores);
    await declareCalls(room);
    const calls = { ...vcpuPool, id: 'calls', meter: 'api-calls', aggregate: 'sum', price: '0' } as const;
    const { customerId, subscriptionId } = await sellPool(room, [calls, monthlyFee]);
    await tell(room, subscriptionId, ['one 2026-09-10T08:00:00Z 8 a', 'two 2026-09-20T08:00:00Z 4 b']);
    await closeDays(room, '2026-09-01', '2026-10-01');
    const invoice = { customerId, periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' };
    await room.call('billing.invoiceCreate', invoice);
    room.setNow('2026-10-03T08:00:00Z');
    await tell(room, subscriptionId, ['late 2026-09-15T08:00:00Z 3 b']);
    room.setNow('2026-11-01T08:00:00Z');
    await closeDays(room, '2026-10-01', '2026-11-01');
    const next = { customerId, periodStart: '2026-10-01', periodEndExclusive: '2026-11-01' };
    const { invoiceId } = await room.call('billing.invoiceCreate', next);
    const charges = (await room.call('billing.chargeList', { subscriptionId })).rows.filter(
      ({ reason }) => reason === 'overage',
    );
    expect(
      charges.map((charge) => [
        charge.serviceStart,
        charge.amount.amountMinor,
        charge.invoiceId === invoiceId,
      ]),
    ).toEqual([
      ['2026-09-01', '100', false],
      ['2026-09-01', '150', true],
    ]);
    const { rows } = await room.call('billing.chargeReadings', {
      subscriptionId,
      chargeIds: charges.map(({ id }) => id),
    });
    expect(rows).toMatchObject([
      { quantity: '12', included: '10', billable: '2', includedPerDay: null },
      { quantity: '15', included: '10', billable: '5' },
    ]);
    expect(
      rows.map(({ days }) => days.map(({ day, quantity, beyond }) => `${day} ${quantity} ${beyond}`)),
    ).toEqual([
      ['2026-09-10 8 0', '2026-09-20 4 2'],
      ['2026-09-10 8 0', '2026-09-15 3 1', '2026-09-20 4 4'],
    ]);
  });
});
