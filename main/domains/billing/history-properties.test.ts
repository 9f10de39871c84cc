import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { addDays, localDate, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { rate } from '../../../shared/domains/billing/rating-rules.ts';
import { closePressForTest, openBillingRoom, type BillingRoom } from '../../testing/billing-room.ts';
import { makePlan } from '../../testing/period-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { BillingTables } from './billing-tables.ts';
import { historyOf } from './subscription-history.ts';

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
    fc.record({ do: fc.constant('change' as const), plan: fc.nat(2) }),
    fc.record({ do: fc.constant('change' as const), quantity: fc.constantFrom('1', '2', '3') }),
    fc.record({ do: fc.constant('pause' as const) }),
    fc.record({ do: fc.constant('resume' as const) }),
    fc.record({ do: fc.constant('end' as const) }),
    fc.record({ do: fc.constant('anchor' as const), day: fc.integer({ min: 1, max: 31 }) }),
    fc.record({ do: fc.constant('discount' as const), percent: fc.constantFrom('33', '100') }),
  ),
});
type Change = typeof anyChange extends fc.Arbitrary<infer Made> ? Made : never;
const histories = fc.sample(fc.record({ plan: fc.nat(2), changes: fc.array(anyChange, { maxLength: 5 }) }), {
  numRuns: HISTORIES,
  seed: SEED,
});

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
    ];
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
      room.setNow(`${day(at + 1)}T08:00:00Z`);
      await room.call('billing.dayClose', { day: day(at) });
    }
    const db = room.store.tables<BillingTables>();
    for (const { id } of sold) {
      const history = await historyOf(db, id);
      const once = rate({
        subscriptionId: id,
        currency: 'PLN',
        history,
        charged: [],
        target: day(DAYS - 1),
        isDayOver: true,
      });
      const { rows } = await room.call('billing.chargeList', { subscriptionId: id });
      const posted = rows.map(
        ({ component, amount, gross }) => [component, (gross ?? amount).amountMinor] as const,
      );
      expect(sums(posted), JSON.stringify(history)).toEqual(
        sums(once.lines.map(({ component, amountMinor }) => [component, amountMinor.toString()] as const)),
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
