import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  type BillingRoom,
} from '../../testing/billing-room.ts';
import { balances, leftOf as left, twoEngines, verified } from '../../testing/money-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { whileOpen } from '../../testing/two-at-once.ts';
import { unprotect } from '../../testing/unprotect.ts';
import { paymentRefund } from './payment-refund.ts';

afterAll(closePressForTest);

const PLN = 'PLN' as const;

async function customerOf(room: BillingRoom): Promise<string> {
  const customer = { name: 'Anna Nowak', country: 'PL', currency: PLN };
  return (await room.call('customers.customerCreate', customer)).customerId;
}

async function paid(room: BillingRoom, customerId: string, reference = 'in'): Promise<string> {
  const { paymentId } = await room.call('payments.paymentRecord', {
    customerId,
    amount: { amountMinor: '10000', currency: PLN },
    receivedOn: '2026-09-15',
    reference,
    allocations: [],
  });
  return paymentId;
}

describeOnBothStores('a refund', (stores) => {
  it('pays back what stands on no invoice, once; taken back, it is left again', async () => {
    const room = await openBillingRoom(stores);
    const customerId = await customerOf(room);
    const paymentId = await paid(room, customerId);
    const refund = { paymentId, amountMinor: '4000', paidOn: '2026-09-20', reference: 'out 1' };
    const made = await room.call('payments.paymentRefund', refund);
    expect(made).toMatchObject({ already: false, unallocated: { amountMinor: '6000' } });
    expect(await room.call('payments.paymentRefund', refund)).toEqual({ ...made, already: true });
    expect(await room.call('payments.paymentGet', { paymentId })).toMatchObject({
      state: 'unallocated',
      refunds: [{ reference: 'out 1', iban: 'PL61109010140000071219812874', reversal: null }],
    });
    expect(await balances(room)).toMatchObject({ cash: 6000, advances: -6000 });
    await verified(room);

    const rest = await room.call('payments.paymentRefund', { paymentId, reference: 'out 2' });
    expect([rest.amount.amountMinor, rest.unallocated.amountMinor]).toEqual(['6000', '0']);
    const statement = await room.call('billing.customerStatement', {
      customerId,
      start: '2026-09-01',
      endExclusive: '2026-10-02',
    });
    expect(
      statement.accounts[0]?.entries.map(({ kind, words, amount, balance }) => [
        kind,
        words,
        amount.amountMinor,
        balance.amountMinor,
      ]),
    ).toEqual([
      ['payment', 'in', '-10000', '-10000'],
      ['refund', 'out 1', '4000', '-6000'],
      ['refund', 'out 2', '6000', '0'],
    ]);
    const receipt = await room.call('documents.receiptIssue', { paymentId });
    expect(receipt.amount.amountMinor).toBe('10000');
    await verified(room);

    expect(await room.refused('payments.paymentReverse', { paymentId, reason: 'It bounced' })).toMatchObject({
      code: 'refunded',
      facts: { refund: 'out 1', amount: '40.00 PLN' },
    });
    const back = { refundId: made.refundId, reason: 'Wrong account' };
    await room.call('payments.refundReverse', back);
    expect(await left(room, paymentId)).toBe('4000');
    expect((await room.refused('payments.refundReverse', back)).code).toBe('reversed-before');
    expect((await room.refused('payments.paymentRefund', refund)).code).toBe('taken-back');
    expect(await balances(room)).toMatchObject({ cash: 4000, advances: -4000 });
    await verified(room);
    await room.call('payments.refundReverse', { refundId: rest.refundId, reason: 'Wrong account' });
    await room.call('payments.paymentReverse', { paymentId, reason: 'It bounced' });
    expect(await balances(room)).toMatchObject({ cash: 0, advances: 0 });
    await verified(room);
  });

  it('is refused in a sentence that says what to do', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-30' });
    await closeDays(room, '2026-09-30', '2026-10-01');
    const paymentId = await paid(room, customerId);
    const other = await paid(room, customerId, 'in too');
    await room.call('payments.paymentRefund', { paymentId, amountMinor: '1', reference: 'taken' });
    for (const [asked, code] of [
      [{ paidOn: '2026-10-02' }, 'date-in-future'],
      [{ paidOn: '2026-09-14' }, 'date-before-payment'],
      [{ amountMinor: '10000' }, 'more-than-left'],
      [{ iban: 'PL10105000997603123456789123' }, 'not-our-account'],
      [{ reference: 'taken', amountMinor: '2' }, 'reference-taken'],
      [{ reference: 'taken', paymentId: other, amountMinor: '1' }, 'reference-taken'],
      [{ paymentId: 'pay_none' }, 'no-such-payment'],
    ] as const) {
      const refused = await room.refused('payments.paymentRefund', {
        paymentId,
        reference: 'out',
        ...asked,
      } as never);
      expect([asked, refused.code]).toEqual([asked, code]);
    }
    const inLei = await room.call('payments.paymentRecord', {
      customerId,
      amount: { amountMinor: '500', currency: 'RON' },
      receivedOn: '2026-09-15',
      reference: 'lei',
      allocations: [],
    });
    const noAccount = { paymentId: inLei.paymentId, reference: 'out lei' };
    expect((await room.refused('payments.paymentRefund', noAccount)).code).toBe('no-account');
    await room.call('payments.paymentReverse', { paymentId: other, reason: 'It bounced' });
    const gone = { paymentId: other, reference: 'out' };
    expect((await room.refused('payments.paymentRefund', gone)).code).toBe('is-reversed');
    await room.call('billing.booksClose', { until: '2026-09-30' });
    const early = { paymentId, reference: 'out', paidOn: '2026-09-30' };
    expect((await room.refused('payments.paymentRefund', early)).code).toBe('books-closed');
    await room.call('payments.paymentRefund', { paymentId, reference: 'rest' });
    const more = { paymentId, reference: 'more' };
    expect((await room.refused('payments.paymentRefund', more)).code).toBe('nothing-left');
    await verified(room);
  });

  it('leaves who pays ahead what it used', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-08-31' });
    await closeDays(room, '2026-08-31', '2026-09-01');
    await room.call('balances.termsSave', { customerId, mode: 'prepaid' });
    const paymentId = await paid(room, customerId);
    // 12.30 of a day in August is on no invoice yet.
    expect(await room.refused('payments.paymentRefund', { paymentId, reference: 'all' })).toMatchObject({
      code: 'used-up',
      facts: { left: '87.70 PLN', amount: '100.00 PLN' },
    });
    await room.call('payments.paymentRefund', { paymentId, amountMinor: '8770', reference: 'most' });
    const { accounts } = await room.call('balances.balanceGet', { customerId });
    expect(accounts[0]?.balance.amountMinor).toBe('0');
    await verified(room);
  });

  it('is paid once by several at once, and never more than is left', async () => {
    const [one, two] = await twoEngines(stores);
    const customerId = await customerOf(one);
    const paymentId = await paid(one, customerId);
    const other = await paid(one, customerId, 'in too');
    const same = { paymentId, amountMinor: '3000', reference: 'same' };
    const made = await Promise.all([one, two, one].map((room) => room.call('payments.paymentRefund', same)));
    expect(made.filter(({ already }) => !already)).toHaveLength(1);
    expect(await left(one, paymentId)).toBe('7000');

    const [, refused] = await whileOpen(
      one.store,
      async (trx) =>
        await paymentRefund(
          one.parts,
          { paymentId, amountMinor: '5000', reference: 'half', note: '' },
          one.context(trx),
        ),
      async () =>
        await two.refused('payments.paymentRefund', {
          paymentId,
          amountMinor: '5000',
          reference: 'other half',
        }),
    );
    expect(refused.code).toBe('more-than-left');

    // The reference is one of the company, whichever payment it is of.
    const [, taken] = await whileOpen(
      one.store,
      async (trx) =>
        await paymentRefund(
          one.parts,
          { paymentId, amountMinor: '100', reference: 'one name', note: '' },
          one.context(trx),
        ),
      async () =>
        await two.refused('payments.paymentRefund', {
          paymentId: other,
          amountMinor: '100',
          reference: 'one name',
        }),
    );
    expect(taken.code).toBe('reference-taken');
    expect([await left(one, paymentId), await left(one, other)]).toEqual(['1900', '10000']);
    await verified(one);
  });

  it('of more than was left is found by verification', async () => {
    const room = await openBillingRoom(stores);
    const paymentId = await paid(room, await customerOf(room));
    await room.call('payments.paymentRefund', { paymentId, amountMinor: '1', reference: 'out' });
    await unprotect(room, 'payment_refund');
    await sql`update payment_refund set amount_minor = 10001`.execute(room.store.tables());
    const { problems } = await room.call('billing.ledgerVerify', {});
    expect(problems).toEqual(
      expect.arrayContaining([
        'Payment in: what is posted for it is not what it says.',
        'Payment in: more of it was paid back than stands on no invoice.',
      ]),
    );
  });
});
