import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import type { SubscriptionChangeInput } from '../../../../shared/domains/billing/subscription-contract.ts';
import { rate } from '../../../../shared/domains/billing/rating-rules.ts';
import { addDays, localDate, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { closePressForTest, openBillingRoom, type BillingRoom } from '../../../testing/billing-room.ts';
import { chargesIn, makePlan } from '../../../testing/period-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { BillingTables } from '../billing-tables.ts';
import { historyOf } from '../subscriptions/subscription-history.ts';
import { takenFrom } from './charge-lines.ts';

afterAll(closePressForTest);

/** FC_SEED tells other histories, FC_RUNS more of them. */
const SEED = Number(process.env['FC_SEED'] ?? 20_261_130);
const HISTORIES = Number(process.env['FC_RUNS'] ?? 6);
const DAYS = 34;
/** Subscriptions may begin some days before. */
const first = localDate('2026-01-20');
const BEFORE = 3;
const day = (offset: number): LocalDate => addDays(first, offset);

const anyChange = fc.oneof(
  fc.record({ do: fc.constant('plan' as const), plan: fc.nat(3), gives: fc.boolean() }),
  fc.record({ do: fc.constant('change' as const), quantity: fc.constantFrom('1', '2', '3') }),
  fc.record({ do: fc.constant('units' as const), ip: fc.constantFrom('0', '1', '2', '4') }),
  fc.record({ do: fc.constant('pause' as const) }),
  fc.record({ do: fc.constant('resume' as const) }),
  fc.record({ do: fc.constant('end' as const) }),
  fc.record({ do: fc.constant('anchor' as const), day: fc.integer({ min: 1, max: 31 }) }),
  fc.record({ do: fc.constant('discount' as const), percent: fc.constantFrom('33', '100') }),
);
const anyDecision = fc.record({
  decided: fc.integer({ min: 0, max: DAYS - 2 }),
  on: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constant('period-end' as const)),
  /** Days after which it is to be taken back. */
  backAfter: fc.option(fc.integer({ min: 0, max: 9 })),
  change: anyChange,
});
type Decision = typeof anyDecision extends fc.Arbitrary<infer Made> ? Made : never;
const [told] = fc.sample(
  fc.record({
    histories: fc.array(
      fc.record({
        plan: fc.nat(3),
        starts: fc.integer({ min: -BEFORE, max: 4 }),
        decisions: fc.array(anyDecision, { maxLength: 7 }),
      }),
      { minLength: HISTORIES, maxLength: HISTORIES },
    ),
    /** Days on which all that is open is charged; on others nobody comes to it. */
    bills: fc.array(fc.boolean(), { minLength: DAYS, maxLength: DAYS }),
  }),
  { numRuns: 1, seed: SEED },
);

type Change = SubscriptionChangeInput | { readonly do: 'cancel' };

interface Made {
  readonly subscription: number;
  readonly decision: Decision;
  readonly on: LocalDate;
  readonly seq: number;
}

/** What is refused (paused twice, ended before) did not happen. */
async function tried<T>(made: Promise<T>): Promise<T | undefined> {
  return await made.catch((error: unknown) => {
    if (String(error).includes('"refusal"')) return undefined;
    throw error;
  });
}

class Book {
  readonly subscriptions: string[] = [];
  private readonly plans: string[];
  private readonly room: BillingRoom;

  private constructor(room: BillingRoom, plans: string[]) {
    this.room = room;
    this.plans = plans;
  }

  static async open(room: BillingRoom): Promise<Book> {
    room.setNow(`${first}T08:00:00Z`);
    const fee = (price: string, more: object): object => ({
      kind: 'recurring',
      id: 'fee',
      every: 'month',
      timing: 'in-advance',
      price,
      ...more,
    });
    const ip = (most: number): object => ({
      kind: 'option',
      id: 'ip',
      name: 'Address',
      every: 'month',
      timing: 'in-advance',
      price: '0.77',
      most,
    });
    const arrears = fee('10.01', { timing: 'in-arrears', align: 'calendar' });
    const weekly = { kind: 'recurring', id: 'rack', every: 'week', timing: 'in-advance', price: '0.77' };
    const plans = [
      await makePlan(room, 'A', [fee('19.95', {}), { kind: 'set-up', id: 'set-up', price: '5' }] as never),
      await makePlan(room, 'B', [arrears, weekly] as never, { proration: 'thirty-day' }),
      await makePlan(room, 'C', [fee('33.33', { trialDays: 10 }), ip(2)] as never, { vat: 'included' }),
      await makePlan(room, 'D', [fee('7.77', {}), ip(9)] as never),
    ];
    const book = new Book(room, plans);
    for (const [at, { plan, starts }] of (told?.histories ?? []).entries()) {
      const { customerId } = await room.call('customers.customerCreate', {
        name: `Klient ${at}`,
        kind: 'person',
        country: 'PL',
        currency: 'PLN',
      });
      const sale = { customerId, planId: plans[plan] ?? '', startsOn: day(starts) };
      book.subscriptions.push((await room.call('billing.subscriptionStart', sale)).subscriptionId);
    }
    return book;
  }

  private changeOf({ change, decided }: Decision): Change {
    switch (change.do) {
      case 'plan': {
        const planId = this.plans[change.plan] ?? '';
        return { do: 'change', planId, ...(change.gives && { allocations: { ip: '0' } }) };
      }
      case 'units':
        return { do: 'change', allocations: { ip: change.ip } };
      case 'end':
        return { do: 'cancel' };
      case 'discount': {
        const { percent } = change;
        return { do: 'discount', discount: { kind: 'percent', id: `d${decided}`, percent, periods: 1 } };
      }
      default:
        return change;
    }
  }

  /** Undefined where it is refused. */
  async make(
    subscription: number,
    decision: Decision,
    on: LocalDate | 'period-end',
  ): Promise<Pick<Made, 'on' | 'seq'> | undefined> {
    const change = this.changeOf(decision);
    const { room } = this;
    const subscriptionId = this.subscriptions[subscription] ?? '';
    const made =
      change.do === 'cancel'
        ? await tried(room.call('billing.subscriptionEnd', { subscriptionId, endsOn: on }))
        : await tried(room.call('billing.subscriptionChange', { subscriptionId, change, on }));
    if (made === undefined) return undefined;
    const { rows } = await room.call('billing.subscriptionHistory', { subscriptionId });
    const last = rows.at(-1);
    return { on: localDate(last?.on ?? first), seq: last?.seq ?? 0 };
  }

  async takeBack({ subscription, seq }: Made): Promise<boolean> {
    const subscriptionId = this.subscriptions[subscription] ?? '';
    return (
      (await tried(this.room.call('billing.subscriptionTakeBack', { subscriptionId, seq }))) !== undefined
    );
  }

  /** Charges all days from one to another. */
  async bill(from: number, toExclusive: number): Promise<void> {
    this.room.setNow(`${day(toExclusive)}T08:00:00Z`);
    for (let at = from; at < toExclusive; at++) await this.room.call('billing.dayClose', { day: day(at) });
  }
}

/** Decides all that was told on its days, takes back what is to be, and charges on some days; gives what was not taken back. */
async function play(room: BillingRoom, book: Book): Promise<readonly Made[]> {
  const standing: Made[] = [];
  const dueBack: { readonly made: Made; readonly at: number }[] = [];
  let open = -BEFORE;
  for (let at = 0; at < DAYS; at++) {
    room.setNow(`${day(at)}T08:00:00Z`);
    for (const { made } of dueBack.filter((one) => one.at === at))
      if (await book.takeBack(made)) standing.splice(standing.indexOf(made), 1);
    for (const [subscription, { decisions }] of (told?.histories ?? []).entries()) {
      for (const decision of decisions.filter(({ decided }) => decided === at)) {
        const on = decision.on === 'period-end' ? decision.on : day(at + decision.on);
        const found = await book.make(subscription, decision, on);
        if (found === undefined) continue;
        const made = { subscription, decision, ...found };
        standing.push(made);
        if (decision.backAfter === null) continue;
        if (decision.backAfter > 0) dueBack.push({ made, at: at + decision.backAfter });
        else if (await book.takeBack(made)) standing.pop();
      }
    }
    if (told?.bills[at] !== true && at < DAYS - 1) continue;
    await book.bill(open, at + 1);
    open = at + 1;
  }
  return standing;
}

/** Decides only what was not taken back, on the same days, and charges every day. */
async function playWithout(room: BillingRoom, book: Book, standing: readonly Made[]): Promise<void> {
  for (let at = 0; at < DAYS; at++) {
    room.setNow(`${day(at)}T08:00:00Z`);
    for (const { subscription, decision, on } of standing.filter((one) => one.decision.decided === at))
      expect(await book.make(subscription, decision, on), JSON.stringify(decision)).toMatchObject({ on });
    await book.bill(at === 0 ? -BEFORE : at, at + 1);
  }
}

/** Nothing is taken back of a line beyond what it charged. */
async function expectCreditsWithin(room: BillingRoom): Promise<void> {
  const rows = await room.store.tables<BillingTables>().selectFrom('charge').selectAll().execute();
  const left = new Map<string, number>();
  for (const row of rows) {
    const amount = row.gross_minor ?? row.amount_minor;
    const key = takenFrom(row) ?? `${row.subscription_id} ${row.reason}`;
    left.set(key, (left.get(key) ?? 0) + amount);
  }
  expect([...left].filter(([, minor]) => minor < 0)).toEqual([]);
}

describeOnBothStores('any history of decisions', (stores) => {
  it('taken back is as if it had never been, however often it is charged meanwhile; at once it comes to the same', async () => {
    const room = await openBillingRoom(stores);
    const book = await Book.open(room);
    const standing = await play(room, book);
    const other = await openBillingRoom(stores);
    const twin = await Book.open(other);
    await playWithout(other, twin, standing);
    for (const [at, id] of book.subscriptions.entries()) {
      const charges = await chargesIn(room, id);
      const history = await historyOf(room.store.tables<BillingTables>(), id);
      expect(charges.toSorted(), JSON.stringify({ seed: SEED, at, history })).toEqual(
        (await chargesIn(other, twin.subscriptions[at] ?? '')).toSorted(),
      );
      const once = rate({
        subscriptionId: id,
        currency: 'PLN',
        history,
        charged: [],
        target: day(DAYS - 1),
        isDayOver: true,
      });
      const { rows } = await room.call('billing.chargeList', { subscriptionId: id });
      const sum = rows.reduce((all, { amount, gross }) => all + BigInt((gross ?? amount).amountMinor), 0n);
      expect(sum, JSON.stringify({ seed: SEED, at, history })).toBe(
        once.lines.reduce((all, { amountMinor }) => all + amountMinor, 0n),
      );
    }
    for (const each of [room, other]) {
      await expectCreditsWithin(each);
      expect(await each.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
    }
  });
});
