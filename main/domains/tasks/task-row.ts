import type { Selectable } from 'kysely';
import type { TaskRow, TaskStep } from '../../../shared/domains/tasks/tasks-contract.ts';
import type { TasksTables } from './tasks-tables.ts';

export function toTaskRow(row: Selectable<TasksTables['task']>): TaskRow {
  return {
    id: row.id,
    kind: row.kind,
    title: row.title,
    state: row.state,
    step: row.step_title,
    stepsDone: row.steps_done,
    stepsTotal: row.steps_total,
    progress: progressOf(row),
    subject: { kind: row.subject_kind, id: row.subject_id, name: row.subject_name },
    startedBy: row.started_by,
    createdAt: instantOf(row.created_at_ms),
    endedAt: row.ended_at_ms === null ? null : instantOf(row.ended_at_ms),
    error: row.state === 'failed' ? row.error : '',
    dismissed: row.dismissed === 1,
    canCancel: (row.state === 'queued' || row.state === 'running') && row.cancel_requested === 0,
    canRetry: row.state === 'failed' || row.state === 'cancelled',
  };
}

export function toTaskStep(row: Selectable<TasksTables['task_step']>): TaskStep {
  return {
    name: row.name,
    title: row.title,
    state: row.state,
    startedAt: row.started_at_ms === null ? null : instantOf(row.started_at_ms),
    endedAt: row.ended_at_ms === null ? null : instantOf(row.ended_at_ms),
    attempts: row.attempts,
    progress: progressOf(row),
    detail: row.detail,
  };
}

export function instantOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

function progressOf(row: {
  progress_done: number | null;
  progress_total: number | null;
  progress_unit: 'bytes' | 'items' | null;
}): TaskStep['progress'] {
  const { progress_done: done, progress_total: total, progress_unit: unit } = row;
  return done === null || total === null || unit === null ? null : { done, total, unit };
}
