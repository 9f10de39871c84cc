import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { billingContract } from '../../../shared/domains/billing/billing-contract.ts';
import { LINE_KINDS } from '../../../shared/domains/billing/charge-rules.ts';
import { documentTotals } from '../../../shared/domains/billing/invoice-rules.ts';
import { vatTreatment, type VatTreatment } from '../../../shared/domains/billing/vat-rules.ts';
import { addDays, type LocalDate, type Period } from '../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import { evidenceMissing } from '../../../shared/domains/customers/billing-profile.ts';
import { customerFacts, vatCheckOf, type CustomerFacts } from '../customers/customers-public.ts';
import type { VatCheck } from '../../../shared/domains/customers/customers-contract.ts';
import type { BillingTables } from './billing-tables.ts';
import { unbilledCharges, type UnbilledCharge } from './charge-store.ts';
import { readCalendar, theCompany, type Calendar, type CompanyRow } from './company-store.ts';
import { heldInPeriod } from './day-held.ts';
import { nationalVat } from './vat-national.ts';
import { buyerOf, countryNames, type DocumentLine, type InvoiceBody } from './invoice-document.ts';

type Db = Kysely<BillingTables>;
export type InvoicingRefusal = RefusalCodeOf<typeof billingContract.invoicePreview>;

export interface InvoiceScope {
  readonly customerId: string;
  readonly period: Period;
}

/** What an invoice would say, and the charges it would settle. */
export interface InvoiceDraft {
  readonly company: CompanyRow;
  readonly customer: CustomerFacts;
  readonly body: InvoiceBody;
  readonly charges: readonly { readonly chargeId: string; readonly lineNo: number }[];
}

/** All charges of a customer in a period of closed days that are on no invoice yet, as the body of one. Writes nothing. */
export async function draftInvoice(
  db: Db,
  scope: InvoiceScope,
): Promise<Outcome<InvoiceDraft, InvoicingRefusal>> {
  if ((await theCompany(db)) === undefined) return refuse('no-company');
  const customer = await customerFacts(db, scope.customerId);
  const calendar = customer && (await readCalendar(db, customer));
  if (customer === undefined || calendar === undefined)
    return refuse('no-such-customer', { customerId: scope.customerId });
  const { company } = calendar;
  const nothing = (reason: string): Outcome<never, InvoicingRefusal> =>
    refuse('nothing-to-invoice', { customer: customer.name, reason });
  if (scope.period.start >= scope.period.endExclusive) return nothing('the period has no day');
  const open = openDayIn(scope.period, calendar);
  if (open !== undefined) return refuse('period-open', { day: open });
  // After the calendar and before the charges: what is no longer held by now is among them.
  const awaited = await heldInPeriod(db, scope);
  if (awaited !== undefined) return refuse('usage-awaited', { ...awaited });
  const charges = await unbilledCharges(db, { ...scope, currency: customer.currency });
  if (charges.length === 0) return nothing('its charges are invoiced already, or there are none');
  const check = await vatCheckOf(db, customer.vatId);
  const taxPoint = addDays(scope.period.endExclusive, -1);
  const missing = evidenceMissing(customer.country, customer);
  if (missing > 0) {
    const { name, country, taxCountry } = customer;
    const reason = `its address is in ${country}, and ${missing} more piece(s) of evidence are needed to tax it in ${taxCountry}: enter them in how it is billed`;
    return refuse('vat-unclear', { customer: name, reason });
  }
  const vat = vatTreatment({
    seller: {
      country: company.country,
      vatId: company.vat_id,
      scheme: company.vat_scheme,
      consumersAbroad: company.consumers_abroad,
    },
    buyer: { ...customer, country: taxedIn(customer), vatCheck: check?.result },
    taxPoint,
  });
  if (!vat.ok) return refuse('vat-unclear', { customer: customer.name, reason: vat.reason });
  const lines = linesOf(charges, vat);
  const inOne = bodyOf({ company, customer, scope, lines, vat, check });
  const national = await nationalVat(db, inOne, taxPoint);
  if (!national.ok) return refuse('rate-missing', { customer: customer.name, ...national.facts });
  const body = { ...inOne, ...national.value };
  if (body.netMinor === '0') return nothing('its charges come to 0');
  if (BigInt(body.netMinor) < 0n) {
    const over = `${moneyToDecimalText(money(-BigInt(body.netMinor), customer.currency))} ${customer.currency}`;
    return nothing(
      `what is taken back is ${over} more than what is charged; choose a longer period, or credit the invoice it was charged on`,
    );
  }
  const lineNos = new Map(lines.flatMap((line) => line.chargeIds.map((id) => [id, line.lineNo])));
  return done({
    company,
    customer,
    body,
    charges: charges.map((charge) => ({ chargeId: charge.id, lineNo: lineNos.get(charge.id) ?? 0 })),
  });
}

/** First day of the period that is not closed. */
function openDayIn(period: Period, calendar: Calendar): LocalDate | undefined {
  const { closedUntil } = calendar;
  if (closedUntil === null) return period.start;
  if (closedUntil >= addDays(period.endExclusive, -1)) return undefined;
  return closedUntil < period.start ? period.start : addDays(closedUntil, 1);
}

/** Where a private person is taxed; a company where it is. */
function taxedIn({ kind, country, taxCountry }: CustomerFacts): string {
  return kind === 'person' && taxCountry !== '' ? taxCountry : country;
}

type Clear = Extract<VatTreatment, { ok: true }>;
type DraftLine = DocumentLine & { readonly chargeIds: readonly string[] };

/**
 * A line per subscription, component and calendar month of what is charged day by day: within a month the denominator of the quantity
 * is one, and the net of a month that is invoiced whole is its price times its quantity, rounded. What is charged by the period is a
 * line each.
 */
function linesOf(charges: readonly UnbilledCharge[], vat: Clear): DraftLine[] {
  const key = (charge: UnbilledCharge): string =>
    [
      charge.vm,
      charge.subscriptionId,
      charge.month ?? charge.service.start,
      LINE_KINDS.indexOf(charge.kind),
      charge.unitPrice,
      charge.month === null ? charge.id : '',
    ].join('\u0000');
  const groups = [...Map.groupBy(charges, key)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return groups.flatMap(([, group], at) => {
    const [first] = group;
    const last = group.at(-1);
    if (first === undefined || last === undefined) return [];
    const sum = (amount: (charge: UnbilledCharge) => bigint): string =>
      group.reduce((total, charge) => total + amount(charge), 0n).toString();
    return [
      {
        lineNo: at + 1,
        subscriptionId: first.subscriptionId,
        component: first.kind,
        ...(first.month === null && { part: first.component }),
        plan: first.plan,
        vm: first.vm,
        service: { start: first.service.start, endExclusive: last.service.endExclusive },
        numerator: sum((charge) => charge.numerator),
        denominator: String(first.denominator),
        unitPrice: first.unitPrice,
        netMinor: sum((charge) => charge.amountMinor),
        vatCategory: vat.category,
        vatRate: vat.rate,
        chargeIds: group.map((charge) => charge.id),
      },
    ];
  });
}

function bodyOf(made: {
  company: CompanyRow;
  customer: CustomerFacts;
  scope: InvoiceScope;
  lines: readonly DraftLine[];
  vat: Clear;
  check: VatCheck | undefined;
}): InvoiceBody {
  const { company, customer, lines, vat } = made;
  const totals = documentTotals(lines.map((line) => ({ ...line, netMinor: BigInt(line.netMinor) })));
  return {
    seller: {
      name: company.name,
      street: company.street,
      postcode: company.postcode,
      city: company.city,
      country: company.country,
      vatId: company.vat_id,
      email: company.email,
      footer: company.footer,
      countryNames: countryNames(company.country),
    },
    buyer: buyerOf(customer),
    period: made.scope.period,
    currency: customer.currency,
    lines: lines.map(({ chargeIds: _chargeIds, ...line }) => line),
    vatLines: totals.vat.map((group) => ({
      vatCategory: group.vatCategory,
      vatRate: group.vatRate,
      baseMinor: group.baseMinor.toString(),
      vatMinor: group.vatMinor.toString(),
    })),
    notes: vat.note === null ? [] : [vat.note],
    ...evidenceOf(made),
    netMinor: totals.netMinor.toString(),
    vatMinor: totals.vatMinor.toString(),
    grossMinor: totals.grossMinor.toString(),
    account: { iban: company.iban, bic: company.bic },
  };
}

/** Of a reverse charge, which stands on the buyer's VAT id, and of a private person who lives elsewhere than its address says. */
function evidenceOf(made: {
  customer: CustomerFacts;
  vat: Clear;
  check: VatCheck | undefined;
}): Pick<InvoiceBody, 'vatEvidence' | 'taxed'> {
  const { customer, vat, check } = made;
  if (taxedIn(customer) !== customer.country)
    return { taxed: { country: customer.taxCountry, evidence: customer.taxEvidence } };
  if (vat.category !== 'AE' || check === undefined || check.result === 'invalid') return {};
  const { result, requestIdentifier, checkedAt } = check;
  return { vatEvidence: { vatId: customer.vatId, result, requestIdentifier, checkedAt } };
}
