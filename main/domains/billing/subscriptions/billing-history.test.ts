import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  addDays,
  daysBetween,
  daysInMonth,
  localDate,
  type LocalDate,
} from '../../../../shared/kernel/local-date.ts';
import {
  billingRoom,
  closeDays,
  closePressForTest,
  testCompany,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { billingSchema } from '../../../testing/billing-schema.ts';
import { describeOnBothStores, type StoreForTest } from '../../../testing/store-for-test.ts';
import type { BillingTables } from '../billing-tables.ts';

afterAll(closePressForTest);

/**
 * Stories of a few weeks over the turn of the year, played on the real thing in two ways (billed in small steps, and all at
 * once) and held against a model of a dozen lines that knows nothing of days, cents so far or ledgers.
 */
const FIRST = localDate('2025-12-20');
const LAST_EXCLUSIVE = localDate('2026-02-05');
const DAYS = daysBetween(FIRST, LAST_EXCLUSIVE);

interface Sold {
  readonly vm: string;
  readonly startDay: number;
  /** Days it runs; more than there are means it goes on. */
  readonly runsDays: number;
  /** Whole cents and fractions of them. */
  readonly perMonth: string;
  readonly perVcpuHour: string;
  /** vCPUs by day of the story; 0 is switched off. */
  readonly vcpus: readonly number[];
}

const soldArbitrary = fc.record({
  startDay: fc.nat(DAYS - 1),
  runsDays: fc.integer({ min: 1, max: DAYS * 2 }),
  perMonth: fc.nat(99_999).map((cents) => (cents / 100).toFixed(2)),
  perVcpuHour: fc.nat(999_999).map((micro) => (micro / 1_000_000).toFixed(6)),
  vcpus: fc.array(fc.constantFrom(0, 0, 1, 2, 7), { minLength: DAYS, maxLength: DAYS }),
});
const storyArbitrary = fc.record({
  sold: fc
    .array(soldArbitrary, { minLength: 1, maxLength: 4 })
    .map((all) => all.map((one, at): Sold => ({ ...one, vm: `vm-${at + 1}` }))),
  /** Days on which invoices are issued for what was supplied before. */
  cuts: fc.uniqueArray(fc.integer({ min: 1, max: DAYS - 1 }), { maxLength: 4 }),
});
type Story = typeof storyArbitrary extends fc.Arbitrary<infer S> ? S : never;

function dayOf(at: number): LocalDate {
  return addDays(FIRST, at);
}

/** `numerator / denominator` rounded half up, both above 0. */
function rounded(numerator: bigint, denominator: bigint): bigint {
  return (2n * numerator + denominator) / (2n * denominator);
}

/** Net of the whole story in cents: per VM, component and month the exact amount, rounded. */
function expectedNet({ sold }: Story): bigint {
  let net = 0n;
  for (const one of sold) {
    const months = new Map<string, { days: bigint; vcpuHours: bigint; of: bigint }>();
    for (let at = one.startDay; at < Math.min(DAYS, one.startDay + one.runsDays); at++) {
      const day = dayOf(at);
      const month = months.get(day.slice(0, 7)) ?? { days: 0n, vcpuHours: 0n, of: BigInt(daysInMonth(day)) };
      month.days += 1n;
      month.vcpuHours += BigInt(one.vcpus[at] ?? 0) * 24n;
      months.set(day.slice(0, 7), month);
    }
    const monthCents = BigInt(one.perMonth.replace('.', ''));
    const hourMicroCents = BigInt(one.perVcpuHour.replace('.', '')) * 100n;
    for (const { days, vcpuHours, of } of months.values()) {
      net += rounded(monthCents * days, of) + rounded(hourMicroCents * vcpuHours, 1_000_000n);
    }
  }
  return net;
}

/** Sells everything in the story to one customer. Ends are set at once: they are known. */
async function begin(stores: StoreForTest, story: Story): Promise<{ room: BillingRoom; customerId: string }> {
  const room = billingRoom(await stores.openStoreForTest(billingSchema));
  room.setNow(`${LAST_EXCLUSIVE}T12:00:00Z`);
  await room.call('billing.companySave', testCompany);
  const { customerId } = await room.call('customers.customerCreate', {
    name: 'Story',
    country: 'PL',
    currency: 'PLN',
  });
  for (const one of story.sold) {
    await room.addVm(one.vm);
    const price = {
      currency: 'PLN',
      perMonth: one.perMonth,
      perVcpuHour: one.perVcpuHour,
      perGibHour: '0',
    } as const;
    const { planId } = await room.call('catalog.planCreate', {
      name: `Plan ${one.vm}`,
      prices: [price],
      validFrom: '2020-01-01',
    });
    const sale = { customerId, planId, vmId: one.vm, startsOn: dayOf(one.startDay) };
    const { subscriptionId } = await room.call('billing.subscriptionStart', sale);
    const endsAt = one.startDay + one.runsDays;
    if (endsAt < DAYS) await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: dayOf(endsAt) });
    for (const [at, vcpus] of one.vcpus.entries()) {
      const days = { from: dayOf(at), toExclusive: dayOf(at + 1), vcpus, memoryMib: 1024 };
      if (vcpus > 0) await room.meter(one.vm, days);
    }
  }
  return { room, customerId };
}

/** Issues what is there to issue before a day; nothing is no mistake. */
async function issueBefore(room: BillingRoom, customerId: string, endExclusive: LocalDate): Promise<void> {
  const scope = { customerId, periodStart: FIRST, periodEndExclusive: endExclusive };
  await room.call('billing.invoiceCreate', scope).catch((error: unknown) => {
    if (!String(error).includes('nothing-to-invoice')) throw error;
  });
}

async function booked(room: BillingRoom): Promise<{ net: bigint; charges: string[] }> {
  const db = room.store.tables<BillingTables>();
  const invoices = await db.selectFrom('invoice').select('net_minor').execute();
  const charges = await db
    .selectFrom('charge')
    .innerJoin('subscription', 'subscription.id', 'charge.subscription_id')
    .select(['vm_name', 'component', 'day', 'charge.amount_minor', 'numerator'])
    .execute();
  return {
    net: invoices.reduce((sum, { net_minor }) => sum + BigInt(net_minor), 0n),
    charges: charges
      .map((row) => [row.vm_name, row.component, row.day, row.amount_minor, row.numerator].join(' '))
      .toSorted(),
  };
}

describeOnBothStores('any story', (stores) => {
  it('billed day by day with invoices in between is the same as billed once, and as the model says', async () => {
    await fc.assert(
      fc.asyncProperty(storyArbitrary, async (story) => {
        const stepwise = await begin(stores, story);
        let from = FIRST;
        for (const cut of story.cuts.toSorted((a, b) => a - b).map(dayOf)) {
          await closeDays(stepwise.room, from, cut);
          // Closed again, and twice at once: nothing more.
          await Promise.all(
            [1, 2].map(async () => await stepwise.room.call('billing.dayClose', { day: addDays(cut, -1) })),
          );
          await issueBefore(stepwise.room, stepwise.customerId, cut);
          from = cut;
        }
        await closeDays(stepwise.room, from, LAST_EXCLUSIVE);
        await issueBefore(stepwise.room, stepwise.customerId, LAST_EXCLUSIVE);

        const atOnce = await begin(stores, story);
        await closeDays(atOnce.room, FIRST, LAST_EXCLUSIVE);
        await issueBefore(atOnce.room, atOnce.customerId, LAST_EXCLUSIVE);

        const [inSteps, once] = [await booked(stepwise.room), await booked(atOnce.room)];
        expect(inSteps.charges).toEqual(once.charges);
        expect(once.net).toBe(expectedNet(story));
        expect(inSteps.net).toBe(once.net);
        for (const { room } of [stepwise, atOnce]) {
          expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
          await room.store.close();
        }
      }),
      { numRuns: 6, endOnFailure: true },
    );
  }, 400_000);
});

describe('the model', () => {
  it.each([
    [0, 100, '31.00', '0.000000', 0, 1200n + 3100n + 443n],
    [12, 31, '10.00', '0.000000', 0, 1000n],
    [12, 31, '0.00', '0.010000', 1, 744n],
    [0, 1, '0.31', '0.000001', 7, 1n],
  ] as const)(
    'from day %i for %i days at %s and %s with %i vCPUs comes to %s',
    (startDay, runsDays, perMonth, perVcpuHour, vcpus, net) => {
      const one = {
        vm: 'vm-1',
        startDay,
        runsDays,
        perMonth,
        perVcpuHour,
        vcpus: Array.from({ length: DAYS }, () => vcpus),
      };
      expect(expectedNet({ sold: [one], cuts: [] })).toBe(net);
    },
  );
});
