import { afterAll, expect, it } from 'vitest';
import type { OperationName } from '../../../shared/contract/contract.ts';
import { localDate, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { openBadInputRoom, refusedWith } from '../../testing/bad-input-room.ts';
import { closePressForTest, testCompany } from '../../testing/billing-room.ts';
import type { DomainsRoom } from '../../testing/domains-room.ts';
import { monthlyFee } from '../../testing/period-room.ts';
import { chargeMonth, runCustomerId } from '../../testing/runs-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { BillingTables } from '../billing/billing-tables.ts';

afterAll(closePressForTest);

const later = localDate('2099-01-01');
const openPeriod = { periodStart: localDate('2024-11-01'), periodEndExclusive: localDate('2024-12-01') };
const until = '2024-10-31';
type Refused = readonly [what: string, name: OperationName, input: object, sentence: string];

/** What is refused at once, and the whole sentence. */
async function refusedAtOnce(room: DomainsRoom, day: LocalDate): Promise<readonly Refused[]> {
  const customerId = runCustomerId(1);
  const price = { currency: 'PLN', perMonth: '10', perVcpuHour: '0', perGibHour: '0' } as const;
  const named = { name: 'Basic', prices: [price], validFrom: localDate('2020-01-01') };
  const plan = await room.call('catalog.planCreate', named);
  if (typeof plan === 'string') throw new Error(plan);
  const byPeriod = { currency: 'PLN' as const, components: [monthlyFee] };
  const added = await room.call('catalog.planVersionAdd', { ...plan, price: byPeriod, validFrom: later });
  if (typeof added === 'string') throw new Error(added);
  const overlaps = (held: string): string =>
    `Basic has a version in PLN from 2099-01-01 on already (${added.versionId}, which holds ${held}), and another one from that day on would overlap it: choose another day.`;
  const again = { ...plan, price: byPeriod, validFrom: later };
  const daily = { ...plan, price, validFrom: later };
  const endless = await refusedWith(room, 'catalog.planVersionAdd', again);
  expect(endless).toBe(overlaps('without an end'));
  await room.call('catalog.planPriceSet', { ...daily, validFrom: localDate('2099-03-01') });
  const sale = { customerId, ...plan, startsOn: day };
  const change = { subscriptionId: 'sub_1', change: { do: 'change', quantity: '-2' } };
  const below = 'order a quantity above 0.';
  return [
    ['a version on the day of another', 'catalog.planVersionAdd', again, overlaps('until 2099-02-28')],
    ['a daily price on it', 'catalog.planPriceSet', daily, overlaps('until 2099-02-28')],
    [
      'two prices of a currency',
      'catalog.planCreate',
      { ...named, name: 'Twice', periodPrices: [byPeriod] },
      'Twice has two prices in PLN from 2020-01-01 on: give it one in each currency.',
    ],
    [
      'a plan without a price in the currency',
      'billing.subscriptionStart',
      { ...sale, vmId: 'vm_none' },
      `Basic has no price in EUR on ${day}, in which Klient 1 pays: give it one in the catalog, or sell another plan.`,
    ],
    [
      'a negative quantity',
      'billing.subscriptionStart',
      { ...sale, quantity: '-1' },
      `Klient 1 cannot be sold -1 of Basic: ${below}`,
    ],
    [
      'a quantity of nothing',
      'billing.subscriptionStart',
      { ...sale, quantity: '0' },
      `Klient 1 cannot be sold 0 of Basic: ${below}`,
    ],
    [
      'negative units of a resource',
      'billing.subscriptionStart',
      { ...sale, allocations: { vcpu: '-4' } },
      `Klient 1 cannot be sold -4 vcpu of Basic: ${below}`,
    ],
    ['a change to less', 'billing.subscriptionChange', change, `Klient 1 cannot be sold -2 of VPS: ${below}`],
    [
      'the preview of one',
      'billing.subscriptionPreview',
      change,
      `Klient 1 cannot be sold -2 of VPS: ${below}`,
    ],
    [
      'a run of a period that is open',
      'runs.runCreate',
      openPeriod,
      'The period is not closed yet: 2024-11-01 is not charged. Close its days first.',
    ],
    [
      'an invoice of one',
      'billing.invoicePreview',
      { customerId, ...openPeriod },
      'The period cannot be invoiced to Klient 1 yet: 2024-11-01 is not closed. Close the days first, or choose a period that ended.',
    ],
    [
      'a day of closed books',
      'billing.chargeByHand',
      {
        customerId,
        description: 'Work',
        unitPrice: '10',
        reason: 'as ordered',
        reference: 'T-1',
        day: '2024-10-30',
        longPast: true,
      },
      `The books of ${testCompany.name} are closed until ${until}, so nothing is booked on 2024-10-30 (T-1 of Klient 1): give it a later day, or open the books again in Settings, Companies.`,
    ],
  ];
}

describeOnBothStores('bad input', (stores) => {
  it(
    'is refused before it comes into a run, by name, and the run goes on without it',
    { timeout: 240_000 },
    async () => {
      const { room, prepare, approveAndPost, close } = await openBadInputRoom(stores);
      try {
        await chargeMonth(room.store, '2024-10', [
          { n: 0, minor: [10_000] },
          { n: 1, minor: [10_000], currency: 'EUR' },
        ]);
        await room.call('billing.booksClose', { until: localDate(until) });
        for (const [what, name, input, sentence] of await refusedAtOnce(room, await billingDay(room)))
          expect([what, await refusedWith(room, name, input)]).toEqual([what, sentence]);
        const sold = await room.call('billing.subscriptionList', {});
        expect(sold).toMatchObject({ total: 2 });

        const run = await prepare();
        expect(run.counts).toMatchObject({ ready: 1, held: 1 });
        expect(await approveAndPost(run)).toMatchObject({ state: 'posted', counts: { posted: 1 } });
        expect(await room.call('billing.ledgerVerify', {})).toMatchObject({
          ok: true,
          problems: [],
          invoices: 1,
          charges: 2,
        });
      } finally {
        await close();
      }
    },
  );

  it(
    'among told usage is named by event, subscription and customer, and is on no invoice of the run',
    { timeout: 240_000 },
    async () => {
      const { room, prepare, approveAndPost, close } = await openBadInputRoom(stores);
      try {
        await chargeMonth(room.store, '2024-10', [
          { n: 0, minor: [10_000] },
          { n: 1, minor: [20_000] },
        ]);
        const meter = { name: 'api-calls', unit: 'calls', aggregation: 'sum', decimals: 0 } as const;
        await room.call('metering.meterDeclare', meter);
        await endedOn(room, 'sub_1', localDate('2024-11-01'));
        const told = (id: string, subscriptionId: string, quantity: string, at = '2024-10-15') => ({
          id,
          subscriptionId,
          meter: 'api-calls',
          at,
          quantity,
        });
        const answer = await room.call('metering.usageRecord', {
          events: [
            told('e-1', 'sub_0', '-1'),
            told('e-2', 'sub_none', '1'),
            told('e-3', 'sub_0', '1'),
            told('e-3', 'sub_0', '2'),
            told('e-4', 'sub_1', '7', '2024-11-05'),
          ],
        });
        if (typeof answer === 'string') throw new Error(answer);
        expect(answer).toMatchObject({ counted: 0, held: 3, refused: 2 });
        const todo = 'charge it to the right subscription or dismiss it.';
        expect(answer.problems.map(({ id, sentence }) => `${id}: ${sentence}`).toSorted()).toEqual([
          'e-1: The event e-1 of sub_0 (VPS for vm-0 of Klient 0) cannot be counted: the quantity -1 is negative.',
          `e-2: There is no subscription sub_none that api-calls of 2024-10-15 could be charged to: ${todo}`,
          expect.stringMatching(
            /^e-3: The event e-3 of sub_0 \(VPS for vm-0 of Klient 0\) was told before with other content/,
          ),
          `e-3: VPS for vm-0 of Klient 0 (sub_0) was not charged by api-calls on 2024-10-15: ${todo}`,
          `e-4: VPS for vm-1 of Klient 1 (sub_1) had ended by 2024-11-05, when api-calls was used: ${todo}`,
        ]);

        const run = await prepare();
        expect(run.counts).toMatchObject({ ready: 2, held: 0 });
        expect(await approveAndPost(run)).toMatchObject({ state: 'posted', counts: { posted: 2 } });
        const { rows } = (await room.call('billing.invoiceList', { sort: 'number', direction: 'asc' })) as {
          rows: { customerId: string; net: { amountMinor: string } }[];
        };
        expect(rows.map(({ customerId, net }) => [customerId, net.amountMinor])).toEqual([
          [runCustomerId(0), '10000'],
          [runCustomerId(1), '20000'],
        ]);
        const held = await room.call('metering.heldUsageList', {});
        expect(held).toMatchObject({ total: 3 });
        expect(await room.call('billing.ledgerVerify', {})).toMatchObject({
          ok: true,
          problems: [],
          invoices: 2,
          charges: 2,
        });
      } finally {
        await close();
      }
    },
  );
});

/** Ended as the month was, long before anybody tells what it used. */
async function endedOn(room: DomainsRoom, subscriptionId: string, day: LocalDate): Promise<void> {
  const change = JSON.stringify({ do: 'cancel' });
  const on = { on_day: day, known_on: day };
  await room.store.transaction<BillingTables, void>(async (trx) => {
    await trx
      .insertInto('subscription_event')
      .values({ subscription_id: subscriptionId, seq: 2, ...on, change, made_at_ms: 0, source: null })
      .execute();
    await trx.updateTable('subscription').set({ ends_on: day }).where('id', '=', subscriptionId).execute();
  });
}

async function billingDay(room: DomainsRoom): Promise<LocalDate> {
  const state = await room.call('billing.dayState', {});
  if (typeof state === 'string') throw new Error(state);
  return localDate(state.today);
}
