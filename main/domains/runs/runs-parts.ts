import type { Store } from '../../platform/store/store.ts';
import type { TaskStarter } from '../../platform/tasks/task-definition.ts';
import type { BillingParts } from '../billing/billing-public.ts';

/** What this domain is given from outside. */
export interface RunsParts {
  readonly store: Store;
  readonly billing: Pick<
    BillingParts,
    'nowMs' | 'kind' | 'insertMany' | 'updateMany' | 'layoutFolder' | 'payments'
  >;
}

/** Beside the above, what a preview draws one invoice of each kind with. */
export interface PreviewParts extends RunsParts {
  readonly billing: RunsParts['billing'] & Pick<BillingParts, 'press'>;
}

/** Beside the above, what commands need that start tasks. */
export interface RunsCommandParts extends PreviewParts {
  readonly tasks: TaskStarter;
}
