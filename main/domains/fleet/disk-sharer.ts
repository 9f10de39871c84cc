import { sql, type Kysely } from 'kysely';
import type { FleetTables } from './fleet-tables.ts';

/** Name of another VM of the host that has this disk too, by its row; undefined where it is this one's alone. */
export async function diskSharer(
  db: Kysely<FleetTables>,
  vm: { readonly vmId: string; readonly hostId: string },
  source: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('vm')
    .innerJoin('vm_detail', 'vm_detail.uuid', 'vm.uuid')
    .select('vm.name')
    .where('vm.host_id', '=', vm.hostId)
    .where('vm.id', '<>', vm.vmId)
    // As JSON has it, quotes and all: one path may begin another.
    .where(sql<boolean>`instr(vm_detail.disks, ${JSON.stringify(source)}) > 0`)
    .executeTakeFirst();
  return row?.name;
}
