import type { TaskDefinition } from '../../platform/tasks/task-definition.ts';
import type { RunTaskInput } from './run-preview-task.ts';
import { postRun } from './run-post.ts';
import { changeRun, lockRun, RUN_TOPIC } from './run-store.ts';
import type { RunsParts } from './runs-parts.ts';
import type { RunsTables } from './runs-tables.ts';

/**
 * Posts an approved run. One step, which is safe to repeat because every batch says in the store how far it is. Cancelling the task
 * stops it; what was posted stays posted.
 */
export function runPostTask(parts: RunsParts): TaskDefinition<RunTaskInput> {
  return {
    kind: 'run-post',
    title: ({ title }) => `Post the billing run ${title}`,
    subject: ({ runId, title }) => ({ kind: 'run', id: runId, name: title }),
    steps: [
      {
        name: 'post',
        title: () => 'Number and post the invoices',
        // A database that was away for a moment: what is posted stays, so it simply goes on.
        attempts: 3,
        run: async (context) => {
          const { runId, round } = context.input;
          const progress = (done: number, total: number): void => context.progress(done, total, 'items');
          await postRun(parts, { runId, round, signal: context.signal, progress });
        },
        undo: async (context) => {
          await standStill(parts, context.input);
        },
      },
    ],
  };
}

async function standStill({ store }: RunsParts, { runId, round }: RunTaskInput): Promise<void> {
  await store.transaction<RunsTables, void>(
    async (trx) => {
      const run = await lockRun(trx, store.kind, runId);
      if (run?.state !== 'posting' || run.round !== round) return;
      const stateReason = 'Its task was cancelled or has failed.';
      await changeRun(trx, runId, { state: 'stopped', state_reason: stateReason, working_at_ms: null });
      await store.changes.note(trx, RUN_TOPIC, runId);
    },
    { repeatable: true },
  );
}
