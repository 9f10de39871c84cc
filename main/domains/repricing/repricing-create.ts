import { sql } from 'kysely';
import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { repricingContract } from '../../../shared/domains/repricing/repricing-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { moveTarget, scopeOfSubscriptions, subscriptionDays } from '../billing/billing-public.ts';
import { changeRepricing, repricingTitle, type RepricingDb } from './repricing-store.ts';
import { renewSums } from './repricing-sums.ts';
import { startRepricingTask } from './repricing-task-start.ts';
import { repricingPreviewTask } from './repricing-tasks.ts';
import type { RepricingCommandParts } from './repricing-parts.ts';
import type { RepricingRecord, RepricingTables } from './repricing-tables.ts';

type Handlers = DomainHandlers<typeof repricingContract, CallContext>;

/** Fewer items change nothing of how the database goes about it. */
const MANY = 1_000;

/** Freezes whom a move is about, within the database, and begins its preview. Nobody is moved before it is started. */
export function repricingCreate(parts: RepricingCommandParts): Handlers['repricingCreate'] {
  return async ({ planId, versionId = '', query, effect }, context) => {
    const db = context.tables<RepricingTables>();
    const target = await moveTarget(db, { planId, versionId });
    if (!target.ok) return target;
    const nowMs = await parts.billing.nowMs(db);
    const made: RepricingRecord = {
      id: newId('rep', nowMs),
      plan_id: planId,
      plan_name: target.value.plan.name,
      version_id: versionId,
      query,
      effect,
      state: 'previewing',
      state_reason: '',
      round: 1,
      task_id: '',
      prepared_by: context.actor.login,
      prepared_at_ms: nowMs,
      started_by: '',
      started_at_ms: null,
      digest: '',
      previewed_until: 0,
      total: 0,
      ended_at_ms: null,
    };
    context.subject(repricingTitle(made));
    const total = await freezeScope(parts, db, made);
    if (total === 0) return refuse('nobody-found');
    const { taskId } = await startRepricingTask(parts, context, repricingPreviewTask(parts), made);
    return done({ taskId, repricingId: made.id, total });
  };
}

/** Writes a move down with whom it is about, as they are at this moment; gives how many. */
export async function freezeScope(
  { store }: Pick<RepricingCommandParts, 'store'>,
  db: RepricingDb,
  made: RepricingRecord,
): Promise<number> {
  await db.insertInto('repricing').values(made).execute();
  const days = await subscriptionDays(db, made.prepared_at_ms);
  const scope = scopeOfSubscriptions(db, { query: made.query, days });
  const { numAffectedRows } = await sql`insert into repricing_item
      (id, repricing_id, seq, subscription_id, customer_id, customer_number, customer_name, plan_name, vm_name, currency,
       state, code, why, version_before, version_after, every, change_minor, once_minor, usage)
    with found as ${scope}, numbered as (
      select found.*, row_number() over (order by customer_number, subscription_id) as seq from found)
    select ${made.id} || '.' || ${padded(store.kind)}, cast(${made.id} as text), seq, subscription_id, customer_id,
      customer_number, customer_name, plan_name, vm_name, currency, 'unseen', '', '', '', '', '', 0, 0, 'none'
    from numbered`.execute(db);
  const total = Number(numAffectedRows ?? 0);
  // PostgreSQL would go by what it knew of the table before, and look for each item among all of them.
  if (store.kind === 'postgres' && total > MANY) await sql`analyze repricing_item`.execute(db);
  await renewSums(db, made.id);
  await changeRepricing(db, made.id, { total });
  return total;
}

/** So that ids sort as their numbers do. */
function padded(kind: RepricingCommandParts['store']['kind']) {
  return kind === 'sqlite' ? sql`printf('%07d', seq)` : sql`lpad(cast(seq as text), 7, '0')`;
}
