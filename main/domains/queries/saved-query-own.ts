import { refuse, type Refused } from '../../../shared/contract/outcome.ts';
import { mayDo } from '../../../shared/domains/access/role-rules.ts';
import type { Actor } from '../../platform/calls/call-context.ts';
import type { SavedQueryRow } from './saved-query-store.ts';

/** Who saved a query changes it; one that is shared an administrator too. */
export function isTheirs(row: Pick<SavedQueryRow, 'owner' | 'shared'>, actor: Actor): boolean {
  return row.owner === actor.login || (row.shared === 1 && mayDo(actor.role, 'system.administer'));
}

export function whyNotTheirs(
  row: SavedQueryRow,
  actor: Actor,
): Refused<'not-yours' | 'no-such-query'> | undefined {
  if (isTheirs(row, actor)) return undefined;
  // What is somebody's own is nobody else's to know of.
  if (row.shared === 0) return refuse('no-such-query', { id: row.id });
  return refuse('not-yours', { name: row.name, owner: row.owner });
}
