import type { StepContext, TaskDefinition, TaskSubject } from '../../platform/tasks/task-definition.ts';
import type { RepricingState } from '../../../shared/domains/repricing/repricing-rules.ts';
import { previewRepricing } from './repricing-preview.ts';
import { changeRepricing, lockRepricing, REPRICING_TOPIC } from './repricing-store.ts';
import type { RepricingParts } from './repricing-parts.ts';
import type { RepricingTables } from './repricing-tables.ts';
import { workRepricing, type Way } from './repricing-work.ts';

export interface RepricingTaskInput {
  readonly repricingId: string;
  /** Of the move; a task of an earlier one does nothing any more. */
  readonly round: number;
  readonly title: string;
}

/** Works out what a move would come to. One step, which is safe to repeat: every page that was written says how far it is. */
export function repricingPreviewTask(parts: RepricingParts): TaskDefinition<RepricingTaskInput> {
  return {
    kind: 'repricing-preview',
    title: ({ title }) => `Preview moving subscriptions to ${title}`,
    subject: subjectOf,
    steps: [
      {
        name: 'preview',
        title: () => 'Work out what each would pay',
        // A database that was away for a moment: what is written stays, so it simply goes on.
        attempts: 3,
        run: async (context) => {
          await previewRepricing(parts, workOf(context));
        },
        undo: async (context) => {
          const reason = 'Its preview was cancelled or has failed: preview it again.';
          await standStill(parts, context.input, { from: 'previewing', to: 'failed', reason });
        },
      },
    ],
  };
}

/** Moves what was started, or takes it back. One step, safe to repeat. Cancelling the task stops it; what was done stays done. */
function wayTask(parts: RepricingParts, way: Way): TaskDefinition<RepricingTaskInput> {
  const isBack = way === 'taking-back';
  return {
    kind: isBack ? 'repricing-take-back' : 'repricing-move',
    title: ({ title }) =>
      isBack ? `Take back moving subscriptions to ${title}` : `Move subscriptions to ${title}`,
    subject: subjectOf,
    steps: [
      {
        name: 'work',
        title: () => (isBack ? 'Take back what is not in effect yet' : 'Move the subscriptions'),
        attempts: 3,
        run: async (context) => {
          await workRepricing(parts, { ...workOf(context), way });
        },
        undo: async (context) => {
          const to = isBack ? 'moved' : 'stopped';
          const reason = 'Its task was cancelled or has failed.';
          await standStill(parts, context.input, { from: way, to, reason });
        },
      },
    ],
  };
}

export function repricingMoveTask(parts: RepricingParts): TaskDefinition<RepricingTaskInput> {
  return wayTask(parts, 'moving');
}

export function repricingTakeBackTask(parts: RepricingParts): TaskDefinition<RepricingTaskInput> {
  return wayTask(parts, 'taking-back');
}

function subjectOf({ repricingId, title }: RepricingTaskInput): TaskSubject {
  return { kind: 'repricing', id: repricingId, name: title };
}

function workOf(context: StepContext<RepricingTaskInput>) {
  const { repricingId, round } = context.input;
  const progress = (done: number, total: number): void => context.progress(done, total, 'items');
  return { repricingId, round, signal: context.signal, progress };
}

async function standStill(
  { store }: RepricingParts,
  { repricingId, round }: RepricingTaskInput,
  of: { readonly from: RepricingState; readonly to: RepricingState; readonly reason: string },
): Promise<void> {
  await store.transaction<RepricingTables, void>(
    async (trx) => {
      const now = await lockRepricing(trx, store.kind, repricingId);
      if (now?.state !== of.from || now.round !== round) return;
      await changeRepricing(trx, repricingId, { state: of.to, state_reason: of.reason });
      await store.changes.note(trx, REPRICING_TOPIC, repricingId);
    },
    { repeatable: true },
  );
}
