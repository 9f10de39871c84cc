import type { Log } from '../../platform/log/log.ts';
import type { Store } from '../../platform/store/store.ts';
import type { TaskStarter } from '../../platform/tasks/task-definition.ts';
import type { TaskEngine } from '../../platform/tasks/task-engine.ts';
import type { MoveHosts } from '../fleet/fleet-public.ts';

/** What the moves domain is given from outside. */
export interface MovesParts {
  readonly store: Store;
  readonly hosts: MoveHosts;
  readonly tasks: TaskStarter;
  readonly log: Log;
}

/** Beside the above, what calls off a task. */
export interface MovesCommandParts extends MovesParts {
  readonly engine: Pick<TaskEngine, 'cancel'>;
}
