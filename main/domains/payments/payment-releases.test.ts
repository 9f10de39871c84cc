import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import {
  billingRoom,
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  testCompany,
  type BillingRoom,
} from '../../testing/billing-room.ts';
import { leftOf as left, openOf as open, twoEngines, verified } from '../../testing/money-room.ts';
import { billingSchema } from '../../testing/billing-schema.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { whileOpen } from '../../testing/two-at-once.ts';
import { unprotect } from '../../testing/unprotect.ts';
import { billingHandlers } from '../billing/billing-handlers.ts';
import { invoiceCredit } from '../billing/invoices/invoice-credit.ts';
import { paymentReverse } from './payment-reverse.ts';
import { paymentsReleases } from './schema/20261201T0139-payments-releases.ts';

afterAll(closePressForTest);

const PLN = 'PLN' as const;
const dayOf = (day: string, next: string) => ({ periodStart: day, periodEndExclusive: next });
const august30 = dayOf('2026-08-30', '2026-08-31');
const august31 = dayOf('2026-08-31', '2026-09-01');
const reason = 'Not supplied';

/** A customer who was charged 12.30 for each of two days, the first of which is invoiced. */
async function owing(room: BillingRoom, vm = 'vm-1'): Promise<{ customerId: string; invoiceId: string }> {
  const { customerId } = await sell(room, { vm, startsOn: '2026-08-30' });
  await closeDays(room, '2026-08-30', '2026-09-01');
  const { invoiceId, gross } = await room.call('billing.invoiceCreate', { customerId, ...august30 });
  expect(gross.amountMinor).toBe('1230');
  return { customerId, invoiceId };
}

async function pay(
  room: BillingRoom,
  of: { customerId: string; minor: number; reference: string; on?: string },
): Promise<string> {
  const { customerId, minor, reference, on } = of;
  const { paymentId } = await room.call('payments.paymentRecord', {
    customerId,
    amount: { amountMinor: String(minor), currency: PLN },
    receivedOn: '2026-09-01',
    reference,
    ...(on === undefined ? {} : { allocations: [{ invoiceId: on, amountMinor: String(minor) }] }),
  });
  return paymentId;
}

const credit = async (room: BillingRoom, invoiceId: string, netMinor?: string): Promise<unknown> =>
  await room.call('billing.invoiceCredit', {
    invoiceId,
    reason,
    ...(netMinor === undefined ? {} : { lines: [{ lineNo: 1, netMinor }] }),
  });

describeOnBothStores('money on an invoice that is credited', (stores) => {
  it('is free for the next invoice, and the payment is taken back from where it stands', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, invoiceId } = await owing(room);
    const paymentId = await pay(room, { customerId, minor: 1230, reference: 'one' });
    await credit(room, invoiceId);
    expect(await room.call('payments.paymentGet', { paymentId })).toMatchObject({
      state: 'unallocated',
      unallocated: { amountMinor: '1230' },
      allocations: [{ invoiceId, amount: { amountMinor: '1230' }, standing: { amountMinor: '0' } }],
      releases: [{ invoiceId, creditNote: 'FK 2026/10/0001', amount: { amountMinor: '1230' } }],
    });
    expect(await room.call('billing.invoiceGet', { invoiceId })).toMatchObject({
      state: 'credited',
      open: { amountMinor: '0' },
    });
    const { history } = await room.call('billing.invoiceGet', { invoiceId });
    expect(history.map(({ words, amount }) => [words, amount.amountMinor])).toContainEqual([
      'one: free again by FK 2026/10/0001',
      '1230',
    ]);
    const second = await room.call('billing.invoiceCreate', { customerId, ...august31 });
    const allocations = [{ invoiceId: second.invoiceId, amountMinor: '1230' }];
    await room.call('payments.paymentAllocate', { paymentId, allocations });
    expect([await open(room, second.invoiceId), await left(room, paymentId)]).toEqual(['0', '0']);
    await verified(room);

    await room.call('payments.paymentReverse', { paymentId, reason: 'It bounced' });
    expect([await open(room, invoiceId), await open(room, second.invoiceId)]).toEqual(['0', '1230']);
    await verified(room);
  });

  it('is freed as far as it is more than is left, what was put there last first', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, invoiceId } = await owing(room);
    const first = await pay(room, { customerId, minor: 500, reference: 'first', on: invoiceId });
    room.setNow('2026-10-01T09:00:00Z');
    const last = await pay(room, { customerId, minor: 400, reference: 'last', on: invoiceId });
    const steps: [string, string, string, string][] = [];
    // 2.46 of 12.30 go back, of which 3.30 were open; then 3.69; then the rest.
    for (const net of ['200', '300', undefined]) {
      await credit(room, invoiceId, net);
      steps.push([
        net ?? 'rest',
        await left(room, first),
        await left(room, last),
        await open(room, invoiceId),
      ]);
    }
    expect(steps).toEqual([
      ['200', '0', '0', '84'],
      ['300', '0', '285', '0'],
      ['rest', '500', '400', '0'],
    ]);
    await verified(room);
  });

  it('is free where an advance invoice had put it there', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await owing(room);
    const { paymentId } = await room.call('payments.paymentRecord', {
      customerId,
      amount: { amountMinor: '1000', currency: PLN },
      receivedOn: '2026-08-31',
      reference: 'ahead',
      allocations: [],
    });
    const lines = [{ description: 'Advance', grossMinor: '1000' }];
    await room.call('payments.advanceIssue', { paymentId, lines });
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...august31 });
    expect([await open(room, invoiceId), await left(room, paymentId)]).toEqual(['230', '0']);
    await credit(room, invoiceId);
    expect([await open(room, invoiceId), await left(room, paymentId)]).toEqual(['0', '1000']);
    const { advances } = await room.call('payments.paymentGet', { paymentId });
    expect(advances).toMatchObject([
      { standing: { amountMinor: '0' }, settledBy: [{ standing: { amountMinor: '0' } }] },
    ]);
    const receipt = await room.call('documents.receiptIssue', { paymentId });
    expect(receipt.amount.amountMinor).toBe('1000');
    await verified(room);
    await room.call('payments.paymentReverse', { paymentId, reason: 'It bounced' });
    await verified(room);
  });

  it('is freed once by two credit notes at once, and by one while the payment is taken back', async () => {
    const [one, two] = await twoEngines(stores);
    const { customerId, invoiceId } = await owing(one);
    const paymentId = await pay(one, { customerId, minor: 1230, reference: 'one' });
    await Promise.all([credit(one, invoiceId, '300'), credit(two, invoiceId, '200')]);
    expect([await left(one, paymentId), await open(one, invoiceId)]).toEqual(['615', '0']);
    await verified(one);
    const note = { invoiceId, reason, lines: [{ lineNo: 1, netMinor: '100' }] };
    await whileOpen(
      one.store,
      async (trx) => await invoiceCredit(one.parts, note as never, one.context(trx)),
      async () => await two.call('payments.paymentReverse', { paymentId, reason: 'It bounced' }),
    );
    // 4.00 and VAT are left of the invoice, and nothing was paid.
    expect(await open(one, invoiceId)).toBe('492');
    await verified(one);
    const again = await pay(one, { customerId, minor: 492, reference: 'again', on: invoiceId });
    await whileOpen(
      one.store,
      async (trx) =>
        await paymentReverse(one.parts, { paymentId: again, reason: 'It bounced' }, one.context(trx)),
      async () => await credit(two, invoiceId),
    );
    expect(await open(one, invoiceId)).toBe('0');
    expect((await one.call('payments.paymentGet', { paymentId: again })).releases).toEqual([]);
    await verified(one);
  });

  it('is not freed half: a credit note that is given up leaves it where it was', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, invoiceId } = await owing(room);
    const paymentId = await pay(room, { customerId, minor: 1230, reference: 'one' });
    const half = room.store.transaction<never, void>(async (trx) => {
      expect((await invoiceCredit(room.parts, { invoiceId, reason } as never, room.context(trx))).ok).toBe(
        true,
      );
      throw new Error('killed');
    });
    await expect(half).rejects.toThrow('killed');
    expect(await left(room, paymentId)).toBe('0');
    await verified(room);
  });

  it('is freed in a store from before that, in open books', async () => {
    const address = await stores.newAddress();
    const olderSteps = billingSchema.filter((step) => step !== paymentsReleases);
    const older = billingRoom(await stores.openStoreForTest(olderSteps, { address }), {
      more: (parts) => ({ billing: billingHandlers({ ...parts, payments: { freeExcess: async () => [] } }) }),
    });
    await older.call('billing.companySave', testCompany);
    const { customerId, invoiceId } = await owing(older);
    const first = await pay(older, { customerId, minor: 500, reference: 'first', on: invoiceId });
    older.setNow('2026-10-01T09:00:00Z');
    const last = await pay(older, { customerId, minor: 730, reference: 'last', on: invoiceId });
    await credit(older, invoiceId, '300');
    await credit(older, invoiceId, '500');
    expect(await open(older, invoiceId)).toBe('-984');
    await older.store.close();
    const room = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    expect([await left(room, first), await left(room, last), await open(room, invoiceId)]).toEqual([
      '254',
      '730',
      '0',
    ]);
    await verified(room);
    await credit(room, invoiceId);
    expect([await left(room, first), await open(room, invoiceId)]).toEqual(['500', '0']);
    await verified(room);
  });

  it('that was not freed, or freed by another amount, is found by verification', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, invoiceId } = await owing(room);
    await pay(room, { customerId, minor: 1230, reference: 'one' });
    await credit(room, invoiceId);
    await unprotect(room, 'payment_release');
    await sql`update payment_release set amount_minor = 1200`.execute(room.store.tables());
    const { problems } = await room.call('billing.ledgerVerify', {});
    expect(problems).toEqual(
      expect.arrayContaining([
        'Payment one: what is posted for it is not what it says.',
        'Invoice FV 2026/10/0001: 30 minor units of payments stand on it beyond what is left of it.',
      ]),
    );
  });
});
