import type { Kysely, Transaction } from 'kysely';
import type { Store } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';

export type HostImportRow = FleetTables['host_import_line'];

/** Topic of the change feed: a line of this import was done. */
export const HOST_IMPORT_TOPIC = 'host-import';

/** Lines of an import in their order; none where there is no such import. */
export async function importRows(db: Kysely<FleetTables>, importId: string): Promise<HostImportRow[]> {
  return await db
    .selectFrom('host_import_line')
    .selectAll()
    .where('import_id', '=', importId)
    .orderBy('line')
    .execute();
}

/** Changes what is said of a line. */
export async function markImportLine(
  trx: Transaction<FleetTables>,
  changes: Store['changes'],
  at: { readonly importId: string; readonly line: number },
  columns: Partial<Pick<HostImportRow, 'name' | 'state' | 'sentence' | 'host_id'>>,
): Promise<void> {
  await trx
    .updateTable('host_import_line')
    .set(columns)
    .where('import_id', '=', at.importId)
    .where('line', '=', at.line)
    .execute();
  await changes.note(trx, HOST_IMPORT_TOPIC, at.importId);
}
