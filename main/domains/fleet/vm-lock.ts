import { sql, type Kysely } from 'kysely';
import { activeTasksAbout } from '../tasks/tasks-public.ts';
import type { FleetTables } from './fleet-tables.ts';
import { VM_DELETE } from './vm-delete-task.ts';
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
  const tasks = await activeTasksAbout(db, vmId);
  return tasks.find((task) => task.kind === VM_DELETE);
}
