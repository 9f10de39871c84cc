import { afterAll, expect, it, vi } from 'vitest';
import { billUntilKilled } from '../../../testing/billing-child-process.ts';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  openBillingStore,
  sell,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { closeDaysOver, runBillingDays } from '../billing-day-duty.ts';
import { billingExceptions, moneyOverview } from '../billing-public.ts';
import type { BillingTables } from '../billing-tables.ts';

afterAll(closePressForTest);

const AWAY_SINCE = '2026-09-02T10:00:00Z';
const REASON = 'hv2 was last heard at 2026-09-02 10:00 UTC';
const grant = { signal: new AbortController().signal, guard: async (): Promise<void> => undefined };

/** VMs a1, a2 on a host that is heard, b1, b2 on one that will be away; all metered, all used. */
async function fill(room: BillingRoom): Promise<Record<string, string>> {
  const customers: Record<string, string> = {};
  for (const vm of ['a1', 'a2', 'b1', 'b2']) {
    const price = { perMonth: '77.77', perVcpuHour: '0.0133', perGibHour: '0.0071' };
    customers[vm] = (await sell(room, { vm, startsOn: '2026-09-01', price })).customerId;
    await room.meter(vm, { from: '2026-09-01', toExclusive: '2026-10-01', vcpus: 3, memoryMib: 1000 });
  }
  return customers;
}

async function open(stores: Parameters<typeof openBillingRoom>[0]): Promise<BillingRoom> {
  const room = await openBillingRoom(stores);
  await fill(room);
  return room;
}

/** Every charge as VM, day, component and amount. */
async function chargesIn(room: BillingRoom): Promise<string[]> {
  const rows = await room.store
    .tables<BillingTables>()
    .selectFrom('charge')
    .innerJoin('subscription', 'subscription.id', 'charge.subscription_id')
    .select(['vm_name', 'day', 'component', 'amount_minor'])
    .execute();
  return rows.map((row) => [row.vm_name, row.day, row.component, row.amount_minor].join(' ')).toSorted();
}

/** What each VM's components come to, all days together. */
async function sumsIn(room: BillingRoom): Promise<Map<string, Record<string, number>>> {
  const sums = new Map<string, Record<string, number>>();
  for (const charge of await chargesIn(room)) {
    const [vm = '', , component = '', amount] = charge.split(' ');
    const ofVm = sums.get(vm) ?? {};
    sums.set(vm, { ...ofVm, [component]: (ofVm[component] ?? 0) + Number(amount) });
  }
  return sums;
}

const daysOf = (charges: readonly string[], vm: string): string[] =>
  [
    ...new Set(
      charges.filter((charge) => charge.startsWith(`${vm} `)).map((charge) => charge.split(' ')[1] ?? ''),
    ),
  ].map((day) => day.slice(-2));

const verified = { ok: true, problems: [] };

describeOnBothStores('a host that is away', (stores) => {
  it('holds the subscriptions of its VMs and nobody else; heard again, each of their days is charged once', async () => {
    const room = await open(stores);
    room.hostAway(['b1', 'b2'], AWAY_SINCE, REASON);
    expect(await room.call('billing.dayClose', { day: '2026-09-01' })).toMatchObject({ posted: 12, held: 0 });
    for (const day of ['2026-09-02', '2026-09-03']) {
      expect(await room.call('billing.dayClose', { day })).toEqual({
        day,
        subscriptions: 4,
        posted: 6,
        already: 0,
        held: 2,
      });
    }
    // Again, while it is still away: nothing.
    expect(await room.call('billing.dayClose', { day: '2026-09-02' })).toEqual({
      day: '2026-09-02',
      subscriptions: 4,
      posted: 0,
      already: 6,
      held: 2,
    });
    const before = await chargesIn(room);
    expect([daysOf(before, 'a1'), daysOf(before, 'b1')]).toEqual([['01', '02', '03'], ['01']]);
    room.hostBack(['b1']);
    const once = await room.call('billing.dayClose', { day: '2026-09-02' });
    expect(once).toMatchObject({ posted: 3, already: 6, held: 1 });
    room.hostBack(['b2']);
    expect(await room.call('billing.dayClose', { day: '2026-09-03' })).toMatchObject({ posted: 6, held: 0 });
    expect(await room.call('billing.dayClose', { day: '2026-09-02' })).toMatchObject({ posted: 3, held: 0 });
    expect(await room.call('billing.dayClose', { day: '2026-09-02' })).toMatchObject({
      posted: 0,
      already: 12,
      held: 0,
    });
    expect((await room.call('billing.dayState', {})).held).toEqual([]);
    expect(await chargesIn(room)).toHaveLength(36);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(verified);
  });

  // 77.77; 720 h × 3 × 0.0133 = 28.728; 720 h × 1000/1024 GiB × 0.0071 = 4.992…
  const month = { month: 7777, 'vcpu-hours': 2873, 'gib-hours': 499 };

  it.each([
    ['the whole month', '2026-09-01', '2026-10-01'],
    ['one day', '2026-09-14', '2026-09-15'],
    ['the turn of the month', '2026-09-29', '2026-10-01'],
  ])(
    'back after %s: the month comes to what it would have come to, to the cent',
    async (_what, from, back) => {
      const room = await open(stores);
      await closeDays(room, '2026-09-01', from);
      room.hostAway(['b1', 'b2'], `${from}T10:00:00Z`, REASON);
      await closeDays(room, from, back);
      room.hostBack(['b1', 'b2']);
      await closeDays(room, back, '2026-10-01');
      // The last held day first.
      const held = (await room.call('billing.dayState', {})).held.map(({ day }) => day);
      for (const day of held.toReversed()) await room.call('billing.dayClose', { day });
      const sums = await sumsIn(room);
      for (const vm of ['a1', 'a2', 'b1', 'b2']) expect([vm, sums.get(vm)]).toEqual([vm, month]);
      expect(await room.call('billing.ledgerVerify', {})).toMatchObject(verified);
    },
  );

  it('does not hold what has no price by the hour, nor a host that is only about to be read', async () => {
    const room = await open(stores);
    const flat = { perMonth: '30', perVcpuHour: '0', perGibHour: '0' };
    await sell(room, { vm: 'c1', startsOn: '2026-09-01', price: flat });
    room.hostAway(['b1', 'b2', 'c1'], '2026-09-01T00:00:00Z', REASON);
    expect(await room.call('billing.dayClose', { day: '2026-09-01' })).toMatchObject({ posted: 7, held: 2 });
    room.completeUntil('2026-09-02T21:00:00Z', 'hv1 was last heard a moment ago');
    expect(await room.refused('billing.dayClose', { day: '2026-09-02' })).toEqual({
      code: 'usage-incomplete',
      facts: { day: '2026-09-02', reason: 'hv1 was last heard a moment ago' },
    });
    expect(daysOf(await chargesIn(room), 'a1')).toEqual(['01']);
  });

  it('ten that close a held day at once charge it once', async () => {
    const room = await open(stores);
    room.hostAway(['b1', 'b2'], AWAY_SINCE, REASON);
    await closeDays(room, '2026-09-01', '2026-09-03');
    room.hostBack(['b1', 'b2']);
    const closings = Array.from(
      { length: 10 },
      async () => await room.call('billing.dayClose', { day: '2026-09-02' }),
    );
    const posted = (await Promise.all(closings)).map((closed) => closed.posted);
    expect(posted.toSorted((a, b) => b - a)).toEqual([6, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ...verified, charges: 24 });
  });

  it('keeps only its own customers from being invoiced, and says whom they wait for', async () => {
    const room = await openBillingRoom(stores);
    const customers = await fill(room);
    room.hostAway(['b1', 'b2'], '2026-09-29T10:00:00Z', REASON);
    await closeDays(room, '2026-09-01', '2026-10-01');
    const scope = (vm: string, from = '2026-09-01', to = '2026-10-01') => ({
      customerId: customers[vm] ?? '',
      periodStart: from,
      periodEndExclusive: to,
    });
    const { gross } = await room.call('billing.invoiceCreate', scope('a1'));
    for (const operation of ['billing.invoicePreview', 'billing.invoiceCreate'] as const) {
      expect(await room.refused(operation, scope('b1'))).toEqual({
        code: 'usage-awaited',
        facts: { customer: 'Klient b1', day: '2026-09-29', vm: 'b1', reason: REASON },
      });
    }
    // What is counted can be invoiced.
    await room.call('billing.invoiceCreate', scope('b2', '2026-09-01', '2026-09-29'));
    room.hostBack(['b1', 'b2']);
    await closeDaysOver({ store: room.store, billing: room.parts }, grant);
    expect((await room.call('billing.invoiceCreate', scope('b1'))).gross).toEqual(gross);
    const rest = await room.call('billing.invoiceCreate', scope('b2'));
    expect((await room.call('billing.invoiceGet', { invoiceId: rest.invoiceId })).lines[0]?.quantity).toBe(
      '2/30',
    );
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ...verified, invoices: 4 });
  });

  it('is shown: which days wait, for how many, how far each subscription is charged, and no month is final', async () => {
    const room = await open(stores);
    const exceptions = async () =>
      (await billingExceptions(room.store.tables(), await room.parts.nowMs(room.store.tables()))).find(
        ({ key }) => key === 'days-not-closed',
      );
    const final = async (): Promise<unknown> =>
      (await moneyOverview(room.store.tables(), await room.parts.nowMs(room.store.tables())))[0]?.months[0]
        ?.final;
    room.hostAway(['b1', 'b2'], '2026-09-29T10:00:00Z', REASON);
    await closeDays(room, '2026-09-01', '2026-10-01');
    expect(await room.call('billing.dayState', {})).toMatchObject({
      closedUntil: '2026-09-30',
      openDays: 0,
      held: [
        { day: '2026-09-29', subscriptions: 2, reason: REASON },
        { day: '2026-09-30', subscriptions: 2, reason: REASON },
      ],
    });
    expect(await exceptions()).toMatchObject({ count: 2, detail: `2026-09-29 waits for 2: ${REASON}` });
    expect(await final()).toBe(false);
    const charged = async (): Promise<string[]> =>
      (await room.call('billing.subscriptionList', {})).rows
        .map(({ vm, chargedUntil }) => `${vm} ${chargedUntil}`)
        .toSorted();
    expect(await charged()).toEqual(['a1 2026-10-01', 'a2 2026-10-01', 'b1 2026-09-29', 'b2 2026-09-29']);
    room.hostBack(['b1', 'b2']);
    await room.call('billing.dayClose', { day: '2026-09-29' });
    expect((await charged()).slice(2)).toEqual(['b1 2026-09-30', 'b2 2026-09-30']);
    await room.call('billing.dayClose', { day: '2026-09-30' });
    expect([await exceptions(), await final()]).toMatchObject([{ count: 0, detail: '' }, true]);
  });

  it('a subscription that ended is still charged for the days it was held on', async () => {
    const room = await open(stores);
    room.hostAway(['b1', 'b2'], AWAY_SINCE, REASON);
    await closeDays(room, '2026-09-01', '2026-09-04');
    const { rows } = await room.call('billing.subscriptionList', { query: 'vm:b1' });
    await room.call('billing.subscriptionEnd', {
      subscriptionId: rows[0]?.id ?? '',
      endsOn: '2026-09-04',
    });
    room.hostBack(['b1', 'b2']);
    await closeDaysOver({ store: room.store, billing: room.parts }, grant);
    const charges = await chargesIn(room);
    expect(daysOf(charges, 'b1')).toEqual(['01', '02', '03']);
    expect(daysOf(charges, 'b2')).toHaveLength(30);
  });

  it('the duty goes on without it, says once whom it waits for, and charges it when it is back', async () => {
    const room = await open(stores);
    room.setNow('2026-09-05T08:00:00Z');
    room.hostAway(['b1', 'b2'], AWAY_SINCE, REASON);
    const abort = new AbortController();
    const warn = vi.fn<(message: string) => void>();
    const look = vi.spyOn(room.parts.usage, 'usageGaps');
    const running = runBillingDays(
      { store: room.store, billing: room.parts, log: { info: () => undefined, warn }, lookEveryMs: 5 },
      { token: 1, ...grant, signal: abort.signal },
    );
    await expect.poll(async () => (await chargesIn(room)).length).toBe(12 + 3 * 6);
    const looks = look.mock.calls.length;
    await expect.poll(() => look.mock.calls.length).toBeGreaterThan(looks + 6);
    expect(warn.mock.calls.map(([message]) => message)).toEqual([
      ['02', '03', '04']
        .map((day) => `2026-09-${day} is charged except for 2 subscriptions: ${REASON}.`)
        .join(' '),
    ]);
    room.hostBack(['b1', 'b2']);
    await expect.poll(async () => (await chargesIn(room)).length).toBe(48);
    abort.abort();
    await running;
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(verified);
  });
});

describeOnBothStores('an engine killed while it charges what was held', (stores) => {
  it('leaves whole days behind, and the next one charges the rest, each once', async () => {
    const { address, first, again } = await openBillingStore(stores);
    await fill(first);
    first.hostAway(['b1', 'b2'], '2026-09-01T10:00:00Z', REASON);
    await closeDays(first, '2026-09-01', '2026-10-01');
    await first.store.close();
    const endings: string[] = [];
    for (const killAt of [1, 9, 99]) {
      endings.push(await billUntilKilled(address, 'days', killAt));
      const room = await again();
      const charges = await chargesIn(room);
      const perDay = Map.groupBy(
        charges.filter((charge) => charge.startsWith('b')),
        (charge) => charge.split(' ')[1],
      );
      expect([...perDay.values()].every((ofDay) => ofDay.length === 6)).toBe(true);
      const { held } = await room.call('billing.dayState', {});
      expect(perDay.size + held.length).toBe(30);
      expect(await room.call('billing.ledgerVerify', {})).toMatchObject(verified);
      await room.store.close();
    }
    expect(endings).toEqual(['killed', 'killed', 'done']);
  }, 240_000);
});
