import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  testCompany,
  type BillingRoom,
} from '../../testing/billing-room.ts';
import {
  august,
  balances,
  inOrder,
  openOf as open,
  september,
  twoEngines,
} from '../../testing/money-room.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { somebodyWaits, whileOpen } from '../../testing/two-at-once.ts';
import { invoiceWriteOff } from '../billing/invoices/invoice-write-off.ts';
import { paymentAllocate } from './payment-allocate.ts';
import { paymentReverse } from './payment-reverse.ts';

afterAll(closePressForTest);

const PLN = 'PLN' as const;
/** Two open invoices of a customer: 12.30 of a day in August, then 381.30 of September. */
async function owing(room: BillingRoom): Promise<{ customerId: string; first: string; second: string }> {
  const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-08-31' });
  await closeDays(room, '2026-08-31', '2026-10-01');
  const first = await room.call('billing.invoiceCreate', { customerId, ...august });
  const second = await room.call('billing.invoiceCreate', { customerId, ...september });
  expect([first.gross.amountMinor, second.gross.amountMinor]).toEqual(['1230', '38130']);
  return { customerId, first: first.invoiceId, second: second.invoiceId };
}

describeOnBothStores('a payment', (stores) => {
  it('settles what was due first; its rest is allocated later; taken back, all is open again', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, first, second } = await owing(room);
    const paid = {
      customerId,
      amount: { amountMinor: '20000', currency: PLN },
      receivedOn: '2026-10-01',
      reference: 'MT940 1/77',
    };
    const made = await room.call('payments.paymentRecord', paid);
    expect(made).toMatchObject({ already: false, unallocated: { amountMinor: '0' } });
    expect([await open(room, first), await open(room, second)]).toEqual(['0', String(38_130 - 18_770)]);
    expect(await room.call('billing.invoiceGet', { invoiceId: first })).toMatchObject({
      state: 'paid',
      history: [
        { kind: 'invoice' },
        { kind: 'payment', words: 'MT940 1/77', amount: { amountMinor: '-1230' } },
      ],
    });
    expect(await room.call('payments.paymentRecord', paid)).toEqual({ ...made, already: true });
    const other = { ...paid, amount: { amountMinor: '20001', currency: PLN } };
    expect((await room.refused('payments.paymentRecord', other)).code).toBe('reference-taken');

    const more = { ...paid, reference: 'MT940 2/3', amount: { amountMinor: '50000', currency: PLN } };
    const { paymentId } = await room.call('payments.paymentRecord', { ...more, allocations: [] });
    const put = (amountMinor: string): { paymentId: string; allocations: object[] } => ({
      paymentId,
      allocations: [{ invoiceId: second, amountMinor }],
    });
    expect((await room.refused('payments.paymentAllocate', put('19361') as never)).code).toBe(
      'more-than-open',
    );
    const rest = await room.call('payments.paymentAllocate', put('19360') as never);
    expect(rest.unallocated.amountMinor).toBe(String(50_000 - 19_360));
    expect(await balances(room)).toMatchObject({ receivables: 0, cash: 70_000, advances: -30_640 });
    expect(await room.call('payments.paymentGet', { paymentId })).toMatchObject({
      state: 'unallocated',
      allocations: [{ invoiceId: second, amount: { amountMinor: '19360' } }],
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);

    await room.call('payments.paymentReverse', { paymentId, reason: 'The bank took it back' });
    expect(await open(room, second)).toBe('19360');
    expect(await balances(room)).toMatchObject({ receivables: 19_360, cash: 20_000, advances: 0 });
    // Whoever reads the same statement in once more is told: nothing of it is in the books.
    expect(await room.refused('payments.paymentRecord', { ...more, allocations: [] })).toEqual({
      code: 'taken-back',
      facts: {
        reference: 'MT940 2/3',
        amount: '500.00 PLN',
        customer: 'Klient vm-1',
        receivedOn: '2026-10-01',
      },
    });
    expect(await balances(room)).toMatchObject({ receivables: 19_360, cash: 20_000, advances: 0 });
    const again = { paymentId, reason: 'The bank took it back' };
    expect((await room.refused('payments.paymentReverse', again)).code).toBe('reversed-before');
    expect((await room.refused('payments.paymentAllocate', put('1') as never)).code).toBe('is-reversed');
    for (const [query, total] of [
      ['state:reversed', 1],
      ['state:allocated', 1],
      ['reference:MT940', 2],
    ] as const) {
      expect([query, (await room.call('payments.paymentList', { query })).total]).toEqual([query, total]);
    }
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('recorded by several at once is recorded once, and no invoice is paid twice over', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, first } = await owing(room);
    const paid = {
      customerId,
      amount: { amountMinor: '1230', currency: PLN },
      receivedOn: '2026-10-01',
      reference: 'one',
    };
    const made = await Promise.all([1, 2, 3].map(() => room.call('payments.paymentRecord', paid)));
    expect(made.filter(({ already }) => !already)).toHaveLength(1);
    const named = { ...paid, allocations: [{ invoiceId: first, amountMinor: '1230' }] };
    expect((await room.refused('payments.paymentRecord', { ...named, reference: 'two' })).code).toBe(
      'more-than-open',
    );
    expect(await balances(room)).toMatchObject({ cash: 1230, advances: 0 });
    const future = { ...paid, reference: 'three', receivedOn: '2026-10-02' };
    expect((await room.refused('payments.paymentRecord', future)).code).toBe('date-in-future');
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('is divided by what is open once whoever settles an invoice meanwhile is done', async () => {
    const [room, two] = await twoEngines(stores);
    const { customerId, first, second } = await owing(room);
    const [, made] = await whileOpen(
      room.store,
      async (trx) =>
        await invoiceWriteOff(room.parts, { invoiceId: first, reason: 'Given up' }, room.context(trx)),
      async () =>
        await two.call('payments.paymentRecord', {
          customerId,
          amount: { amountMinor: '20000', currency: PLN },
          receivedOn: '2026-10-01',
          reference: 'at once',
        }),
    );
    expect(made.unallocated.amountMinor).toBe('0');
    expect([await open(room, first), await open(room, second)]).toEqual(['0', String(38_130 - 20_000)]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('is taken back beside others that are put on the same invoices, or taken back, in another order', async () => {
    const [room, two] = await twoEngines(stores);
    const made = await owing(room);
    const { customerId } = made;
    const inOrderOfLocks = [made.first, made.second].toSorted();
    const pay = async (reference: string, on: readonly string[]): Promise<string> => {
      const { paymentId } = await room.call('payments.paymentRecord', {
        customerId,
        amount: { amountMinor: '200', currency: PLN },
        receivedOn: '2026-10-01',
        reference,
        allocations: on.map((invoiceId) => ({ invoiceId, amountMinor: '100' })),
      });
      return paymentId;
    };
    const backwards = await pay('backwards', inOrderOfLocks.toReversed());
    const held = await pay('held', []);
    // In a transaction that is not tried again, so that who waits for each other is found.
    const takeBack = async (by: BillingRoom, paymentId: string): Promise<void> => {
      await by.store.transaction<never, void>(async (trx) => {
        const input = { paymentId, reason: 'The bank took it back' };
        expect((await paymentReverse(by.parts, input, by.context(trx))).ok).toBe(true);
      });
    };
    const put = async (trx: AnyTransaction, invoiceId: string): Promise<void> => {
      const allocations = [{ invoiceId, amountMinor: '100' }];
      const input = { paymentId: held, allocations } as never;
      expect((await paymentAllocate(room.parts, input, room.context(trx))).ok).toBe(true);
    };
    const [lockedFirst = '', lockedNext = ''] = inOrderOfLocks;
    const isPut = Promise.withResolvers<void>();
    const mayGoOn = Promise.withResolvers<void>();
    const holding = room.store.transaction<never, void>(async (trx) => {
      await put(trx, lockedFirst);
      isPut.resolve();
      await mayGoOn.promise;
      await put(trx, lockedNext);
    });
    await Promise.race([isPut.promise, holding]);
    const back = takeBack(two, backwards);
    if (stores.kind === 'postgres')
      await Promise.race([back.catch(() => undefined), somebodyWaits(room.store)]);
    mayGoOn.resolve();
    await Promise.all([holding, back]);
    for (let round = 1; round <= 3; round++) {
      const one = await pay(`one ${round}`, inOrderOfLocks);
      const other = await pay(`other ${round}`, inOrderOfLocks.toReversed());
      await Promise.all([takeBack(room, one), takeBack(two, other)]);
    }
    expect([await open(room, made.first), await open(room, made.second)]).toEqual(['1130', '38030']);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('in another currency changes nothing of what a customer owes in its own', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await owing(room);
    await room.call('payments.paymentRecord', {
      customerId,
      amount: { amountMinor: '10000', currency: 'EUR' },
      receivedOn: '2026-10-01',
      reference: 'in euros',
    });
    const owed = { amountMinor: String(1230 + 38_130), currency: PLN };
    expect((await room.call('customers.customerGet', { customerId })).balance).toEqual(owed);
    const { rows } = await room.call('customers.customerList', {});
    expect(rows.map(({ balance }) => balance)).toEqual([owed]);
  });

  it('whose entry says another amount is found by verification', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await owing(room);
    await room.call('payments.paymentRecord', {
      customerId,
      amount: { amountMinor: '500', currency: PLN },
      receivedOn: '2026-10-01',
      reference: 'off',
    });
    await sql`insert into ledger_entry (id, company_id, currency, booked_on, kind, source, memo, posted_at_ms)
      select 'entry_x', company_id, currency, booked_on, 'payment', 'payment pay_x', '', 0 from ledger_entry limit 1`.execute(
      room.store.tables(),
    );
    await sql`insert into ledger_line (entry_id, line_no, debit, credit, amount_minor)
      values ('entry_x', 1, 'cash', 'advances', 7)`.execute(room.store.tables());
    expect((await room.call('billing.ledgerVerify', {})).problems).toEqual([
      'The entry "payment pay_x" has no payment behind it.',
      `Advances received by ${testCompany.name} in PLN are 7 minor units, payments on no invoice come to 0.`,
    ]);
  });
});
