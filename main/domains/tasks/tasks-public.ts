import { sql, type Kysely } from 'kysely';
import { BUILT_IN } from '../../../shared/domains/queries/query-rules.ts';
import type { OverviewException, SearchHit } from '../../../shared/domains/system/system-contract.ts';
import { TASK_STATE_WORDS } from '../../../shared/domains/tasks/task-state-words.ts';
import { contains } from '../../platform/paging/list-query-filter.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { Store } from '../../platform/store/store.ts';
import type { TaskJournal, TaskQueue } from '../../platform/tasks/task-journal.ts';
import { TaskJournalStore } from './task-journal-store.ts';
import { TaskQueueStore } from './task-queue-store.ts';
import { ACTIVE_STATES, ENDED_STATES, type TasksTables } from './tasks-tables.ts';

/** What the task engine writes to: `createTaskEngine({ ...taskRows({ store }), … })`. */
export function taskRows(parts: { store: Store; nowMs?: () => number }): {
  queue: TaskQueue;
  journal: TaskJournal;
} {
  return { queue: new TaskQueueStore(parts), journal: new TaskJournalStore(parts) };
}

/**
 * Tasks that have not ended and work on, or were told in their input about, the thing with this id. Ids are unique in themselves,
 * so looking for the text is enough.
 */
export async function activeTasksAbout(
  tables: AnyDatabase,
  id: string,
): Promise<readonly { taskId: string; kind: string; title: string }[]> {
  return await (tables as Kysely<TasksTables>)
    .selectFrom('task')
    .select(['id as taskId', 'kind', 'title'])
    .where('state', 'in', ACTIVE_STATES)
    .where((about) => about.or([about('subject_id', '=', id), about('input', 'like', `%"${id}"%`)]))
    .orderBy('created_at_ms')
    .execute();
}

export interface TaskEnd {
  readonly taskId: string;
  readonly state: 'succeeded' | 'failed' | 'cancelled';
  /** Why it failed; empty unless it did. */
  readonly error: string;
  readonly errorCode: string;
}

/** Of these tasks, those that have ended, and how. */
export async function taskEnds(db: AnyDatabase, taskIds: readonly string[]): Promise<readonly TaskEnd[]> {
  if (taskIds.length === 0) return [];
  const rows = await (db as Kysely<TasksTables>)
    .selectFrom('task')
    .select(['id as taskId', 'state', 'error', 'error_code as errorCode'])
    .where('id', 'in', [...taskIds])
    .where('state', 'in', ENDED_STATES)
    .execute();
  return rows as readonly TaskEnd[];
}

/** Tasks by title or what they work on, newest first. */
export async function taskHits(db: AnyDatabase, text: string, limit: number): Promise<SearchHit[]> {
  const rows = await (db as Kysely<TasksTables>)
    .selectFrom('task')
    .select(['id', 'title', 'state', 'started_by', 'created_at_ms'])
    .where((has) => has.or([contains(sql.ref('title'), text), contains(sql.ref('subject_name'), text)]))
    .orderBy('created_at_ms', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    kind: 'task',
    id: row.id,
    title: row.title,
    subtitle: [TASK_STATE_WORDS[row.state], row.started_by, new Date(row.created_at_ms).toISOString()].join(
      ' · ',
    ),
  }));
}

interface FailedTask {
  readonly id: string;
  readonly title: string;
  readonly error: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly subjectName: string;
}

/** Failed tasks nobody has put aside, oldest first. */
export async function failedTasks(db: AnyDatabase): Promise<FailedTask[]> {
  return await (db as Kysely<TasksTables>)
    .selectFrom('task')
    .select([
      'id',
      'title',
      'error',
      'subject_kind as subjectKind',
      'subject_id as subjectId',
      'subject_name as subjectName',
    ])
    .where('state', '=', 'failed')
    .where('dismissed', '=', 0)
    .orderBy('created_at_ms')
    .execute();
}

/** Failed tasks nobody has put aside; a count of 0 says that it was looked at. */
export async function taskExceptions(db: AnyDatabase): Promise<OverviewException[]> {
  const failed = (db as Kysely<TasksTables>)
    .selectFrom('task')
    .where('state', '=', 'failed')
    .where('dismissed', '=', 0);
  const { count } = await failed
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const newest = await failed.select('title').orderBy('created_at_ms', 'desc').limit(3).execute();
  const more = Number(count) - newest.length;
  const detail = newest.map((task) => task.title).join('; ') + (more > 0 ? ` and ${more} more` : '');
  return [
    {
      key: 'tasks-failed',
      severity: 'critical',
      count: Number(count),
      detail,
      list: 'tasks',
      query: BUILT_IN['tasks-failed'].query,
    },
  ];
}

/** Why a task that is being undone turned back. */
export async function taskEnding(
  db: AnyDatabase,
  taskId: string,
): Promise<{ readonly cancelled: boolean; readonly error: string }> {
  const row = await (db as Kysely<TasksTables>)
    .selectFrom('task')
    .select(['cancel_requested', 'error'])
    .where('id', '=', taskId)
    .executeTakeFirst();
  const error = row?.error ?? '';
  return { cancelled: row?.cancel_requested === 1 && error === '', error };
}

/** Of these tasks, those that have ended, whichever way; a task nobody knows any more has. */
export async function endedTasks(db: AnyDatabase, taskIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (taskIds.length === 0) return new Set();
  const active = await (db as Kysely<TasksTables>)
    .selectFrom('task')
    .select('id')
    .where('id', 'in', [...taskIds])
    .where('state', 'in', ACTIVE_STATES)
    .execute();
  const ids = new Set(active.map((row) => row.id));
  return new Set(taskIds.filter((id) => !ids.has(id)));
}
