import type { Store } from '../../platform/store/store.ts';
import type { TaskStarter } from '../../platform/tasks/task-definition.ts';
import type { HostConnections } from '../fleet/fleet-public.ts';
import type { VmTurns } from './vm-turns.ts';

/** What changing a VM stands on. */
export interface HardwareParts {
  readonly store: Store;
  readonly connections: HostConnections;
  readonly turns: VmTurns;
}

/** Beside the above, what commands need that start tasks. */
export interface HardwareCommandParts extends HardwareParts {
  readonly tasks: TaskStarter;
}
