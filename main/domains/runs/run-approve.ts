import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { DatingRefusal } from '../../../shared/domains/billing/company-books-contract.ts';
import type { runsContract } from '../../../shared/domains/runs/runs-contract.ts';
import { dayAt, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { allotNumbers, companyById } from '../billing/billing-public.ts';
import { notOpen } from './run-create.ts';
import { DOCUMENT_WORDS, THIS_RUN, typesToPost } from './run-dating.ts';
import { changesSince } from './run-freshness.ts';
import { undecidedOf } from './run-remarks.ts';
import { sumsOf } from './run-sums.ts';
import { runPostTask } from './run-post-task.ts';
import { changeRun, lockRun, runSubject, runTitle, type RunsDb } from './run-store.ts';
import { startRunTask } from './run-task-start.ts';
import type { RunsCommandParts } from './runs-parts.ts';
import type { RunRecord, RunsTables } from './runs-tables.ts';

type Handlers = DomainHandlers<typeof runsContract, CallContext>;
type Approval = Parameters<Handlers['runApprove']>[0];
type Refusal = RefusalCodeOf<typeof runsContract.runApprove>;

/** What was looked at, and nothing else, is posted: the digest of the preview must still be that of what would be. */
export function runApprove(parts: RunsCommandParts): Handlers['runApprove'] {
  return async (input, context) => {
    const db = context.tables<RunsTables>();
    const run = await lockRun(db, parts.store.kind, input.runId);
    if (run === undefined) return refuse('no-such-run', { runId: input.runId });
    context.subject(await runSubject(db, run));
    const nowMs = await parts.billing.nowMs(db);
    const against = await mayApprove(db, run, { input, login: context.actor.login });
    if (!against.ok) return against;
    const date = await dateOf(db, { run, wanted: input.issuedOn, nowMs });
    if (!date.ok) return date;
    const approved = { ...run, round: run.round + 1 };
    await changeRun(db, run.id, {
      state: 'posting',
      state_reason: '',
      round: approved.round,
      issued_on: date.value,
      approved_by: context.actor.login,
      approved_at_ms: nowMs,
      approval_note: input.note,
      working_at_ms: null,
      worked_before: 0,
    });
    return done(await startRunTask(parts, context, runPostTask(parts), approved));
  };
}

async function mayApprove(
  db: RunsDb,
  run: RunRecord,
  of: { readonly input: Approval; readonly login: string },
): Promise<Outcome<true, Refusal>> {
  const { input, login } = of;
  if (run.state !== 'ready') {
    const reasons: Partial<Record<RunRecord['state'], string>> = {
      previewing: 'its preview is not there yet',
      failed: 'it has no preview',
      returned: 'it was returned to its preparer: preview it again',
    };
    return refuse('not-now', { reason: reasons[run.state] ?? notOpen(run) });
  }
  if (run.two_people === 1 && run.prepared_by === login) return refuse('second-person');
  const sums = await sumsOf(db, [run.id]);
  const total = sums.reduce((sum, { row_count: rows }) => sum + rows, 0);
  const count = sums.reduce((sum, { state, row_count: rows }) => sum + (state === 'ready' ? rows : 0), 0);
  if (count === 0) return refuse('nothing-to-post', { total });
  const undecided = await undecidedOf(db, run);
  if (undecided.count > 0) return refuse('not-decided', undecided);
  if (input.digest !== run.digest)
    return refuse('changed-meanwhile', { difference: 'rows were left out of it or taken back' });
  const difference = await changesSince(db, run);
  if (difference !== undefined) return refuse('changed-meanwhile', { difference });
  if (input.confirmCount !== count) return refuse('count-not-typed', { count });
  const other = await db
    .selectFrom('billing_run')
    .selectAll()
    .where('company_id', '=', run.company_id)
    .where('state', 'in', ['posting', 'stopped'])
    .executeTakeFirst();
  return other === undefined ? done(true) : refuse('run-posting', { title: runTitle(other) });
}

/** Who settles an advance invoice of a later day is held as the run is posted, and nobody else: that is of one customer, not of the date. */
async function dateOf(
  db: RunsDb,
  of: { readonly run: RunRecord; readonly wanted: LocalDate | undefined; readonly nowMs: number },
): Promise<Outcome<LocalDate, 'date-in-future' | 'date-before-last' | DatingRefusal | 'not-now'>> {
  const company = await companyById(db as never, of.run.company_id);
  const today = dayAt(of.nowMs, company.time_zone);
  const issuedOn = of.wanted ?? today;
  if (issuedOn > today) return refuse('date-in-future', { issuedOn, today });
  for (const type of await typesToPost(db, of.run.id)) {
    const asked = { type, issuedOn, customer: THIS_RUN, count: 0 };
    const series = await allotNumbers(db as never, company, asked);
    if (series.ok) continue;
    if (series.code === 'date-before-last')
      return refuse('date-before-last', {
        document: DOCUMENT_WORDS[type],
        lastDate: series.facts['lastDate'] ?? '',
        issuedOn,
      });
    return series.code === 'number-taken'
      ? refuse('not-now', { reason: 'its series has no number left' })
      : refuse(series.code, series.facts);
  }
  return done(issuedOn);
}

/** Goes on with what was approved and is not posted yet. */
export function runGoOn(parts: RunsCommandParts): Handlers['runGoOn'] {
  return async ({ runId, issuedOn }, context) => {
    const db = context.tables<RunsTables>();
    const run = await lockRun(db, parts.store.kind, runId);
    if (run === undefined) return refuse('no-such-run', { runId });
    context.subject(await runSubject(db, run));
    if (run.state !== 'stopped') return refuse('not-now', { reason: 'it does not stand still' });
    const nowMs = await parts.billing.nowMs(db);
    const date = await dateOf(db, { run, wanted: issuedOn ?? run.issued_on ?? undefined, nowMs });
    if (!date.ok) {
      const { document = '', lastDate = '', today = '' } = date.facts;
      if (date.code === 'books-closed' || date.code === 'year-not-open') return refuse(date.code, date.facts);
      const reason =
        date.code === 'date-in-future'
          ? `that date is in the future, it is ${String(today)}`
          : `the last ${String(document)} is of ${String(lastDate)}, so give a date that is no earlier`;
      return refuse('not-now', { reason });
    }
    const again = { ...run, round: run.round + 1 };
    await changeRun(db, runId, {
      state: 'posting',
      state_reason: '',
      round: again.round,
      issued_on: date.value,
      worked_before: run.posted,
      working_at_ms: null,
    });
    return done(await startRunTask(parts, context, runPostTask(parts), again));
  };
}
