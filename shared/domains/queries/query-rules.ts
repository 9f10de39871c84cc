import type { QueriedList, SavedQuery } from './queries-contract.ts';

interface BuiltIn {
  readonly list: QueriedList;
  readonly name: string;
  readonly query: string;
}

/** Queries that come with the console. The counts of the overview are these, by their keys. */
export const BUILT_IN = {
  'vms-running': { list: 'vms', name: 'Running', query: 'state:running' },
  'vms-stopped': { list: 'vms', name: 'Stopped', query: 'state:shut-off' },
  'vms-crashed': { list: 'vms', name: 'Crashed', query: 'state:crashed' },
  'vms-paused': { list: 'vms', name: 'Paused', query: 'state:paused' },
  'vms-busy': { list: 'vms', name: 'CPU over 80 %', query: 'cpu>80' },
  'vms-without-customer': { list: 'vms', name: 'Without customer', query: '-has:customer' },
  'vms-missing': { list: 'vms', name: 'Missing', query: 'state:missing' },
  'hosts-connected': { list: 'hosts', name: 'Connected', query: 'state:connected' },
  'hosts-unreachable': {
    list: 'hosts',
    name: 'Not heard',
    query: 'state:unreachable,key-changed,refused',
  },
  'hosts-slow': { list: 'hosts', name: 'Slow', query: 'state:slow' },
  'hosts-with-problems': {
    list: 'hosts',
    name: 'With problems',
    query:
      'problem:no-default-pool,pool-inactive,no-bridge,no-guest-bridge-traffic,clock-off,libvirt-old,no-kvm',
  },
  'pools-nearly-full': { list: 'hosts', name: 'Pool nearly full', query: 'problem:pool-nearly-full' },
  'tasks-running': { list: 'tasks', name: 'Running', query: 'state:running' },
  'tasks-queued': { list: 'tasks', name: 'Queued', query: 'state:queued' },
  'tasks-failed': { list: 'tasks', name: 'Failed', query: 'state:failed dismissed:no' },
  'tasks-done': { list: 'tasks', name: 'Done', query: 'state:succeeded' },
  'customers-active': { list: 'customers', name: 'Active', query: 'active:yes' },
  'customers-archived': { list: 'customers', name: 'Archived', query: 'active:no' },
  'customers-private': { list: 'customers', name: 'Private persons', query: 'kind:person' },
  'plans-sold': { list: 'plans', name: 'Sold', query: 'active:yes' },
  'plans-retired': { list: 'plans', name: 'Retired', query: 'active:no' },
  'subscriptions-running': { list: 'subscriptions', name: 'Running', query: 'state:running' },
  'subscriptions-coming': { list: 'subscriptions', name: 'To come', query: 'state:coming' },
  'subscriptions-ended': { list: 'subscriptions', name: 'Ended', query: 'state:ended' },
  'invoices-overdue': { list: 'invoices', name: 'Overdue', query: 'state:overdue' },
  'invoices-open': { list: 'invoices', name: 'Open', query: 'state:open' },
  'invoices-paid': { list: 'invoices', name: 'Paid', query: 'state:paid' },
  'moves-running': { list: 'moves', name: 'Under way', query: 'state:running' },
  'moves-queued': { list: 'moves', name: 'Waiting', query: 'state:queued' },
  'moves-failed': { list: 'moves', name: 'Failed', query: 'state:failed' },
  'bulk-running': { list: 'bulk', name: 'Running', query: 'state:running' },
  'bulk-stopped': { list: 'bulk', name: 'Stopped', query: 'state:stopped' },
  'alerts-firing': { list: 'alerts', name: 'Firing', query: 'state:firing ack:no silenced:no' },
  'alerts-critical': { list: 'alerts', name: 'Critical', query: 'state:firing severity:critical' },
  'alerts-taken-on': { list: 'alerts', name: 'Taken on', query: 'ack:yes' },
  'alerts-silenced': { list: 'alerts', name: 'Silenced', query: 'silenced:yes' },
  'alerts-pending': { list: 'alerts', name: 'Pending', query: 'state:pending' },
} as const satisfies Record<string, BuiltIn>;
export type BuiltInKey = keyof typeof BUILT_IN;

/** Its id among the saved ones. */
export function builtInId(key: BuiltInKey): string {
  return `builtin:${key}`;
}

export function builtInQueries(list?: QueriedList): SavedQuery[] {
  return (Object.keys(BUILT_IN) as BuiltInKey[])
    .map((key) => ({ ...BUILT_IN[key], id: builtInId(key), sort: '', shared: true, owner: '', mine: false }))
    .filter((saved) => list === undefined || saved.list === list);
}
