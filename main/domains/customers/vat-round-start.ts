import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { customersContract } from '../../../shared/domains/customers/customers-contract.ts';
import { VAT_ROUND_MAX } from '../../../shared/domains/customers/vat-round-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import type { CustomersCommandParts } from './customers-parts.ts';
import type { CustomersTables } from './customers-tables.ts';
import {
  freezeRound,
  roundCounts,
  takeRoundTurn,
  waitingInRounds,
  type RoundScope,
} from './vat-round-store.ts';
import { vatRoundTask } from './vat-round-task.ts';

type Start = typeof customersContract.vatRoundStart;
type Preview = typeof customersContract.vatRoundPreview;
type Db = Kysely<CustomersTables>;

const DAY_MS = 86_400_000;

/** About whom VIES would be asked; asks nobody. */
export async function vatRoundPreview(
  parts: Pick<CustomersCommandParts, 'nowMs'>,
  input: InputOf<Preview>,
  db: Db,
): Promise<OutputOf<Preview>> {
  return await roundCounts(db, scopeOf(input, await parts.nowMs(db)));
}

/** Freezes the set that was looked at and begins the task that asks about it. */
export async function vatRoundStart(
  parts: CustomersCommandParts,
  input: InputOf<Start>,
  context: CallContext,
): Promise<Outcome<OutputOf<Start>, RefusalCodeOf<Start>>> {
  const db = context.tables<CustomersTables>();
  context.subject('about many customers');
  await takeRoundTurn(db);
  const left = await waitingInRounds(db);
  if (left > 0) return refuse('round-running', { left });
  const nowMs = await parts.nowMs(db);
  const scope = scopeOf(input, nowMs);
  const { toAsk: total } = await roundCounts(db, scope);
  if (total === 0) return refuse('nothing-to-ask', { days: input.olderThanDays });
  if (total > VAT_ROUND_MAX) return refuse('too-many', { count: total, most: VAT_ROUND_MAX });
  if (total !== input.confirmCount) return refuse('count-changed', { count: total });
  context.subject(`about ${total} VAT ids`);
  const roundId = newId('vatround', nowMs);
  const { query, olderThanDays } = input;
  const row = { id: roundId, query, older_than_days: olderThanDays, total, started_at_ms: nowMs };
  await db
    .insertInto('vat_round')
    .values({ ...row, started_by: context.actor.login })
    .execute();
  await freezeRound(db, roundId, scope);
  const task = { roundId, total };
  const { taskId } = await parts.tasks.start(vatRoundTask(parts), task, {
    startedBy: context.actor.login,
    key: roundId,
    within: db as unknown as AnyTransaction,
  });
  return done({ roundId, taskId });
}

function scopeOf({ query, olderThanDays }: InputOf<Preview>, nowMs: number): RoundScope {
  return { query, answeredSinceMs: nowMs - olderThanDays * DAY_MS };
}
