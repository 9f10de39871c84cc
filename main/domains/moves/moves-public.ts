import type { AnyTaskDefinition } from '../../platform/tasks/task-definition.ts';
import type { MovesParts } from './moves-parts.ts';
import { vmMoveTask } from './vm-move-task.ts';

/** Every kind of durable work of this domain, for the engine to run. */
export function movesTasks(parts: MovesParts): AnyTaskDefinition[] {
  return [vmMoveTask(parts)] as unknown as AnyTaskDefinition[];
}
