import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { addDays, daysInMonth, localDate, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { dailyTermsOn } from '../../../../shared/domains/billing/daily-terms-rules.ts';
import type { UsageEvent } from '../../../../shared/domains/billing/rating-lines.ts';
import { rate } from '../../../../shared/domains/billing/rating-rules.ts';
import type { HistoryEvent } from '../../../../shared/domains/billing/segment-rules.ts';
import { closePressForTest, openBillingRoom, type BillingRoom } from '../../../testing/billing-room.ts';
import { makePlan, type Components } from '../../../testing/period-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { BillingTables } from '../billing-tables.ts';
import { historyOf } from '../subscriptions/subscription-history.ts';

afterAll(closePressForTest);

/** FC_SEED tells other histories, FC_RUNS more of them. */
const SEED = Number(process.env['FC_SEED'] ?? 20_261_130);
const HISTORIES = Number(process.env['FC_RUNS'] ?? 3);
const DAYS = 24;
const first = localDate('2026-09-20');
const day = (offset: number): LocalDate => addDays(first, offset);

const anyChange = fc.record({
  decided: fc.integer({ min: 1, max: DAYS - 2 }),
  on: fc.constantFrom('now' as const, 'now' as const, 'later' as const, 'period-end' as const),
  change: fc.oneof(
    fc.record({ do: fc.constant('change' as const), plan: fc.nat(5) }),
    fc.record({ do: fc.constant('change' as const), quantity: fc.constantFrom('1', '2', '3') }),
    fc.record({ do: fc.constant('pause' as const) }),
    fc.record({ do: fc.constant('resume' as const) }),
    fc.record({ do: fc.constant('end' as const) }),
    fc.record({ do: fc.constant('anchor' as const), day: fc.integer({ min: 1, max: 31 }) }),
    fc.record({ do: fc.constant('discount' as const), percent: fc.constantFrom('33', '100') }),
  ),
});
type Change = typeof anyChange extends fc.Arbitrary<infer Made> ? Made : never;
const histories = fc.sample(fc.record({ plan: fc.nat(5), changes: fc.array(anyChange, { maxLength: 5 }) }), {
  numRuns: HISTORIES,
  seed: SEED,
});

/** What each used on a day: nothing on some. */
function usedOn(at: number, index: number): UsageEvent[] {
  const hundredths = ((at * 7 + index * 3) % 11) * 125;
  if (hundredths === 0) return [];
  return [{ id: `${index}-${at}`, meter: 'gib', day: day(at), quantity: (hundredths / 100).toFixed(2) }];
}

/** From the ninth day on, in the middle of a week and of a month. */
const VERSION = 8;
function meteredPlan(price: string, included: string, more: object = {}): Components {
  const traffic = {
    kind: 'usage',
    id: 'traffic',
    meter: 'gib',
    every: 'week',
    included,
    minimum: '9',
    ...more,
  };
  const bands = [
    { upTo: '20', price },
    { upTo: null, price: '0.1', flat: '1' },
  ];
  const highest = { kind: 'usage', id: 'highest', meter: 'gib', aggregate: 'peak', every: 'month' };
  return [
    { kind: 'recurring', id: 'rent', every: 'month', timing: 'in-arrears', price: '12.34' },
    { ...traffic, pricing: { tiers: 'graduated', bands } },
    { ...highest, align: 'calendar', pricing: { tiers: 'flat', price } },
  ] as Components;
}

/** What is refused (paused twice, ended before) did not happen. */
async function tried(made: Promise<unknown>): Promise<void> {
  await made.catch((error: unknown) => {
    if (!String(error).includes('"refusal"')) throw error;
  });
}

async function apply(
  room: BillingRoom,
  subscriptionId: string,
  of: Change & { plans: string[]; at: number },
): Promise<void> {
  const { change, at } = of;
  const on = of.on === 'now' ? day(at) : of.on === 'later' ? day(at + 9) : of.on;
  if (change.do === 'end') {
    await tried(room.call('billing.subscriptionEnd', { subscriptionId, endsOn: on }));
    return;
  }
  const made =
    change.do === 'discount'
      ? {
          do: 'discount' as const,
          discount: { kind: 'percent' as const, id: `d${at}`, percent: change.percent, periods: 1 },
        }
      : 'plan' in change
        ? { do: 'change' as const, planId: of.plans[change.plan] ?? '' }
        : change;
  await tried(room.call('billing.subscriptionChange', { subscriptionId, change: made, on }));
}

describeOnBothStores('any history of changes', (stores) => {
  it('closed day by day comes to the cents of rating it once; days closed again, invoices and credits hold', async () => {
    const room = await openBillingRoom(stores);
    room.setNow(`${first}T08:00:00Z`);
    const fee = (price: string, more: object): object => ({
      kind: 'recurring',
      id: 'fee',
      every: 'month',
      price,
      ...more,
    });
    const advance = fee('19.95', { timing: 'in-advance' });
    const arrears = fee('10.01', { timing: 'in-arrears', align: 'calendar' });
    const weekly = { kind: 'recurring', id: 'ip', every: 'week', timing: 'in-advance', price: '0.77' };
    const plans = [
      await makePlan(room, 'A', [advance, { kind: 'set-up', id: 'set-up', price: '5' }] as never),
      await makePlan(room, 'B', [arrears, weekly] as never, { proration: 'thirty-day' }),
      await makePlan(room, 'C', [fee('33.33', { timing: 'in-advance', trialDays: 10 })] as never, {
        vat: 'included',
      }),
      await dailyPlan(room, 'D', '17.77'),
      await dailyPlan(room, 'E', '29.31'),
    ];
    await room.call('metering.meterDeclare', {
      name: 'gib',
      unit: 'GiB',
      aggregation: 'sum',
      decimals: 3,
    });
    const metered = await makePlan(room, 'M', meteredPlan('0.77', '6'));
    plans.push(metered);
    await room.call('catalog.planVersionAdd', {
      planId: metered,
      validFrom: day(VERSION),
      price: { currency: 'PLN', vat: 'included', components: meteredPlan('1.01', '3', { cap: '15' }) },
    });
    const sold: { readonly id: string; readonly customerId: string }[] = [];
    for (const [at, { plan }] of histories.entries()) {
      const { customerId } = await room.call('customers.customerCreate', {
        name: `Klient ${at}`,
        kind: 'person',
        country: 'PL',
        currency: 'PLN',
      });
      const sale = { customerId, planId: plans[plan] ?? '', startsOn: first };
      const { subscriptionId } = await room.call('billing.subscriptionStart', sale);
      sold.push({ id: subscriptionId, customerId });
    }
    for (let at = 0; at < DAYS; at++) {
      room.setNow(`${day(at)}T08:00:00Z`);
      for (const [index, { changes }] of histories.entries()) {
        for (const change of changes.filter(({ decided }) => decided === at))
          await apply(room, sold[index]?.id ?? '', { ...change, plans, at });
      }
      const events = sold.flatMap(({ id: subscriptionId }, index) =>
        usedOn(at, index).map(({ id, meter, day: on, quantity }) => ({
          id,
          subscriptionId,
          meter,
          at: on,
          quantity,
        })),
      );
      if (events.length > 0) await room.call('metering.usageRecord', { events });
      room.setNow(`${day(at + 1)}T08:00:00Z`);
      await room.call('billing.dayClose', { day: day(at) });
    }
    const db = room.store.tables<BillingTables>();
    for (const [index, { id }] of sold.entries()) {
      const history = await historyOf(db, id);
      const once = rate({
        subscriptionId: id,
        currency: 'PLN',
        history,
        usage: Array.from({ length: DAYS }, (_, at) => usedOn(at, index)).flat(),
        charged: [],
        target: day(DAYS - 1),
        isDayOver: true,
      });
      const { rows } = await room.call('billing.chargeList', { subscriptionId: id });
      const posted = rows.map(
        ({ component, amount, gross }) => [component, (gross ?? amount).amountMinor] as const,
      );
      expect(sums(posted), JSON.stringify(history)).toEqual(
        sums([
          ...once.lines.map(({ component, amountMinor }) => [component, amountMinor.toString()] as const),
          ...daysAtOnce(history).map((minor) => ['month', minor.toString()] as const),
        ]),
      );
    }
    for (const at of [DAYS - 1, 0, 17])
      expect(await room.call('billing.dayClose', { day: day(at) })).toMatchObject({ posted: 0 });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
    await creditInParts(
      room,
      sold.map(({ customerId }) => customerId),
    );
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });
});

async function dailyPlan(room: BillingRoom, name: string, perMonth: string): Promise<string> {
  const price = { currency: 'PLN', perMonth, perVcpuHour: '0', perGibHour: '0' } as const;
  return (await room.call('catalog.planCreate', { name, prices: [price], validFrom: '2020-01-01' })).planId;
}

/** All days of a price in a month at once, rounded once: what its days must come to. */
function daysAtOnce(history: readonly HistoryEvent[]): bigint[] {
  const months = new Map<string, { price: string; units: number; of: number }>();
  for (let at = 0; at < DAYS; at++) {
    const terms = dailyTermsOn(history, day(at));
    if (terms === undefined) continue;
    const key = `${day(at).slice(0, 7)} ${terms.price.perMonth}`;
    const month = months.get(key) ?? { price: terms.price.perMonth, units: 0, of: daysInMonth(day(at)) };
    months.set(key, { ...month, units: month.units + terms.quantity });
  }
  return [...months.values()].map(({ price, units, of }) => {
    const cents = BigInt(price.replace('.', ''));
    return (2n * cents * BigInt(units) + BigInt(of)) / (2n * BigInt(of));
  });
}

/** By component, those that come to nothing left out. */
function sums(lines: readonly (readonly [component: string, minor: string])[]): Record<string, bigint> {
  const found: Record<string, bigint> = {};
  for (const [component, minor] of lines) found[component] = (found[component] ?? 0n) + BigInt(minor);
  return Object.fromEntries(Object.entries(found).filter(([, sum]) => sum !== 0n));
}

/** Invoices everything and credits it in parts: documents foot, and no invoice is credited beyond itself. */
async function creditInParts(room: BillingRoom, customerIds: readonly string[]): Promise<void> {
  const scope = { periodStart: first, periodEndExclusive: day(DAYS) };
  for (const customerId of customerIds)
    await tried(room.call('billing.invoiceCreate', { customerId, ...scope }));
  const { rows } = await room.call('billing.invoiceList', { sort: 'number' });
  expect(rows.length).toBeGreaterThan(0);
  for (const { id: invoiceId } of rows) {
    const invoice = await room.call('billing.invoiceGet', { invoiceId });
    const minor = (of: { amountMinor: string }): bigint => BigInt(of.amountMinor);
    expect(minor(invoice.net) + minor(invoice.vat)).toBe(minor(invoice.gross));
    expect(invoice.lines.reduce((sum, line) => sum + minor(line.net), 0n)).toBe(minor(invoice.net));
    const lines = invoice.lines.map(({ lineNo, net }) => ({
      lineNo,
      netMinor: (minor(net) / 3n).toString(),
    }));
    await tried(room.call('billing.invoiceCredit', { invoiceId, reason: 'A third', lines }));
    await tried(room.call('billing.invoiceCredit', { invoiceId, reason: 'The rest' }));
    await tried(room.call('billing.invoiceCredit', { invoiceId, reason: 'And more' }));
  }
  const { rows: documents } = await room.call('billing.invoiceList', { sort: 'number', limit: 500 });
  expect(documents.reduce((sum, { gross }) => sum + BigInt(gross.amountMinor), 0n)).toBe(0n);
}
