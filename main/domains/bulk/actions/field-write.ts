import { sql } from 'kysely';
import { textList } from '../../../platform/store/update-many.ts';
import { valueRows } from '../../../platform/store/value-rows.ts';
import type { BulkTrx, StoreItem } from '../bulk-action.ts';
import type { BulkParts } from '../bulk-parts.ts';

export type VmField = 'tags' | 'customer_id';

interface On {
  readonly trx: BulkTrx;
  readonly parts: Pick<BulkParts, 'store'>;
}

/** Writes one column of many VMs in one statement; the caller holds their locks. */
export async function writeVmField(
  { trx, parts }: On,
  field: VmField,
  values: readonly { readonly vmId: string; readonly value: string | null }[],
): Promise<void> {
  const { store } = parts;
  if (store.kind === 'sqlite') {
    const rows = values.map(({ vmId, value }) => ({ id: vmId, [field]: value }));
    await store.updateMany(trx, 'vm', rows, 'id');
  } else if (values.length > 0) {
    // Two texts a row: rows of the whole table with two columns filled take a fifth longer.
    const given = valueRows(store.kind, { id: 'text', value: 'text' }, values, ({ vmId, value }) => [
      vmId,
      value,
    ]);
    await sql`update vm set ${sql.ref(field)} = given.value from ${given} as given where vm.id = given.id`.execute(
      trx,
    );
  }
}

/** Notes by UUID; whoever writes them locks the VM first. */
export async function readNotes(
  { trx, parts }: On,
  items: readonly StoreItem[],
): Promise<ReadonlyMap<string, string>> {
  const uuids = textList(
    parts.store.kind,
    items.map(({ vm }) => vm.uuid),
  );
  const rows = await trx
    .selectFrom('vm_detail')
    .select(['uuid', 'notes'])
    .where('uuid', 'in', uuids)
    .execute();
  return new Map(rows.map((row) => [row.uuid, row.notes]));
}

export async function writeNotes(
  { trx, parts }: On,
  rows: readonly { readonly uuid: string; readonly notes: string }[],
): Promise<void> {
  await parts.store.updateMany(trx, 'vm_detail', rows, 'uuid');
}
