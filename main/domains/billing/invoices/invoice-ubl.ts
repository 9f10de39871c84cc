import { quantityText, type LineKind } from '../../../../shared/domains/billing/charge-rules.ts';
import { vatNotesOf } from '../../../../shared/domains/billing/vat-notes.ts';
import { addDays } from '../../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText } from '../../../../shared/kernel/money.ts';
import type { DocumentLine, IssuedDocument } from './invoice-document.ts';
import { dueOf } from '../advances/advance-settle.ts';
import { decimalOf, invoiceTexts, lineTexts } from './invoice-texts.ts';

/** Text, or elements in order; undefined ones are left out. */
type Content = string | readonly (Element | undefined)[];
interface Element {
  readonly name: string;
  readonly content: Content;
  readonly attributes: Readonly<Record<string, string>>;
}

const el = (name: string, content: Content, attributes: Readonly<Record<string, string>> = {}): Element => ({
  name,
  content,
  attributes,
});
const when = (text: string, make: (text: string) => Element): Element | undefined =>
  text === '' ? undefined : make(text);

/** UN/ECE Recommendation 20: a month, an hour, one of whatever it is. */
const UNIT_CODES: Partial<Readonly<Record<LineKind, string>>> = { month: 'MON', 'vcpu-hours': 'HUR' };

const EN_16931 = 'urn:cen.eu:en16931:2017';
const UBL = 'urn:oasis:names:specification:ubl:schema:xsd:';

/**
 * An issued document as UBL 2.1 in the binding of EN 16931 (CEN/TS 16931-3-2): `Invoice` (type code 380; 386 of an advance invoice, which
 * is paid), or `CreditNote` (381) whose amounts are above 0 for what it takes back. The comments name the business terms. A quantity that is no finite decimal, and a price
 * that has VAT in it, are given as one unit at the net amount.
 */
export function invoiceUbl(document: IssuedDocument, layoutFolder: string): string {
  const isCredit = document.form === 'credit-note-1';
  const root = isCredit ? 'CreditNote' : 'Invoice';
  const writer = new UblWriter(document, layoutFolder);
  const namespaces = {
    xmlns: `${UBL}${root}-2`,
    'xmlns:cac': `${UBL}CommonAggregateComponents-2`,
    'xmlns:cbc': `${UBL}CommonBasicComponents-2`,
  };
  const lines = writer.elements();
  return `<?xml version="1.0" encoding="UTF-8"?>\n${textOf(el(root, lines, namespaces), 0)}`;
}

class UblWriter {
  private readonly document: IssuedDocument;
  private readonly layoutFolder: string;
  private readonly isCredit: boolean;
  private readonly notes: ReturnType<typeof vatNotesOf>;

  constructor(document: IssuedDocument, layoutFolder: string) {
    this.document = document;
    this.layoutFolder = layoutFolder;
    this.isCredit = document.form === 'credit-note-1';
    const { language, seller } = document;
    this.notes = vatNotesOf(document, { language, sellerCountry: seller.country });
  }

  elements(): readonly (Element | undefined)[] {
    const { document, isCredit } = this;
    const isAdvance = document.form === 'advance-invoice-1';
    const national = nationalOf(document);
    const taxPoint = el('cbc:TaxPointDate', addDays(document.period.endExclusive, -1)); // BT-7
    const reasons = document.form === 'credit-note-1' ? [document.reason] : [];
    const notes = [...this.notes.map(({ text }) => text), ...reasons].map((note) => el('cbc:Note', note)); // BT-22
    return [
      el('cbc:CustomizationID', EN_16931), // BT-24
      el('cbc:ID', document.number), // BT-1
      el('cbc:IssueDate', document.issuedOn), // BT-2
      // The two schemas have the day of the tax in different places.
      ...(isCredit
        ? [taxPoint, el('cbc:CreditNoteTypeCode', '381'), ...notes]
        : [
            isAdvance ? undefined : el('cbc:DueDate', document.dueOn), // BT-9
            el('cbc:InvoiceTypeCode', isAdvance ? '386' : '380'), // BT-3
            ...notes,
            taxPoint,
          ]),
      el('cbc:DocumentCurrencyCode', document.currency), // BT-5
      national && el('cbc:TaxCurrencyCode', national.currency), // BT-6
      el('cac:InvoicePeriod', [
        el('cbc:StartDate', document.period.start), // BT-73
        el('cbc:EndDate', addDays(document.period.endExclusive, -1)), // BT-74
      ]),
      ...precedingOf(document).map(({ number, issuedOn }) =>
        el('cac:BillingReference', [
          el('cac:InvoiceDocumentReference', [
            el('cbc:ID', number), // BT-25
            el('cbc:IssueDate', issuedOn), // BT-26
          ]),
        ]),
      ),
      el('cac:AccountingSupplierParty', [this.party(document.seller)]),
      el('cac:AccountingCustomerParty', [this.party(document.buyer)]),
      this.delivery(),
      isCredit || isAdvance ? undefined : this.paymentMeans(),
      this.vat(),
      national &&
        el('cac:TaxTotal', [
          el('cbc:TaxAmount', decimalOf(this.signed(national.vatMinor)), {
            currencyID: national.currency,
          }), // BT-111
        ]),
      this.totals(),
      ...document.lines.map((line) => this.line(line)),
    ];
  }

  /** What a credit note takes back stands in it above 0. */
  private signed(minor: string): string {
    return this.isCredit ? (-BigInt(minor)).toString() : minor;
  }

  private amount(name: string, minor: string): Element {
    const { currency } = this.document;
    const text = moneyToDecimalText(money(BigInt(this.signed(minor)), currency));
    return el(name, text, { currencyID: currency });
  }

  private party(of: IssuedDocument['seller'] | IssuedDocument['buyer']): Element {
    const isOutside = this.document.vatLines.some(({ vatCategory }) => vatCategory === 'O');
    return el('cac:Party', [
      el('cac:PostalAddress', [
        when(of.street, (text) => el('cbc:StreetName', text)), // BT-35, BT-50
        when(of.city, (text) => el('cbc:CityName', text)),
        when(of.postcode, (text) => el('cbc:PostalZone', text)),
        el('cac:Country', [el('cbc:IdentificationCode', of.country)]), // BT-40, BT-55
      ]),
      // BR-O-02: where VAT has no scope nobody is named by a VAT id.
      of.vatId === '' || isOutside
        ? undefined
        : el('cac:PartyTaxScheme', [
            el('cbc:CompanyID', of.vatId), // BT-31, BT-48
            el('cac:TaxScheme', [el('cbc:ID', 'VAT')]),
          ]),
      el('cac:PartyLegalEntity', [
        el('cbc:RegistrationName', of.name), // BT-27, BT-44
        of.vatId !== '' && isOutside ? el('cbc:CompanyID', of.vatId) : undefined, // BT-30, BT-47
      ]),
      when(of.email, (text) => el('cac:Contact', [el('cbc:ElectronicMail', text)])), // BT-43, BT-58
    ]);
  }

  /** BR-IC-12: goods that go to another member state say to which; Northern Ireland is one of its own for them. */
  private delivery(): Element | undefined {
    const { buyer, vatLines } = this.document;
    if (!vatLines.some(({ vatCategory }) => vatCategory === 'K')) return undefined;
    const to = buyer.country === 'GB' ? 'XI' : buyer.country;
    const country = el('cac:Country', [el('cbc:IdentificationCode', to)]); // BT-80
    return el('cac:Delivery', [el('cac:DeliveryLocation', [el('cac:Address', [country])])]);
  }

  private paymentMeans(): Element {
    const { account, number, currency } = this.document;
    return el('cac:PaymentMeans', [
      el('cbc:PaymentMeansCode', currency === 'EUR' ? '58' : '30'), // BT-81
      el('cbc:PaymentID', number), // BT-83
      el('cac:PayeeFinancialAccount', [
        el('cbc:ID', account.iban), // BT-84
        when(account.bic, (text) => el('cac:FinancialInstitutionBranch', [el('cbc:ID', text)])), // BT-86
      ]),
    ]);
  }

  private vat(): Element {
    const { vatLines, vatMinor } = this.document;
    return el('cac:TaxTotal', [
      this.amount('cbc:TaxAmount', vatMinor), // BT-110
      ...vatLines.map((group) =>
        el('cac:TaxSubtotal', [
          this.amount('cbc:TaxableAmount', group.baseMinor), // BT-116
          this.amount('cbc:TaxAmount', group.vatMinor), // BT-117
          this.category('cac:TaxCategory', group, hasReason(group)),
        ]),
      ),
    ]);
  }

  private category(
    name: string,
    of: Pick<DocumentLine, 'vatCategory' | 'vatRate'>,
    isExplained = false,
  ): Element {
    const { exempt = [], notes } = this.document;
    const mine = this.notes.filter(({ category }) => category === of.vatCategory);
    const isExempt =
      of.vatCategory === 'E' && notes.includes('exempt') && !notes.includes('small-enterprise');
    const [code, ...codes] = isExempt ? exempt : [];
    return el(name, [
      el('cbc:ID', of.vatCategory), // BT-118, BT-151
      of.vatCategory === 'O' ? undefined : el('cbc:Percent', of.vatRate), // BT-119, BT-152
      // BT-121: one code, which several reasons have not.
      isExplained && codes.length === 0 && code
        ? when(code.code, (text) => el('cbc:TaxExemptionReasonCode', text))
        : undefined,
      isExplained && mine.length > 0
        ? el('cbc:TaxExemptionReason', mine.map(({ text }) => text).join(' ')) // BT-120
        : undefined,
      el('cac:TaxScheme', [el('cbc:ID', 'VAT')]),
    ]);
  }

  private totals(): Element {
    const { document } = this;
    const { netMinor, grossMinor } = document;
    // An advance invoice asks for nothing: all of it is paid.
    const due = document.form === 'advance-invoice-1' ? 0n : dueOf(document);
    const prepaid = BigInt(grossMinor) - due;
    return el('cac:LegalMonetaryTotal', [
      this.amount('cbc:LineExtensionAmount', netMinor), // BT-106
      this.amount('cbc:TaxExclusiveAmount', netMinor), // BT-109
      this.amount('cbc:TaxInclusiveAmount', grossMinor), // BT-112
      prepaid === 0n ? undefined : this.amount('cbc:PrepaidAmount', prepaid.toString()), // BT-113
      this.amount('cbc:PayableAmount', due.toString()), // BT-115
    ]);
  }

  private line(line: DocumentLine): Element {
    const { language, edition } = this.document;
    const texts = invoiceTexts(this.layoutFolder, language);
    const style = { language, edition };
    const { description, detail } = lineTexts({ ...line, hasVatInPrice: false }, texts, style);
    const { quantity, unitCode, price } = this.priced(line);
    return el(this.isCredit ? 'cac:CreditNoteLine' : 'cac:InvoiceLine', [
      el('cbc:ID', String(line.lineNo)), // BT-126
      el(this.isCredit ? 'cbc:CreditedQuantity' : 'cbc:InvoicedQuantity', quantity, { unitCode }), // BT-129
      this.amount('cbc:LineExtensionAmount', line.netMinor), // BT-131
      el('cac:Item', [
        when(detail, (text) => el('cbc:Description', text)), // BT-154
        el('cbc:Name', description), // BT-153
        this.category('cac:ClassifiedTaxCategory', line),
      ]),
      el('cac:Price', [el('cbc:PriceAmount', price, { currencyID: this.document.currency })]), // BT-146
    ]);
  }

  private priced(line: DocumentLine): { quantity: string; unitCode: string; price: string } {
    const sign = this.isCredit ? -1n : 1n;
    const numerator = BigInt(line.numerator) * sign;
    const quantity = quantityText(line.component, { numerator, denominator: BigInt(line.denominator) });
    if (line.grossMinor === undefined && !quantity.includes('/')) {
      const unitCode = (line.isPart ? undefined : UNIT_CODES[line.component]) ?? 'C62';
      return { quantity, unitCode, price: line.unitPrice };
    }
    const net = BigInt(line.netMinor) * sign;
    const price = moneyToDecimalText(money(net < 0n ? -net : net, this.document.currency));
    return { quantity: net < 0n ? '-1' : '1', unitCode: 'C62', price };
  }
}

/** BR-S-10, BR-Z-10: a rate has none. */
function hasReason({ vatCategory }: Pick<DocumentLine, 'vatCategory'>): boolean {
  return vatCategory !== 'S' && vatCategory !== 'Z';
}

/** BG-3: the invoice that a credit note corrects, the advance invoices that an invoice settles. */
function precedingOf(
  document: IssuedDocument,
): readonly { readonly number: string; readonly issuedOn: string }[] {
  return document.form === 'credit-note-1' ? [document.corrects] : (document.settles ?? []);
}

/** All VAT of the supply in the national currency: what advances taxed, at their rates, and what the invoice does. */
function nationalOf({
  vatNational,
  settles = [],
}: IssuedDocument): Pick<NonNullable<IssuedDocument['vatNational']>, 'currency' | 'vatMinor'> | undefined {
  const parts = [...settles.map((part) => part.vatNational), vatNational].flatMap((part) => part ?? []);
  const [first] = parts;
  const sum = parts.reduce((total, { vatMinor }) => total + BigInt(vatMinor), 0n);
  return first && { currency: first.currency, vatMinor: sum.toString() };
}

function textOf({ name, content, attributes }: Element, depth: number): string {
  const indent = '  '.repeat(depth);
  const named = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  const opened = `${indent}<${name}${named.join('')}>`;
  if (typeof content === 'string') return `${opened}${escaped(content)}</${name}>\n`;
  const inner = content.flatMap((each) => (each === undefined ? [] : [textOf(each, depth + 1)]));
  return `${opened}\n${inner.join('')}${indent}</${name}>\n`;
}

/** Characters that XML 1.0 cannot hold are left out. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
