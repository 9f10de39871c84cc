import { balances } from '../domains/balances/schema/20261130T0750-balances.ts';
import { balancesZones } from '../domains/balances/schema/20261130T1610-balances-zones.ts';
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
import { billingCalendarTurns } from '../domains/billing/schema/20261130T1613-billing-calendar-turns.ts';
import { billingReadingsOfHoldings } from '../domains/billing/schema/20261130T1614-billing-readings-of-holdings.ts';
import { billingCompanyAccounts } from '../domains/billing/schema/20261130T1603-billing-company-accounts.ts';
import { billingCompanyBooks } from '../domains/billing/schema/20261130T1606-billing-company-books.ts';
import { billingMovedForMany } from '../domains/billing/schema/20261130T1640-billing-moved-for-many.ts';
import { billingInvoiceRows } from '../domains/billing/schema/20261130T2008-billing-invoice-rows.ts';
import { billingChargeCredits } from '../domains/billing/schema/20261201T0020-billing-charge-credits.ts';
import { billingDailyHistories } from '../domains/billing/schema/20261201T0108-billing-daily-histories.ts';
import { billingPools } from '../domains/billing/schema/20261130T2041-billing-pools.ts';
import { billingCompanyImages } from '../domains/billing/schema/20261130T1716-billing-company-images.ts';
import { billingAdvanceInvoices } from '../domains/billing/schema/20261130T2033-billing-advance-invoices.ts';
import { documentsAdvances } from '../domains/documents/schema/20261130T2034-documents-advances.ts';
import { catalogPlans } from '../domains/catalog/schema/20261122T1030-catalog-plans.ts';
import { catalogVersions } from '../domains/catalog/schema/20261129T1740-catalog-versions.ts';
import { catalogProductVat } from '../domains/catalog/schema/20261201T0430-catalog-product-vat.ts';
import { customers } from '../domains/customers/schema/20261122T1020-customers.ts';
import { customersVatRounds } from '../domains/customers/schema/20261201T0529-customers-vat-rounds.ts';
import { customersVatChecks } from '../domains/customers/schema/20261129T1810-customers-vat-checks.ts';
import { customersBillingProfile } from '../domains/customers/schema/20261130T0744-customers-billing-profile.ts';
import { documentsPapers } from '../domains/documents/schema/20261130T0800-documents-papers.ts';
import { meteringEvents } from '../domains/metering/schema/20261130T0748-metering-events.ts';
import { meteringEventKeys } from '../domains/metering/schema/20261130T1943-metering-event-keys.ts';
import { meteringEventsAsTheyCame } from '../domains/metering/schema/20261130T1616-metering-events-as-they-came.ts';
import { meteringLate } from '../domains/metering/schema/20261130T1615-metering-late.ts';
import { meteringHeldOrder } from '../domains/metering/schema/20261130T1611-metering-held-order.ts';
import { paymentsReleases } from '../domains/payments/schema/20261201T0139-payments-releases.ts';
import { paymentsRefunds } from '../domains/payments/schema/20261201T0145-payments-refunds.ts';
import { payments } from '../domains/payments/schema/20261130T0745-payments.ts';
import { customersSearch } from '../domains/customers/schema/20261201T0503-customers-search.ts';
import { billingWriteOffReturns } from '../domains/billing/schema/20261201T0517-billing-write-off-returns.ts';
import { billingSubscriptionsSearch } from '../domains/billing/schema/20261201T0527-billing-subscriptions-search.ts';
import { customersByCountry } from '../domains/customers/schema/20261201T0528-customers-by-country.ts';
import { billingSubscriptionsByPlanName } from '../domains/billing/schema/20261201T0504-billing-subscriptions-by-plan-name.ts';
import { billingNumberFormats } from '../domains/billing/schema/20261201T0600-billing-number-formats.ts';
import { documentsNumberFormats } from '../domains/documents/schema/20261201T0601-documents-number-formats.ts';
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
  billingCompanyAccounts,
  billingCompanyBooks,
  balancesZones,
  meteringHeldOrder,
  billingCalendarTurns,
  billingReadingsOfHoldings,
  meteringLate,
  meteringEventsAsTheyCame,
  billingMovedForMany,
  billingCompanyImages,
  meteringEventKeys,
  billingInvoiceRows,
  billingAdvanceInvoices,
  documentsAdvances,
  billingPools,
  billingChargeCredits,
  billingDailyHistories,
  paymentsReleases,
  paymentsRefunds,
  catalogProductVat,
  customersSearch,
  billingSubscriptionsByPlanName,
  billingWriteOffReturns,
  billingSubscriptionsSearch,
  customersByCountry,
  customersVatRounds,
  billingNumberFormats,
  documentsNumberFormats,
];
