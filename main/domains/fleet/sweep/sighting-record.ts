import type { Transaction } from 'kysely';
import type { DutyGrant } from '../../../platform/store/duty-hold.ts';
import type { Store } from '../../../platform/store/store.ts';
import { isAmong, textList } from '../../../platform/store/update-many.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { changeHosts, countsOfHosts, lockHosts, type HostRecord } from '../hosts/host-store.ts';
import { recordLoads } from './load-record.ts';
import { vanishedFrom, weighSightings, type Weighed } from './sighting-weigh.ts';
import { keepLastHours } from '../usage/usage-owners.ts';
import { dropMarks, recordUsage } from '../usage/usage-record.ts';
import { sightedColumns } from '../vms/vm-row.ts';
import type { HostSighting } from './vm-sighting.ts';
import { holdVms, vmsWhole, writeVms, type VmRecord } from '../vms/vm-store.ts';

type Trx = Transaction<FleetTables>;

/** More changes of one host than this are told as one: whoever shows VMs of that host reads them again. */
const TOLD_ONE_BY_ONE = 20;
/** A host of another collector that was not seen for longer is not heard, whatever its row says: a few sweeps. */
const HEARD_WITHIN_MS = 180_000;

export interface SightingParts {
  readonly store: Store;
  /** Whose duty it is; a host that went to another cluster is written by that one's collector. */
  readonly clusterId: string;
  readonly grant: Pick<DutyGrant, 'guard'>;
  /**
   * Whether this host is connected now: what it says of its VMs counts more than what another host says of the same. Undefined
   * for one that another engine collects: then its row says it.
   */
  readonly isHeard: (hostId: string) => boolean | undefined;
  /** What is used is written down this often, and at once where something about it changed. */
  readonly countEveryMs: number;
  /** Of these VMs, those a subscription holds on to. */
  readonly subscribed: (trx: Trx, vmIds: readonly string[]) => Promise<ReadonlySet<string>>;
}

/** Writes what was seen on one host, see `recordSightings`. */
export async function recordSighting(parts: SightingParts, sighting: HostSighting): Promise<void> {
  await recordSightings(parts, [sighting]);
}

/**
 * Writes what was seen on hosts, all in one transaction under the duty's token, in a dozen statements whatever the number of
 * hosts and VMs; what did not change is not written. Safe to repeat and to lose: the next look at a host writes whatever this
 * one did not.
 */
export async function recordSightings(
  parts: SightingParts,
  sightings: readonly HostSighting[],
): Promise<void> {
  await parts.store.transaction<FleetTables, void>(
    async (trx) => {
      await parts.grant.guard(trx);
      const hosts = await lockHosts(
        trx,
        parts.store,
        sightings.map(({ hostId }) => hostId),
      );
      // Removed since it was looked at: its VMs are nobody's to tell of any more. Or in another cluster: told by its collector.
      const isOurs = ({ hostId }: HostSighting): boolean => hosts.get(hostId)?.cluster_id === parts.clusterId;
      const present = sightings.filter(isOurs);
      if (present.length > 0) await writeSightings(parts, trx, { hosts, sightings: present });
    },
    { repeatable: true },
  );
}

async function writeSightings(
  parts: SightingParts,
  trx: Trx,
  seen: { hosts: ReadonlyMap<string, HostRecord>; sightings: readonly HostSighting[] },
): Promise<void> {
  const { hosts, sightings } = seen;
  const { store } = parts;
  const weighed = await weighLocked(parts, trx, sightings);
  await writeVanished(trx, weighed);
  await writeVms(trx, store, {
    vms: weighed.changed,
    columns: sightedColumns,
    withDevices: weighed.rewired,
  });
  await store.updateMany(trx, 'vm', weighed.loads, 'uuid');
  await recordUsage(trx, store, weighed.counted, { sizes: weighed.sizes, everyMs: parts.countEveryMs });
  await recordLoads(trx, store, weighed.counted);
  const events = sightings.flatMap((sighting) => sighting.events.map(eventRow));
  await store.insertMany(trx, 'vm_event', events);
  await store.changes.note(trx, 'vm', toldKeys(weighed));
  const counts = await countsOfHosts(trx, store, [...weighed.told.keys()]);
  const changes = new Map<string, Partial<HostRecord>>();
  // Of one host there may be several, the later one last.
  for (const { hostId, host } of sightings)
    changes.set(hostId, { ...changes.get(hostId), ...host, ...counts.get(hostId) });
  await store.changes.note(trx, 'host', await changeHosts(trx, store, hosts, changes));
}

/**
 * Rows are read, changed and written back whole, so nobody else may write them in between: a VM handed over meanwhile would be
 * said to be in the making for ever. Most rows do not change; only those that do are locked, and weighed again if they
 * were not what had been read.
 */
async function weighLocked(
  parts: SightingParts,
  trx: Trx,
  sightings: readonly HostSighting[],
): Promise<Weighed> {
  const { store } = parts;
  const rows = await rowsConcerned(trx, store, sightings);
  const isHeard = await hearingOf(trx, parts, { sightings, rows });
  const byHost = Map.groupBy(rows.values(), (row) => row.host_id);
  const vanished = sightings.flatMap((sighting) => vanishedFrom(byHost.get(sighting.hostId) ?? [], sighting));
  const subscribed: ReadonlySet<string> =
    vanished.length === 0
      ? new Set()
      : await parts.subscribed(
          trx,
          vanished.map((row) => row.id),
        );
  const weighed = weighSightings({ rows, isHeard, subscribed }, sightings);
  // SQLite has one writer at a time: what was read stands.
  if (store.kind === 'sqlite') return weighed;
  const written = [...weighed.changed, ...[...weighed.forgotten, ...weighed.missing].map(({ row }) => row)];
  const uuids = written.map((row) => row.uuid).filter((uuid) => rows.has(uuid));
  // Of all that is written, loads too, before anything is: then everybody who wants several of them takes them in one order.
  const held = new Set([...uuids, ...weighed.loads.map(({ uuid }) => uuid)]);
  if (held.size > 0) await holdVms(trx, store, [...held]);
  if (uuids.length === 0) return weighed;
  // Read once they are locked: what was waited for is weighed as it is now.
  const locked = await vmsWhole(trx)
    .where(isAmong(store.kind, 'vm.uuid', uuids))
    .execute();
  const now = new Map(rows);
  for (const uuid of uuids) now.delete(uuid);
  for (const row of locked) now.set(row.uuid, row);
  return weighSightings({ rows: now, isHeard, subscribed }, sightings);
}

/** Rows of the VMs seen, and of all that these hosts had until now. */
async function rowsConcerned(
  trx: Trx,
  store: Pick<Store, 'kind'>,
  sightings: readonly HostSighting[],
): Promise<Map<string, VmRecord>> {
  const read = vmsWhole(trx);
  const whole = sightings.filter((sighting) => sighting.whole).map(({ hostId }) => hostId);
  const ofHosts =
    whole.length === 0 ? [] : await read.where(isAmong(store.kind, 'vm.host_id', whole)).execute();
  const rows = new Map(ofHosts.map((row) => [row.uuid, row]));
  const named = sightings.flatMap(({ vms, undefinedUuids }) => [
    ...vms.map((vm) => vm.uuid),
    ...undefinedUuids,
  ]);
  const missing = named.filter((uuid) => !rows.has(uuid));
  if (missing.length > 0) {
    const others = await read.where(isAmong(store.kind, 'vm.uuid', missing)).execute();
    for (const row of others) rows.set(row.uuid, row);
  }
  return rows;
}

/** Whether the hosts are heard on which the store has VMs that these hosts show, too. */
async function hearingOf(
  trx: Trx,
  parts: Pick<SightingParts, 'store' | 'isHeard'>,
  seen: { sightings: readonly HostSighting[]; rows: ReadonlyMap<string, VmRecord> },
): Promise<(hostId: string) => boolean> {
  const all = [...new Set([...seen.rows.values()].map((row) => row.host_id))];
  const heard = new Set(all.filter((hostId) => parts.isHeard(hostId) === true));
  const elsewhere = all.filter((hostId) => parts.isHeard(hostId) === undefined);
  if (elsewhere.length > 0) {
    const newestAtMs = Math.max(...seen.sightings.map(({ atMs }) => atMs));
    const found = await trx
      .selectFrom('host')
      .select('id')
      .where('id', 'in', textList(parts.store.kind, elsewhere))
      .where('removed_at_ms', 'is', null)
      .where('state', 'in', ['connected', 'slow'])
      // Its collector may have died with it.
      .where('seen_at_ms', '>', newestAtMs - HEARD_WITHIN_MS)
      .execute();
    for (const { id } of found) heard.add(id);
  }
  return (hostId) => heard.has(hostId);
}

/** Takes VMs out of the fleet for good. What they used stays, under the id they had; repeated, it leaves alone what came back by then. */
export async function forgetVms(
  trx: Trx,
  vms: readonly Pick<VmRecord, 'id' | 'uuid' | 'name'>[],
  atMs: number,
): Promise<void> {
  if (vms.length === 0) return;
  const removed = await trx
    .deleteFrom('vm')
    .where(
      'id',
      'in',
      vms.map((row) => row.id),
    )
    .returning('id')
    .execute();
  const ids = new Set(removed.map(({ id }) => id));
  const rows = vms.filter(({ id }) => ids.has(id));
  if (rows.length === 0) return;
  await trx
    .insertInto('vm_gone')
    .values(rows.map(({ id, uuid, name }) => ({ id, uuid, name, gone_at_ms: atMs })))
    .execute();
  await keepLastHours(trx, rows, atMs);
  await dropMarks(
    trx,
    rows.map((row) => row.uuid),
  );
}

export async function markMissing(trx: Trx, vmIds: readonly string[], atMs: number): Promise<void> {
  if (vmIds.length === 0) return;
  await trx
    .updateTable('vm')
    .set({
      state: 'missing',
      missing_since_at_ms: atMs,
      cpu_percent: 0,
      memory_used_bytes: 0,
      started_at_ms: null,
      agent: 0,
    })
    .where('id', 'in', vmIds)
    .execute();
}

async function writeVanished(trx: Trx, { forgotten, missing }: Weighed): Promise<void> {
  for (const [atMs, gone] of Map.groupBy(forgotten, (one) => one.atMs))
    await forgetVms(
      trx,
      gone.map(({ row }) => row),
      atMs,
    );
  for (const [atMs, gone] of Map.groupBy(missing, (one) => one.atMs))
    await markMissing(
      trx,
      gone.map(({ row }) => row.id),
      atMs,
    );
}

/** Of a host much of which changed, or nothing but loads, it is told that something did. */
function toldKeys({ told, touched }: Weighed): string[] {
  return [...touched].flatMap((hostId) => {
    const ids = told.get(hostId) ?? [];
    return ids.length === 0 || ids.length > TOLD_ONE_BY_ONE ? [hostId] : ids;
  });
}

function eventRow(event: HostSighting['events'][number]): Omit<FleetTables['vm_event'], 'seq'> {
  return { vm_uuid: event.uuid, at_ms: event.atMs, event: event.event, detail: event.detail };
}
