import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type Kysely,
  type SqliteDatabase,
  type SqliteStatement,
} from 'kysely';
import { translateSqliteError } from './sqlite-error.ts';
import { storeClosed } from './store-error.ts';
import type { TransactionHooks } from './transaction-hooks.ts';

/** One statement for many rows of parameters, in the transaction that is open; gives how many rows were changed. */
export type RunMany = (sql: string, rows: Iterable<readonly unknown[]>) => Promise<number>;

/** Statements kept prepared. Preparing costs about as much as running a short one. */
const preparedMax = 256;

/** Kysely on node:sqlite: one connection, one statement or transaction at a time, in the order they were asked for. */
export class NodeSqliteDialect implements Dialect {
  readonly #driver: QueueingSqliteDriver;
  readonly runMany: RunMany;

  constructor(database: DatabaseSync, file: string, hooks: TransactionHooks) {
    const bridged = bridge(database, file);
    this.#driver = new QueueingSqliteDriver(bridged, hooks);
    this.runMany = manyRunner(database, bridged.prepare);
  }

  createDriver(): SqliteDriver {
    return this.#driver;
  }

  /** Waits for what runs, then closes the database. Kysely's own `destroy` would not wait. */
  async close(): Promise<void> {
    await this.#driver.close();
  }

  createAdapter(): SqliteAdapter {
    return new QueueingSqliteAdapter();
  }

  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db);
  }
}

/** Says "several" so that Kysely leaves queueing to the driver below, which first refuses what would wait for itself. */
class QueueingSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

class QueueingSqliteDriver extends SqliteDriver {
  readonly #database: SqliteDatabase;
  readonly #hooks: TransactionHooks;
  readonly #waiting: (() => void)[] = [];
  #busy = false;
  #isClosed = false;
  #connection: DatabaseConnection | undefined;

  constructor(database: SqliteDatabase, hooks: TransactionHooks) {
    super({ database });
    this.#database = database;
    this.#hooks = hooks;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    await this.#takeTurn();
    if (this.#isClosed) {
      await this.releaseConnection();
      throw storeClosed();
    }
    this.#connection ??= breathing(await super.acquireConnection());
    return this.#connection;
  }

  async #takeTurn(): Promise<void> {
    this.#hooks.beforeAcquire();
    if (this.#busy) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#busy = true;
  }

  async close(): Promise<void> {
    await this.#takeTurn();
    if (!this.#isClosed) this.#database.close();
    this.#isClosed = true;
    await this.releaseConnection();
  }

  override async releaseConnection(): Promise<void> {
    const next = this.#waiting.shift();
    if (next === undefined) this.#busy = false;
    else next();
  }

  /** IMMEDIATE takes the write lock at once: a transaction that reads first and writes later can then never fail halfway for being late. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await super.commitTransaction(connection);
    this.#hooks.afterCommit();
  }

  /** After some errors (a full disk among them) SQLite has rolled back by itself, and says so as an error. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await super.rollbackTransaction(connection).catch(() => undefined);
    this.#hooks.afterRollback();
  }
}

/** The event loop is let run after this much of statements in a row. */
const breathMs = 8;

/**
 * node:sqlite answers at once, so a loop of awaited statements would never come back to the event loop: no keepalive would
 * be answered and no window painted until it ends.
 */
function breathing(connection: DatabaseConnection): DatabaseConnection {
  let turnBeganAtMs: number | undefined;
  const breathe = async (): Promise<void> => {
    if (turnBeganAtMs === undefined) {
      turnBeganAtMs = performance.now();
      setImmediate(() => (turnBeganAtMs = undefined)).unref();
    } else if (performance.now() - turnBeganAtMs > breathMs) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return {
    executeQuery: async (query) => {
      await breathe();
      return await connection.executeQuery(query);
    },
    streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
  };
}

/**
 * Row by row through the prepared statement: three times as fast as one statement that takes the rows out of JSON, and the event loop
 * is let run in between. Only within a transaction, which holds the one connection.
 */
function manyRunner(database: DatabaseSync, prepare: SqliteDatabase['prepare']): RunMany {
  return async (sql, rows) => {
    if (!database.isTransaction) throw new Error('Many rows are written in a transaction.');
    const statement = prepare(sql);
    let changed = 0;
    let beganAtMs = performance.now();
    for (const row of rows) {
      changed += Number(statement.run(row).changes);
      if (performance.now() - beganAtMs < breathMs) continue;
      await new Promise((resolve) => setImmediate(resolve));
      beganAtMs = performance.now();
    }
    return changed;
  };
}

/** The part of node:sqlite that Kysely's driver asks for, with statements kept prepared and errors in the store's words. */
function bridge(database: DatabaseSync, file: string): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  const run = withPostgresAbort(database, file);
  const prepare = (sql: string): SqliteStatement => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    // Whose columns another schema names differently is prepared anew.
    if (/^\s*(?:alter|create|drop)\b/i.test(sql)) prepared.clear();
    const statement = run(sql, () => database.prepare(sql));
    const bridged = bridgeStatement(statement, (act) => run(sql, act));
    const oldest = prepared.keys().next();
    if (prepared.size >= preparedMax && oldest.done !== true) prepared.delete(oldest.value);
    prepared.set(sql, bridged);
    return bridged;
  };
  return { prepare, close: () => database.close() };
}

function bridgeStatement(statement: StatementSync, run: <R>(act: () => R) => R): SqliteStatement {
  const rows = new RowMaker(statement);
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => run(() => rows.of(statement.all(...parameters.map(toSqlite)))),
    run: (parameters) => run(() => statement.run(...parameters.map(toSqlite))),
    iterate: (parameters) => run(() => rows.iterate(statement.iterate(...parameters.map(toSqlite)))),
  };
}

/**
 * Makes rows out of arrays of values. Those that node:sqlite makes are objects without a prototype, which V8 keeps as hash tables: to copy one of
 * 27 columns takes twenty times as long as one of these.
 */
class RowMaker {
  readonly #statement: StatementSync;
  #names: readonly string[] | undefined;

  constructor(statement: StatementSync) {
    this.#statement = statement;
    statement.setReturnArrays(true);
  }

  of(all: readonly unknown[]): object[] {
    return all.map((values) => this.#row(values as readonly unknown[]));
  }

  *iterate(all: Iterable<unknown>): Generator<object, void, undefined> {
    for (const values of all) yield this.#row(values as readonly unknown[]);
  }

  #row(values: readonly unknown[]): object {
    // A statement that was prepared before a column came or went is prepared anew by SQLite itself.
    if (this.#names?.length !== values.length)
      this.#names = this.#statement.columns().map(({ name }) => name);
    const row: Record<string, unknown> = {};
    for (let at = 0; at < values.length; at += 1) row[this.#names[at] as string] = values[at];
    return row;
  }
}

/**
 * On PostgreSQL the first failed statement ends the transaction, whether its error is caught or not; only a savepoint goes
 * back before it. The same is held here, so that code which works on SQLite works there.
 */
function withPostgresAbort(database: DatabaseSync, file: string): <R>(sql: string, act: () => R) => R {
  let isAborted = false;
  return (sql, act) => {
    if (/^\s*rollback\b/i.test(sql)) isAborted = false;
    else if (isAborted && database.isTransaction) {
      throw new Error(
        'A statement of this transaction has failed, so nothing more can be done in it: let the error through.',
      );
    }
    try {
      const result = act();
      isAborted = false;
      return result;
    } catch (error) {
      isAborted = database.isTransaction;
      throw translateSqliteError(error, file);
    }
  };
}

/** node:sqlite binds every JavaScript number as REAL, which turns 'x' || 7 into 'x7.0'; whole numbers are bound as INTEGER. */
function toSqlite(value: unknown): SQLInputValue {
  // What SQLite cannot hold (undefined, true, an object) is refused by node:sqlite itself, naming the parameter.
  return Number.isSafeInteger(value) ? BigInt(value as number) : (value as SQLInputValue);
}
