import type { Kysely } from 'kysely';
import type { HostState } from '../../../shared/domains/fleet/host-contract.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { FleetTables } from './fleet-tables.ts';

/** What a VM used in the hour that begins at `hourAtMs`, as its host counted it. */
interface UsageHour {
  readonly vmId: string;
  readonly hourAtMs: number;
  readonly runningMs: number;
  /** Milliseconds powered times vCPUs. */
  readonly vcpuMs: number;
  /** Milliseconds powered times MiB of memory. */
  readonly mibMs: number;
}

/** A VM whose usage is not counted as far as was asked. */
interface UsageGap {
  readonly vmId: string;
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
  range: { readonly startMs: number; readonly endMs: number },
): Promise<UsageHour[]> {
  const ids = await uuidsOf(db, vmIds);
  if (ids.size === 0) return [];
  const rows = await ours(db)
    .selectFrom('usage_hour')
    .selectAll()
    .where('vm_uuid', 'in', [...ids.keys()])
    .where('hour_at_ms', '>=', range.startMs)
    .where('hour_at_ms', '<', range.endMs)
    .orderBy('vm_uuid')
    .orderBy('hour_at_ms')
    .execute();
  return rows.map((row) => ({
    vmId: ids.get(row.vm_uuid) ?? row.vm_uuid,
    hourAtMs: row.hour_at_ms,
    runningMs: row.running_ms,
    vcpuMs: row.vcpu_ms,
    mibMs: row.memory_mib_ms,
  }));
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
    isAway: AWAY.includes(state) || (state === 'slow' && nowMs - heardAtMs > LATE_MS),
    reason: `${row.name} was last heard at ${heard} UTC`,
  };
}

/** Ids by UUID. A UUID that came back after it was gone counts for the VM it is now and for the one it was. */
async function uuidsOf(db: AnyDatabase, vmIds: readonly string[]): Promise<Map<string, string>> {
  if (vmIds.length === 0) return new Map();
  const gone = await ours(db)
    .selectFrom('vm_gone')
    .select(['id', 'uuid'])
    .where('id', 'in', [...vmIds])
    .execute();
  const here = await ours(db)
    .selectFrom('vm')
    .select(['id', 'uuid'])
    .where('id', 'in', [...vmIds])
    .execute();
  return new Map([...gone, ...here].map((row) => [row.uuid, row.id]));
}
