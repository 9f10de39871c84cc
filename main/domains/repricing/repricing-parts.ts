import type { Store } from '../../platform/store/store.ts';
import type { TaskStarter } from '../../platform/tasks/task-definition.ts';
import type { BillingParts } from '../billing/billing-public.ts';

/** What this domain is given from outside. */
export interface RepricingParts {
  readonly store: Store;
  readonly billing: Pick<BillingParts, 'nowMs' | 'kind' | 'insertMany' | 'updateMany'>;
}

/** Beside the above, what commands need that start tasks. */
export interface RepricingCommandParts extends RepricingParts {
  readonly tasks: TaskStarter;
}
