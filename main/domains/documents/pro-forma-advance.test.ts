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
import { billingSchema } from '../../testing/billing-schema.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { whileOpen } from '../../testing/two-at-once.ts';
import { proFormaAdvance } from './pro-forma-advance.ts';
import { proFormaInvoice } from './pro-forma-issue.ts';

afterAll(closePressForTest);

const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' };

async function paid(
  room: BillingRoom,
  customerId: string,
  amountMinor: string,
  reference: string,
  receivedOn = '2026-09-30',
): Promise<string> {
  const { paymentId } = await room.call('payments.paymentRecord', {
    customerId,
    amount: { amountMinor, currency: 'PLN' },
    receivedOn,
    reference,
    allocations: [],
  });
  return paymentId;
}

describeOnBothStores('what is paid on a pro forma', (stores) => {
  it('while it becomes an invoice is settled by that, or is no advance any more', async () => {
    const address = await stores.newAddress();
    const one = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    await one.call('billing.companySave', testCompany);
    const two = stores.kind === 'postgres' ? billingRoom(await stores.openAlso(address, billingSchema)) : one;
    const { customerId: first } = await sell(one, { vm: 'vm-1', startsOn: '2026-09-01' });
    const { customerId: second } = await sell(one, { vm: 'vm-2', startsOn: '2026-09-01' });
    await closeDays(one, '2026-09-01', '2026-10-01');
    for (const customerId of [first, second]) {
      const { documentId } = await one.call('documents.proFormaIssue', { customerId, ...september });
      const paymentId = await paid(one, customerId, '5000', `paid by ${customerId}`);
      if (customerId === second) {
        const [, refused] = await whileOpen(
          one.store,
          async (trx) => await proFormaInvoice(one.parts, { documentId }, one.context(trx)),
          async () => await two.refused('documents.proFormaAdvance', { documentId, paymentId }),
        );
        expect(refused.code).toBe('invoiced-before');
        continue;
      }
      const [, made] = await whileOpen(
        one.store,
        async (trx) => await proFormaAdvance(one.parts, { documentId, paymentId } as never, one.context(trx)),
        async () => await two.call('documents.proFormaInvoice', { documentId }),
      );
      const { settles } = await one.call('billing.invoiceGet', { invoiceId: made.invoiceId });
      expect(settles.map(({ gross }) => gross.amountMinor)).toEqual(['5000']);
    }
    expect(await one.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('has an advance invoice that says what was ordered; never more than was asked for; the invoice settles it', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
    const { customerId: other } = await sell(room, { vm: 'vm-2', startsOn: '2026-09-01' });
    await closeDays(room, '2026-09-01', '2026-10-01');
    const { documentId, number } = await room.call('documents.proFormaIssue', { customerId, ...september });
    const first = await paid(room, customerId, '20000', 'first');
    const second = await paid(room, customerId, '30000', 'second');
    const refused = async (input: object): Promise<string> =>
      (await room.refused('documents.proFormaAdvance', { documentId, paymentId: first, ...input })).code;
    expect(await refused({ documentId: 'doc_none' })).toBe('no-such-document');
    expect(await refused({ paymentId: 'pay_none' })).toBe('no-such-payment');
    expect(await refused({ paymentId: await paid(room, other, '100', 'theirs') })).toBe('other-customer');
    expect(await refused({ grossMinor: '20001' })).toBe('more-than-on-account');
    const late = await paid(room, customerId, '100', 'late', '2026-10-01');
    expect(await refused({ paymentId: late })).toBe('not-ahead');
    const bounced = await paid(room, customerId, '100', 'bounced');
    await room.call('payments.paymentReverse', { paymentId: bounced, reason: 'It bounced' });
    expect(await refused({ paymentId: bounced })).toBe('is-reversed');
    const receipt = await room.call('documents.receiptIssue', { paymentId: first });
    expect(await refused({ documentId: receipt.documentId })).toBe('not-a-pro-forma');

    const one = await room.call('documents.proFormaAdvance', { documentId, paymentId: first });
    expect(one.gross.amountMinor).toBe('20000');
    const stillAsked = async (): Promise<string | undefined> =>
      (await room.call('documents.documentGet', { documentId })).stillAsked?.amountMinor;
    expect(await stillAsked()).toBe('18130');
    expect(await refused({})).toBe('nothing-on-account');
    // 381.30 was asked for.
    expect(await refused({ paymentId: second, grossMinor: '18131' })).toBe('more-than-asked');
    const two = await room.call('documents.proFormaAdvance', { documentId, paymentId: second });
    expect(two.gross.amountMinor).toBe('18130');
    expect(await stillAsked()).toBe('0');
    expect((await room.call('payments.paymentGet', { paymentId: second })).unallocated.amountMinor).toBe(
      '11870',
    );
    expect(await room.call('documents.documentGet', { documentId })).toMatchObject({
      advances: [
        { invoiceId: one.invoiceId, number: one.number },
        { invoiceId: two.invoiceId, number: two.number },
      ],
    });
    const { json } = await room.call('billing.invoiceJson', { invoiceId: one.invoiceId });
    expect(JSON.parse(json)).toMatchObject({
      form: 'advance-invoice-1',
      order: { number, grossMinor: '38130', lines: [{ netMinor: '31000', vatRate: '23' }] },
      payment: { reference: 'first' },
    });
    const final = await room.call('documents.proFormaInvoice', { documentId });
    expect(await room.call('billing.invoiceGet', { invoiceId: final.invoiceId })).toMatchObject({
      state: 'paid',
      due: { amountMinor: '0' },
      settles: [{ number: one.number }, { number: two.number }],
    });
    expect(await refused({ paymentId: second })).toBe('invoiced-before');
    // An act of services tells of what was supplied, not of what was paid ahead.
    const act = await room.call('documents.serviceActIssue', {
      customerId,
      periodStart: '2026-09-01',
      periodEndExclusive: '2026-10-02',
      issuedOn: '2026-10-01',
    });
    expect(act.amount.amountMinor).toBe('38130');
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
    const theirs = await room.call('payments.advanceIssue', {
      paymentId: await paid(room, other, '200', 'more of theirs'),
      lines: [{ description: 'Advance', grossMinor: '200' }],
    });
    await sql`insert into paper_advance (paper_id, invoice_id) values (${documentId}, ${theirs.invoiceId})`.execute(
      room.store.tables(),
    );
    expect((await room.call('billing.ledgerVerify', {})).problems).toEqual([
      `Document ${number}: advance invoices for it come to more than it asked for.`,
      `Document ${number}: ${theirs.number} is no advance invoice of its customer in its currency.`,
    ]);
  });
});
