import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import { forUpdate } from '../../../platform/store/for-update.ts';
import type { AnyTransaction, Store } from '../../../platform/store/store.ts';
import type { Kysely, Transaction } from 'kysely';
import type { VmState } from '../../../../shared/domains/fleet/vm-rules.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { HOST_REFRESH_TOPIC } from '../fleet-duty.ts';
import { changeHost, hostCounts, lockHosts, noFacts, type StoredFacts } from '../hosts/host-store.ts';

type Trx = Transaction<FleetTables>;

/** A VM that both hosts have shown to be on another host now. */
export interface MovedVm {
  readonly vmId: string;
  readonly uuid: string;
  readonly fromHostId: string;
  readonly toHostId: string;
  /** libvirt's number of the instance that runs at the target; null: it is off there. */
  readonly domainId: number | null;
  /** What it is doing there: one that was paused before its move still is. */
  readonly state: VmState;
  /** When the move began, clock of the store: the guest ran through since then, whatever was heard of its old instance. */
  readonly sinceMs: number;
}

/**
 * Writes that a VM is on another host, in one transaction of the caller: its row, the counts of both hosts and how its usage is
 * counted on. The instance at the target goes on where the one at the source was counted to, so nothing is counted twice and nothing
 * lost. Both hosts are locked in the order of their ids, then the VM. Safe to repeat.
 */
export async function recordMoved(
  store: Pick<Store, 'kind' | 'changes' | 'nowMs'>,
  within: AnyTransaction,
  moved: MovedVm,
): Promise<void> {
  const trx = within as unknown as Trx;
  const hosts = await lockHosts(trx, store, [moved.fromHostId, moved.toHostId]);
  const row = await forUpdate(
    trx.selectFrom('vm').selectAll().where('id', '=', moved.vmId),
    store.kind,
  ).executeTakeFirst();
  if (row === undefined) return;
  const nowMs = await store.nowMs(trx);
  const isOn = moved.domainId !== null;
  await trx
    .updateTable('vm')
    .set({
      host_id: moved.toHostId,
      moving_to: null,
      state: moved.state,
      missing_since_at_ms: null,
      noted_at_ms: nowMs,
    })
    .where('id', '=', moved.vmId)
    .execute();
  const target = hosts.get(moved.toHostId);
  if (isOn && target !== undefined) await carryMark(trx, moved, bootName(target, moved.domainId));
  await store.changes.note(trx, 'vm', moved.vmId);
  // Where its disks are now is read at the new host.
  await store.changes.note(trx, HOST_REFRESH_TOPIC, moved.toHostId);
  for (const host of hosts.values()) {
    if (await changeHost(trx, host, await hostCounts(trx, host.id)))
      await store.changes.note(trx, 'host', host.id);
  }
}

/** As the collector names it, see usage-accrual.ts. */
function bootName(host: { id: string; facts: string }, domainId: number | null): string {
  const { bootId } = host.facts === '' ? noFacts : (JSON.parse(host.facts) as StoredFacts);
  return `${host.id}/${bootId}/${domainId}`;
}

/** The mark keeps its time and becomes one of the new instance, whose CPU time and counters begin at nothing. */
async function carryMark(trx: Trx, moved: MovedVm, boot: string): Promise<void> {
  await trx
    .updateTable('usage_mark')
    .set({ host_id: moved.toHostId, boot, powered: 1, cpu_time_ms: 0, sent_boot: boot, sent_bytes: 0 })
    .where('vm_uuid', '=', moved.uuid)
    .where('host_id', '=', moved.fromHostId)
    // Off since before the move began: what was off then is not counted.
    .where((is) => is.or([is('powered', '=', 1), is('at_ms', '>=', moved.sinceMs)]))
    .execute();
}

/** Where a VM is and where it goes; undefined where there is none. */
export async function vmPlace(
  db: AnyDatabase,
  vmId: string,
): Promise<{ readonly hostId: string; readonly movingTo: string | null } | undefined> {
  const row = await (db as Kysely<FleetTables>)
    .selectFrom('vm')
    .select(['host_id', 'moving_to'])
    .where('id', '=', vmId)
    .executeTakeFirst();
  return row && { hostId: row.host_id, movingTo: row.moving_to };
}

/** Takes its memory at the host it goes to, or gives it free; for whoever has locked both hosts. */
export async function setMovingTo(db: AnyDatabase, vmId: string, hostId: string | null): Promise<void> {
  await (db as Kysely<FleetTables>)
    .updateTable('vm')
    .set({ moving_to: hostId })
    .where('id', '=', vmId)
    .execute();
}
