import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { Store } from '../../platform/store/store.ts';
import type { TaskStarter } from '../../platform/tasks/task-definition.ts';
import type { ViesAnswer, ViesQuestion } from '../../platform/vies/vies-check.ts';

/** What a round of questions to VIES needs. */
export interface VatRoundParts extends Pick<CustomersParts, 'nowMs' | 'vies' | 'requesterVatId'> {
  readonly store: Store;
  /** Between two questions. */
  readonly pauseMs: number;
}

/** Beside what queries need, what commands need that start tasks. */
export interface CustomersCommandParts extends CustomersParts, VatRoundParts {
  readonly tasks: TaskStarter;
}

/** What the customers domain is given from outside. */
export interface CustomersParts {
  /** Epoch milliseconds by the clock of the store, asked on this connection. */
  nowMs(db: AnyDatabase): Promise<number>;
  /** Asks VIES; never throws for what VIES does. */
  vies(question: ViesQuestion): Promise<ViesAnswer>;
  /** VAT id of the company that sells, who asks; empty before it is set or where it is outside the EU. */
  requesterVatId(db: AnyDatabase, companyId: string): Promise<string>;
  /** VMs that belong to each of these customers, by customer id; those without may be left out. */
  vmCounts(db: AnyDatabase, customerIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
}
