import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { tasksContract } from '../../../shared/domains/tasks/tasks-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { TaskEngine } from '../../platform/tasks/task-engine.ts';
import { TASK_TOPIC } from '../../platform/tasks/task-journal.ts';
import { ENDED_STATES, type TasksTables } from './tasks-tables.ts';

type Handlers = DomainHandlers<typeof tasksContract, CallContext>;
export type TaskControl = Pick<TaskEngine, 'cancel' | 'startAgain'>;

export function taskCancel(engine: TaskControl): Handlers['taskCancel'] {
  return async ({ taskId }, context) => {
    context.subject(taskId);
    const answer = await engine.cancel(taskId);
    if (answer === 'unknown') return refuse('no-such-task', { taskId });
    // One that is being undone already needs nothing more.
    return answer === 'ended' ? refuse('task-ended') : done({});
  };
}

export function taskRetry(engine: TaskControl): Handlers['taskRetry'] {
  return async ({ taskId }, context) => {
    const task = await context
      .tables<TasksTables>()
      .selectFrom('task')
      .select(['kind', 'input', 'state', 'title'])
      .where('id', '=', taskId)
      .executeTakeFirst();
    if (task === undefined) return refuse('no-such-task', { taskId });
    context.subject(task.title);
    if (task.state !== 'failed' && task.state !== 'cancelled') return refuse('task-not-failed');
    const input: unknown = JSON.parse(task.input);
    const again = await engine.startAgain({ taskId, kind: task.kind, input, startedBy: context.actor.login });
    if (again) return done(again);
    throw new OperatingFailure({
      code: 'task-kind-unknown',
      sentence: `This version of Innkeeper does not know the work ${task.kind}: try it from an engine of the version that started it.`,
    });
  };
}

export const taskDismiss: Handlers['taskDismiss'] = async ({ taskId }, context) => {
  const tables = context.tables<TasksTables>();
  const task = await tables.selectFrom('task').select('title').where('id', '=', taskId).executeTakeFirst();
  if (task === undefined) return refuse('no-such-task', { taskId });
  context.subject(task.title);
  const ended = tables.updateTable('task').set({ dismissed: 1 }).where('id', '=', taskId);
  await ended.where('state', 'in', ENDED_STATES).execute();
  await context.note(TASK_TOPIC, taskId);
  return done({});
};
