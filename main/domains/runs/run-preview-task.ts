import type { TaskDefinition } from '../../platform/tasks/task-definition.ts';
import { previewRun } from './run-preview.ts';
import { changeRun, lockRun, RUN_TOPIC } from './run-store.ts';
import type { PreviewParts } from './runs-parts.ts';
import type { RunsTables } from './runs-tables.ts';

export interface RunTaskInput {
  readonly runId: string;
  /** Of the run; a task of an earlier one does nothing any more. */
  readonly round: number;
  readonly title: string;
}

/** Works out what a run would post. One step, which is safe to repeat: every page that was written says how far it is. */
export function runPreviewTask(parts: PreviewParts): TaskDefinition<RunTaskInput> {
  return {
    kind: 'run-preview',
    title: ({ title }) => `Preview the billing run ${title}`,
    subject: ({ runId, title }) => ({ kind: 'run', id: runId, name: title }),
    steps: [
      {
        name: 'preview',
        title: () => 'Work out what would be posted',
        // A database that was away for a moment: what is written stays, so it simply goes on.
        attempts: 3,
        run: async (context) => {
          const { runId, round } = context.input;
          const progress = (done: number, total: number): void => context.progress(done, total, 'items');
          await previewRun(parts, { runId, round, signal: context.signal, progress });
        },
        undo: async (context) => {
          await failed(parts, context.input);
        },
      },
    ],
  };
}

/** The task was cancelled or has failed: there is no preview, and nobody works on one. */
async function failed({ store }: PreviewParts, { runId, round }: RunTaskInput): Promise<void> {
  await store.transaction<RunsTables, void>(
    async (trx) => {
      const run = await lockRun(trx, store.kind, runId);
      if (run?.state !== 'previewing' || run.round !== round) return;
      const stateReason = 'Its preview was cancelled or has failed: preview it again.';
      await changeRun(trx, runId, { state: 'failed', state_reason: stateReason, working_at_ms: null });
      await store.changes.note(trx, RUN_TOPIC, runId);
    },
    { repeatable: true },
  );
}
