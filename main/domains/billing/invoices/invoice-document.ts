import { createHash } from 'node:crypto';
import type { BankAccount, CompanyFields } from '../../../../shared/domains/billing/company-contract.ts';
import type { CompanyImageKind } from '../../../../shared/domains/companies/company-image-rules.ts';
import type { LineAmounts } from '../../../../shared/domains/billing/invoice-rules.ts';
import type { LineKind } from '../../../../shared/domains/billing/charge-rules.ts';
import type { Quote, RateSource } from '../../../../shared/domains/billing/exchange-rate-rules.ts';
import type { ExemptReason } from '../../../../shared/domains/billing/supply-rules.ts';
import type { VatCategory, VatNoteCode } from '../../../../shared/domains/billing/vat-rules.ts';
import type { TaxEvidence } from '../../../../shared/domains/customers/billing-profile.ts';
import type { CustomerFields } from '../../../../shared/domains/customers/customers-contract.ts';
import type { LocalDate, Period } from '../../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import { canonicalJson } from '../../../platform/store/canonical-json.ts';
import type { BillingTables } from '../billing-tables.ts';

export type DocumentLanguage = CustomerFields['language'];
export const DOCUMENT_LANGUAGES: readonly DocumentLanguage[] = ['en', 'pl', 'cs'];

/** The country as each language of documents calls it, copied so that a document reads the same for ever. */
export type CountryNames = Readonly<Record<DocumentLanguage, string>>;

type Seller = Pick<
  CompanyFields,
  'name' | 'street' | 'postcode' | 'city' | 'country' | 'vatId' | 'email' | 'footer'
> & {
  readonly countryNames: CountryNames;
  /** Pictures it is issued with, by the SHA-256 of their bytes; absent: none, as of all that was issued before companies had any. */
  readonly images?: SellerImages;
};

export type SellerImages = { readonly [kind in CompanyImageKind]?: string };

/** Notes are ours, not the customer's: they stay out of documents. */
type Buyer = Omit<CustomerFields, 'notes'> & {
  readonly number: string;
  readonly countryNames: CountryNames;
};

/** One line: a component of a subscription in a calendar month, or in a period of its own. Amounts are minor units as text. */
export interface DocumentLine {
  readonly lineNo: number;
  readonly subscriptionId: string;
  readonly component: LineKind;
  /** What it is of, where a person said so of a line by hand; else its plan tells. */
  readonly productId?: string;
  /** The plan's own name of the component, where it is charged by the period. */
  readonly part?: string;
  readonly plan: string;
  readonly vm: string;
  readonly service: Period;
  /** Exact quantity in months or hours. */
  readonly numerator: string;
  readonly denominator: string;
  readonly unitPrice: string;
  readonly netMinor: string;
  /** Of a unit price that has VAT in it: what the line comes to by it. Absent of others. */
  readonly grossMinor?: string;
  readonly vatCategory: VatCategory;
  readonly vatRate: string;
  /** Its price has VAT in it that this customer does not owe: it is an amount without. */
  readonly isWithoutVat?: true;
  /** A part of a line, credited by its amount: quantity 1 at that amount, without a unit. */
  readonly isPart?: true;
}

/** What totals are made of. */
export function lineAmounts(line: DocumentLine): LineAmounts {
  const { netMinor, grossMinor, vatCategory, vatRate } = line;
  return {
    netMinor: BigInt(netMinor),
    grossMinor: grossMinor === undefined ? undefined : BigInt(grossMinor),
    vatCategory,
    vatRate,
  };
}

export interface DocumentVatLine {
  readonly vatCategory: VatCategory;
  readonly vatRate: string;
  readonly baseMinor: string;
  readonly vatMinor: string;
}

/** What an invoice says before it has a number. */
export interface InvoiceBody {
  readonly seller: Seller;
  readonly buyer: Buyer;
  readonly period: Period;
  readonly currency: Currency;
  readonly lines: readonly DocumentLine[];
  readonly vatLines: readonly DocumentVatLine[];
  readonly notes: readonly VatNoteCode[];
  /** Reasons that the note `exempt` gives; absent where it has none. */
  readonly exempt?: readonly ExemptReason[];
  /** What VIES had said about the buyer's VAT id, where the tax depends on it; absent: it was not asked. */
  readonly vatEvidence?: {
    readonly vatId: string;
    readonly result: 'valid' | 'unknown';
    readonly requestIdentifier: string;
    readonly checkedAt: string;
  };
  /** Where a private person is taxed and what speaks for it, where that is not the country of its address. */
  readonly taxed?: { readonly country: string; readonly evidence: readonly TaxEvidence[] };
  /**
   * VAT in the currency of the seller's state, by published rates: of an invoice that settles advances, what is left to tax. Absent where
   * the document's currency is that.
   */
  readonly vatNational?: {
    readonly currency: string;
    readonly vatMinor: string;
    readonly source: RateSource;
    /** Of the rates; the earlier one where there are two. */
    readonly day: LocalDate;
    readonly quotes: readonly Quote[];
    /** Of a credit note that takes back what was taxed at several rates: each by itself. Absent: one rate. */
    readonly parts?: readonly NationalPart[];
  };
  readonly netMinor: string;
  readonly vatMinor: string;
  readonly grossMinor: string;
  readonly account: Pick<BankAccount, 'iban' | 'bic'>;
  /** Parts of advance invoices that it settles, oldest first; absent: none. Its totals are of all that was supplied. */
  readonly settles?: readonly SettledAdvance[];
}

/** So much VAT in the document's currency, and what that is in the other one at these rates. */
export interface NationalPart {
  readonly ofMinor: string;
  readonly vatMinor: string;
  readonly source: RateSource;
  readonly day: LocalDate;
  readonly quotes: readonly Quote[];
}

/** A part of an advance invoice, and what of its VAT is in that. */
export interface SettledAdvance {
  readonly advanceId: string;
  readonly number: string;
  readonly issuedOn: LocalDate;
  readonly receivedOn: LocalDate;
  readonly vatCategory: VatCategory;
  readonly vatRate: string;
  readonly netMinor: string;
  readonly vatMinor: string;
  readonly grossMinor: string;
  /** Its VAT in the currency of the seller's state, by the rates of the advance. */
  readonly vatNational?: NonNullable<InvoiceBody['vatNational']>;
}

/** How the pages of a form look: the second edition sets a small document on one page, whatever advances, rates and pictures are on it. */
export const LAYOUT_EDITION = 2 as const;

interface Edition {
  /** The edition of its form's layout that draws it; absent: the first. What is issued keeps the one it was issued with. */
  readonly edition?: typeof LAYOUT_EDITION;
}

/**
 * An issued invoice: all that its pages say, in the words of the day it was issued. Kept as canonical JSON and never changed;
 * what it looks like in a language is computed from this alone.
 */
export interface InvoiceDocument extends InvoiceBody, Edition {
  readonly form: 'invoice-1';
  readonly number: string;
  readonly issuedOn: LocalDate;
  readonly dueOn: LocalDate;
  /** Language it was issued in. */
  readonly language: DocumentLanguage;
  /** Of one in koruna to an account in Czechia or Slovakia, where its number has one. Absent of those issued before there was this. */
  readonly variableSymbol?: string;
}

/** A credit note: the same of what it takes back. Its amounts and quantities are below 0 for an invoice's above. */
export interface CreditNoteDocument extends InvoiceBody, Edition {
  readonly form: 'credit-note-1';
  readonly number: string;
  readonly issuedOn: LocalDate;
  /** The day of issue: nothing is to be paid. */
  readonly dueOn: LocalDate;
  readonly language: DocumentLanguage;
  readonly corrects: {
    readonly invoiceId: string;
    readonly number: string;
    readonly issuedOn: LocalDate;
    /** The line of the invoice that each line takes from, in order. */
    readonly lineNos: readonly number[];
    /** It is an advance invoice. */
    readonly isAdvance?: true;
  };
  readonly reason: string;
}

/** An advance invoice: what money that came ahead was for, with the VAT that is in it. Its period is the day on which the money came. */
export interface AdvanceInvoiceDocument extends InvoiceBody, Edition {
  readonly form: 'advance-invoice-1';
  readonly number: string;
  readonly issuedOn: LocalDate;
  /** The day of issue: nothing is to be paid. */
  readonly dueOn: LocalDate;
  readonly language: DocumentLanguage;
  readonly payment: { readonly reference: string; readonly receivedOn: LocalDate };
  /** What was ordered, in the words of the pro forma that was paid. */
  readonly order?: {
    readonly number: string;
    readonly issuedOn: LocalDate;
    readonly lines: readonly OrderedLine[];
    readonly grossMinor: string;
  };
}

export interface OrderedLine {
  readonly description: string;
  readonly detail: string;
  readonly quantity: string;
  readonly unit: string;
  readonly unitPrice: string;
  readonly netMinor: string;
  readonly vatCategory: VatCategory;
  readonly vatRate: string;
}

export type IssuedDocument = InvoiceDocument | CreditNoteDocument | AdvanceInvoiceDocument;

/** The layout that draws it: `invoice-2`. */
export function layoutOf({ form, edition }: Pick<IssuedDocument, 'form' | 'edition'>): string {
  return edition === undefined ? form : form.replace(/\d+$/, String(edition));
}

/** The text that is kept and its SHA-256, in hexadecimal. */
export function sealDocument(document: IssuedDocument): { readonly text: string; readonly hash: string } {
  const text = canonicalJson(document);
  return { text, hash: documentHash(text) };
}

export function documentHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function readDocument(text: string): IssuedDocument {
  return JSON.parse(text) as IssuedDocument;
}

/** What a document says of who sells, as it is now. */
export function sellerFacts(company: BillingTables['company']): Seller {
  return {
    name: company.name,
    street: company.street,
    postcode: company.postcode,
    city: company.city,
    country: company.country,
    vatId: company.vat_id,
    email: company.email,
    footer: company.footer,
    countryNames: countryNames(company.country),
    ...imagesNow(company),
  };
}

function imagesNow(company: BillingTables['company']): Pick<Seller, 'images'> {
  const { logo, stamp, signature } = company;
  if (logo === null && stamp === null && signature === null) return {};
  return {
    images: {
      ...(logo !== null && { logo }),
      ...(stamp !== null && { stamp }),
      ...(signature !== null && { signature }),
    },
  };
}

/** What a document says of a customer: how it is billed beside that is no matter of documents. */
export function buyerOf(customer: Omit<Buyer, 'countryNames'>): Buyer {
  return {
    kind: customer.kind,
    name: customer.name,
    street: customer.street,
    postcode: customer.postcode,
    city: customer.city,
    country: customer.country,
    vatId: customer.vatId,
    email: customer.email,
    currency: customer.currency,
    language: customer.language,
    timeZone: customer.timeZone,
    number: customer.number,
    countryNames: countryNames(customer.country),
  };
}

const named = new Map<string, CountryNames>();

export function countryNames(country: string): CountryNames {
  const known = named.get(country);
  if (known !== undefined) return known;
  const nameIn = (language: DocumentLanguage): string =>
    new Intl.DisplayNames([language], { type: 'region', fallback: 'code' }).of(country) ?? country;
  const names = { en: nameIn('en'), pl: nameIn('pl'), cs: nameIn('cs') };
  named.set(country, names);
  return names;
}
