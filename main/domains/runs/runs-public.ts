import type { AnyTaskDefinition } from '../../platform/tasks/task-definition.ts';
import { runPostTask } from './run-post-task.ts';
import { runPreviewTask } from './run-preview-task.ts';
import type { RunsParts } from './runs-parts.ts';

/** Every kind of durable work of this domain, for the engine to run. */
export function runsTasks(parts: RunsParts): AnyTaskDefinition[] {
  return [runPreviewTask(parts), runPostTask(parts)] as unknown as AnyTaskDefinition[];
}
