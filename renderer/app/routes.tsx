import type { ComponentType } from 'react';
import { latePage as page } from '../ui/late-page.tsx';

export interface PageRoute {
  /** wouter pattern. A list and the detail beside it are one route (`/vms/:vmId?`), so that the list stays as it is. */
  path: string;
  page: ComponentType;
}

/** Every view has an address. A page of a domain is one line here; more special paths first. */
export const routes: readonly PageRoute[] = [
  { path: '/', page: page(() => import('./overview/overview-page.tsx'), 'OverviewPage') },
  { path: '/welcome', page: page(() => import('./first-run/first-run-page.tsx'), 'FirstRunPage') },
  {
    path: '/hosts/import/:importId?',
    page: page(() => import('../domains/fleet/host-import-page.tsx'), 'HostImportPage'),
  },
  { path: '/hosts/new', page: page(() => import('../domains/fleet/host-add-page.tsx'), 'HostAddPage') },
  {
    path: '/hosts/compare',
    page: page(() => import('../domains/fleet/host-compare-page.tsx'), 'HostComparePage'),
  },
  {
    path: '/hosts/:hostId?',
    page: page(() => import('../domains/fleet/host-list-page.tsx'), 'HostListPage'),
  },
  {
    path: '/templates/new',
    page: page(() => import('../domains/templates/template-import-page.tsx'), 'TemplateImportPage'),
  },
  {
    path: '/templates/:templateId?',
    page: page(() => import('../domains/templates/template-list-page.tsx'), 'TemplateListPage'),
  },
  {
    path: '/alerts/history/:alertId?',
    page: page(() => import('../domains/alerts/alert-history-page.tsx'), 'AlertHistoryPage'),
  },
  { path: '/alerts/rules', page: page(() => import('../domains/alerts/rule-page.tsx'), 'RulePage') },
  {
    path: '/alerts/channels',
    page: page(() => import('../domains/alerts/channel-page.tsx'), 'ChannelPage'),
  },
  {
    path: '/alerts/silences',
    page: page(() => import('../domains/alerts/silence-page.tsx'), 'SilencePage'),
  },
  {
    path: '/alerts/:alertId?',
    page: page(() => import('../domains/alerts/alert-list-page.tsx'), 'AlertListPage'),
  },
  {
    path: '/capacity/:clusterId?',
    page: page(() => import('../domains/capacity/capacity-page.tsx'), 'CapacityPage'),
  },
  {
    path: '/clusters/new',
    page: page(() => import('../domains/fleet/cluster-form-page.tsx'), 'ClusterFormPage'),
  },
  {
    path: '/clusters/:clusterId/edit',
    page: page(() => import('../domains/fleet/cluster-form-page.tsx'), 'ClusterFormPage'),
  },
  {
    path: '/clusters/:clusterId?',
    page: page(() => import('../domains/fleet/cluster-list-page.tsx'), 'ClusterListPage'),
  },
  { path: '/vms/new', page: page(() => import('../domains/fleet/vm-create-page.tsx'), 'VmCreatePage') },
  { path: '/vms/compare', page: page(() => import('../domains/fleet/vm-compare-page.tsx'), 'VmComparePage') },
  {
    path: '/everywhere/:vmId?',
    page: page(() => import('../domains/fleet/vm-everywhere-page.tsx'), 'VmEverywherePage'),
  },
  { path: '/vms/:vmId?', page: page(() => import('../domains/fleet/vm-list-page.tsx'), 'VmListPage') },
  { path: '/usage', page: page(() => import('../domains/metering/usage-page.tsx'), 'UsagePage') },
  { path: '/bulk/:bulkId/:vmId?', page: page(() => import('../domains/bulk/bulk-page.tsx'), 'BulkPage') },
  { path: '/bulk', page: page(() => import('../domains/bulk/bulk-list-page.tsx'), 'BulkListPage') },
  {
    path: '/moves/:moveId?',
    page: page(() => import('../domains/moves/move-list-page.tsx'), 'MoveListPage'),
  },
  {
    path: '/maintenance',
    page: page(() => import('../domains/moves/maintenance-page.tsx'), 'MaintenancePage'),
  },
  { path: '/activity', page: page(() => import('../domains/system/activity-page.tsx'), 'ActivityPage') },
  {
    path: '/tasks/:taskId?',
    page: page(() => import('../domains/tasks/task-list-page.tsx'), 'TaskListPage'),
  },
  {
    path: '/customers/new',
    page: page(() => import('../domains/customers/customer-form-page.tsx'), 'CustomerFormPage'),
  },
  {
    path: '/customers/:customerId/edit',
    page: page(() => import('../domains/customers/customer-form-page.tsx'), 'CustomerFormPage'),
  },
  {
    path: '/customers/:customerId/billing',
    page: page(() => import('../domains/customers/billing-profile-page.tsx'), 'BillingProfilePage'),
  },
  {
    path: '/customers/:customerId?',
    page: page(() => import('../domains/customers/customer-list-page.tsx'), 'CustomerListPage'),
  },
  {
    path: '/plans/new/by-period',
    page: page(() => import('../domains/catalog/version-form-page.tsx'), 'VersionFormPage'),
  },
  {
    path: '/plans/:planId/version',
    page: page(() => import('../domains/catalog/version-form-page.tsx'), 'VersionFormPage'),
  },
  {
    path: '/plans/moves/new',
    page: page(() => import('../domains/repricing/repricing-new-page.tsx'), 'RepricingNewPage'),
  },
  {
    path: '/plans/moves/:repricingId',
    page: page(() => import('../domains/repricing/repricing-page.tsx'), 'RepricingPage'),
  },
  {
    path: '/plans/moves',
    page: page(() => import('../domains/repricing/repricing-list-page.tsx'), 'RepricingListPage'),
  },
  {
    path: '/plans/products',
    page: page(() => import('../domains/catalog/product-list-page.tsx'), 'ProductListPage'),
  },
  { path: '/plans/new', page: page(() => import('../domains/catalog/plan-form-page.tsx'), 'PlanFormPage') },
  {
    path: '/plans/:planId?',
    page: page(() => import('../domains/catalog/plan-list-page.tsx'), 'PlanListPage'),
  },
  {
    path: '/subscriptions/:subscriptionId?',
    page: page(() => import('../domains/billing/subscription-list-page.tsx'), 'SubscriptionListPage'),
  },
  { path: '/runs/new', page: page(() => import('../domains/runs/run-new-page.tsx'), 'RunNewPage') },
  {
    path: '/runs/:runId/:rowId?',
    page: page(() => import('../domains/runs/run-page.tsx'), 'RunPage'),
  },
  { path: '/runs', page: page(() => import('../domains/runs/run-list-page.tsx'), 'RunListPage') },
  {
    path: '/invoices/new',
    page: page(() => import('../domains/billing/invoice-new-page.tsx'), 'InvoiceNewPage'),
  },
  {
    path: '/invoices/:invoiceId?',
    page: page(() => import('../domains/billing/invoice-list-page.tsx'), 'InvoiceListPage'),
  },
  {
    path: '/documents/:documentId?',
    page: page(() => import('../domains/documents/document-list-page.tsx'), 'DocumentListPage'),
  },
  {
    path: '/payments/:paymentId?',
    page: page(() => import('../domains/payments/payment-list-page.tsx'), 'PaymentListPage'),
  },
  { path: '/ledger', page: page(() => import('../domains/billing/ledger-page.tsx'), 'LedgerPage') },
  { path: '/settings/:section?', page: page(() => import('./settings/settings-page.tsx'), 'SettingsPage') },
];
