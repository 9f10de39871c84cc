import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { tasksContract } from '../../../shared/domains/tasks/tasks-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { instantOf, toTaskRow, toTaskStep } from './task-row.ts';
import type { TasksTables } from './tasks-tables.ts';

type Handlers = DomainHandlers<typeof tasksContract, CallContext>;

/** Newest lines of a task's log that are sent. */
const LOG_LINES = 1_000;

/** One task with its steps and log. */
export const taskGet: Handlers['taskGet'] = async ({ taskId }, context) => {
  const tables = context.tables<TasksTables>();
  const task = await tables.selectFrom('task').selectAll().where('id', '=', taskId).executeTakeFirst();
  if (task === undefined) return refuse('no-such-task', { taskId });
  const steps = await tables
    .selectFrom('task_step')
    .selectAll()
    .where('task_id', '=', taskId)
    .orderBy('position')
    .orderBy('name')
    .execute();
  const newest = await tables
    .selectFrom('task_log')
    .select(['at_ms', 'level', 'line'])
    .where('task_id', '=', taskId)
    .orderBy('seq', 'desc')
    .limit(LOG_LINES)
    .execute();
  return done({
    ...toTaskRow(task),
    steps: steps.map(toTaskStep),
    log: newest.toReversed().map(({ at_ms, level, line }) => ({ at: instantOf(at_ms), level, text: line })),
    result: JSON.parse(task.result) as Record<string, string | number | boolean | null>,
    errorRemote: task.error_remote,
  });
};
