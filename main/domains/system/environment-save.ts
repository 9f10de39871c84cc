import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { systemContract } from '../../../shared/domains/system/system-contract.ts';
import { mergeEdit } from '../../../shared/kernel/edit-merge.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { lockEnvironment, writeSetting } from './setting-store.ts';
import type { SystemTables } from './system-tables.ts';

/** Names the environment. What somebody else changed since it was seen stays, and where both changed the same, nothing is saved. */
export const environmentSave: DomainHandlers<typeof systemContract, CallContext>['environmentSave'] = async (
  { before, ...mine },
  context,
) => {
  const db = context.tables<SystemTables>();
  const { merged, clashes } = mergeEdit({ before, mine, now: await lockEnvironment(db) });
  if (clashes.length > 0) return refuse('changed-meanwhile', { fields: clashes.join(', ') });
  await writeSetting(db, 'environment', merged);
  await context.note('environment', 'environment');
  return done({});
};
