import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { DEFAULT_PRODUCT_ID } from '../../../shared/domains/catalog/product-rules.ts';
import type { ProductVat } from '../../../shared/domains/catalog/product-vat.ts';
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
import type { CustomerTable } from '../customers/customers-tables.ts';
import { proFormaAdvance } from './pro-forma-advance.ts';
import { proFormaInvoice } from './pro-forma-issue.ts';

afterAll(closePressForTest);

const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' };

/** A server for September (310.00 at 23 %) with 100.00 of another product by hand. */
async function withAnother(
  room: BillingRoom,
  vat: Partial<ProductVat>,
): Promise<{ customerId: string; productId: string }> {
  const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
  await closeDays(room, '2026-09-01', '2026-10-01');
  const usual = {
    supply: 'general-service',
    rateClass: 'standard',
    exemptReason: '',
    exemptCode: '',
  } as const;
  const { productId } = await room.call('catalog.productCreate', {
    name: 'Book',
    kind: 'digital',
    vat: { ...usual, ...vat },
  });
  await room.call('billing.chargeByHand', {
    customerId,
    productId,
    description: 'Book',
    unitPrice: '100.00',
    reference: 'book',
    reason: 'Ordered',
    day: '2026-09-14',
  });
  return { customerId, productId };
}

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

  it('of a product is no more than it asks for of that, and of nothing else', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, productId } = await withAnother(room, { rateClass: 'reduced' });
    const other = await room.call('catalog.productCreate', { name: 'Labour', kind: 'labour' });
    const { documentId, number } = await room.call('documents.proFormaIssue', { customerId, ...september });
    const paymentId = await paid(room, customerId, '60000', 'all of it');
    const advance = { documentId, paymentId };
    const asks = async (): Promise<string[]> =>
      (await room.call('documents.documentGet', { documentId })).asks.map(
        ({ product, stillAsked }) => `${product} ${stillAsked.amountMinor}`,
      );
    // 310.00 at 23 %, 100.00 at 8 %.
    expect((await asks()).toSorted()).toEqual(['Book 10800', 'VPS 38130']);
    expect((await room.refused('documents.proFormaAdvance', advance)).code).toBe('several-rates');
    const products = expect.stringContaining(`Book (${productId})`) as string;
    expect(
      await room.refused('documents.proFormaAdvance', { ...advance, productId: other.productId }),
    ).toEqual({
      code: 'not-asked-for',
      facts: { number, customer: 'Klient vm-1', product: 'Labour', products },
    });
    const more = { ...advance, productId, grossMinor: '10801' };
    expect(await room.refused('documents.proFormaAdvance', more)).toEqual({
      code: 'more-than-asked-of',
      facts: {
        number,
        customer: 'Klient vm-1',
        product: 'Book',
        asked: '108.00 PLN',
        left: '108.00 PLN',
        amount: '108.01 PLN',
      },
    });
    await room.call('documents.proFormaAdvance', { ...advance, productId, grossMinor: '800' });
    expect((await asks()).toSorted()).toEqual(['Book 10000', 'VPS 38130']);
    expect(
      (await room.refused('documents.proFormaAdvance', { ...more, grossMinor: '10001' })).facts,
    ).toMatchObject({
      left: '100.00 PLN',
    });
    const rest = await room.call('documents.proFormaAdvance', { ...advance, productId });
    expect(rest.gross.amountMinor).toBe('10000');
    const server = { ...advance, productId: DEFAULT_PRODUCT_ID };
    expect((await room.call('documents.proFormaAdvance', server)).gross.amountMinor).toBe('38130');
    expect(await asks()).toEqual(expect.arrayContaining(['Book 0', 'VPS 0']));
    const { invoiceId } = await room.call('documents.proFormaInvoice', { documentId });
    expect(await room.call('billing.invoiceGet', { invoiceId })).toMatchObject({
      due: { amountMinor: '0' },
      settles: [{ vatRate: '8' }, { vatRate: '8' }, { vatRate: '23' }],
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('of a product is no more than is left at its rate, whichever it was said to be for', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, productId } = await withAnother(room, { rateClass: 'standard' });
    const { documentId } = await room.call('documents.proFormaIssue', { customerId, ...september });
    const paymentId = await paid(room, customerId, '60000', 'all of it');
    const advance = { documentId, paymentId };
    // 504.30 are asked for at 23 %, of which 123.00 of the other product.
    const server = { ...advance, productId: DEFAULT_PRODUCT_ID };
    expect((await room.call('documents.proFormaAdvance', server)).gross.amountMinor).toBe('38130');
    const more = { ...advance, grossMinor: '12301' };
    expect((await room.refused('documents.proFormaAdvance', more)).code).toBe('more-than-asked');
    expect((await room.refused('documents.proFormaAdvance', { ...more, productId })).code).toBe(
      'more-than-asked-of',
    );
    expect((await room.call('documents.proFormaAdvance', { ...advance, productId })).gross.amountMinor).toBe(
      '12300',
    );
    expect((await room.refused('documents.proFormaAdvance', server)).code).toBe('more-than-asked-of');
    await room.call('documents.proFormaInvoice', { documentId });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });
});

describeOnBothStores('a pro forma of some products', (stores) => {
  it('asks for those, and becomes the invoice of those', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, productId } = await withAnother(room, { supply: 'property-service' });
    await room.store
      .tables<{ customer: CustomerTable }>()
      .updateTable('customer')
      .set({ country: 'US' })
      .where('id', '=', customerId)
      .execute();
    const scope = { customerId, ...september };
    expect(await room.refused('documents.proFormaIssue', scope)).toMatchObject({
      code: 'vat-unclear',
      facts: { reason: expect.stringMatching(/invoice them one after the other, by product$/) as string },
    });
    const one = await room.call('documents.proFormaIssue', { ...scope, productIds: [productId] });
    const other = await room.call('documents.proFormaIssue', { ...scope, productIds: [DEFAULT_PRODUCT_ID] });
    expect([one, other].map(({ amount }) => amount.amountMinor)).toEqual(['12300', '31000']);
    expect((await room.refused('documents.proFormaIssue', { ...scope, productIds: [''] })).code).toBe(
      'nothing-to-invoice',
    );
    for (const { documentId, amount } of [one, other]) {
      const { invoiceId } = await room.call('documents.proFormaInvoice', { documentId });
      expect((await room.call('billing.invoiceGet', { invoiceId })).gross).toEqual(amount);
    }
    expect((await room.refused('billing.invoicePreview', scope)).code).toBe('nothing-to-invoice');
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });
});
