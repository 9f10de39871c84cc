import type { Kysely } from 'kysely';
import type { PlatformTables } from './platform-schema.ts';
import type { StoreClock, StoreKind, StoreLog, TransactionOptions } from './store.ts';
import type { TransactionHooks } from './transaction-hooks.ts';
import type { Transaction } from 'kysely';

/** What the parts of a store share. */
export interface StoreCore {
  readonly kind: StoreKind;
  readonly db: Kysely<PlatformTables>;
  readonly hooks: TransactionHooks;
  readonly clock: StoreClock;
  readonly log: StoreLog;
  transaction<R>(
    work: (trx: Transaction<PlatformTables>) => Promise<R>,
    options?: TransactionOptions,
  ): Promise<R>;
}
