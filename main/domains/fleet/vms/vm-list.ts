import { sql, type Expression, type Kysely, type SqlBool } from 'kysely';
import type { InputOf, OutputOf } from '../../../../shared/contract/operation.ts';
import { alertSeverity } from '../../../../shared/domains/alerts/alerts-contract.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import type { VmRow } from '../../../../shared/domains/fleet/vm-contract.ts';
import { vmState } from '../../../../shared/domains/fleet/vm-contract.ts';
import type { VM_FIELDS, VM_HAS } from '../../../../shared/domains/fleet/vm-fields.ts';
import { foldText } from '../../../../shared/kernel/fold-text.ts';
import { keysetPage } from '../../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../../platform/paging/list-query-filter.ts';
import { vmAlerts } from '../../alerts/alerts-public.ts';
import type { CustomersPublicTables } from '../../customers/customers-public.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { instantOf, type Freshness } from '../hosts/host-list.ts';
import { vmHas, vmHasTag, vmNameHas, vmNameIs } from './vm-search.ts';
import { VM_DEVICES, VM_LINE, type VmDevices, type VmLine } from './vm-store.ts';

type Operation = typeof fleetContract.vmList;
/** VMs are shown with the names of their hosts and customers. */
export type VmListTables = FleetTables & CustomersPublicTables;
type Db = Kysely<VmListTables>;

export type VmWithNames = VmLine & {
  host_name: string;
  host_state: string;
  host_seen_at_ms: number | null;
  host_state_since_at_ms: number;
  customer_name: string | null;
};

/**
 * A VM that is blocked for a moment is running for whoever asks. Most VMs run: their rows are met sooner by reading all of them than
 * one after the other through the index of states, which serves the others.
 */
function inStates(states: readonly string[]): Expression<SqlBool> {
  if (!states.includes('running')) return sql<SqlBool>`vm.state in (${sql.join(states)})`;
  return sql<SqlBool>`case when vm.state in (${sql.join([...states, 'blocked'])}) then 1 else 0 end = 1`;
}

/** Hosts are few: those asked for are found first, and no VM is joined with its host. */
const onHosts = (which: Expression<unknown>): Expression<SqlBool> =>
  sql<SqlBool>`vm.host_id in (select id from host where ${which})`;

/** With the index that serves each: see list-indexes.test.ts. */
export const vmListFields: ListFields<keyof typeof VM_FIELDS, (typeof VM_HAS)[number]> = {
  fields: {
    name: { kind: 'text', has: vmNameHas, is: vmNameIs, index: 'vm_by_search' },
    state: { kind: 'word', among: inStates, values: vmState.options, index: 'vm_by_state' },
    host: {
      kind: 'word',
      among: (names) => onHosts(sql`lower(name) in (${sql.join(names)})`),
      index: 'vm_by_host',
    },
    cluster: {
      kind: 'word',
      among: (names) =>
        onHosts(sql`cluster_id in (select id from cluster where lower(name) in (${sql.join(names)}))`),
      index: 'vm_by_host',
    },
    clusterid: { kind: 'word', among: (ids) => onHosts(sql`cluster_id in (${sql.join(ids)})`), exact: true },
    customer: {
      kind: 'text',
      has: (words) => sql`instr(vm.customer_folded, ${foldText(words)}) > 0`,
      is: (name) => sql`vm.customer_folded = ${foldText(name)}`,
      index: 'vm_by_customer_folded',
    },
    customerid: {
      kind: 'word',
      among: (ids) => sql`vm.customer_id in (${sql.join(ids)})`,
      exact: true,
      index: 'vm_by_customer',
    },
    tag: { kind: 'words', has: vmHasTag },
    os: { kind: 'text', column: sql.ref('vm.os') },
    address: { kind: 'text', column: sql.ref('vm.address') },
    cpu: { kind: 'number', column: sql.ref('vm.cpu_percent') },
    memory: { kind: 'number', column: sql.ref('vm.memory_bytes'), unit: 'bytes', index: 'vm_by_memory' },
    disk: { kind: 'number', column: sql.ref('vm.disk_bytes'), unit: 'bytes' },
    vcpus: { kind: 'number', column: sql.ref('vm.vcpus') },
    uptime: { kind: 'age', column: sql.ref('vm.started_at_ms') },
    created: { kind: 'instant', column: sql.ref('vm.created_at_ms') },
    alert: {
      kind: 'word',
      among: (severities) => vmAlerts(sql.ref('vm.id'), alertSeverity.array().parse(severities)),
      values: alertSeverity.options,
      index: 'alert_firing_by_subject',
    },
  },
  bare: vmHas,
  has: {
    customer: sql`vm.customer_id is not null`,
    template: sql`vm.template_id is not null`,
    tag: sql`vm.tags <> '[]'`,
    notes: sql`vm.uuid in (select uuid from vm_detail where notes <> '')`,
    address: sql`vm.address <> ''`,
    agent: sql`vm.agent = 1`,
    autostart: sql`vm.autostart = 1`,
    alert: vmAlerts(sql.ref('vm.id')),
  },
};

export const vmSortKeys: Readonly<Record<InputOf<Operation>['sort'], Expression<unknown>>> = {
  name: sql.ref('vm.search'),
  state: sql.ref('vm.state'),
  host: sql.ref('vm.host_name'),
  customer: sql.ref('vm.customer_folded'),
  cpu: sql.ref('vm.cpu_percent'),
  memory: sql.ref('vm.memory_bytes'),
  vcpus: sql.ref('vm.vcpus'),
  disk: sql.ref('vm.disk_bytes'),
  // The longer it is up the earlier it was started; what is off comes before all that is on.
  uptime: sql`coalesce(-${sql.ref('vm.started_at_ms')}, -9000000000000000)`,
  address: sql.ref('vm.address'),
};

/** One page of the VMs of the fleet. */
export async function vmList(
  db: Db,
  input: InputOf<Operation>,
  fresh: Freshness,
): Promise<OutputOf<Operation>> {
  const filter = listQueryFilter(input.query, vmListFields, fresh.nowMs);
  const all = db.selectFrom('vm');
  const page = await keysetPage({
    query: vmsWithNames(db),
    narrow: filter === undefined ? all : all.where(filter),
    sortKey: vmSortKeys[input.sort],
    id: sql.ref<string>('vm.id'),
    page: input,
  });
  const { keys, ...rest } = page;
  return {
    ...rest,
    rows: page.rows.map((row) => vmRowOf(row, fresh)),
    ...(input.withKeys ? { keys } : {}),
  };
}

/** All VMs that a query finds, beside their hosts and customers, for whoever acts on them: nothing is selected yet. */
export function vmsMatching(db: Db, query: string, nowMs: number) {
  const found = db
    .selectFrom('vm')
    .innerJoin('host', 'host.id', 'vm.host_id')
    .leftJoin('customer', 'customer.id', 'vm.customer_id');
  const filter = listQueryFilter(query, vmListFields, nowMs);
  return filter === undefined ? found : found.where(filter);
}

/** How many VMs a query finds now, and the names of the first of them. */
export async function vmsFound(
  db: Db,
  query: string,
  asked: { readonly nowMs: number; readonly names: number },
): Promise<{ readonly count: number; readonly names: readonly string[] }> {
  const filter = listQueryFilter(query, vmListFields, asked.nowMs);
  const found = filter === undefined ? db.selectFrom('vm') : db.selectFrom('vm').where(filter);
  const { count } = await found
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const first =
    Number(count) === 0 ? [] : await found.select('name').orderBy('search').limit(asked.names).execute();
  return { count: Number(count), names: first.map((vm) => vm.name) };
}

export function vmsWithNames(db: Db) {
  return db
    .selectFrom('vm')
    .innerJoin('host', 'host.id', 'vm.host_id')
    .leftJoin('customer', 'customer.id', 'vm.customer_id')
    .select(VM_LINE)
    .select([
      'host.name as host_name',
      'host.state as host_state',
      'host.seen_at_ms as host_seen_at_ms',
      'host.state_since_at_ms as host_state_since_at_ms',
      'customer.name as customer_name',
    ]);
}

/** One VM, with its devices and notes. */
export async function findVm(db: Db, vmId: string): Promise<(VmWithNames & VmDevices) | undefined> {
  return await vmsWithNames(db)
    .innerJoin('vm_detail', 'vm_detail.uuid', 'vm.uuid')
    .select(VM_DEVICES)
    .where('vm.id', '=', vmId)
    .executeTakeFirst();
}

export function vmRowOf(row: VmWithNames, fresh: Freshness): VmRow {
  return {
    id: row.id,
    uuid: row.uuid,
    name: row.name,
    state: vmState.parse(row.state),
    hostId: row.host_id,
    host: row.host_name,
    staleSince: staleSince(row, fresh),
    customerId: row.customer_id,
    customer: row.customer_name ?? '',
    address: row.address,
    vcpus: row.vcpus,
    memoryBytes: row.memory_bytes,
    diskBytes: row.disk_bytes,
    cpuPercent: row.cpu_percent,
    memoryUsedBytes: row.memory_used_bytes,
    uptimeSeconds:
      row.started_at_ms === null ? null : Math.max(0, Math.round((fresh.nowMs - row.started_at_ms) / 1000)),
    tags: JSON.parse(row.tags) as string[],
    os: row.os,
  };
}

function staleSince(row: VmWithNames, fresh: Freshness): string | null {
  const heardAtMs = row.host_seen_at_ms ?? row.host_state_since_at_ms;
  const isHeard = row.host_state === 'connected' || row.host_state === 'slow';
  return isHeard && fresh.nowMs - heardAtMs <= fresh.staleAfterMs ? null : instantOf(heardAtMs);
}
