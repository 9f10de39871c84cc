import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { localDate } from '../../../../shared/kernel/local-date.ts';
import { invoiceDocumentForTest } from '../../../testing/invoice-document-for-test.ts';
import type { CreditNoteDocument, DocumentLine, InvoiceDocument } from './invoice-document.ts';
import { invoiceUbl } from './invoice-ubl.ts';

const layoutFolder = join(import.meta.dirname, '../../../../resources/layouts');

interface Node {
  readonly [name: string]: readonly Node[] | string;
}

/** Elements in order, without attributes. */
function parsed(xml: string): readonly Node[] {
  const parser = new XMLParser({ preserveOrder: true, parseTagValue: false, ignoreDeclaration: true });
  return parser.parse(xml) as readonly Node[];
}

function inside(nodes: readonly Node[], name: string): readonly Node[] {
  return nodes.flatMap((node) => {
    const found = node[name];
    return Array.isArray(found) ? (found as readonly Node[]) : [];
  });
}

function all(nodes: readonly Node[], name: string): readonly (readonly Node[])[] {
  return nodes.flatMap((node) => (Array.isArray(node[name]) ? [node[name] as readonly Node[]] : []));
}

function value(nodes: readonly Node[], ...path: readonly string[]): string {
  const last = path.reduce(inside, nodes);
  return last
    .map((node) => node['#text'])
    .filter((text) => typeof text === 'string')
    .join('');
}

const order = (nodes: readonly Node[]): string[] => [
  ...new Set(nodes.map((node) => Object.keys(node).find((key) => key !== ':@') ?? '')),
];

const minor = (decimal: string): number => Math.round(Number(decimal) * 100);

/** The rules of EN 16931 that tie amounts together. */
function holdsTogether(root: readonly Node[], lineName: string): void {
  const total = inside(root, 'cac:LegalMonetaryTotal');
  const lines = all(root, lineName);
  const sum = lines.reduce((of, line) => of + minor(value(line, 'cbc:LineExtensionAmount')), 0);
  const [tax = []] = all(root, 'cac:TaxTotal');
  const groups = all(tax, 'cac:TaxSubtotal');
  const vat = groups.reduce((of, group) => of + minor(value(group, 'cbc:TaxAmount')), 0);
  const net = minor(value(total, 'cbc:TaxExclusiveAmount'));
  const gross = minor(value(total, 'cbc:TaxInclusiveAmount'));
  expect(sum, 'BR-CO-10').toBe(minor(value(total, 'cbc:LineExtensionAmount')));
  expect(net, 'BR-CO-13').toBe(sum);
  expect(vat, 'BR-CO-14').toBe(minor(value(tax, 'cbc:TaxAmount')));
  expect(gross, 'BR-CO-15').toBe(net + vat);
  expect(minor(value(total, 'cbc:PayableAmount')), 'BR-CO-16').toBe(gross);
  for (const group of groups) {
    const base = Number(value(group, 'cbc:TaxableAmount'));
    const rate = Number(value(group, 'cac:TaxCategory', 'cbc:Percent') || '0');
    const stated = Number(value(group, 'cbc:TaxAmount'));
    expect(Math.abs((base * rate) / 100 - stated), 'BR-CO-17').toBeLessThan(0.01);
  }
  for (const line of lines) {
    const price = Number(value(line, 'cac:Price', 'cbc:PriceAmount'));
    const quantity = Number(value(line, 'cbc:InvoicedQuantity') || value(line, 'cbc:CreditedQuantity'));
    expect(price, 'BR-27').toBeGreaterThanOrEqual(0);
    const net_ = Number(value(line, 'cbc:LineExtensionAmount'));
    expect(Math.abs(price * quantity - net_), 'price × quantity').toBeLessThan(0.02);
  }
}

describe('an invoice as UBL 2.1', () => {
  it('has the elements of EN 16931 in the order of the schema, and its amounts hold together', () => {
    const xml = invoiceUbl(
      invoiceDocumentForTest(2, { buyerFields: { name: 'Běžný & syn <s.r.o.>' } }),
      layoutFolder,
    );
    expect(xml).toContain('<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"');
    const root = inside(parsed(xml), 'Invoice');
    expect(order(root)).toEqual([
      'cbc:CustomizationID',
      'cbc:ID',
      'cbc:IssueDate',
      'cbc:DueDate',
      'cbc:InvoiceTypeCode',
      'cbc:TaxPointDate',
      'cbc:DocumentCurrencyCode',
      'cac:InvoicePeriod',
      'cac:AccountingSupplierParty',
      'cac:AccountingCustomerParty',
      'cac:PaymentMeans',
      'cac:TaxTotal',
      'cac:LegalMonetaryTotal',
      'cac:InvoiceLine',
    ]);
    expect(value(root, 'cbc:ID')).toBe('FV 2026/09/024117');
    const buyer = inside(inside(root, 'cac:AccountingCustomerParty'), 'cac:Party');
    expect(value(buyer, 'cac:PartyLegalEntity', 'cbc:RegistrationName')).toBe('Běžný & syn <s.r.o.>');
    holdsTogether(root, 'cac:InvoiceLine');
    // 14 of 31 days are no decimal: one unit at the net amount.
    const [first = []] = all(root, 'cac:InvoiceLine');
    expect(value(first, 'cbc:InvoicedQuantity')).toBe('1');
  });

  it('says why there is no VAT, names nobody by a VAT id out of scope, and states VAT at home', () => {
    const one = invoiceDocumentForTest(1);
    const lines: readonly DocumentLine[] = one.lines.map((line) => ({
      ...line,
      vatCategory: 'O',
      vatRate: '0',
    }));
    const outside = invoiceDocumentForTest(1, { lines, notes: ['outside-eu'] });
    const root = inside(parsed(invoiceUbl(outside, layoutFolder)), 'Invoice');
    const category = ['cac:TaxTotal', 'cac:TaxSubtotal', 'cac:TaxCategory'] as const;
    expect(value(root, ...category, 'cbc:TaxExemptionReason')).toContain('Nie podlega VAT');
    expect(value(root, ...category, 'cbc:Percent')).toBe('');
    expect(value(root, 'cac:AccountingSupplierParty', 'cac:Party', 'cac:PartyTaxScheme')).toBe('');
    holdsTogether(root, 'cac:InvoiceLine');
    const vatNational = {
      currency: 'PLN',
      vatMinor: '12345',
      source: 'NBP',
      day: localDate('2026-08-28'),
      quotes: [],
    } as const;
    const abroad = invoiceUbl(invoiceDocumentForTest(1, { currency: 'EUR', vatNational }), layoutFolder);
    expect(abroad).toContain('<cbc:TaxAmount currencyID="PLN">123.45</cbc:TaxAmount>');
    expect(abroad).toContain('<cbc:TaxCurrencyCode>PLN</cbc:TaxCurrencyCode>');
  });

  it.each([
    ['DE', 'DE'],
    ['GB', 'XI'],
  ])('of goods that go to %s names the state they go to, %s', (country, said) => {
    const one = invoiceDocumentForTest(1);
    const lines = one.lines.map((line) => ({ ...line, vatCategory: 'K' as const, vatRate: '0' }));
    const buyer = { ...one.buyer, country };
    const goods = invoiceDocumentForTest(1, { lines, buyer, notes: ['intra-community'] });
    const root = inside(parsed(invoiceUbl(goods, layoutFolder)), 'Invoice');
    const address = ['cac:Delivery', 'cac:DeliveryLocation', 'cac:Address'];
    expect(value(root, ...address, 'cac:Country', 'cbc:IdentificationCode'), 'BR-IC-12').toBe(said);
    const names = order(root);
    expect(names.indexOf('cac:Delivery')).toBe(names.indexOf('cac:AccountingCustomerParty') + 1);
    expect(value(inside(parsed(invoiceUbl(one, layoutFolder)), 'Invoice'), 'cac:Delivery')).toBe('');
  });

  it('gives the code of an exemption where that is all that its amounts are exempt by', () => {
    const one = invoiceDocumentForTest(1);
    const lines = one.lines.map((line) => ({ ...line, vatCategory: 'E' as const, vatRate: '0' }));
    const exempt = [{ reason: 'education', code: 'VATEX-EU-132-1I' }];
    const code = (notes: InvoiceDocument['notes']): string =>
      invoiceUbl(invoiceDocumentForTest(1, { lines, notes, exempt }), layoutFolder);
    expect(code(['exempt'])).toContain('VATEX-EU-132-1I');
    expect(code(['small-enterprise', 'exempt'])).not.toContain('VATEX-EU-132-1I');
  });

  it('of a credit note is a CreditNote of its invoice, its amounts above 0', () => {
    const invoice: InvoiceDocument = invoiceDocumentForTest(1);
    const back = (text: string): string => (-BigInt(text)).toString();
    const { dueOn: _dueOn, form: _form, ...rest } = invoice;
    const note: CreditNoteDocument = {
      ...rest,
      form: 'credit-note-1',
      number: 'FK 2026/09/0001',
      dueOn: invoice.issuedOn,
      lines: invoice.lines.map((line) => ({
        ...line,
        numerator: back(line.numerator),
        netMinor: back(line.netMinor),
      })),
      vatLines: invoice.vatLines.map((group) => ({
        ...group,
        baseMinor: back(group.baseMinor),
        vatMinor: back(group.vatMinor),
      })),
      netMinor: back(invoice.netMinor),
      vatMinor: back(invoice.vatMinor),
      grossMinor: back(invoice.grossMinor),
      corrects: {
        invoiceId: 'inv_1',
        number: invoice.number,
        issuedOn: invoice.issuedOn,
        lineNos: [1, 2, 3],
      },
      reason: 'Awaria',
    };
    const root = inside(parsed(invoiceUbl(note, layoutFolder)), 'CreditNote');
    expect(order(root).slice(3, 9)).toEqual([
      'cbc:TaxPointDate',
      'cbc:CreditNoteTypeCode',
      'cbc:Note',
      'cbc:DocumentCurrencyCode',
      'cac:InvoicePeriod',
      'cac:BillingReference',
    ]);
    expect(value(root, 'cac:BillingReference', 'cac:InvoiceDocumentReference', 'cbc:ID')).toBe(
      invoice.number,
    );
    expect(Number(value(root, 'cac:LegalMonetaryTotal', 'cbc:PayableAmount'))).toBeGreaterThan(0);
    holdsTogether(root, 'cac:CreditNoteLine');
  });
});
