import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { HostState } from '../../../shared/domains/fleet/host-contract.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { FleetTables } from './fleet-tables.ts';
import { UsageOwners } from './usage/usage-owners.ts';

/** What a VM used in the hour that begins at `hourAtMs`, as its host counted it. */
interface UsageHour {
  readonly vmId: string;
  readonly hourAtMs: number;
  readonly runningMs: number;
  /** Milliseconds powered times vCPUs. */
  readonly vcpuMs: number;
  /** Milliseconds powered times MiB of memory. */
  readonly mibMs: number;
  /** Milliseconds times MiB of its disks, on or off. */
  readonly diskMibMs: number;
  /** By its network interfaces. */
  readonly sentBytes: number;
  /** The most addresses it had at once. */
  readonly addresses: number;
}

/** What a VM used in a while. */
interface UsageSum {
  readonly vmId: string;
  readonly runningMs: bigint;
  readonly vcpuMs: bigint;
  readonly mibMs: bigint;
  readonly diskMibMs: bigint;
  readonly sentBytes: bigint;
  /** The most at once. */
  readonly addresses: number;
  /** The most of an hour. */
  readonly vcpuMarkMs: bigint;
  readonly mibMarkMs: bigint;
  readonly diskMarkMibMs: bigint;
}

/** Hours that begin in `[startMs, endMs)`. */
interface HourRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** A VM whose usage is not counted as far as was asked. */
interface UsageGap {
  readonly vmId: string;
  /** What it used before is counted. */
  readonly countedToMs: number;
  /** Its host is not heard: it may take long. Else it is about to be counted. */
  readonly isAway: boolean;
  /** Who is missing, in words. */
  readonly reason: string;
}

/** A host that answers late is waited for; one that has not for so long is taken to be away. */
const LATE_MS = 300_000;
/** VMs asked for at once: SQLite takes 32,766 values in a statement. */
const VMS_PER_READ = 500;
const AWAY: readonly HostState[] = ['unreachable', 'key-changed', 'refused'];

function ours(db: AnyDatabase): Kysely<FleetTables> {
  return db as Kysely<FleetTables>;
}

/** Hours with usage that begin in `[startMs, endMs)`, by VM and time; also of VMs that are gone. */
export async function usageOf(
  db: AnyDatabase,
  vmIds: readonly string[],
  range: HourRange,
): Promise<UsageHour[]> {
  const owners = await UsageOwners.of(ours(db), vmIds);
  return await hoursOf(db, owners, { keys: owners.keys, ...range });
}

async function hoursOf(
  db: AnyDatabase,
  owners: UsageOwners,
  of: HourRange & { readonly keys: readonly string[] },
): Promise<UsageHour[]> {
  if (of.keys.length === 0) return [];
  const rows = await ours(db)
    .selectFrom('usage_hour')
    .selectAll()
    .where('vm_uuid', 'in', of.keys)
    .where('hour_at_ms', '>=', of.startMs)
    .where('hour_at_ms', '<', of.endMs)
    .orderBy('vm_uuid')
    .orderBy('hour_at_ms')
    .execute();
  return rows.flatMap((row) => {
    const vmId = owners.ownerOf(row.vm_uuid, row.hour_at_ms);
    if (vmId === undefined) return [];
    return [
      {
        vmId,
        hourAtMs: row.hour_at_ms,
        runningMs: row.running_ms,
        vcpuMs: row.vcpu_ms,
        mibMs: row.memory_mib_ms,
        diskMibMs: row.disk_mib_ms,
        sentBytes: row.sent_bytes,
        addresses: row.addresses,
      },
    ];
  });
}

/** The same hours added up, by the store where a UUID is of one VM: a row per VM that used something instead of one per hour. */
export async function usageSums(
  db: AnyDatabase,
  vmIds: readonly string[],
  range: HourRange,
): Promise<UsageSum[]> {
  const owners = await UsageOwners.of(ours(db), vmIds);
  const shared = owners.keys.filter((key) => !owners.alone.has(key));
  const hours = await hoursOf(db, owners, { keys: shared, ...range });
  const ofShared = [...Map.groupBy(hours, ({ vmId }) => vmId)].map(([vmId, own]) => sumOf(vmId, own));
  if (owners.alone.size === 0) return ofShared;
  const sum = (
    column: 'running_ms' | 'vcpu_ms' | 'memory_mib_ms' | 'disk_mib_ms' | 'sent_bytes',
  ): RawBuilder<string> =>
    // As text: MiB-milliseconds of a very large VM are beyond 2^53.
    sql<string>`cast(sum(${sql.ref(column)}) as text)`;
  const rows = await ours(db)
    .selectFrom('usage_hour')
    .select('vm_uuid')
    .select([
      sum('running_ms').as('running'),
      sum('vcpu_ms').as('vcpu'),
      sum('memory_mib_ms').as('memory_mib'),
      sum('disk_mib_ms').as('disk_mib'),
      sum('sent_bytes').as('sent'),
      sql<number>`max(addresses)`.as('addresses'),
      sql<string>`cast(max(vcpu_ms) as text)`.as('vcpu_mark'),
      sql<string>`cast(max(memory_mib_ms) as text)`.as('memory_mark'),
      sql<string>`cast(max(disk_mib_ms) as text)`.as('disk_mark'),
    ])
    .where('vm_uuid', 'in', [...owners.alone.keys()])
    .where('hour_at_ms', '>=', range.startMs)
    .where('hour_at_ms', '<', range.endMs)
    .groupBy('vm_uuid')
    .execute();
  const ofOthers = rows.map((row) => ({
    vmId: owners.alone.get(row.vm_uuid) ?? row.vm_uuid,
    runningMs: BigInt(row.running),
    vcpuMs: BigInt(row.vcpu),
    mibMs: BigInt(row.memory_mib),
    diskMibMs: BigInt(row.disk_mib),
    sentBytes: BigInt(row.sent),
    addresses: Number(row.addresses),
    vcpuMarkMs: BigInt(row.vcpu_mark),
    mibMarkMs: BigInt(row.memory_mark),
    diskMarkMibMs: BigInt(row.disk_mark),
  }));
  return [...ofOthers, ...ofShared];
}

function sumOf(vmId: string, hours: readonly UsageHour[]): UsageSum {
  const sum = (of: (hour: UsageHour) => number): bigint =>
    hours.reduce((total, hour) => total + BigInt(of(hour)), 0n);
  return {
    vmId,
    runningMs: sum(({ runningMs }) => runningMs),
    vcpuMs: sum(({ vcpuMs }) => vcpuMs),
    mibMs: sum(({ mibMs }) => mibMs),
    diskMibMs: sum(({ diskMibMs }) => diskMibMs),
    sentBytes: sum(({ sentBytes }) => sentBytes),
    addresses: Math.max(...hours.map(({ addresses }) => addresses)),
    vcpuMarkMs: BigInt(Math.max(...hours.map(({ vcpuMs }) => vcpuMs))),
    mibMarkMs: BigInt(Math.max(...hours.map(({ mibMs }) => mibMs))),
    diskMarkMibMs: BigInt(Math.max(...hours.map(({ diskMibMs }) => diskMibMs))),
  };
}

/**
 * Of these VMs, those of which something before `endMs` may still be counted; nothing before it changes any more of the
 * others. One that is not counted (never seen, gone, missing) is not waited for.
 */
export async function usageGaps(
  db: AnyDatabase,
  vmIds: readonly string[],
  { endMs, nowMs }: { readonly endMs: number; readonly nowMs: number },
): Promise<UsageGap[]> {
  const gaps: UsageGap[] = [];
  for (let start = 0; start < vmIds.length; start += VMS_PER_READ) {
    const rows = await ours(db)
      .selectFrom('usage_mark')
      .innerJoin('vm', 'vm.uuid', 'usage_mark.vm_uuid')
      .innerJoin('host', 'host.id', 'vm.host_id')
      .select(['vm.id', 'usage_mark.at_ms', 'host.name', 'host.state', 'host.seen_at_ms'])
      .where('vm.id', 'in', vmIds.slice(start, start + VMS_PER_READ))
      .where('vm.state', '<>', 'missing')
      .where('usage_mark.at_ms', '<', endMs)
      .execute();
    gaps.push(...rows.map((row) => gapOf(row, nowMs)));
  }
  return gaps;
}

function gapOf(
  row: { id: string; at_ms: number; name: string; state: string; seen_at_ms: number | null },
  nowMs: number,
): UsageGap {
  const heardAtMs = row.seen_at_ms ?? row.at_ms;
  const state = row.state as HostState;
  const heard = new Date(heardAtMs).toISOString().slice(0, 16).replace('T', ' ');
  return {
    vmId: row.id,
    countedToMs: row.at_ms,
    isAway: AWAY.includes(state) || (state === 'slow' && nowMs - heardAtMs > LATE_MS),
    reason: `${row.name} was last heard at ${heard} UTC`,
  };
}
