import type { Kysely, Transaction } from 'kysely';
import type { EvacuationAnswer } from '../../../shared/domains/moves/maintenance-rules.ts';
import type { Store } from '../../platform/store/store.ts';
import { lockHosts, setMaintenance, vmsBoundFor } from '../fleet/fleet-public.ts';
import { changeMove } from './move-store.ts';
import type { EvacuationRecord, EvacuationVm, MoveRecord, MovesTables } from './moves-tables.ts';

type Db = Kysely<MovesTables>;
type Trx = Transaction<MovesTables>;

/** Topic of the change feed: an evacuation or a rolling maintenance went on; the key is the host's or its own id. */
export const MAINTENANCE_TOPIC = 'maintenance';

export async function findEvacuation(db: Db, hostId: string): Promise<EvacuationRecord | undefined> {
  return await db.selectFrom('host_evacuation').selectAll().where('host_id', '=', hostId).executeTakeFirst();
}

/** Those that are not through. */
export async function openEvacuations(db: Db): Promise<EvacuationRecord[]> {
  return await db
    .selectFrom('host_evacuation')
    .selectAll()
    .where('emptied_at_ms', 'is', null)
    .orderBy('asked_at_ms')
    .execute();
}

export async function evacuationVms(db: Db, hostId: string): Promise<Map<string, EvacuationVm>> {
  const rows = await db.selectFrom('evacuation_vm').selectAll().where('host_id', '=', hostId).execute();
  return new Map(rows.map((row) => [row.vm_id, row]));
}

/** Closes a host and begins to empty it; one that is being emptied goes on. */
export async function beginEvacuation(
  store: Pick<Store, 'kind' | 'changes' | 'nowMs'>,
  trx: Trx,
  asked: { readonly hostId: string; readonly by: string; readonly vms: number },
): Promise<void> {
  await setMaintenance(store, trx, asked.hostId, 'evacuating');
  await trx
    .insertInto('host_evacuation')
    .values({
      host_id: asked.hostId,
      asked_by: asked.by,
      asked_at_ms: await store.nowMs(trx),
      emptied_at_ms: null,
      vms_at_first: asked.vms,
    })
    .onConflict((conflict) => conflict.column('host_id').doUpdateSet({ emptied_at_ms: null }))
    .execute();
  await store.changes.note(trx, MAINTENANCE_TOPIC, asked.hostId);
}

/** VMs that were asked to shut down for a move, whatever has become of the evacuation. */
export async function vmsAskedOff(db: Db): Promise<EvacuationVm[]> {
  return await db
    .selectFrom('evacuation_vm')
    .selectAll()
    .where('asked_off_at_ms', 'is not', null)
    .orderBy('host_id')
    .orderBy('vm_id')
    .execute();
}

export async function forgetEvacuationVm(
  store: Pick<Store, 'changes'>,
  trx: Trx,
  of: Pick<EvacuationVm, 'host_id' | 'vm_id'>,
): Promise<void> {
  await trx
    .deleteFrom('evacuation_vm')
    .where('host_id', '=', of.host_id)
    .where('vm_id', '=', of.vm_id)
    .execute();
  await store.changes.note(trx, MAINTENANCE_TOPIC, of.host_id);
}

/** Opens a host again. Moves that wait are called off; one under way comes to its end. What was shut down is started again by {@link vmsAskedOff}. */
export async function endEvacuation(
  store: Pick<Store, 'kind' | 'changes' | 'nowMs'>,
  trx: Trx,
  hostId: string,
): Promise<void> {
  await setMaintenance(store, trx, hostId, 'active');
  await trx.deleteFrom('host_evacuation').where('host_id', '=', hostId).execute();
  await trx
    .deleteFrom('evacuation_vm')
    .where('host_id', '=', hostId)
    .where('asked_off_at_ms', 'is', null)
    .execute();
  const waiting = await trx
    .selectFrom('vm_move')
    .select('id')
    .where('from_host_id', '=', hostId)
    .where('state', '=', 'queued')
    .where('cause', '=', 'evacuation')
    .execute();
  const nowMs = await store.nowMs(trx);
  for (const { id } of waiting) await changeMove(trx, store, id, { state: 'cancelled', ended_at_ms: nowMs });
  await store.changes.note(trx, MAINTENANCE_TOPIC, hostId);
}

/**
 * Holds a host that is empty but for what was told to stay. False, and nothing is done, while a VM is there or on its way: looked at under the
 * host's lock, which whoever begins a move holds as well.
 */
export async function holdHost(
  store: Pick<Store, 'kind' | 'changes' | 'nowMs'>,
  trx: Trx,
  { hostId, stays }: { readonly hostId: string; readonly stays: ReadonlySet<string> },
): Promise<boolean> {
  await lockHosts(trx, store, [hostId]);
  const bound = await vmsBoundFor(trx, hostId);
  if (bound.some((vmId) => !stays.has(vmId))) return false;
  await setMaintenance(store, trx, hostId, 'maintenance');
  await trx
    .updateTable('host_evacuation')
    .set({ emptied_at_ms: await store.nowMs(trx) })
    .where('host_id', '=', hostId)
    .execute();
  await store.changes.note(trx, MAINTENANCE_TOPIC, hostId);
  return true;
}

export async function noteEvacuationVm(
  store: Pick<Store, 'changes'>,
  trx: Trx,
  vm: Pick<EvacuationVm, 'host_id' | 'vm_id'> & Partial<EvacuationVm>,
): Promise<void> {
  const { host_id, vm_id, ...columns } = vm;
  await trx
    .insertInto('evacuation_vm')
    .values({ host_id, vm_id, reason: '', answer: '', checked_at_ms: 0, asked_off_at_ms: null, ...columns })
    .onConflict((conflict) => conflict.columns(['host_id', 'vm_id']).doUpdateSet({ vm_id, ...columns }))
    .execute();
  // That it was looked at again is nobody's news, and would only call for another look.
  if (Object.keys(columns).some((name) => name !== 'checked_at_ms'))
    await store.changes.note(trx, MAINTENANCE_TOPIC, host_id);
}

export async function answerVms(
  store: Pick<Store, 'changes'>,
  trx: Trx,
  said: { readonly hostId: string; readonly vmIds: readonly string[]; readonly answer: EvacuationAnswer },
): Promise<void> {
  for (const vm_id of said.vmIds)
    await noteEvacuationVm(store, trx, {
      host_id: said.hostId,
      vm_id,
      answer: said.answer,
      checked_at_ms: 0,
    });
}

/** Moves from a host that were asked for since, newest first. */
export async function movesFrom(db: Db, hostId: string, sinceMs: number): Promise<MoveRecord[]> {
  return await db
    .selectFrom('vm_move')
    .selectAll()
    .where('from_host_id', '=', hostId)
    .where((is) => is.or([is('asked_at_ms', '>=', sinceMs), is('state', 'in', ['queued', 'running'])]))
    .orderBy('asked_at_ms', 'desc')
    .execute();
}
