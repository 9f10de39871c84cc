import type { AnyDatabase } from '../../platform/store/any-database.ts';

/** What the customers domain is given from outside. */
export interface CustomersParts {
  /** Epoch milliseconds by the clock of the store, asked on this connection. */
  nowMs(db: AnyDatabase): Promise<number>;
  /** VMs that belong to each of these customers, by customer id; those without may be left out. */
  vmCounts(db: AnyDatabase, customerIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
}
