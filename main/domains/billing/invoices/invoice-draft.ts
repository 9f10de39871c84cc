import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { advanceLeftMinor } from '../../../../shared/domains/billing/advance-rules.ts';
import { documentTotals } from '../../../../shared/domains/billing/invoice-rules.ts';
import { addDays, type LocalDate, type Period } from '../../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText } from '../../../../shared/kernel/money.ts';
import { suppliesOf, type Supplies } from '../../catalog/catalog-public.ts';
import { customerFacts, vatChecksOf, type CustomerFacts } from '../../customers/customers-public.ts';
import type { VatCheck } from '../../../../shared/domains/customers/customers-contract.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { unbilledCharges, type UnbilledCharge } from '../charges/charge-store.ts';
import {
  calendarsOf,
  readCalendar,
  theCompany,
  type Calendar,
  type CompanyRow,
} from '../companies/company-store.ts';
import { heldInPeriod, type AwaitedUsage } from '../charges/day-held.ts';
import { cameBy, leftAlone, settledBy, vatLinesLeft } from '../advances/advance-settle.ts';
import { openAdvancesOf, type StandingAdvance } from '../advances/advance-store.ts';
import { partedCharges, type RepairsAside } from './charges-parted.ts';
import { draftLines, grossOfProducts, type DraftLine, type ProductGross } from './invoice-draft-lines.ts';
import { invoicingTerms, type InvoicingTerms } from './invoicing-terms.ts';
import { invoicedRepairs, type InvoicedRepair } from './repair-credits.ts';
import { nationalVat, rateLookup, type RateLookup } from './vat-national.ts';
import { buyerOf, sellerFacts, lineAmounts, type InvoiceBody } from './invoice-document.ts';

type Db = Kysely<BillingTables>;
export type InvoicingRefusal = RefusalCodeOf<typeof billingContract.invoicePreview>;

export interface InvoiceScope {
  readonly customerId: string;
  readonly period: Period;
  /** Only charges of these products; absent: all. '' is of none. */
  readonly productIds?: readonly string[] | undefined;
}

/** What an invoice would say, and the charges it would settle. */
export interface InvoiceDraft {
  readonly company: CompanyRow;
  readonly customer: CustomerFacts;
  readonly body: InvoiceBody;
  /** What it comes to by product. */
  ofProducts(): readonly ProductGross[];
  readonly charges: readonly { readonly chargeId: string; readonly lineNo: number }[];
  /** Charges of the same period that credit notes take instead. */
  readonly asideIds: readonly string[];
  readonly advances: {
    /** What is left of the customer's advance invoices in its currency, for money that came by the end of the period. */
    readonly openMinor: bigint;
    /** Those it cannot settle, in sentences. */
    readonly leftAlone: readonly string[];
  };
}

export type Drafted = Outcome<InvoiceDraft, InvoicingRefusal>;

/** What comes of a customer's charges: its invoice, and what is credited instead on the invoices it was charged on. */
export interface DraftedDocuments {
  readonly drafted: Drafted;
  readonly credits: readonly RepairsAside[];
}

/**
 * All charges of a customer in a period of closed days that are on no invoice yet, as the body of one. Writes nothing. With `lock` nobody
 * else takes of the customer's advances until the transaction ends. Where a credit note comes first it is refused: that has a number of its own.
 */
export async function draftInvoice(
  { kind }: Pick<BillingParts, 'kind'>,
  db: Db,
  { customerId, period, productIds }: InvoiceScope,
  { lock = false }: { readonly lock?: boolean } = {},
): Promise<Drafted> {
  if ((await theCompany(db)) === undefined) return refuse('no-company');
  const customer = await customerFacts(db, customerId);
  const calendar = customer && (await readCalendar(db, { companyId: customer.companyId }));
  if (customer === undefined || calendar === undefined) return refuse('no-such-customer', { customerId });
  const scope = { kind, calendar, period, customers: [customer], productIds, lock };
  const draft = (await draftInvoices(db, scope)).get(customerId);
  if (draft === undefined) return refuse('no-such-customer', { customerId });
  return draft.credits.length === 0 ? draft.drafted : creditFirst(customer, draft.credits);
}

function creditFirst(customer: CustomerFacts, credits: readonly RepairsAside[]): Drafted {
  const [first] = credits;
  const others = credits.slice(1).map(({ number }) => number);
  return refuse('credit-first', {
    customer: customer.name,
    number: first?.number ?? '',
    invoiceId: first?.invoiceId ?? '',
    reason: first?.reason ?? '',
    others: others.length === 0 ? '' : `, and likewise of ${others.join(', ')}`,
  });
}

export interface DraftScope {
  readonly kind: StoreKind;
  /** Of the company's own zone; where customers have another one, that one's is read. */
  readonly calendar: Calendar;
  readonly period: Period;
  /** Of that company; some hundreds at once. */
  readonly customers: readonly CustomerFacts[];
  readonly productIds?: InvoiceScope['productIds'];
  /** What was looked up for those before. */
  readonly rateOf?: RateLookup;
  /** Whether their advances are held until the transaction ends. */
  readonly lock?: boolean;
}

/** The same of many customers, by their ids: a handful of statements for all of them together. */
export async function draftInvoices(
  db: Db,
  scope: DraftScope,
): Promise<ReadonlyMap<string, DraftedDocuments>> {
  const { kind, calendar, period, customers, rateOf = rateLookup(db), lock = false } = scope;
  const zones = await calendarsOf(db, calendar, customers);
  const customerIds = customers.map(({ id }) => id);
  // After the calendar and before the charges: what is no longer held by now is among them.
  const awaited = await heldInPeriod(db, { kind, customerIds, period });
  const charges = await unbilledCharges(db, { kind, customerIds, period });
  const checks = await vatChecksOf(
    db,
    customers.map(({ vatId }) => vatId),
  );
  const supplies = await suppliesOf(db);
  const productOf = (charge: UnbilledCharge): string =>
    charge.productId ?? supplies.productOfPlanName.get(charge.plan) ?? '';
  const isAsked = (charge: UnbilledCharge): boolean =>
    scope.productIds === undefined || scope.productIds.includes(productOf(charge));
  const advances = await openAdvancesOf(db, { kind, customerIds, lock });
  const repairs = await invoicedRepairs(
    db,
    [...charges.values()].flat().flatMap(({ id, isRepair }) => (isRepair ? [id] : [])),
  );
  const drafts = new Map<string, DraftedDocuments>();
  for (const customer of customers) {
    const open = openDayIn(period, zones.get(customer.billingZone) ?? calendar);
    const facts = {
      company: calendar.company,
      customer,
      period,
      awaited: awaited.get(customer.id),
      charges: (charges.get(customer.id) ?? []).filter(
        (charge) => charge.currency === customer.currency && isAsked(charge),
      ),
      supplies,
      productOf,
      check: checks.get(customer.vatId),
      advances: advances.get(customer.id) ?? [],
      repairs,
      rateOf,
    };
    const drafted = open === undefined ? await draftOf(facts) : invoiceAlone(draftOfOpen(facts, open));
    drafts.set(customer.id, drafted);
  }
  return drafts;
}

interface DraftFacts {
  readonly company: CompanyRow;
  readonly customer: CustomerFacts;
  readonly period: Period;
  readonly awaited: AwaitedUsage | undefined;
  readonly charges: readonly UnbilledCharge[];
  readonly supplies: Supplies;
  readonly productOf: (charge: UnbilledCharge) => string;
  readonly check: VatCheck | undefined;
  readonly advances: readonly StandingAdvance[];
  readonly repairs: ReadonlyMap<string, InvoicedRepair>;
  readonly rateOf: RateLookup;
}

const invoiceAlone = (drafted: Drafted): DraftedDocuments => ({ drafted, credits: [] });

function draftOfOpen({ customer, period }: DraftFacts, day: LocalDate): Drafted {
  return period.start >= period.endExclusive
    ? nothingFor(customer, 'the period has no day')
    : refuse('period-open', { customer: customer.name, day });
}

/** With what its charges come to, where there are some. */
function nothingFor(customer: CustomerFacts, reason: string, netMinor?: string): Drafted {
  const facts = { customer: customer.name, reason };
  return refuse('nothing-to-invoice', netMinor === undefined ? facts : { ...facts, netMinor });
}

async function draftOf(of: DraftFacts): Promise<DraftedDocuments> {
  const { customer, period, charges, repairs, productOf } = of;
  const { currency } = customer;
  if (period.start >= period.endExclusive) return invoiceAlone(nothingFor(customer, 'the period has no day'));
  if (of.awaited !== undefined)
    return invoiceAlone(refuse('usage-awaited', { customer: customer.name, ...of.awaited }));
  if (charges.length === 0)
    return invoiceAlone(nothingFor(customer, 'its charges are invoiced already, or there are none'));
  const terms = termsOf(of, charges);
  if (!terms.ok) return invoiceAlone(terms);
  const { vatOf } = terms.value;
  const taxed = { currency, termsOf: (charge: UnbilledCharge) => vatOf(productOf(charge)) };
  const { invoiced, asideIds, credits } = partedCharges(charges, {
    repairs,
    vatOf: (charge) => {
      const { vat } = vatOf(productOf(charge));
      return { ...vat, owedIn: vat.owedIn ?? of.company.country };
    },
    minorOf: (some) => lesserOf(documentTotals(draftLines(some, taxed).map(lineAmounts))),
  });
  if (invoiced.length === 0)
    return { drafted: nothingFor(customer, 'all that is left is given back by credit notes'), credits };
  // What stands aside is no matter of the sentences that the law wants on this one.
  const mine = asideIds.length === 0 ? terms : termsOf(of, invoiced);
  if (!mine.ok) return { drafted: mine, credits };
  const lines = draftLines(invoiced, taxed);
  const drafted = await draftOfLines(of, { lines, asideIds, terms: mine.value });
  return { drafted, credits };
}

function termsOf(of: DraftFacts, charges: readonly UnbilledCharge[]): ReturnType<typeof invoicingTerms> {
  const { company, customer, check, supplies } = of;
  const productIds = new Set(charges.map(of.productOf));
  const { currency } = customer;
  const taxPoint = taxPointOf(of);
  return invoicingTerms({ company, customer, currency, check, taxPoint, supplies, productIds });
}

function taxPointOf({ period }: Pick<DraftFacts, 'period'>): LocalDate {
  return addDays(period.endExclusive, -1);
}

async function draftOfLines(
  of: DraftFacts,
  made: {
    readonly lines: readonly DraftLine[];
    readonly asideIds: readonly string[];
    readonly terms: InvoicingTerms;
  },
): Promise<Drafted> {
  const { company, customer, period } = of;
  const { lines, asideIds, terms } = made;
  const taxPoint = taxPointOf(of);
  const whole = bodyOf({ company, account: terms.account, customer, period, lines, terms });
  const settles = settledBy(whole, of.advances);
  const inOne = settles === undefined ? whole : { ...whole, settles };
  const national = await nationalVat({ ...inOne, vatLines: vatLinesLeft(inOne) }, taxPoint, of.rateOf);
  if (!national.ok) return refuse('rate-missing', { customer: customer.name, ...national.facts });
  const body = { ...inOne, ...national.value };
  if (body.netMinor === '0' && body.grossMinor === '0')
    return nothingFor(customer, 'its charges come to 0', '0');
  const minor = lesserOf(body);
  if (minor < 0n) {
    const over = `${moneyToDecimalText(money(-minor, customer.currency))} ${customer.currency}`;
    return nothingFor(
      customer,
      `what is taken back is ${over} more than what is charged, and is on no invoice that could be credited by it; choose a longer period`,
      minor.toString(),
    );
  }
  const onLines = new Set(lines.flatMap(({ chargeIds }) => chargeIds));
  const charges = of.charges.filter(({ id }) => onLines.has(id));
  const lineNos = new Map(lines.flatMap((line) => line.chargeIds.map((id) => [id, line.lineNo])));
  return done({
    company,
    customer,
    body,
    ofProducts: () => grossOfProducts(lines, charges, of.productOf),
    asideIds,
    charges: charges.map((charge) => ({ chargeId: charge.id, lineNo: lineNos.get(charge.id) ?? 0 })),
    advances: {
      openMinor: of.advances.reduce(
        (sum, advance) =>
          advance.currency === body.currency && cameBy(period, advance)
            ? sum + advanceLeftMinor(advance)
            : sum,
        0n,
      ),
      leftAlone: leftAlone(body, of.advances),
    },
  });
}

/** Of what is taxed at several rates the gross can be below 0 where the net is not. */
function lesserOf(of: { readonly netMinor: bigint | string; readonly grossMinor: bigint | string }): bigint {
  const [net, gross] = [BigInt(of.netMinor), BigInt(of.grossMinor)];
  return gross < net ? gross : net;
}

/** First day of the period that is not closed. */
function openDayIn(period: Period, calendar: Calendar): LocalDate | undefined {
  const { closedUntil } = calendar;
  if (closedUntil === null) return period.start;
  if (closedUntil >= addDays(period.endExclusive, -1)) return undefined;
  return closedUntil < period.start ? period.start : addDays(closedUntil, 1);
}

function bodyOf(made: {
  company: CompanyRow;
  account: InvoiceBody['account'];
  customer: CustomerFacts;
  period: Period;
  lines: readonly DraftLine[];
  terms: InvoicingTerms;
}): InvoiceBody {
  const { account, company, customer, lines, terms } = made;
  const totals = documentTotals(lines.map(lineAmounts));
  return {
    seller: sellerFacts(company),
    buyer: buyerOf(customer),
    period: made.period,
    currency: customer.currency,
    lines: lines.map(({ chargeIds: _chargeIds, ...line }) => line),
    vatLines: totals.vat.map((group) => ({
      vatCategory: group.vatCategory,
      vatRate: group.vatRate,
      baseMinor: group.baseMinor.toString(),
      vatMinor: group.vatMinor.toString(),
    })),
    ...terms.evidence,
    netMinor: totals.netMinor.toString(),
    vatMinor: totals.vatMinor.toString(),
    grossMinor: totals.grossMinor.toString(),
    account,
  };
}
