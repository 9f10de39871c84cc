import { sql } from 'kysely';
import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done } from '../../../shared/contract/outcome.ts';
import type { TASK_FIELDS } from '../../../shared/domains/tasks/task-fields.ts';
import { taskState, type tasksContract } from '../../../shared/domains/tasks/tasks-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../platform/paging/list-query-filter.ts';
import { toTaskRow } from './task-row.ts';
import type { TasksTables } from './tasks-tables.ts';

type Handlers = DomainHandlers<typeof tasksContract, CallContext>;

const FIELDS: ListFields<keyof typeof TASK_FIELDS> = {
  fields: {
    state: { kind: 'word', column: sql.ref<string>('task.state'), values: taskState.options },
    kind: { kind: 'word', column: sql.ref<string>('task.kind') },
    subject: { kind: 'text', column: sql<string>`(task.subject_name || ' ' || task.subject_id)` },
    by: { kind: 'word', column: sql.ref<string>('task.started_by') },
    dismissed: {
      kind: 'word',
      column: sql<string>`case when task.dismissed = 1 then 'yes' else 'no' end`,
      values: ['yes', 'no'],
    },
    created: { kind: 'instant', column: sql.ref<number>('task.created_at_ms') },
  },
  bare: [sql.ref<string>('task.title'), sql.ref<string>('task.subject_name')],
};

/** Tasks, newest first. */
export const taskList: Handlers['taskList'] = async (input, context) => {
  let query = context.tables<TasksTables>().selectFrom('task').selectAll('task');
  const filter = listQueryFilter(input.query, FIELDS);
  if (filter) query = query.where(filter);
  const page = await keysetPage({
    query,
    sortKey: sql.ref('task.created_at_ms'),
    id: sql.ref<string>('task.id'),
    page: input,
  });
  return done({ ...page, rows: page.rows.map(toTaskRow) });
};

export const taskCounts: Handlers['taskCounts'] = async (_input, context) => {
  const rows = await context
    .tables<TasksTables>()
    .selectFrom('task')
    .select(['state', (count) => count.fn.countAll<number>().as('tasks')])
    .where('dismissed', '=', 0)
    .where('state', 'in', ['queued', 'running', 'undoing', 'failed'])
    .groupBy('state')
    .execute();
  const of = (state: string): number => Number(rows.find((row) => row.state === state)?.tasks ?? 0);
  return done({ queued: of('queued'), running: of('running') + of('undoing'), failed: of('failed') });
};
