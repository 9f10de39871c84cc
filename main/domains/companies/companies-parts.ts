import type { AnyDatabase } from '../../platform/store/any-database.ts';

/** What the companies domain is given from outside. */
export interface CompaniesParts {
  /** Epoch milliseconds by the clock of the store, asked on this connection. */
  nowMs(db: AnyDatabase): Promise<number>;
}
