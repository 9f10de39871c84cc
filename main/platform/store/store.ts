import type { Kysely, Transaction } from 'kysely';
import type { AnyDatabase } from './any-database.ts';
import type { AuditLog } from './audit-log.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { CommandOutcomes } from './command-outcomes.ts';
import type { InsertMany } from './insert-many.ts';
import type { Leases } from './leases.ts';
import type { UpdateMany } from './update-many.ts';

export type StoreKind = 'sqlite' | 'postgres';

/**
 * A transaction of any domain's tables. Kysely's types are invariant in the table map, so a platform function that writes
 * its own rows inside a domain's transaction can only say "whichever".
 */
// oxlint-disable-next-line typescript/no-explicit-any -- see above
export type AnyTransaction = Transaction<any>;

export interface TransactionOptions {
  /**
   * The work has no effect outside the transaction, so it may run again after a serialization failure, a deadlock, a busy
   * database or a connection lost before COMMIT. Default false: the error is thrown at once.
   */
  readonly repeatable?: boolean;
  /** PostgreSQL only (SQLite is always serializable). Default 'read committed'. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
}

/** What opening did to the store. */
export interface StoreOpening {
  readonly created: boolean;
  /** Ids of the schema steps applied now, in order. */
  readonly appliedSteps: readonly string[];
  /** Copy made before the schema was changed (SQLite). */
  readonly backupFile?: string;
}

/**
 * One database: a SQLite file of this process or a PostgreSQL database shared by several engines.
 * Every method may throw `StoreError` (operating failure, see store-error.ts); writes may throw `ConstraintViolated`.
 */
export interface Store {
  readonly kind: StoreKind;
  /** For display: a password is replaced by three asterisks. */
  readonly address: string;
  readonly opened: StoreOpening;

  /** A typed view on the one Kysely instance. Inside `transaction` use the transaction instead: this throws there. */
  tables<T>(): Kysely<T>;

  /** Commits when `work` resolves, rolls back when it throws. Throws `OutcomeUnknown` when the connection broke during COMMIT. */
  transaction<T, R>(work: (trx: Transaction<T>) => Promise<R>, options?: TransactionOptions): Promise<R>;

  /** Bulk insert, see insert-many.ts. */
  readonly insertMany: InsertMany;
  /** Bulk change, see update-many.ts. */
  readonly updateMany: UpdateMany;
  readonly changes: ChangeFeed;
  readonly audit: AuditLog;
  readonly outcomes: CommandOutcomes;
  readonly leases: Leases;

  /**
   * The clock that leases, expiry and billing go by: the database's on PostgreSQL, this machine's on SQLite. Epoch milliseconds.
   * Inside a transaction it is asked `within` that transaction: it does not stand still there.
   */
  nowMs(within?: AnyDatabase): Promise<number>;

  /** SQLite: says to a second process where the engine that holds this file can be joined. No effect on PostgreSQL. */
  announce(owner: { readonly joinAddress: string }): Promise<void>;

  /** Ends subscriptions, waits for the running transaction, gives up the file. Calling it again does nothing. */
  close(): Promise<void>;
}

/** Where the store reads the time when the database does not tell it. */
export interface StoreClock {
  nowMs(): number;
}

export interface StoreLog {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
}
