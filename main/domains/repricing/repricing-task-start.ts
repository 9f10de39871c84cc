import type { CallContext } from '../../platform/calls/call-context.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import type { TaskDefinition } from '../../platform/tasks/task-definition.ts';
import { changeRepricing, repricingTitle, REPRICING_TOPIC } from './repricing-store.ts';
import type { RepricingTaskInput } from './repricing-tasks.ts';
import type { RepricingCommandParts } from './repricing-parts.ts';
import type { RepricingRecord, RepricingTables } from './repricing-tables.ts';

/** Records the next task of a move, in the transaction of the command that asks for it. */
export async function startRepricingTask(
  parts: RepricingCommandParts,
  context: CallContext,
  definition: TaskDefinition<RepricingTaskInput>,
  of: RepricingRecord,
): Promise<{ taskId: string }> {
  const trx = context.tables<RepricingTables>();
  const input = { repricingId: of.id, round: of.round, title: repricingTitle(of) };
  const { taskId } = await parts.tasks.start(definition, input, {
    startedBy: context.actor.login,
    key: `${of.id}:${of.round}`,
    within: trx as unknown as AnyTransaction,
  });
  await changeRepricing(trx, of.id, { task_id: taskId });
  await context.note(REPRICING_TOPIC, of.id);
  return { taskId };
}
