import { clauseSentence } from '../../../../shared/kernel/clause-sentence.ts';
import { sql, type SqlBool } from 'kysely';
import { bulkWords } from '../../../../shared/domains/bulk/bulk-rules.ts';
import type { BulkActionDefinition, ItemResult, StoreApply, StoredWhat, WhatOf } from '../bulk-action.ts';
import { writeVmField } from './field-write.ts';

type TagsAction = 'tagsAdd' | 'tagsRemove' | 'tagsSet';

/** The tags of a VM after the action, in their order. */
export function tagsAfter(what: WhatOf<TagsAction>, tags: readonly string[]): string[] {
  switch (what.action) {
    case 'tagsAdd':
      return [...new Set([...tags, ...what.tags])];
    case 'tagsRemove':
      return tags.filter((tag) => !what.tags.includes(tag));
    case 'tagsSet':
      return [...new Set(what.tags)];
  }
}

const TAGS_MAX = 50;

const apply: StoreApply = async ({ trx, parts, what, items }) => {
  const results = new Map<number, ItemResult>();
  const writes: { vmId: string; value: string }[] = [];
  const { action } = what as WhatOf<TagsAction>;
  for (const { seq, vm } of items) {
    const after = tagsAfter(what as WhatOf<TagsAction>, JSON.parse(vm.tags) as string[]);
    const value = JSON.stringify(after);
    if (value === vm.tags) {
      const reason = clauseSentence(`it is ${bulkWords[action].already}`);
      results.set(seq, { state: 'skipped', code: 'already', reason });
    } else if (after.length > TAGS_MAX) {
      const reason = `It would have ${after.length} tags, more than ${TAGS_MAX}.`;
      results.set(seq, { state: 'refused', code: 'too-many-tags', reason });
    } else {
      writes.push({ vmId: vm.id, value });
      results.set(seq, { state: 'done', before: vm.tags });
    }
  }
  await writeVmField({ trx, parts }, 'tags', writes);
  return results;
};

/** In the text of the JSON array: tags have no quotes, so one in quotes is whole. */
function isSoAlready(what: WhatOf<TagsAction>) {
  if (what.action === 'tagsSet') return sql<SqlBool>`vm.tags = ${JSON.stringify([...new Set(what.tags)])}`;
  const compare = sql.raw(what.action === 'tagsAdd' ? '<>' : '=');
  const each = what.tags.map((tag) => sql`replace(vm.tags, ${JSON.stringify(tag)}, '') ${compare} vm.tags`);
  return sql<SqlBool>`(${sql.join(each, sql` and `)})`;
}

function tagsAction(action: TagsAction): BulkActionDefinition {
  return {
    action,
    permission: 'fleet.operate',
    verdicts: async (what) => [
      {
        kind: 'skipped',
        code: 'already',
        why: clauseSentence(`it is ${bulkWords[action].already}`),
        wayOut: '',
        when: isSoAlready(what as WhatOf<TagsAction>),
      },
    ],
    work: { kind: 'store', apply },
    undo: (what, bulkId): StoredWhat => ({ action: 'restore', of: bulkId, what: what as WhatOf<TagsAction> }),
  };
}

export const bulkTagsAdd = tagsAction('tagsAdd');
export const bulkTagsRemove = tagsAction('tagsRemove');
export const bulkTagsSet = tagsAction('tagsSet');
