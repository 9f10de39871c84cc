import { sql } from 'kysely';
import { textList } from '../../../platform/store/update-many.ts';
import type {
  BulkActionDefinition,
  BulkTrx,
  ItemResult,
  StoreApply,
  StoreItem,
  Verdict,
  VerdictContext,
  WhatOf,
} from '../bulk-action.ts';
import type { BulkParts } from '../bulk-parts.ts';
import { writeVmField } from './field-write.ts';

const already: ItemResult = { state: 'skipped', code: 'already', reason: 'It is theirs already.' };
const billed: ItemResult = {
  state: 'refused',
  code: 'vm-billed',
  reason: 'It belongs to a running subscription: end that first.',
};
const pooled: ItemResult = {
  state: 'refused',
  code: 'vm-pooled',
  reason: 'It is in a pool that is paid for: remove it from there first.',
};

/** Of whom somebody pays for: by itself, or as one of a pool. */
export async function paidFor({
  parts,
  db,
  nowMs,
}: Pick<VerdictContext, 'parts' | 'db' | 'nowMs'>): Promise<Verdict[]> {
  return [
    {
      kind: 'refused',
      code: 'vm-pooled',
      why: 'It is in a pool that is paid for.',
      wayOut: 'Remove it from the pool first',
      when: await parts.vmIsPooled(db, nowMs),
    },
    {
      kind: 'refused',
      code: 'vm-billed',
      why: 'It belongs to a running subscription.',
      wayOut: 'End the subscription first',
      when: await parts.vmIsBilled(db, nowMs),
    },
  ];
}

const apply: StoreApply = async ({ trx, parts, what, items }) => {
  const { customerId } = what as WhatOf<'owner'>;
  // Locked before the VMs were: asked again, it is this transaction's own.
  if (customerId !== null && !(await parts.lockCustomers(trx, [customerId])).has(customerId)) {
    const reason = 'The customer is not there any more.';
    return new Map(items.map(({ seq }) => [seq, { state: 'refused', code: 'no-such-customer', reason }]));
  }
  const sold = await soldAmong({ trx, parts }, items);
  const resultOf = ({ vm }: StoreItem): ItemResult => {
    if (vm.customer_id === customerId) return already;
    return sold.get(vm.id) ?? { state: 'done', before: JSON.stringify(vm.customer_id) };
  };
  const results = new Map(items.map((item) => [item.seq, resultOf(item)]));
  const given = items.filter(({ seq }) => results.get(seq)?.state === 'done');
  await writeVmField(
    { trx, parts },
    'customer_id',
    given.map(({ vm }) => ({ vmId: vm.id, value: customerId })),
  );
  return results;
};

/** Of these VMs, those that somebody pays for, and what that makes of them. */
export async function soldAmong(
  on: { readonly trx: BulkTrx; readonly parts: BulkParts },
  items: readonly StoreItem[],
): Promise<ReadonlyMap<string, ItemResult>> {
  const nowMs = await on.parts.store.nowMs(on.trx);
  const isBilled = await on.parts.vmIsBilled(on.trx, nowMs);
  const isPooled = await on.parts.vmIsPooled(on.trx, nowMs);
  const ids = textList(
    on.parts.store.kind,
    items.map(({ vm }) => vm.id),
  );
  const rows = await on.trx
    .selectFrom('vm')
    .select('vm.id')
    .select(sql<number>`case when ${isPooled} then 1 else 0 end`.as('pooled'))
    .where('vm.id', 'in', ids)
    .where(isBilled)
    .execute();
  return new Map(rows.map((row) => [row.id, Number(row.pooled) === 1 ? pooled : billed]));
}

/** Says whose VMs are; what is billed cannot change hands. */
export const bulkOwner: BulkActionDefinition = {
  action: 'owner',
  permission: 'fleet.operate',
  verdicts: async (what, context): Promise<Verdict[]> => {
    const { customerId } = what as WhatOf<'owner'>;
    return [
      {
        kind: 'skipped',
        code: 'already',
        why: 'It is theirs already.',
        wayOut: '',
        when: customerId === null ? sql`vm.customer_id is null` : sql`vm.customer_id = ${customerId}`,
      },
      ...(await paidFor(context)),
    ];
  },
  work: {
    kind: 'store',
    apply,
    // Selling a VM locks the customer first, then the VM.
    lockFirst: async ({ trx, parts, what }) => {
      const { customerId } = what as WhatOf<'owner'>;
      if (customerId !== null) await parts.lockCustomers(trx, [customerId]);
    },
  },
  undo: (what, bulkId) => ({ action: 'restore', of: bulkId, what: what as WhatOf<'owner'> }),
};
