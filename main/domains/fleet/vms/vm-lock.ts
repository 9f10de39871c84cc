import { sql, type Kysely } from 'kysely';
import { activeTasksAbout } from '../../tasks/tasks-public.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { VM_DELETE } from './vm-delete-task.ts';
import { VM_SHUTDOWN } from './vm-shutdown-task.ts';
import { VM_LINE, type VmLine } from './vm-store.ts';

/** Reads a VM (devices and notes are in `vm_detail`) and keeps it, these too, from being changed, sold or deleted until the transaction ends. */
export async function lockVm(db: Kysely<FleetTables>, vmId: string): Promise<VmLine | undefined> {
  return await db
    .updateTable('vm')
    .set({ name: sql`name` })
    .where('id', '=', vmId)
    .returning([...VM_LINE])
    .executeTakeFirst();
}

/** The task that deletes this VM now. It is recorded under the VM's lock, so whoever holds that sees it or comes before it. */
export async function deletionOf(
  db: Kysely<FleetTables>,
  vmId: string,
): Promise<{ readonly taskId: string } | undefined> {
  return (await workOnVm(db, vmId)).deletion;
}

/** What durable work is under way on a VM. */
export async function workOnVm(
  db: Kysely<FleetTables>,
  vmId: string,
): Promise<{
  readonly deletion: { readonly taskId: string } | undefined;
  /** Work that a deletion would leave half done, with what it has made so far; one that is shut down may be deleted meanwhile. */
  readonly inTheWay: { readonly title: string } | undefined;
}> {
  const tasks = await activeTasksAbout(db, vmId);
  const others = [VM_DELETE, VM_SHUTDOWN];
  return {
    deletion: tasks.find(({ kind }) => kind === VM_DELETE),
    inTheWay: tasks.find(({ kind }) => kind.startsWith('vm-') && !others.includes(kind)),
  };
}

/**
 * Why nothing is changed now on a VM that was on this host, a clause; empty where it may be. For whoever holds its lock that stays so, for
 * others it is how it was.
 */
export async function whyVmNotKept(
  db: Kysely<FleetTables>,
  vm: { readonly vmId: string; readonly hostId: string },
): Promise<string> {
  const row = await db
    .selectFrom('vm')
    .select(['host_id', 'moving_to'])
    .where('id', '=', vm.vmId)
    .executeTakeFirst();
  if (row === undefined) return 'it is gone';
  if ((await deletionOf(db, vm.vmId)) !== undefined) return 'it is being deleted';
  if (row.moving_to !== null) return BEING_MOVED;
  return row.host_id === vm.hostId ? '' : 'it is on another host by now';
}

export const BEING_MOVED = 'it is being moved: wait, or cancel that';
