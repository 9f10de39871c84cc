/** One area of the console: where it is, what it is called, and what takes one there. */
export interface ConsoleArea {
  readonly path: string;
  readonly label: string;
  /** Second key after `g`. */
  readonly key: string;
}

/** The areas of this release, grouped by who works there: the rail's, the palette's and those of the native menu. Nothing stands here that has no page. */
export const AREA_GROUPS = [
  {
    title: 'Operate',
    roles: ['administrator', 'sysadmin', 'migration', 'observer'],
    areas: [
      { path: '/', label: 'Overview', key: 'o' },
      { path: '/vms', label: 'VMs', key: 'v' },
      { path: '/bulk', label: 'Bulk actions', key: 'a' },
      { path: '/hosts', label: 'Hosts', key: 'h' },
      { path: '/clusters', label: 'Clusters', key: 'u' },
      { path: '/moves', label: 'Moves', key: 'm' },
      { path: '/maintenance', label: 'Maintenance', key: 'w' },
      { path: '/capacity', label: 'Capacity', key: 'y' },
      { path: '/templates', label: 'Templates', key: 't' },
      { path: '/alerts', label: 'Alerts', key: 'e' },
    ],
  },
  {
    title: 'Sell and bill',
    roles: ['accountant'],
    areas: [
      { path: '/customers', label: 'Customers', key: 'c' },
      { path: '/plans', label: 'Plans', key: 'p' },
      { path: '/subscriptions', label: 'Subscriptions', key: 'b' },
      { path: '/runs', label: 'Billing runs', key: 'r' },
      { path: '/invoices', label: 'Invoices', key: 'i' },
      { path: '/documents', label: 'Documents', key: 'd' },
      { path: '/payments', label: 'Payments', key: 'n' },
      { path: '/ledger', label: 'Ledger', key: 'l' },
    ],
  },
] as const;

/** Below the groups, for everybody. */
export const FOOT_AREAS = [
  { path: '/tasks', label: 'Tasks', key: 'k' },
  { path: '/settings', label: 'Settings', key: 's' },
] as const;

export type AreaPath =
  | (typeof AREA_GROUPS)[number]['areas'][number]['path']
  | (typeof FOOT_AREAS)[number]['path'];
