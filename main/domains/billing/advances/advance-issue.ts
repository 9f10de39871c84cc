import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { advanceRefusals } from '../../../../shared/domains/billing/advance-contract.ts';
import { documentTotals } from '../../../../shared/domains/billing/invoice-rules.ts';
import { advancePosting } from '../../../../shared/domains/billing/ledger-rules.ts';
import { netsInMinor } from '../../../../shared/domains/billing/price-vat-rules.ts';
import { vatNote } from '../../../../shared/domains/billing/vat-notes.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import { invariant } from '../../../../shared/kernel/invariant.ts';
import { addDays, dayAt, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText, type Currency, type MoneyWire } from '../../../../shared/kernel/money.ts';
import { suppliesOf } from '../../catalog/catalog-public.ts';
import { customerFacts, vatChecksOf, type CustomerFacts } from '../../customers/customers-public.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { companyById, type CompanyRow } from '../companies/company-store.ts';
import { insertDocument } from '../documents/document-insert.ts';
import { allotNumber } from '../documents/document-series.ts';
import {
  buyerOf,
  LAYOUT_EDITION,
  lineAmounts,
  sellerFacts,
  type AdvanceInvoiceDocument,
  type DocumentLine,
  type InvoiceBody,
} from '../invoices/invoice-document.ts';
import { invoicingTerms, type ProductTerms } from '../invoices/invoicing-terms.ts';
import { nationalVat, rateLookup } from '../invoices/vat-national.ts';
import { post } from '../ledger/ledger-store.ts';

type Db = Kysely<BillingTables>;
type AdvanceRefusal = keyof typeof advanceRefusals;

/** A payment, held by the caller until its transaction ends. */
export interface PaidAhead {
  readonly id: string;
  readonly reference: string;
  readonly customerId: string;
  readonly companyId: string;
  readonly currency: Currency;
  readonly receivedOn: LocalDate;
  /** What of it stands on nothing yet. */
  readonly leftMinor: bigint;
}

export interface AdvanceAsked {
  readonly payment: PaidAhead;
  readonly lines: readonly { readonly description: string; readonly grossMinor: string }[];
  /** The product it is for; absent: what is usual. */
  readonly productId?: string | undefined;
  /** What was ordered, where a pro forma said it. */
  readonly order?: AdvanceInvoiceDocument['order'];
  readonly issuedOn?: LocalDate | undefined;
}

export interface IssuedAdvance {
  readonly invoiceId: string;
  readonly number: string;
  readonly gross: MoneyWire;
  readonly customer: string;
}

/**
 * Issues the advance invoice for money that came ahead, in the caller's transaction: number, document with its hash, and the VAT that is
 * owed from now on. The tax is that of the day the money came, taken out of it; the customer keeps the money with us until invoices settle it.
 */
export async function issueAdvance(
  parts: Pick<BillingParts, 'nowMs'>,
  db: Db,
  { payment, lines: asked, order, productId, issuedOn: wanted }: AdvanceAsked,
): Promise<Outcome<IssuedAdvance, AdvanceRefusal>> {
  const customer = await customerFacts(db, payment.customerId);
  invariant(customer !== undefined, `${payment.reference} is of no customer`);
  const company = await companyById(db, payment.companyId);
  const nowMs = await parts.nowMs(db);
  const today = dayAt(nowMs, company.time_zone);
  const issuedOn = wanted ?? today;
  const { currency, receivedOn, reference } = payment;
  const words = (minor: bigint): string => `${moneyToDecimalText(money(minor, currency))} ${currency}`;
  if (issuedOn > today) return refuse('date-in-future', { issuedOn, today });
  if (issuedOn < receivedOn) return refuse('date-before-payment', { reference, receivedOn, issuedOn });
  if (customer.currency !== currency) {
    const facts = { customer: customer.name, currency: customer.currency, paid: currency, reference };
    return refuse('not-its-currency', facts);
  }
  const gross = asked.reduce((sum, { grossMinor }) => sum + BigInt(grossMinor), 0n);
  if (gross > payment.leftMinor) {
    const facts = { reference, left: words(payment.leftMinor), amount: words(gross) };
    return refuse('more-than-on-account', facts);
  }
  const drafted = await draft(db, { payment, asked, customer, company, productId });
  if (!drafted.ok) return drafted;
  const body = drafted.value;
  if (body.vatMinor === '0') return refuse('no-vat-in-it', { amount: words(gross) });
  const allotted = await allotNumber(db, company, {
    type: 'advance-invoice',
    issuedOn,
    customer: customer.name,
  });
  if (!allotted.ok) return allotted;
  const id = newId('inv', nowMs);
  const { number } = allotted.value;
  const entryId = await post(db, {
    companyId: company.id,
    currency,
    bookedOn: issuedOn,
    kind: 'advance-invoice',
    source: `advance-invoice ${id}`,
    memo: `${number} for ${reference}`,
    lines: advancePosting(BigInt(body.vatMinor)),
    customerId: customer.id,
    documentId: id,
    postedAtMs: nowMs,
  });
  await insertDocument(db, {
    id,
    type: 'advance-invoice',
    companyId: company.id,
    customerId: customer.id,
    document: {
      ...body,
      form: 'advance-invoice-1',
      edition: LAYOUT_EDITION,
      number,
      issuedOn,
      dueOn: issuedOn,
      language: customer.language,
      payment: { reference, receivedOn },
      ...(order !== undefined && { order }),
    },
    allotted: allotted.value,
    entryId,
    issuedAtMs: nowMs,
  });
  const [rate] = body.vatLines;
  invariant(rate !== undefined && body.vatLines.length === 1, `${number} has not one rate`);
  await db
    .insertInto('advance')
    .values({
      invoice_id: id,
      company_id: company.id,
      customer_id: customer.id,
      payment_id: payment.id,
      currency,
      vat_category: rate.vatCategory,
      vat_rate: rate.vatRate,
      gross_minor: Number(body.grossMinor),
      vat_minor: Number(body.vatMinor),
    })
    .execute();
  const wire = { amountMinor: body.grossMinor, currency };
  return done({ invoiceId: id, number, gross: wire, customer: customer.name });
}

async function draft(
  db: Db,
  of: {
    readonly payment: PaidAhead;
    readonly asked: AdvanceAsked['lines'];
    readonly customer: CustomerFacts;
    readonly company: CompanyRow;
    readonly productId: string | undefined;
  },
): Promise<Outcome<InvoiceBody, AdvanceRefusal>> {
  const { payment, asked, customer, company, productId = '' } = of;
  const { currency, receivedOn } = payment;
  const checks = await vatChecksOf(db, [customer.vatId]);
  const supplies = await suppliesOf(db);
  if (productId !== '' && !supplies.ofProducts.has(productId))
    return refuse('no-such-product', { productId });
  const terms = invoicingTerms({
    company,
    customer,
    currency,
    check: checks.get(customer.vatId),
    taxPoint: receivedOn,
    supplies,
    productIds: new Set([productId]),
  });
  if (!terms.ok) return terms;
  const { vatOf, account } = terms.value;
  const { vat } = vatOf(productId);
  if (vat.category !== 'S' || Number(vat.rate) === 0) {
    const exempt = vat.exempt && [vat.exempt];
    const treatment =
      vat.note === null ? `${vat.rate} %` : vatNote(vat.note, 'en', '', exempt).replace(/\.$/, '');
    return refuse('no-vat-due', { customer: customer.name, treatment });
  }
  const lines = linesOf(asked, { vat, currency, receivedOn });
  const totals = documentTotals(lines.map(lineAmounts));
  const body: InvoiceBody = {
    seller: sellerFacts(company),
    buyer: buyerOf(customer),
    period: { start: receivedOn, endExclusive: addDays(receivedOn, 1) },
    currency,
    lines,
    vatLines: totals.vat.map((group) => ({
      vatCategory: group.vatCategory,
      vatRate: group.vatRate,
      baseMinor: group.baseMinor.toString(),
      vatMinor: group.vatMinor.toString(),
    })),
    ...terms.value.evidence,
    netMinor: totals.netMinor.toString(),
    vatMinor: totals.vatMinor.toString(),
    grossMinor: totals.grossMinor.toString(),
    account,
  };
  const national = await nationalVat(body, receivedOn, rateLookup(db));
  if (!national.ok) return refuse('rate-missing', { customer: customer.name, ...national.facts });
  return done({ ...body, ...national.value });
}

/** What was paid for, in the payer's words: one of each at what it comes to with VAT. */
function linesOf(
  asked: AdvanceAsked['lines'],
  of: {
    readonly vat: ProductTerms['vat'];
    readonly currency: Currency;
    readonly receivedOn: LocalDate;
  },
): DocumentLine[] {
  const { vat, currency, receivedOn } = of;
  const nets = netsInMinor(
    asked.map(({ grossMinor }) => BigInt(grossMinor)),
    vat.rate,
  );
  return asked.map(({ description, grossMinor }, at) => ({
    lineNo: at + 1,
    subscriptionId: '',
    component: 'by-hand',
    part: description,
    plan: '',
    vm: '',
    service: { start: receivedOn, endExclusive: addDays(receivedOn, 1) },
    numerator: '1',
    denominator: '1',
    unitPrice: moneyToDecimalText(money(BigInt(grossMinor), currency)),
    netMinor: (nets[at] ?? 0n).toString(),
    grossMinor,
    vatCategory: vat.category,
    vatRate: vat.rate,
  }));
}
