import { clauseSentence } from '../../../shared/kernel/clause-sentence.ts';
import type { Refused } from '../../../shared/contract/outcome.ts';
import type { AnyTaskDefinition } from '../../platform/tasks/task-definition.ts';
import type { ItemResult } from './bulk-action.ts';
import { vmGone } from './bulk-item-store.ts';
import type { BulkParts } from './bulk-parts.ts';
import { bulkRunTask } from './bulk-run-task.ts';

export { forgetBulks } from './bulk-forget.ts';

/** Every kind of durable work of this domain, for the engine to run. */
export function bulkTasks(parts: BulkParts): AnyTaskDefinition[] {
  return [bulkRunTask(parts)] as unknown as AnyTaskDefinition[];
}

const BILLED: Readonly<Record<string, string>> = {
  'vm-billed': 'It belongs to a running subscription: end that first.',
  'vm-pooled': 'It is in a pool that is paid for: remove it from there first.',
};

/** Why a VM is not deleted, as the result of an item. */
export function notDeleted({
  code,
  facts,
}: Refused<'no-such-vm' | 'not-now' | 'vm-billed' | 'vm-pooled'>): ItemResult {
  if (code === 'no-such-vm') return vmGone;
  return { state: 'refused', code, reason: BILLED[code] ?? clauseSentence(String(facts['reason'])) };
}
