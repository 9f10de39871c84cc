import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { addDays, localDate, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { rate } from '../../../../shared/domains/billing/rating-rules.ts';
import { closePressForTest, openBillingRoom, type BillingRoom } from '../../../testing/billing-room.ts';
import { monthlyFee, sellByPeriod } from '../../../testing/period-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { BillingTables } from '../billing-tables.ts';
import { historyOf } from '../subscriptions/subscription-history.ts';
import { leftOfCharges } from './charge-credits.ts';
import { openLinesOf } from './charge-lines.ts';

afterAll(closePressForTest);

/** FC_SEED tells other histories, FC_RUNS more of them. */
const SEED = Number(process.env['FC_SEED'] ?? 20_261_201);
const HISTORIES = Number(process.env['FC_RUNS'] ?? 4);
const DAYS = 16;
const first = localDate('2026-10-01');
const day = (offset: number): LocalDate => addDays(first, offset);

const anyDeed = fc.oneof(
  fc.constantFrom('1', '2', '3').map((quantity) => ({ do: 'change' as const, quantity })),
  fc.constant({ do: 'pause' as const }),
  fc.constant({ do: 'resume' as const }),
  fc.constant({ do: 'invoice' as const }),
  fc.constantFrom(2n, 3n, 1n).map((part) => ({ do: 'credit' as const, part })),
  fc.constant({ do: 'taken-back' as const }),
  fc.constant({ do: 'again' as const }),
);
type Deed = typeof anyDeed extends fc.Arbitrary<infer Made> ? Made : never;
const histories = fc.sample(
  fc.array(fc.array(anyDeed, { maxLength: 2 }), { minLength: DAYS, maxLength: DAYS }),
  {
    numRuns: HISTORIES,
    seed: SEED,
  },
);

/** What is refused did not happen. */
async function tried<T>(made: Promise<T>): Promise<T | undefined> {
  return await made.catch((error: unknown) => {
    if (!String(error).includes('"refusal"')) throw error;
    return undefined;
  });
}

interface Sold {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly invoices: string[];
}

async function apply(room: BillingRoom, sold: Sold, { deed, at }: { deed: Deed; at: number }): Promise<void> {
  const { customerId, subscriptionId, invoices } = sold;
  const invoiceId = invoices[at % Math.max(1, invoices.length)] ?? 'inv_none';
  const noted = { invoiceId, reason: 'Meanwhile' };
  switch (deed.do) {
    case 'invoice': {
      const scope = { customerId, periodStart: first, periodEndExclusive: day(at) };
      const made = await tried(room.call('billing.invoiceCreate', scope));
      if (made !== undefined) invoices.push(made.invoiceId);
      return;
    }
    case 'credit': {
      const all = await tried(room.call('billing.creditPreview', { invoiceId }));
      const lines = (all?.left ?? []).map(({ lineNo, left }) => ({
        lineNo,
        netMinor: (BigInt(left.amountMinor) / deed.part).toString(),
      }));
      await tried(
        room.call(
          'billing.invoiceCredit',
          deed.part === 1n || lines.length === 0 ? noted : { ...noted, lines },
        ),
      );
      return;
    }
    case 'taken-back':
      await tried(room.call('billing.invoiceCredit', { ...noted, takenBack: true }));
      return;
    case 'again':
      await tried(room.call('billing.invoiceBillAgain', { invoiceId, day: day(at - 1) }));
      return;
    default:
      await tried(room.call('billing.subscriptionChange', { subscriptionId, change: deed, on: day(at) }));
  }
}

describeOnBothStores('any history of changes with credit notes between them', (stores) => {
  it('never gives back more than a line was, and leaves rating nothing to add', async () => {
    const room = await openBillingRoom(stores);
    room.setNow(`${first}T08:00:00Z`);
    const sold: Sold[] = [];
    for (const at of histories.keys()) {
      const price = at % 2 === 0 ? {} : { vat: 'included' as const };
      const made = await sellByPeriod(room, {
        components: [monthlyFee],
        startsOn: first,
        name: `P${at}`,
        price,
      });
      sold.push({ ...made, invoices: [] });
    }
    for (let at = 1; at < DAYS; at++) {
      room.setNow(`${day(at)}T08:00:00Z`);
      await room.call('billing.dayClose', { day: day(at - 1) });
      for (const [index, deeds] of histories.entries()) {
        const of = sold[index];
        for (const deed of deeds[at] ?? []) if (of !== undefined) await apply(room, of, { deed, at });
      }
    }
    room.setNow(`${day(DAYS)}T08:00:00Z`);
    await room.call('billing.dayClose', { day: day(DAYS - 1) });
    const db = room.store.tables<BillingTables>();
    expect(await db.selectFrom('charge_credit').select('source').execute()).not.toEqual([]);
    for (const { subscriptionId: id } of sold) {
      const lines = (await openLinesOf(db, [id], first)).get(id) ?? [];
      const again = rate({
        subscriptionId: id,
        currency: 'PLN',
        history: await historyOf(db, id),
        charged: lines.map(({ line }) => line),
        ratedUntil: day(DAYS - 1),
        target: day(DAYS - 1),
        isDayOver: true,
      });
      expect(again.lines).toEqual([]);
    }
    const charges = await db
      .selectFrom('charge')
      .select(['id', 'reason'])
      .where('amount_minor', '>', 0)
      .execute();
    const rated = charges.filter(({ reason }) => !reason.startsWith('again '));
    const left = await leftOfCharges(
      db,
      rated.map(({ id }) => id),
    );
    expect([...left].filter(([, minor]) => minor < 0n)).toEqual([]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });
});
