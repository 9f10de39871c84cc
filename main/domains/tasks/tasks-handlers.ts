import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import type { tasksContract } from '../../../shared/domains/tasks/tasks-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { taskCancel, taskDismiss, taskRetry, type TaskControl } from './task-control.ts';
import { taskGet } from './task-get.ts';
import { taskCounts, taskList } from './task-list.ts';

export interface TasksParts {
  readonly engine: TaskControl;
}

export function tasksHandlers({ engine }: TasksParts): DomainHandlers<typeof tasksContract, CallContext> {
  return {
    taskList,
    taskCounts,
    taskGet,
    taskCancel: taskCancel(engine),
    taskRetry: taskRetry(engine),
    taskDismiss,
  };
}
