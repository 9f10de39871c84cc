import { sql } from 'kysely';
import { clauseSentence } from '../../../shared/kernel/clause-sentence.ts';
import type { StoredBulkActionName } from '../../../shared/domains/bulk/bulk-rules.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { Store } from '../../platform/store/store.ts';
import type { BulkTrx } from './bulk-action.ts';
import { bulkActionOf } from './bulk-registry.ts';
import { bulkTitle } from './bulk-row.ts';

/** Advisory lock of whoever begins one: 'bulk' in ASCII. */
const BEGIN_LOCK = 0x62756c6b;

/**
 * The title of the one whose tasks are under way, where this action is worked off by tasks, too. An engine works on eight tasks at a
 * time: as many bulk actions that wait for tasks of their own would wait for each other for ever. Nobody else begins one until the
 * caller's transaction ends.
 */
export async function tasksUnderWay(
  trx: BulkTrx,
  { kind }: Pick<Store, 'kind'>,
  asked: { readonly action: StoredBulkActionName; readonly bulkId?: string },
): Promise<string | undefined> {
  if (bulkActionOf[asked.action].work.kind !== 'task') return undefined;
  if (kind === 'postgres') await sql`select pg_advisory_xact_lock(${sql.lit(BEGIN_LOCK)})`.execute(trx);
  const open = await trx
    .selectFrom('bulk_action')
    .selectAll()
    .where('action', '=', asked.action)
    .where('state', 'in', ['running', 'stopping', 'cancelling'])
    .where('id', '<>', asked.bulkId ?? '')
    .executeTakeFirst();
  return open && bulkTitle(open);
}

/** As the reason of a control that cannot be used now. */
export function waitFor(title: string): string {
  return `“${title}” is under way: wait until it has ended, or stop it`;
}

export function notBesides(title: string): OperatingFailure {
  return new OperatingFailure({ code: 'one-at-a-time', sentence: clauseSentence(waitFor(title)) });
}
