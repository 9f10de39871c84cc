import { balances } from '../domains/balances/schema/20261130T0750-balances.ts';
import { billingCompanyAndCharges } from '../domains/billing/schema/20261122T1040-billing-company-and-charges.ts';
import { billingLedger } from '../domains/billing/schema/20261122T1041-billing-ledger.ts';
import { billingInvoices } from '../domains/billing/schema/20261122T1042-billing-invoices.ts';
import { billingHeldDays } from '../domains/billing/schema/20261129T0110-billing-held-days.ts';
import { billingCreditNotes } from '../domains/billing/schema/20261129T1730-billing-credit-notes.ts';
import { billingHistories } from '../domains/billing/schema/20261129T1810-billing-histories.ts';
import { billingVatAndRates } from '../domains/billing/schema/20261129T1815-billing-vat-and-rates.ts';
import { billingGrossCharges } from '../domains/billing/schema/20261130T0705-billing-gross-charges.ts';
import { billingChargesByHand } from '../domains/billing/schema/20261130T0710-billing-charges-by-hand.ts';
import { billingInvoiceSearch } from '../domains/billing/schema/20261130T0711-billing-invoice-search.ts';
import { billingDeferrals } from '../domains/billing/schema/20261130T0715-billing-deferrals.ts';
import { billingCompanies } from '../domains/billing/schema/20261130T0745-billing-companies.ts';
import { billingExchanges } from '../domains/billing/schema/20261130T0755-billing-exchanges.ts';
import { catalogPlans } from '../domains/catalog/schema/20261122T1030-catalog-plans.ts';
import { catalogVersions } from '../domains/catalog/schema/20261129T1740-catalog-versions.ts';
import { customers } from '../domains/customers/schema/20261122T1020-customers.ts';
import { customersVatChecks } from '../domains/customers/schema/20261129T1810-customers-vat-checks.ts';
import { customersBillingProfile } from '../domains/customers/schema/20261130T0744-customers-billing-profile.ts';
import { documentsPapers } from '../domains/documents/schema/20261130T0800-documents-papers.ts';
import { meteringEvents } from '../domains/metering/schema/20261130T0748-metering-events.ts';
import { payments } from '../domains/payments/schema/20261130T0745-payments.ts';
import type { SchemaStep } from '../platform/store/schema-step.ts';
import { meters } from './billing-meters.ts';

/** The steps of the billing domains, with meters in place of the fleet. */
export const billingSchema: readonly SchemaStep[] = [
  meters,
  customers,
  catalogPlans,
  billingCompanyAndCharges,
  billingLedger,
  billingInvoices,
  billingHeldDays,
  billingCreditNotes,
  billingVatAndRates,
  customersVatChecks,
  catalogVersions,
  billingHistories,
  billingGrossCharges,
  billingChargesByHand,
  billingInvoiceSearch,
  billingDeferrals,
  customersBillingProfile,
  billingCompanies,
  payments,
  documentsPapers,
  meteringEvents,
  balances,
  billingExchanges,
];
