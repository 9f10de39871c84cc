import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import { rateInPrice } from '../../../../shared/domains/billing/price-vat-rules.ts';
import { USUAL_SUPPLY } from '../../../../shared/domains/billing/supply-rules.ts';
import { vatTreatment } from '../../../../shared/domains/billing/vat-rules.ts';
import {
  reasonForApart,
  type ProductTreatment,
} from '../../../../shared/domains/billing/vat-together-rules.ts';
import { evidenceMissing } from '../../../../shared/domains/customers/billing-profile.ts';
import type { VatCheck } from '../../../../shared/domains/customers/customers-contract.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import type { Supplies } from '../../catalog/catalog-public.ts';
import type { CustomerFacts } from '../../customers/customers-public.ts';
import { accountIn } from '../companies/company-accounts.ts';
import type { CompanyRow } from '../companies/company-store.ts';
import type { InvoiceBody } from './invoice-document.ts';
import { buyerFor, sellerOf, taxedIn } from './price-vat.ts';

/** How what is sold of a product is taxed, and the rate that is in prices which have VAT in them. */
export interface ProductTerms extends ProductTreatment {
  readonly rateInPrice: string;
}

/** How a customer is taxed on a day, what that stands on, and the account it pays to. */
export interface InvoicingTerms {
  /** Of a product that was asked for; '' is of none. */
  readonly vatOf: (productId: string) => ProductTerms;
  readonly account: InvoiceBody['account'];
  readonly evidence: Pick<InvoiceBody, 'vatEvidence' | 'taxed' | 'notes' | 'exempt'>;
}

interface Asked {
  readonly company: CompanyRow;
  readonly customer: CustomerFacts;
  readonly currency: Currency;
  readonly check: VatCheck | undefined;
  readonly taxPoint: LocalDate;
  readonly supplies: Supplies;
  /** Products it is of, in the order of its lines; '' is of none. */
  readonly productIds: ReadonlySet<string>;
}

/** The same for every document that asks for money or takes it in; refused where it cannot be told, or not on one document. */
export function invoicingTerms(of: Asked): Outcome<InvoicingTerms, 'vat-unclear' | 'account-missing'> {
  const { company, customer, currency } = of;
  const missing = evidenceMissing(customer.country, customer);
  if (missing > 0) {
    const { name, country, taxCountry } = customer;
    const reason = `its address is in ${country}, and ${missing} more piece(s) of evidence are needed to tax it in ${taxCountry}: enter them in how it is billed`;
    return refuse('vat-unclear', { customer: name, reason });
  }
  const account = accountIn(company, currency);
  if (account === undefined) {
    return refuse('account-missing', { customer: customer.name, company: company.name, currency });
  }
  const treated = treatmentsOf(of);
  if (!treated.ok) return treated;
  const all = [...treated.value.values()];
  const apart = reasonForApart(all);
  if (apart !== undefined) return refuse('vat-unclear', { customer: customer.name, reason: apart });
  const vatOf = (productId: string): ProductTerms => {
    const found = treated.value.get(productId);
    if (found === undefined) throw new Error(`nobody asked how ${productId} is taxed`);
    return found;
  };
  return done({ vatOf, account, evidence: { ...notesOf(all), ...evidenceOf(of, all) } });
}

function treatmentsOf(of: Asked): Outcome<ReadonlyMap<string, ProductTerms>, 'vat-unclear'> {
  const { company, customer, check, taxPoint, supplies } = of;
  const seller = sellerOf(company);
  const treated = new Map<string, ProductTerms>();
  for (const productId of of.productIds) {
    const supply = supplies.ofProducts.get(productId) ?? USUAL_SUPPLY;
    const vat = vatTreatment({ seller, buyer: buyerFor(customer, check), taxPoint, supply });
    if (!vat.ok) return refuse('vat-unclear', { customer: customer.name, reason: vat.reason });
    const inPrice = rateInPrice(vat, seller, taxPoint, supply);
    treated.set(productId, { product: supply.product, vat, rateInPrice: inPrice });
  }
  return done(treated);
}

/** What the law wants said, each once. */
function notesOf(all: readonly ProductTreatment[]): Pick<InvoiceBody, 'notes' | 'exempt'> {
  const notes = new Set(all.flatMap(({ vat }) => (vat.note === null ? [] : [vat.note])));
  const exempt = new Map(all.flatMap(({ vat }) => (vat.exempt ? [[vat.exempt.reason, vat.exempt]] : [])));
  return { notes: [...notes], ...(exempt.size > 0 && { exempt: [...exempt.values()] }) };
}

/** Of what stands on the buyer's VAT id, and of a private person who lives elsewhere than its address says. */
function evidenceOf(
  { customer, check }: Asked,
  all: readonly ProductTreatment[],
): Pick<InvoiceBody, 'vatEvidence' | 'taxed'> {
  if (taxedIn(customer) !== customer.country)
    return { taxed: { country: customer.taxCountry, evidence: customer.taxEvidence } };
  const isById = all.some(({ vat }) => vat.category === 'AE' || vat.category === 'K');
  if (!isById || check === undefined || check.result === 'invalid') return {};
  const { result, requestIdentifier, checkedAt } = check;
  return { vatEvidence: { vatId: customer.vatId, result, requestIdentifier, checkedAt } };
}
