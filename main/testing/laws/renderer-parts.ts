/**
 * Parts of a domain's pages that pages of other domains show, too: fields, labels, words, a panel. Everything else of a domain is its
 * own. There is no file that exports them all: whoever shows the state of a VM would load its console with it.
 */
export const RENDERER_PARTS: Readonly<Record<string, readonly string[]>> = {
  alerts: ['subject-alerts.tsx'],
  balances: ['customer-balance.tsx'],
  billing: [
    'billing.css',
    'company-settings.tsx',
    'credit-amounts.ts',
    'customer-charges.tsx',
    'customer-invoices.tsx',
    'customer-statement.tsx',
    'customer-subscriptions.tsx',
    'first-steps.tsx',
    'pdf-view.tsx',
    'save-json-button.tsx',
    'subscription-start-dialog.tsx',
    'use-day-state.ts',
  ],
  bulk: ['vm-bulk-bar.tsx'],
  capacity: ['loss-words.tsx'],
  catalog: ['component-words.ts', 'price-words.ts'],
  customers: ['country-options.ts', 'customer-field.tsx'],
  documents: ['receipt-button.tsx'],
  fleet: [
    'fleet.css',
    'subject-tasks.tsx',
    'tag-words.ts',
    'compare-button.tsx',
    'vm-detail.tsx',
    'vm-state.tsx',
  ],
  hardware: [
    'device-dialogs.tsx',
    'hardware-tab.tsx',
    'identity-dialogs.tsx',
    'snapshots-tab.tsx',
    'vm-protection.tsx',
  ],
  metering: ['subscription-usage.tsx'],
  moves: ['host-maintenance.tsx', 'move-dialog.tsx'],
  payments: ['payment-record-dialog.tsx'],
  queries: ['saved-query-bar.tsx'],
  tasks: ['task-detail.tsx', 'task-progress.ts', 'task-state.tsx'],
};
