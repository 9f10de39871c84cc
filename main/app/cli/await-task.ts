import type { OutputOf } from '../../../shared/contract/operation.ts';
import type { tasksContract } from '../../../shared/domains/tasks/tasks-contract.ts';
import type { PipeCaller } from './call-over-pipe.ts';

type Task = OutputOf<typeof tasksContract.taskGet>;

/** Follows the change feed until the task has ended; tells each new step, or looks at what it works on whenever it went on. */
export async function awaitTask(
  caller: PipeCaller,
  taskId: string,
  options: { signal: AbortSignal; onStep?: (words: string) => void; onLook?: () => Promise<void> },
): Promise<Task> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  let last = '';
  let ended: Task | undefined;
  const look = async (): Promise<void> => {
    const task = (await caller.call('tasks.taskGet', { taskId })) as Task;
    const words = `${task.state}: ${task.step}`;
    if (words !== last) options.onStep?.(words);
    last = words;
    await options.onLook?.();
    if (task.endedAt === null) return;
    ended = task;
    stop.abort();
  };
  let failure: unknown;
  let looking = Promise.resolve();
  const lookAgain = (): void => {
    looking = looking.then(look).catch((error: unknown) => {
      failure = error;
      stop.abort();
    });
  };
  // The feed's first item comes at once, so a task that ended before we listened is seen too.
  await caller.follow('system.changes', { topics: ['task'] }, lookAgain, { signal });
  await looking;
  if (failure) throw failure as Error;
  if (!ended) throw new Error(`the task ${taskId} goes on, but nobody waits for it any more`);
  return ended;
}
