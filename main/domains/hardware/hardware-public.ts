import type { AnyTaskDefinition } from '../../platform/tasks/task-definition.ts';
import type { HardwareParts } from './hardware-parts.ts';
import { vmCloneTask } from './vm-clone-task.ts';
import { vmDiskAddTask } from './vm-disk-add-task.ts';
import { vmDiskDeleteTask } from './vm-disk-delete-task.ts';
import { vmSnapshotDeleteTask, vmSnapshotMakeTask } from './vm-snapshot-tasks.ts';

export { VmTurns } from './vm-turns.ts';

/** Every kind of durable work on what a VM is made of, for the engine to run. */
export function hardwareTasks(parts: HardwareParts): AnyTaskDefinition[] {
  return [
    vmDiskAddTask(parts),
    vmDiskDeleteTask(parts),
    vmSnapshotMakeTask(parts),
    vmSnapshotDeleteTask(parts),
    vmCloneTask(parts),
  ] as unknown as AnyTaskDefinition[];
}
