import { sql } from 'kysely';
import type { BulkActionDefinition, ItemResult, StoreApply, WhatOf } from '../bulk-action.ts';
import { readNotes, writeNotes } from './field-write.ts';

const already: ItemResult = { state: 'skipped', code: 'already', reason: 'It has these notes already.' };

const apply: StoreApply = async ({ trx, parts, what, items }) => {
  const { notes } = what as WhatOf<'notes'>;
  const former = await readNotes({ trx, parts }, items);
  const others = items.filter(({ vm }) => former.get(vm.uuid) !== notes);
  await writeNotes(
    { trx, parts },
    others.map(({ vm }) => ({ uuid: vm.uuid, notes })),
  );
  return new Map(
    items.map(({ seq, vm }): [number, ItemResult] => {
      const was = former.get(vm.uuid) ?? '';
      return [seq, was === notes ? already : { state: 'done', before: JSON.stringify(was) }];
    }),
  );
};

/** The same notes on all. */
export const bulkNotes: BulkActionDefinition = {
  action: 'notes',
  permission: 'fleet.operate',
  verdicts: async (what) => [
    {
      kind: 'skipped',
      code: 'already',
      why: 'It has these notes already.',
      wayOut: '',
      when: sql`exists (select 1 from vm_detail where vm_detail.uuid = vm.uuid and vm_detail.notes = ${(what as WhatOf<'notes'>).notes})`,
    },
  ],
  work: { kind: 'store', apply },
  undo: (what, bulkId) => ({ action: 'restore', of: bulkId, what: what as WhatOf<'notes'> }),
};
