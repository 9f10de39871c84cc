import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  type BillingRoom,
} from '../../testing/billing-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';

afterAll(closePressForTest);

const PLN = 'PLN' as const;
const august = { periodStart: '2026-08-31', periodEndExclusive: '2026-09-01' };
const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' };

/** Two open invoices of a customer: 12.30 of a day in August, then 381.30 of September. */
async function owing(room: BillingRoom): Promise<{ customerId: string; first: string; second: string }> {
  const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-08-31' });
  await closeDays(room, '2026-08-31', '2026-10-01');
  const first = await room.call('billing.invoiceCreate', { customerId, ...august });
  const second = await room.call('billing.invoiceCreate', { customerId, ...september });
  expect([first.gross.amountMinor, second.gross.amountMinor]).toEqual(['1230', '38130']);
  return { customerId, first: first.invoiceId, second: second.invoiceId };
}

async function open(room: BillingRoom, invoiceId: string): Promise<string> {
  return (await room.call('billing.invoiceGet', { invoiceId })).open.amountMinor;
}

async function balances(room: BillingRoom): Promise<Record<string, number>> {
  const { rows } = await room.call('billing.trialBalance', {});
  return Object.fromEntries(
    rows.map((row) => [row.account, Number(row.debit.amountMinor) - Number(row.credit.amountMinor)]),
  );
}

const inOrder = { ok: true, problems: [] };

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
      'Advances received in PLN are 7 minor units, payments on no invoice come to 0.',
    ]);
  });
});
