import { afterAll, expect, it } from 'vitest';
import type { ProductVat } from '../../../../shared/domains/catalog/product-vat.ts';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { advanceLine, nbp, paidAhead, supplied as suppliedIn } from '../../../testing/advance-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';

afterAll(closePressForTest);

const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' } as const;
const inOrder = { ok: true, problems: [] };

const rated: ProductVat = {
  supply: 'general-service',
  rateClass: 'standard',
  exemptReason: '',
  exemptCode: '',
};
const training: ProductVat = {
  ...rated,
  supply: 'exempt',
  exemptReason: 'education, Art. 132(1)(i)',
  exemptCode: '',
};
const book: ProductVat = { ...rated, rateClass: 'second-reduced' };

/** A VPS for September (310.00 at 23 %) with a line by hand of another product, which may take something back. */
async function supplied(
  room: BillingRoom,
  vat: ProductVat,
  unitPrice: string,
): Promise<{ customerId: string }> {
  const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
  await closeDays(room, '2026-09-01', '2026-10-01');
  const { productId } = await room.call('catalog.productCreate', { name: 'Other', kind: 'labour', vat });
  await room.call('billing.chargeByHand', {
    customerId,
    productId,
    description: 'Other',
    ...(unitPrice.startsWith('-') ? { quantity: '-1', unitPrice: unitPrice.slice(1) } : { unitPrice }),
    reference: 'other',
    reason: 'Agreed',
    day: '2026-09-14',
  });
  return { customerId };
}

describeOnBothStores('an invoice of which one rate is below zero', (stores) => {
  it('settles no more of advances than it asks for', async () => {
    const room = await openBillingRoom(stores);
    // 310.00 at 23 % is 381.30; 100.00 taken back at 5 % is 105.00.
    const { customerId } = await supplied(room, book, '-100.00');
    const paymentId = await paidAhead(room, { customerId, amountMinor: '38130' });
    await room.call('payments.advanceIssue', { paymentId, lines: [advanceLine('38130')] });
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    expect(await room.call('billing.invoiceGet', { invoiceId })).toMatchObject({
      gross: { amountMinor: '27630' },
      due: { amountMinor: '0' },
      settles: [{ gross: { amountMinor: '27630' } }],
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });
  it('is none where its VAT takes more back than its net asks for', async () => {
    const room = await openBillingRoom(stores);
    // 310.00 with 71.30 of VAT is taken back, 350.00 without VAT are charged: net 40.00, gross −31.30.
    const { customerId } = await supplied(room, training, '350.00');
    const { productId } = await room.call('catalog.productCreate', { name: 'Back', kind: 'vps' });
    await room.call('billing.chargeByHand', {
      customerId,
      productId,
      description: 'Back',
      quantity: '-2',
      unitPrice: '310.00',
      reference: 'back',
      reason: 'Agreed',
      day: '2026-09-14',
    });
    expect(await room.refused('billing.invoicePreview', { customerId, ...september })).toMatchObject({
      code: 'nothing-to-invoice',
      facts: {
        reason: expect.stringMatching(/^what is taken back is 31.30 PLN more than what is charged/) as string,
      },
    });
  });
  it('is issued where its VAT is all that it comes to', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await supplied(room, book, '-310.00');
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    expect(await room.call('billing.invoiceGet', { invoiceId })).toMatchObject({
      net: { amountMinor: '0' },
      gross: { amountMinor: '5580' },
    });
    await room.call('billing.invoiceUbl', { invoiceId });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });
});

describeOnBothStores('a credit note of what no advance taxed', (stores) => {
  it('takes its VAT back at the exchange rate of the invoice, not of the advance at another rate of VAT', async () => {
    const room = await openBillingRoom(stores);
    await room.call('billing.exchangeRateImport', { content: nbp({ '2026-09-09': 4, '2026-09-29': 5 }) });
    const { customerId } = await suppliedIn(room, { currency: 'EUR' });
    const paymentId = await paidAhead(room, { customerId, amountMinor: '12300', currency: 'EUR' });
    await room.call('payments.advanceIssue', { paymentId, lines: [advanceLine('12300')] });
    const { productId } = await room.call('catalog.productCreate', {
      name: 'Book',
      kind: 'digital',
      vat: book,
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
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    const reason = 'The book was not sent';
    const lines = [{ lineNo: 1, netMinor: '10000' }];
    const book5 = await room.call('billing.invoiceCredit', { invoiceId, lines, reason });
    const national = async (id: string): Promise<string | undefined> =>
      (await room.call('billing.invoiceGet', { invoiceId: id })).vatNational?.amount;
    // 5.00 EUR at 5.
    expect(await national(book5.creditNoteId)).toBe('-25.00');
    const rest = await room.call('billing.invoiceCredit', { invoiceId, reason });
    // 23.00 EUR at 4, which the advance taxed, and 48.30 EUR at 5.
    expect(await national(rest.creditNoteId)).toBe('-333.50');
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('takes it back at the rate of the invoice where VAT of other sign had left it none together', async () => {
    const room = await openBillingRoom(stores);
    await room.call('billing.exchangeRateImport', { content: nbp({ '2026-09-29': 5 }) });
    const { customerId } = await suppliedIn(room, { currency: 'EUR' });
    // 310.00 at 23 % are 71.30 of VAT, and so are 1426.00 at 5 %.
    for (const [name, vat, price] of [
      ['Book', book, { quantity: '-1', unitPrice: '1426.00' }],
      ['Training', training, { unitPrice: '2000.00' }],
    ] as const) {
      const { productId } = await room.call('catalog.productCreate', { name, kind: 'labour', vat });
      await room.call('billing.chargeByHand', {
        customerId,
        productId,
        description: name,
        ...price,
        reference: name,
        reason: 'Agreed',
        day: '2026-09-14',
      });
    }
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    const invoice = await room.call('billing.invoiceGet', { invoiceId });
    expect(invoice).toMatchObject({
      vat: { amountMinor: '0' },
      vatNational: { currency: 'PLN', amount: '0.00', day: '2026-09-29' },
    });
    await room.call('billing.invoiceUbl', { invoiceId });
    await room.call('billing.invoicePdf', { invoiceId, language: 'pl' });
    const server = invoice.lines.find(({ vatRate }) => vatRate === '23');
    const reason = 'The server was not there';
    const lines = [{ lineNo: server?.lineNo ?? 0, netMinor: '31000' }];
    const part = await room.call('billing.invoiceCredit', { invoiceId, lines, reason });
    const rest = await room.call('billing.invoiceCredit', { invoiceId, reason });
    const amounts: (string | undefined)[] = [];
    for (const { creditNoteId } of [part, rest])
      amounts.push((await room.call('billing.invoiceGet', { invoiceId: creditNoteId })).vatNational?.amount);
    expect(amounts).toEqual(['-356.50', '356.50']);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });
});
