import { sql, type Kysely } from 'kysely';
import type { OutputOf } from '../../../shared/contract/operation.ts';
import { BUILT_IN } from '../../../shared/domains/queries/query-rules.ts';
import type { OverviewException, systemContract } from '../../../shared/domains/system/system-contract.ts';
import type { FleetTables } from './fleet-tables.ts';
import { hostsFound, isHeard, type Freshness } from './hosts/host-list.ts';
import type { HostRecord } from './hosts/host-store.ts';
import { vmsFound, type VmListTables } from './vms/vm-list.ts';

type Overview = OutputOf<typeof systemContract.overview>;
type Db = Kysely<FleetTables>;

/** Sizes of the fleet, and which hosts are not heard. */
export async function fleetOverview(
  db: Db,
  fresh: Freshness,
): Promise<Pick<Overview, 'hosts' | 'vms' | 'hostsUnheard'>> {
  const hosts = await hostsByName(db);
  const { vms } = await db
    .selectFrom('vm')
    .select(({ fn }) => fn.countAll<number>().as('vms'))
    .executeTakeFirstOrThrow();
  const hostsUnheard = hosts.filter((host) => !isHeard(host, fresh)).map(({ name }) => name);
  return { hosts: hosts.length, vms: Number(vms), hostsUnheard };
}

/** What stands out among hosts and VMs: queries that come with the console, with what they find; a count of 0 says that it was looked at. */
export async function fleetExceptions(db: Kysely<VmListTables>, nowMs: number): Promise<OverviewException[]> {
  const hosts = await hostsByName(db);
  const named = async (key: 'hosts-with-problems' | 'pools-nearly-full'): Promise<OverviewException> => {
    const { query } = BUILT_IN[key];
    const found = await hostsFound(db, query);
    return {
      key,
      severity: 'warning',
      count: found.length,
      detail: listed(found.map((host) => host.name)),
      list: 'hosts',
      query,
    };
  };
  const { query } = BUILT_IN['vms-crashed'];
  const crashed = await vmsFound(db, query, { nowMs, names: NAMED });
  return [
    isNetworkDown(hosts)
      ? networkException(hosts)
      : hostsAway(await hostsFound(db, BUILT_IN['hosts-unreachable'].query)),
    {
      key: 'vms-crashed',
      severity: 'critical',
      count: crashed.count,
      detail: listed(crashed.names, crashed.count),
      list: 'vms',
      query,
    },
    await named('hosts-with-problems'),
    await named('pools-nearly-full'),
  ];
}

function hostsAway(away: readonly HostRecord[]): OverviewException {
  return {
    key: 'hosts-unreachable',
    severity: 'critical',
    count: away.length,
    detail: listed(
      away.map((host) => `${host.name} since ${timeOf(host.state_since_at_ms)}, ${host.vms} VMs`),
    ),
    list: 'hosts',
    query: BUILT_IN['hosts-unreachable'].query,
  };
}

/** What the collecting engine has found: no host at all answers it, so it is not the hosts. */
function isNetworkDown(hosts: readonly HostRecord[]): boolean {
  return (
    hosts.every((host) => host.state === 'unreachable') &&
    hosts.some((host) => host.reason_code === 'network-down')
  );
}

/** One in place of one for each host. */
function networkException(hosts: readonly HostRecord[]): OverviewException {
  const sinceMs = Math.max(...hosts.map((host) => host.state_since_at_ms));
  return {
    key: 'network-down',
    severity: 'critical',
    count: hosts.length,
    detail: `none answers since ${timeOf(sinceMs)}: check the connection and the VPN of the machine that collects; nothing is known to be wrong with the hosts`,
    list: 'hosts',
    query: 'state:unreachable',
  };
}

async function hostsByName(db: Db): Promise<HostRecord[]> {
  return await db
    .selectFrom('host')
    .selectAll()
    .where('removed_at_ms', 'is', null)
    .orderBy(sql.ref('name'))
    .execute();
}

const NAMED = 3;

/** At most three are named. */
function listed(words: readonly string[], of = words.length): string {
  const more = of - NAMED;
  return more > 0 ? `${words.slice(0, NAMED).join('; ')} and ${more} more` : words.join('; ');
}

function timeOf(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(11, 16)} UTC`;
}
