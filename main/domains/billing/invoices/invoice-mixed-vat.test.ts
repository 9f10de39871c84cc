import { afterAll, expect, it } from 'vitest';
import type { ProductVat } from '../../../../shared/domains/catalog/product-vat.ts';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  testCompany,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { DEFAULT_PRODUCT_ID } from '../../../../shared/domains/catalog/product-rules.ts';
import type { CustomerTable } from '../../customers/customers-tables.ts';
import type { BillingTables } from '../billing-tables.ts';

afterAll(closePressForTest);

const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' } as const;
const evidence = JSON.stringify(
  (['bank', 'ip-address'] as const).map((kind) => ({ kind, country: 'AT', detail: 'As of 2026-08-31' })),
);
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
  exemptCode: 'VATEX-EU-132-1I',
};

/** A VPS for September with lines by hand of other products, all in closed days. */
async function supplied(
  room: BillingRoom,
  of: Readonly<Record<string, { readonly vat: ProductVat; readonly price: string }>>,
): Promise<{ customerId: string; products: Readonly<Record<string, string>> }> {
  const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
  await closeDays(room, '2026-09-01', '2026-10-01');
  const products: Record<string, string> = {};
  for (const [name, { vat, price }] of Object.entries(of)) {
    const { productId } = await room.call('catalog.productCreate', { name, kind: 'labour', vat });
    products[name] = productId;
    await room.call('billing.chargeByHand', {
      customerId,
      productId,
      description: name,
      unitPrice: price,
      reference: name,
      reason: 'Ordered',
      day: '2026-09-14',
    });
  }
  return { customerId, products };
}

async function moveTo(room: BillingRoom, customerId: string, country: string, vatId = ''): Promise<void> {
  await room.store
    .tables<BillingTables & { customer: { id: string; country: string; vat_id: string } }>()
    .updateTable('customer')
    .set({ country, vat_id: vatId })
    .where('id', '=', customerId)
    .execute();
}

async function balances(room: BillingRoom): Promise<Record<string, number>> {
  const { rows } = await room.call('billing.trialBalance', {});
  return Object.fromEntries(
    rows.map((row) => [row.account, Number(row.debit.amountMinor) - Number(row.credit.amountMinor)]),
  );
}

describeOnBothStores('an invoice of several kinds of supply', (stores) => {
  it('taxes each line as its product, foots by category and rate, and is credited so', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await supplied(room, {
      Book: { vat: { ...rated, rateClass: 'second-reduced' }, price: '20.10' },
      Support: { vat: rated, price: '100.03' },
      Training: { vat: training, price: '500.00' },
    });
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    const invoice = await room.call('billing.invoiceGet', { invoiceId });
    expect(invoice.lines.map((line) => [line.description, line.vatCategory, line.vatRate])).toEqual([
      ['Support', 'S', '23'],
      ['Book', 'S', '5'],
      ['Training', 'E', '0'],
      ['Virtual server Plan vm-1, vm-1', 'S', '23'],
    ]);
    expect(
      invoice.vatLines.map((of) => [of.vatCategory, of.vatRate, of.base.amountMinor, of.vat.amountMinor]),
    ).toEqual([
      ['E', '0', '50000', '0'],
      ['S', '5', '2010', '101'],
      // Of 410.03 together, which no sum of lines by themselves comes to.
      ['S', '23', '41003', '9431'],
    ]);
    expect(invoice.vatLines.map(({ note }) => note)).toEqual([
      'Exempt from VAT: education, Art. 132(1)(i).',
      '',
      '',
    ]);
    expect([invoice.net, invoice.vat, invoice.gross].map(({ amountMinor }) => amountMinor)).toEqual([
      '93013',
      '9532',
      '102545',
    ]);
    expect(await balances(room)).toMatchObject({ receivables: 102_545, 'vat-payable': -9532, unbilled: 0 });
    const { xml } = await room.call('billing.invoiceUbl', { invoiceId });
    expect(xml).toContain('<cbc:TaxExemptionReasonCode>VATEX-EU-132-1I</cbc:TaxExemptionReasonCode>');
    expect(xml.match(/<cbc:TaxExemptionReason>/g)).toHaveLength(1);

    const note = await room.call('billing.invoiceCredit', {
      invoiceId,
      reason: 'Support was not given',
      lines: [{ lineNo: 1, netMinor: '10003' }],
    });
    const credited = await room.call('billing.invoiceGet', { invoiceId: note.creditNoteId });
    expect(credited.notes).toEqual([]);
    expect(credited.vatLines.map((of) => [of.vatRate, of.vat.amountMinor])).toEqual([['23', '-2301']]);
    await room.call('billing.invoiceCredit', { invoiceId, reason: 'All of it back' });
    expect(await balances(room)).toMatchObject({ receivables: 0, 'vat-payable': 0 });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);

    // Billed again each line is of the product that it was of.
    await room.call('billing.invoiceBillAgain', { invoiceId });
    const again = await room.call('billing.invoicePreview', { customerId, ...september });
    expect(again.gross).toEqual(invoice.gross);
    expect(again.lines.map((line) => [line.description, line.vatCategory, line.vatRate])).toEqual(
      invoice.lines.map((line) => [line.description, line.vatCategory, line.vatRate]),
    );
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('holds what is outside the scope of VAT apart, and each part is invoiced by its products', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, products } = await supplied(room, {
      Cage: { vat: { ...rated, supply: 'property-service' }, price: '200.00' },
    });
    await moveTo(room, customerId, 'US');
    expect(await room.refused('billing.invoicePreview', { customerId, ...september })).toEqual({
      code: 'vat-unclear',
      facts: {
        customer: 'Klient vm-1',
        reason:
          'VPS is outside the scope of VAT and Cage is not, which cannot stand on one invoice (EN 16931, BR-O-11): invoice them one after the other, by product',
      },
    });
    const cage = await room.call('billing.invoiceCreate', {
      customerId,
      ...september,
      productIds: [products['Cage'] ?? ''],
    });
    expect(cage.gross.amountMinor).toBe('24600');
    const rest = await room.call('billing.invoiceCreate', { customerId, ...september });
    expect(await room.call('billing.invoiceGet', { invoiceId: rest.invoiceId })).toMatchObject({
      gross: { amountMinor: '31000' },
      vatLines: [{ vatCategory: 'O', vatRate: '0' }],
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('holds VAT that is owed to two states apart, and knows which an advance is of', async () => {
    const room = await openBillingRoom(stores);
    await room.call('billing.companySave', { ...testCompany, consumersAbroad: 'oss' });
    const { customerId, products } = await supplied(room, {
      Router: { vat: { ...rated, supply: 'goods' }, price: '100.00' },
    });
    // Taxed in Austria for services; goods go to Germany.
    await room.store
      .tables<{ customer: CustomerTable }>()
      .updateTable('customer')
      .set({ kind: 'person', country: 'DE', tax_country: 'AT', tax_evidence: evidence })
      .where('id', '=', customerId)
      .execute();
    expect(await room.refused('billing.invoicePreview', { customerId, ...september })).toMatchObject({
      code: 'vat-unclear',
      facts: {
        reason:
          'the VAT of Router is owed in DE (one-stop shop), that of VPS in AT (one-stop shop): invoice them one after the other, by product',
      },
    });
    const { paymentId } = await room.call('payments.paymentRecord', {
      customerId,
      amount: { amountMinor: '5950', currency: 'PLN' },
      receivedOn: '2026-09-10',
      reference: 'ahead',
      allocations: [],
    });
    const productId = products['Router'] ?? '';
    const lines = [{ description: 'Router ahead', grossMinor: '5950' }];
    await room.call('payments.advanceIssue', { paymentId, lines, productId });
    const services = await room.call('billing.invoicePreview', {
      customerId,
      ...september,
      productIds: [DEFAULT_PRODUCT_ID],
    });
    expect(services.vatLines.map(({ vatRate }) => vatRate)).toEqual(['20']);
    expect(services.settles).toEqual([]);
    const { invoiceId } = await room.call('billing.invoiceCreate', {
      customerId,
      ...september,
      productIds: [productId],
    });
    expect(await room.call('billing.invoiceGet', { invoiceId })).toMatchObject({
      vatLines: [{ vatRate: '19' }],
      settles: [{ gross: { amountMinor: '5950' } }],
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('has reverse charge beside a rate, and settles the advance of its rate', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, products } = await supplied(room, {
      Cage: { vat: { ...rated, supply: 'property-service' }, price: '200.00' },
    });
    await moveTo(room, customerId, 'DE', 'DE136695976');
    const { paymentId } = await room.call('payments.paymentRecord', {
      customerId,
      amount: { amountMinor: '12300', currency: 'PLN' },
      receivedOn: '2026-09-10',
      reference: 'ahead',
      allocations: [],
    });
    const lines = [{ description: 'Cage ahead', grossMinor: '12300' }];
    expect(await room.refused('payments.advanceIssue', { paymentId, lines })).toMatchObject({
      code: 'no-vat-due',
    });
    const productId = products['Cage'] ?? '';
    await room.call('payments.advanceIssue', { paymentId, lines, productId });
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    const invoice = await room.call('billing.invoiceGet', { invoiceId });
    expect(invoice).toMatchObject({
      gross: { amountMinor: '55600' },
      due: { amountMinor: '43300' },
      settles: [{ vatRate: '23', vat: { amountMinor: '2300' } }],
      notes: [expect.stringMatching(/^Reverse charge/) as string],
    });
    expect(await balances(room)).toMatchObject({ 'vat-payable': -4600, 'advance-vat': 0 });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('is taxed otherwise once the product is, and not when somebody else changed that meanwhile', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, products } = await supplied(room, { Support: { vat: rated, price: '100.00' } });
    const productId = products['Support'] ?? '';
    const scope = { customerId, ...september };
    const reduced = { ...rated, rateClass: 'reduced' } as const;
    expect(
      await room.refused('catalog.productVatSet', { productId, vat: reduced, before: reduced }),
    ).toMatchObject({ code: 'changed-meanwhile' });
    await room.call('catalog.productVatSet', { productId, vat: reduced, before: rated });
    expect((await room.call('billing.invoicePreview', scope)).vatLines.map(({ vatRate }) => vatRate)).toEqual(
      ['8', '23'],
    );
    for (const [vat, code] of [
      [{ ...training, exemptReason: '' }, 'exempt-without-reason'],
      [{ ...training, supply: 'goods' }, 'reason-without-exemption'],
    ] as const)
      expect((await room.refused('catalog.productVatSet', { productId, vat })).code).toBe(code);
  });
});
