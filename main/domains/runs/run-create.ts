import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import { OPEN_RUN_STATES } from '../../../shared/domains/runs/run-rules.ts';
import type { runsContract } from '../../../shared/domains/runs/runs-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import { addDays } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { firstOpenDay, readCalendar } from '../billing/billing-public.ts';
import { customersCounted } from '../customers/customers-public.ts';
import { finish } from './run-post.ts';
import { runPreviewTask } from './run-preview-task.ts';
import { changeRun, clearPreview, lockRun, runSubject, RUN_TOPIC, type RunsDb } from './run-store.ts';
import { startRunTask } from './run-task-start.ts';
import { renewSums } from './run-sums.ts';
import type { RunsCommandParts } from './runs-parts.ts';
import type { RunRecord, RunsTables } from './runs-tables.ts';

type Handlers = DomainHandlers<typeof runsContract, CallContext>;

/** Prepares a run and begins its preview. What it would post is worked out by a task; nothing is posted before it is approved. */
export function runCreate(parts: RunsCommandParts): Handlers['runCreate'] {
  return async (input, context) => {
    const db = context.tables<RunsTables>();
    const { periodStart: start, periodEndExclusive: endExclusive } = input;
    if (start >= endExclusive) return refuse('no-period');
    const { companyId } = input;
    const calendar = await readCalendar(db as never, { ...(companyId !== undefined && { companyId }) });
    if (calendar === undefined)
      return companyId === undefined ? refuse('no-company') : refuse('no-such-company', { companyId });
    const last = addDays(endExclusive, -1);
    if (calendar.closedUntil === null || calendar.closedUntil < last) {
      const first = (await firstOpenDay(db as never, calendar)) ?? start;
      return refuse('period-open', { day: first > start && first <= last ? first : start });
    }
    // Says at once what of the query cannot be understood.
    await customersCounted(db, input.query);
    const nowMs = await parts.store.nowMs(db);
    const run: RunRecord = {
      ...newRun(),
      id: newId('run', nowMs),
      company_id: calendar.company.id,
      period_start: start,
      period_end_exclusive: endExclusive,
      currency: input.currency ?? '',
      query: input.query,
      change_percent: input.changePercent,
      limit_minor: input.limitMinor === null ? null : Number(input.limitMinor),
      two_people: (input.twoPeople ?? (await lastWasOfTwo(db, calendar.company.id))) ? 1 : 0,
      prepared_by: context.actor.login,
      prepared_at_ms: nowMs,
    };
    context.subject(await runSubject(db, run));
    await db.insertInto('billing_run').values(run).execute();
    const { taskId } = await startRunTask(parts, context, runPreviewTask(parts), run);
    return done({ taskId, runId: run.id });
  };
}

/** What a run is before anybody has worked on it. */
export function newRun(): Omit<
  RunRecord,
  | 'id'
  | 'company_id'
  | 'period_start'
  | 'period_end_exclusive'
  | 'currency'
  | 'query'
  | 'change_percent'
  | 'limit_minor'
  | 'two_people'
  | 'prepared_by'
  | 'prepared_at_ms'
> {
  return {
    state: 'previewing',
    state_reason: '',
    round: 1,
    task_id: '',
    approved_by: '',
    approved_at_ms: null,
    approval_note: '',
    issued_on: null,
    closed_until: '',
    vat_table: '',
    waiting_days: 0,
    inputs_hash: '',
    frozen_at_ms: null,
    digest: '',
    previewed: 0,
    to_preview: 0,
    preview_after: '',
    working_at_ms: null,
    worked_before: 0,
    row_count: 0,
    posted: 0,
    report_hash: '',
    ended_at_ms: null,
    remarks: '',
    compared_at: '',
  };
}

/** Once a company's runs were approved by two people, they are until somebody says otherwise. */
async function lastWasOfTwo(db: RunsDb, companyId: string): Promise<boolean> {
  const last = await db
    .selectFrom('billing_run')
    .select('two_people')
    .where('company_id', '=', companyId)
    .orderBy('prepared_at_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.two_people === 1;
}

/** Why a run that is not open any more cannot be changed. */
export function notOpen({ state }: RunRecord): string {
  if (state === 'aborted') return 'it was aborted';
  return state === 'posted' ? 'it is posted' : 'it is being posted';
}

/** Throws the preview away and works it out anew, from what is so now. */
export function runRenew(parts: RunsCommandParts): Handlers['runRenew'] {
  return async ({ runId }, context) => {
    const db = context.tables<RunsTables>();
    const run = await lockRun(db, parts.store.kind, runId);
    if (run === undefined) return refuse('no-such-run', { runId });
    context.subject(await runSubject(db, run));
    if (!OPEN_RUN_STATES.includes(run.state)) return refuse('not-now', { reason: notOpen(run) });
    const again = { ...run, round: run.round + 1 };
    await changeRun(db, runId, {
      state: 'previewing',
      state_reason: '',
      round: again.round,
      digest: '',
      frozen_at_ms: null,
      previewed: 0,
      working_at_ms: null,
    });
    return done(await startRunTask(parts, context, runPreviewTask(parts), again));
  };
}

/**
 * Nothing of it stays but that it was there. A task that works on it finds nothing to do any more. One that stands still half-way ends
 * with what is posted; the charges of the rest are for a later run.
 */
export function runAbort(parts: RunsCommandParts): Handlers['runAbort'] {
  return async ({ runId }, context) => {
    const db = context.tables<RunsTables>();
    const run = await lockRun(db, parts.store.kind, runId);
    if (run === undefined) return refuse('no-such-run', { runId });
    context.subject(await runSubject(db, run));
    const endedAtMs = await parts.store.nowMs(db);
    if (run.state === 'stopped') {
      await leaveRestOut(db, run, context.actor.login);
      await finish(db, run, endedAtMs);
      await context.note(RUN_TOPIC, runId);
      return done({});
    }
    if (!OPEN_RUN_STATES.includes(run.state)) return refuse('not-now', { reason: notOpen(run) });
    await clearPreview(db, runId);
    await changeRun(db, runId, { state: 'aborted', state_reason: '', digest: '', ended_at_ms: endedAtMs });
    await context.note(RUN_TOPIC, runId);
    return done({});
  };
}

async function leaveRestOut(db: RunsDb, run: RunRecord, login: string): Promise<void> {
  await db
    .updateTable('billing_run_row')
    .set({
      state: 'left-out',
      decision: 'left-out',
      decision_note: 'The run was ended before it was posted.',
      decided_by: login,
    })
    .where('run_id', '=', run.id)
    .where('state', '=', 'ready')
    .execute();
  await renewSums(db, run.id);
}

/** Back to its preparer, who previews it again or aborts it. */
export function runReturn(parts: RunsCommandParts): Handlers['runReturn'] {
  return async ({ runId, note }, context) => {
    const db = context.tables<RunsTables>();
    const run = await lockRun(db, parts.store.kind, runId);
    if (run === undefined) return refuse('no-such-run', { runId });
    context.subject(await runSubject(db, run));
    if (run.state !== 'ready')
      return refuse('not-now', { reason: 'only one that waits for an approval is returned' });
    await changeRun(db, runId, { state: 'returned', state_reason: `${context.actor.login}: ${note}` });
    await context.note(RUN_TOPIC, runId);
    return done({});
  };
}
