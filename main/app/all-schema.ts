import { billingCompanies } from '../domains/billing/schema/20261130T0745-billing-companies.ts';
import { customersBillingProfile } from '../domains/customers/schema/20261130T0744-customers-billing-profile.ts';
import { accessPeople } from '../domains/access/schema/20261122T1000-access-people.ts';
import { alerts } from '../domains/alerts/schema/20261129T0741-alerts.ts';
import { alertsBalanceRules } from '../domains/alerts/schema/20261130T1602-alerts-balance-rules.ts';
import { alertsDeliveryClaims } from '../domains/alerts/schema/20261129T1150-alerts-delivery-claims.ts';
import { alertsOfSubjects } from '../domains/alerts/schema/20261129T1151-alerts-of-subjects.ts';
import { billingChargesByHand } from '../domains/billing/schema/20261130T0710-billing-charges-by-hand.ts';
import { billingDailyHistories } from '../domains/billing/schema/20261201T0108-billing-daily-histories.ts';
import { billingCompanyAndCharges } from '../domains/billing/schema/20261122T1040-billing-company-and-charges.ts';
import { billingInvoiceSearch } from '../domains/billing/schema/20261130T0711-billing-invoice-search.ts';
import { billingLedger } from '../domains/billing/schema/20261122T1041-billing-ledger.ts';
import { billingGrossCharges } from '../domains/billing/schema/20261130T0705-billing-gross-charges.ts';
import { billingVatAndRates } from '../domains/billing/schema/20261129T1815-billing-vat-and-rates.ts';
import { billingCompanyAccounts } from '../domains/billing/schema/20261130T1603-billing-company-accounts.ts';
import { billingCompanyBooks } from '../domains/billing/schema/20261130T1606-billing-company-books.ts';
import { billingExchanges } from '../domains/billing/schema/20261130T0755-billing-exchanges.ts';
import { balances } from '../domains/balances/schema/20261130T0750-balances.ts';
import { balancesZones } from '../domains/balances/schema/20261130T1610-balances-zones.ts';
import { billingDeferrals } from '../domains/billing/schema/20261130T0715-billing-deferrals.ts';
import { billingHistories } from '../domains/billing/schema/20261129T1810-billing-histories.ts';
import { billingCreditNotes } from '../domains/billing/schema/20261129T1730-billing-credit-notes.ts';
import { billingHeldDays } from '../domains/billing/schema/20261129T0110-billing-held-days.ts';
import { billingInvoices } from '../domains/billing/schema/20261122T1042-billing-invoices.ts';
import { bulkActions } from '../domains/bulk/schema/20261129T0721-bulk-actions.ts';
import { bulkItemsInPlace } from '../domains/bulk/schema/20261129T1230-bulk-items-in-place.ts';
import { capacityDays } from '../domains/capacity/schema/20261129T0702-capacity-days.ts';
import { catalogVersions } from '../domains/catalog/schema/20261129T1740-catalog-versions.ts';
import { catalogProductVat } from '../domains/catalog/schema/20261201T0430-catalog-product-vat.ts';
import { billingCalendarTurns } from '../domains/billing/schema/20261130T1613-billing-calendar-turns.ts';
import { billingInvoiceRows } from '../domains/billing/schema/20261130T2008-billing-invoice-rows.ts';
import { billingPools } from '../domains/billing/schema/20261130T2041-billing-pools.ts';
import { billingCompanyImages } from '../domains/billing/schema/20261130T1716-billing-company-images.ts';
import { billingReadingsOfHoldings } from '../domains/billing/schema/20261130T1614-billing-readings-of-holdings.ts';
import { catalogPlans } from '../domains/catalog/schema/20261122T1030-catalog-plans.ts';
import { customersVatRounds } from '../domains/customers/schema/20261201T0529-customers-vat-rounds.ts';
import { customersVatChecks } from '../domains/customers/schema/20261129T1810-customers-vat-checks.ts';
import { customers } from '../domains/customers/schema/20261122T1020-customers.ts';
import { documentsPapers } from '../domains/documents/schema/20261130T0800-documents-papers.ts';
import { fleetHostsAndVms } from '../domains/fleet/schema/20261122T1010-fleet-hosts-and-vms.ts';
import { fleetSeriesAndUsage } from '../domains/fleet/schema/20261122T1011-fleet-series-and-usage.ts';
import { fleetVmMovingTo } from '../domains/fleet/schema/20261129T0732-fleet-vm-moving-to.ts';
import { fleetVmNoted } from '../domains/fleet/schema/20261129T0205-fleet-vm-noted.ts';
import { fleetClusters } from '../domains/fleet/schema/20261129T0701-fleet-clusters.ts';
import { fleetHostImports } from '../domains/fleet/schema/20261129T0703-fleet-host-imports.ts';
import { fleetHostMaintenance } from '../domains/fleet/schema/20261129T0731-fleet-host-maintenance.ts';
import { fleetHostReasonCode } from '../domains/fleet/schema/20261122T1012-fleet-host-reason-code.ts';
import { fleetHostMoveAddress } from '../domains/fleet/schema/20261129T1229-fleet-host-move-address.ts';
import { fleetUsageHoldings } from '../domains/fleet/schema/20261130T1612-fleet-usage-holdings.ts';
import { fleetUsageOfGone } from '../domains/fleet/schema/20261201T0015-fleet-usage-of-gone.ts';
import { fleetUsageLean } from '../domains/fleet/schema/20261129T1745-fleet-usage-lean.ts';
import { meteringEvents } from '../domains/metering/schema/20261130T0748-metering-events.ts';
import { meteringEventKeys } from '../domains/metering/schema/20261130T1943-metering-event-keys.ts';
import { meteringEventsAsTheyCame } from '../domains/metering/schema/20261130T1616-metering-events-as-they-came.ts';
import { meteringLate } from '../domains/metering/schema/20261130T1615-metering-late.ts';
import { meteringHeldOrder } from '../domains/metering/schema/20261130T1611-metering-held-order.ts';
import { movesAnyTime } from '../domains/moves/schema/20261129T1228-moves-any-time.ts';
import { movesMaintenance } from '../domains/moves/schema/20261129T0734-moves-maintenance.ts';
import { movesMove } from '../domains/moves/schema/20261129T0733-moves-move.ts';
import { fleetCollectors } from '../domains/fleet/schema/20261129T1220-fleet-collectors.ts';
import { fleetRenameInOrder } from '../domains/fleet/schema/20261129T1225-fleet-rename-in-order.ts';
import { fleetVmDeletionVolumes } from '../domains/fleet/schema/20261129T1735-fleet-vm-deletion-volumes.ts';
import { fleetVmNextSize } from '../domains/fleet/schema/20261129T1805-fleet-vm-next-size.ts';
import { fleetVmNarrow } from '../domains/fleet/schema/20261129T0752-fleet-vm-narrow.ts';
import { fleetVmTagsApart } from '../domains/fleet/schema/20261129T1820-fleet-vm-tags-apart.ts';
import { paymentsReleases } from '../domains/payments/schema/20261201T0139-payments-releases.ts';
import { paymentsRefunds } from '../domains/payments/schema/20261201T0145-payments-refunds.ts';
import { payments } from '../domains/payments/schema/20261130T0745-payments.ts';
import { queriesSaved } from '../domains/queries/schema/20261129T0753-queries-saved.ts';
import { runsBillingRun } from '../domains/runs/schema/20261130T0710-runs-billing-run.ts';
import { runsLarge } from '../domains/runs/schema/20261130T1938-runs-large.ts';
import { runsSums } from '../domains/runs/schema/20261130T1559-runs-sums.ts';
import { systemStoreIdentity } from '../domains/system/schema/20261129T1236-system-store-identity.ts';
import { systemSetting } from '../domains/system/schema/20261122T1001-system-setting.ts';
import { tasksTask } from '../domains/tasks/schema/20261122T1020-tasks-task.ts';
import { tasksOwedUndo } from '../domains/tasks/schema/20261129T0230-tasks-owed-undo.ts';
import { templatesTemplate } from '../domains/templates/schema/20261122T1030-templates-template.ts';
import { templatesNameKey } from '../domains/templates/schema/20261129T0230-templates-name-key.ts';
import { billingAdvanceInvoices } from '../domains/billing/schema/20261130T2033-billing-advance-invoices.ts';
import { billingChargeCredits } from '../domains/billing/schema/20261201T0020-billing-charge-credits.ts';
import { documentsAdvances } from '../domains/documents/schema/20261130T2034-documents-advances.ts';
import { runsAdvances } from '../domains/runs/schema/20261130T2035-runs-advances.ts';
import { runsCreditNotes } from '../domains/runs/schema/20261201T0430-runs-credit-notes.ts';
import { runsCompared } from '../domains/runs/schema/20261201T0140-runs-compared.ts';
import { customersSearch } from '../domains/customers/schema/20261201T0503-customers-search.ts';
import { billingWriteOffReturns } from '../domains/billing/schema/20261201T0517-billing-write-off-returns.ts';
import { billingSubscriptionsSearch } from '../domains/billing/schema/20261201T0527-billing-subscriptions-search.ts';
import { customersByCountry } from '../domains/customers/schema/20261201T0528-customers-by-country.ts';
import { billingSubscriptionsByPlanName } from '../domains/billing/schema/20261201T0504-billing-subscriptions-by-plan-name.ts';
import { billingNumberFormats } from '../domains/billing/schema/20261201T0600-billing-number-formats.ts';
import { documentsNumberFormats } from '../domains/documents/schema/20261201T0601-documents-number-formats.ts';
import type { SchemaStep } from '../platform/store/schema-step.ts';
import { billingMovedForMany } from '../domains/billing/schema/20261130T1640-billing-moved-for-many.ts';
import { repricing } from '../domains/repricing/schema/20261130T1641-repricing.ts';
import { repricingSums } from '../domains/repricing/schema/20261130T1737-repricing-sums.ts';

/** Every schema step of every domain, in the order of their ids: a new one is one line here. */
export const allSchema: readonly SchemaStep[] = [
  accessPeople,
  systemSetting,
  fleetHostsAndVms,
  fleetSeriesAndUsage,
  fleetHostReasonCode,
  customers,
  tasksTask,
  catalogPlans,
  templatesTemplate,
  billingCompanyAndCharges,
  billingLedger,
  billingInvoices,
  billingHeldDays,
  fleetVmNoted,
  tasksOwedUndo,
  templatesNameKey,
  fleetClusters,
  capacityDays,
  fleetHostImports,
  bulkActions,
  fleetHostMaintenance,
  fleetVmMovingTo,
  movesMove,
  movesMaintenance,
  alerts,
  fleetVmNarrow,
  queriesSaved,
  alertsDeliveryClaims,
  alertsOfSubjects,
  fleetCollectors,
  fleetRenameInOrder,
  movesAnyTime,
  fleetHostMoveAddress,
  bulkItemsInPlace,
  systemStoreIdentity,
  billingCreditNotes,
  fleetVmDeletionVolumes,
  catalogVersions,
  fleetUsageLean,
  fleetVmNextSize,
  billingHistories,
  customersVatChecks,
  billingVatAndRates,
  fleetVmTagsApart,
  billingGrossCharges,
  billingChargesByHand,
  runsBillingRun,
  billingInvoiceSearch,
  billingDeferrals,
  customersBillingProfile,
  billingCompanies,
  payments,
  meteringEvents,
  balances,
  billingExchanges,
  documentsPapers,
  runsSums,
  alertsBalanceRules,
  billingCompanyAccounts,
  billingCompanyBooks,
  balancesZones,
  meteringHeldOrder,
  fleetUsageHoldings,
  billingCalendarTurns,
  billingReadingsOfHoldings,
  meteringLate,
  meteringEventsAsTheyCame,
  billingMovedForMany,
  repricing,
  billingCompanyImages,
  repricingSums,
  runsLarge,
  meteringEventKeys,
  billingInvoiceRows,
  billingAdvanceInvoices,
  documentsAdvances,
  runsAdvances,
  billingPools,
  fleetUsageOfGone,
  billingChargeCredits,
  billingDailyHistories,
  paymentsReleases,
  runsCompared,
  paymentsRefunds,
  catalogProductVat,
  runsCreditNotes,
  customersSearch,
  billingSubscriptionsByPlanName,
  billingWriteOffReturns,
  billingSubscriptionsSearch,
  customersByCountry,
  customersVatRounds,
  billingNumberFormats,
  documentsNumberFormats,
];
