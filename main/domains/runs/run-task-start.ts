import type { CallContext } from '../../platform/calls/call-context.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import type { TaskDefinition } from '../../platform/tasks/task-definition.ts';
import type { RunTaskInput } from './run-preview-task.ts';
import { changeRun, runSubject, RUN_TOPIC } from './run-store.ts';
import type { RunsCommandParts } from './runs-parts.ts';
import type { RunRecord, RunsTables } from './runs-tables.ts';

/** Records the next task of a run, in the transaction of the command that asks for it. */
export async function startRunTask(
  parts: RunsCommandParts,
  context: CallContext,
  definition: TaskDefinition<RunTaskInput>,
  run: RunRecord,
): Promise<{ taskId: string }> {
  const trx = context.tables<RunsTables>();
  const input = { runId: run.id, round: run.round, title: await runSubject(trx, run) };
  const { taskId } = await parts.tasks.start(definition, input, {
    startedBy: context.actor.login,
    key: `${run.id}:${run.round}`,
    within: trx as unknown as AnyTransaction,
  });
  await changeRun(trx, run.id, { task_id: taskId });
  await context.note(RUN_TOPIC, run.id);
  return { taskId };
}
