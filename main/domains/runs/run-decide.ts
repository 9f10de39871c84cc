import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { runsContract } from '../../../shared/domains/runs/runs-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { notOpen } from './run-create.ts';
import { changeRun, digestOf, lockRun, runSubject, RUN_TOPIC } from './run-store.ts';
import { renewSums } from './run-sums.ts';
import type { RunsCommandParts } from './runs-parts.ts';
import type { RunsTables } from './runs-tables.ts';

type Handlers = DomainHandlers<typeof runsContract, CallContext>;

/** What is left out is no part of the digest any more, so an approval of before does not hold. */
export function runDecide(parts: RunsCommandParts): Handlers['runDecide'] {
  return async ({ runId, rowIds, decision, note }, context) => {
    const db = context.tables<RunsTables>();
    const run = await lockRun(db, parts.store.kind, runId);
    if (run === undefined) return refuse('no-such-run', { runId });
    context.subject(`${await runSubject(db, run)}: ${decision} ${rowIds.length}`);
    if (run.state !== 'ready' && run.state !== 'returned') {
      const isOpen = run.state === 'previewing' || run.state === 'failed';
      return refuse('not-now', { reason: isOpen ? 'there is no preview yet' : notOpen(run) });
    }
    const isOpen = decision === 'open';
    const result = await db
      .updateTable('billing_run_row')
      .set({
        state: decision === 'left-out' ? 'left-out' : 'ready',
        decision: isOpen ? '' : decision,
        decision_note: isOpen ? '' : note,
        decided_by: isOpen ? '' : context.actor.login,
      })
      .where('run_id', '=', runId)
      .where('id', 'in', rowIds)
      .where('state', 'in', ['ready', 'left-out'])
      .executeTakeFirst();
    await renewSums(db, runId);
    const digest = await digestOf(db, runId);
    await changeRun(db, runId, { digest });
    await context.note(RUN_TOPIC, runId);
    return done({ changed: Number(result.numUpdatedRows), digest });
  };
}
