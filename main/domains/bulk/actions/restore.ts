import type { BulkWhat } from '../../../../shared/domains/bulk/bulk-contract.ts';
import type { BulkActionDefinition, ItemResult, StoreApply, StoreItem, WhatOf } from '../bulk-action.ts';
import { readNotes, writeNotes, writeVmField, type VmField } from './field-write.ts';
import { soldAmong } from './owner.ts';
import { tagsAfter } from './tags.ts';

const changedSince: ItemResult = {
  state: 'refused',
  code: 'changed-since',
  reason: 'Somebody has changed it since: it stays as it is.',
};

/** What is written back, or why nothing is. `before` of an item is what the undone action had replaced. */
type Back = { readonly field: VmField | 'notes'; readonly value: string | null } | ItemResult;

function backOf(undone: BulkWhat, { vm, before }: StoreItem, notes: ReadonlyMap<string, string>): Back {
  if (before === null) return changedSince;
  switch (undone.action) {
    case 'tagsAdd':
    case 'tagsRemove':
    case 'tagsSet':
      return {
        field: 'tags',
        value: tagsBack(undone, JSON.parse(before) as string[], JSON.parse(vm.tags) as string[]),
      };
    case 'notes':
      return notes.get(vm.uuid) === undone.notes
        ? { field: 'notes', value: JSON.parse(before) as string }
        : changedSince;
    case 'owner':
      return vm.customer_id === undone.customerId
        ? { field: 'customer_id', value: JSON.parse(before) as string | null }
        : changedSince;
    default:
      return changedSince;
  }
}

/** Former tags; what somebody has added or removed since stays added or removed. */
function tagsBack(
  undone: WhatOf<'tagsAdd' | 'tagsRemove' | 'tagsSet'>,
  before: readonly string[],
  now: readonly string[],
): string {
  const written = tagsAfter(undone, before);
  const addedSince = now.filter((tag) => !written.includes(tag) && !before.includes(tag));
  const removedSince = written.filter((tag) => !now.includes(tag));
  return JSON.stringify([...before.filter((tag) => !removedSince.includes(tag)), ...addedSince]);
}

const apply: StoreApply = async ({ trx, parts, what, items }) => {
  const { what: undone } = what as WhatOf<'restore'>;
  const on = { trx, parts };
  const sold = undone.action === 'owner' ? await soldAmong(on, items) : new Map<string, ItemResult>();
  const noted = undone.action === 'notes' ? await readNotes(on, items) : new Map<string, string>();
  const results = new Map<number, ItemResult>();
  const fields = new Map<VmField, { vmId: string; value: string | null }[]>();
  const notes: { uuid: string; notes: string }[] = [];
  for (const item of items) {
    const back = sold.get(item.vm.id) ?? backOf(undone, item, noted);
    results.set(item.seq, 'state' in back ? back : { state: 'done' });
    if ('state' in back) continue;
    if (back.field === 'notes') notes.push({ uuid: item.vm.uuid, notes: back.value ?? '' });
    else {
      const same = fields.get(back.field) ?? [];
      same.push({ vmId: item.vm.id, value: back.value });
      fields.set(back.field, same);
    }
  }
  for (const [field, values] of fields) await writeVmField(on, field, values);
  await writeNotes(on, notes);
  return results;
};

/** Gives back what another bulk action has replaced, where nobody has changed it since. */
export const bulkRestore: BulkActionDefinition = {
  action: 'restore',
  permission: 'fleet.operate',
  verdicts: async () => [],
  work: {
    kind: 'store',
    apply,
    // The database reads the name of whose they were, and are again; selling a VM locks the customer first, then the VM.
    lockFirst: async ({ trx, parts, what, befores }) => {
      if ((what as WhatOf<'restore'>).what.action !== 'owner') return;
      const former = befores.flatMap((before) =>
        before === null ? [] : [JSON.parse(before) as string | null],
      );
      await parts.lockCustomers(trx, [...new Set(former.filter((id) => id !== null))]);
    },
  },
};
