import type { AnyTaskDefinition } from '../../platform/tasks/task-definition.ts';
import type { RepricingParts } from './repricing-parts.ts';
import { repricingMoveTask, repricingPreviewTask, repricingTakeBackTask } from './repricing-tasks.ts';

/** Every kind of durable work of this domain, for the engine to run. */
export function repricingTasks(parts: RepricingParts): AnyTaskDefinition[] {
  return [
    repricingPreviewTask(parts),
    repricingMoveTask(parts),
    repricingTakeBackTask(parts),
  ] as unknown as AnyTaskDefinition[];
}
