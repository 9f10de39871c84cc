import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import { vatTreatment, type VatTreatment } from '../../../../shared/domains/billing/vat-rules.ts';
import { evidenceMissing } from '../../../../shared/domains/customers/billing-profile.ts';
import type { VatCheck } from '../../../../shared/domains/customers/customers-contract.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import type { CustomerFacts } from '../../customers/customers-public.ts';
import { accountIn } from '../companies/company-accounts.ts';
import type { CompanyRow } from '../companies/company-store.ts';
import type { InvoiceBody } from './invoice-document.ts';
import { sellerOf, taxedIn } from './price-vat.ts';

/** How a customer is taxed on a day, what that stands on, and the account it pays to. */
export interface InvoicingTerms {
  readonly vat: Extract<VatTreatment, { ok: true }>;
  readonly account: InvoiceBody['account'];
  readonly evidence: Pick<InvoiceBody, 'vatEvidence' | 'taxed'>;
}

interface Asked {
  readonly company: CompanyRow;
  readonly customer: CustomerFacts;
  readonly currency: Currency;
  readonly check: VatCheck | undefined;
  readonly taxPoint: LocalDate;
}

/** The same for every document that asks for money or takes it in; refused where it cannot be told. */
export function invoicingTerms(of: Asked): Outcome<InvoicingTerms, 'vat-unclear' | 'account-missing'> {
  const { company, customer, currency, check, taxPoint } = of;
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
  const vat = vatTreatment({
    seller: sellerOf(company),
    buyer: { ...customer, country: taxedIn(customer), vatCheck: check?.result },
    taxPoint,
  });
  if (!vat.ok) return refuse('vat-unclear', { customer: customer.name, reason: vat.reason });
  return done({ vat, account, evidence: evidenceOf(of, vat) });
}

/** Of a reverse charge, which stands on the buyer's VAT id, and of a private person who lives elsewhere than its address says. */
function evidenceOf({ customer, check }: Asked, vat: InvoicingTerms['vat']): InvoicingTerms['evidence'] {
  if (taxedIn(customer) !== customer.country)
    return { taxed: { country: customer.taxCountry, evidence: customer.taxEvidence } };
  if (vat.category !== 'AE' || check === undefined || check.result === 'invalid') return {};
  const { result, requestIdentifier, checkedAt } = check;
  return { vatEvidence: { vatId: customer.vatId, result, requestIdentifier, checkedAt } };
}
