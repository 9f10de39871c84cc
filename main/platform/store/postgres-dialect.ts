import {
  CompiledQuery,
  PostgresAdapter,
  PostgresDriver,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type Kysely,
} from 'kysely';
import { PostgresSession, type SessionSettings } from './postgres-session.ts';
import { StoreError, storeClosed } from './store-error.ts';
import type { TransactionHooks } from './transaction-hooks.ts';

const sessionsMax = 10;
const acquireDeadlineMs = 30_000;

/**
 * Kysely on the driver `postgres`, one driver instance per connection. Not through kysely-postgres-js: a connection reserved
 * from the driver's own pool is replaced in silence when it breaks between two statements, so the second half of a
 * transaction would run, and be kept, without the first.
 */
export class PostgresStoreDialect implements Dialect {
  readonly #driver: SessionDriver;

  constructor(settings: SessionSettings, hooks: TransactionHooks) {
    this.#driver = new SessionDriver(settings, hooks);
  }

  createDriver(): PostgresDriver {
    return this.#driver;
  }

  /** Waits for what runs, then ends the connections. */
  async close(): Promise<void> {
    await this.#driver.destroy();
  }

  createAdapter(): PostgresAdapter {
    return new PostgresAdapter();
  }

  createQueryCompiler(): PostgresQueryCompiler {
    return new PostgresQueryCompiler();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new PostgresIntrospector(db);
  }
}

class SessionDriver extends PostgresDriver {
  readonly #pool: SessionPool;
  readonly #hooks: TransactionHooks;

  constructor(settings: SessionSettings, hooks: TransactionHooks) {
    super({ pool: async () => await Promise.reject(new Error('unused')) });
    this.#pool = new SessionPool(settings);
    this.#hooks = hooks;
  }

  override async init(): Promise<void> {
    // The pool connects when it is first used.
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    this.#hooks.beforeAcquire();
    return await this.#pool.acquire();
  }

  override async releaseConnection(connection: DatabaseConnection): Promise<void> {
    if (connection instanceof PostgresSession) this.#pool.release(connection);
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await super.commitTransaction(connection);
    this.#hooks.afterCommit();
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // Without an answer to ROLLBACK the connection is given up, and with it the transaction.
    const rolledBack = connection.executeQuery(CompiledQuery.raw('rollback'));
    await rolledBack.catch(() => connection instanceof PostgresSession && connection.discard());
  }

  override async destroy(): Promise<void> {
    await this.#pool.end();
  }
}

class SessionPool {
  readonly #settings: SessionSettings;
  readonly #all = new Set<PostgresSession>();
  readonly #idle: PostgresSession[] = [];
  readonly #waiting: ((session: PostgresSession) => void)[] = [];
  #isEnded = false;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  async acquire(): Promise<PostgresSession> {
    if (this.#isEnded) throw storeClosed();
    const session = this.#idle.pop() ?? this.#newSession() ?? (await this.#nextReleased());
    try {
      await session.connect();
      return session;
    } catch (error) {
      this.release(session);
      throw error;
    }
  }

  release(session: PostgresSession): void {
    session.renewIfWornOut();
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(session);
    else next(session);
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    const stillBusy = async (): Promise<void> => {
      while (this.#idle.length < this.#all.size) this.#idle.push(await this.#nextReleased());
    };
    // Who does not come to an end in time is cut off and rolled back.
    await stillBusy().catch(() => undefined);
    await Promise.all([...this.#all].map(async (session) => await session.end()));
  }

  #newSession(): PostgresSession | undefined {
    if (this.#all.size >= sessionsMax) return undefined;
    const session = new PostgresSession(this.#settings);
    this.#all.add(session);
    return session;
  }

  async #nextReleased(): Promise<PostgresSession> {
    return await new Promise((resolve, reject) => {
      const take = (session: PostgresSession): void => {
        clearTimeout(timer);
        resolve(session);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        reject(
          new StoreError(
            'overloaded',
            `All ${sessionsMax} connections to PostgreSQL at ${this.#settings.shown} are at work. Try again.`,
          ),
        );
      }, acquireDeadlineMs);
      this.#waiting.push(take);
    });
  }
}
