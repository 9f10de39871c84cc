import { CompiledQuery, type DatabaseConnection, type QueryResult } from 'kysely';
import postgres from 'postgres';
import { cannotConnect, connectionLost, isConnectionGone, translatePostgresError } from './postgres-error.ts';
import { PreparedStatements } from './prepared-statements.ts';
import { socketOnce } from './postgres-socket.ts';
import { OutcomeUnknown, StoreError } from './store-error.ts';

export interface SessionSettings {
  readonly url: string;
  /** The address without its password. */
  readonly shown: string;
  /** For pg_stat_activity. */
  readonly program: string;
  readonly onNotification?: (channel: string) => void;
  /** A connection that was there has gone. */
  readonly onLost?: () => void;
}

const connectDeadlineMs = 10_000;
/** A statement that takes longer has its connection looked at from a second one, now and then. */
const suspiciousAfterMs = 5_000;
const oldestServer = 150_000;

/** Several statements in one text are refused (`simple`, which the driver's types leave out, would allow them). */
const preparedOnce = { prepare: true, simple: false };
const unprepared = { prepare: false, simple: false };

interface Backend {
  readonly sql: postgres.Sql;
  readonly pid: number;
  readonly statements: PreparedStatements;
  isLost: boolean;
  /** Of statements that are under way: told when the connection is lost. */
  readonly losers: Set<(cause: unknown) => void>;
  lose(cause: unknown): void;
}

/**
 * One connection to PostgreSQL, made anew by `connect` after a loss, never in between: what was begun on a lost connection
 * ends with an error, and does not go on elsewhere.
 */
export class PostgresSession implements DatabaseConnection {
  readonly #settings: SessionSettings;
  #backend: Backend | undefined;
  #inTransaction = false;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  /** Between two who use it: where its connection keeps as many prepared statements as it may and others are asked for, the next one gets a new connection. */
  renewIfWornOut(): void {
    const backend = this.#backend;
    if (backend === undefined || backend.isLost || !backend.statements.isFull) return;
    this.#backend = undefined;
    // Not a loss, and nobody is told of one.
    backend.isLost = true;
    backend.sql.end({ timeout: 5 }).catch(() => undefined);
  }

  /** Makes sure there is a connection. Throws `StoreError`; nothing was asked of the database then. */
  async connect(): Promise<void> {
    this.#inTransaction = false;
    if (this.#backend?.isLost === false) return;
    this.#backend = await connectBackend(this.#settings);
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const backend = this.#backend;
    if (backend === undefined || backend.isLost) throw connectionLost(this.#settings.shown, undefined);
    const watch = this.#watchOver(backend);
    try {
      const how = backend.statements.isWorthIt(query.sql) ? preparedOnce : unprepared;
      const asked = backend.sql.unsafe(query.sql, [...query.parameters] as never[], how);
      const result = await orLost(backend, asked);
      this.#followTransaction(result.command);
      return toQueryResult<R>(result);
    } catch (error) {
      throw this.#failure(error, query.sql, backend);
    } finally {
      watch.stop();
    }
  }

  async *streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncGenerator<QueryResult<R>> {
    const backend = this.#backend;
    if (backend === undefined || backend.isLost) throw connectionLost(this.#settings.shown, undefined);
    try {
      const cursor = backend.sql.unsafe(query.sql, [...query.parameters] as never[]).cursor(chunkSize);
      for await (const rows of cursor) yield { rows: [...rows] as R[] };
    } catch (error) {
      throw this.#failure(error, query.sql, backend);
    }
  }

  /** Whether the server process `pid` is at work on something. */
  async isWorking(pid: number): Promise<boolean> {
    const { rows } = await this.executeQuery<{ state: string }>(
      CompiledQuery.raw("select state from pg_stat_activity where pid = $1 and state not like 'idle%'", [
        pid,
      ]),
    );
    return rows.length > 0;
  }

  /** Gives the connection up; the next `connect` makes another. */
  discard(): void {
    this.#backend?.lose(new Error('discarded'));
  }

  async end(): Promise<void> {
    if (this.#backend?.isLost === false) await this.#backend.sql.end({ timeout: 5 });
  }

  #followTransaction(command: string): void {
    if (command === 'BEGIN' || command === 'START TRANSACTION') this.#inTransaction = true;
    if (command === 'COMMIT' || command === 'ROLLBACK') this.#inTransaction = false;
  }

  #failure(error: unknown, sql: string, backend: Backend): unknown {
    if (!isConnectionGone(error)) return translatePostgresError(error, this.#settings.shown);
    backend.lose(error);
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    const isCommit = /^\s*commit\b/i.test(sql);
    const changesNothing = this.#inTransaction
      ? !isCommit
      : /^\s*(select|show|begin|start|listen|rollback)\b/i.test(sql);
    return changesNothing
      ? connectionLost(this.#settings.shown, error)
      : new OutcomeUnknown({ cause: error, code });
  }

  /**
   * A connection cut without a word (a pulled cable, a forgetful firewall) would be waited on for a quarter of an hour. A
   * second connection tells whether the server still works on the statement.
   */
  #watchOver(backend: Backend): { stop(): void } {
    let isOver = false;
    const look = async (): Promise<void> => {
      const isWorking = await isBackendWorking(this.#settings, backend.pid);
      if (isOver) return;
      if (isWorking) timer = setTimeout(() => void look(), suspiciousAfterMs).unref();
      else
        backend.lose(
          Object.assign(new Error('the server no longer works on it'), { code: 'CONNECTION_SILENT' }),
        );
    };
    let timer = setTimeout(() => void look(), suspiciousAfterMs).unref();
    return {
      stop: () => {
        isOver = true;
        clearTimeout(timer);
      },
    };
  }
}

/**
 * What was asked, or the loss of the connection, whichever comes first. Not a race with a promise of the loss: that one would keep all that was
 * ever answered for as long as the connection lives.
 */
async function orLost<T>({ losers }: Pick<Backend, 'losers'>, asked: PromiseLike<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  losers.add(reject);
  asked.then(resolve, reject);
  return await promise.finally(() => losers.delete(reject));
}

async function connectBackend(settings: SessionSettings): Promise<Backend> {
  const losers = new Set<(cause: unknown) => void>();
  const sql = open(settings, () =>
    backend.lose(Object.assign(new Error('closed'), { code: 'CONNECTION_CLOSED' })),
  );
  const backend = {
    sql,
    pid: 0,
    statements: new PreparedStatements(),
    isLost: false,
    losers,
    lose: (cause: unknown) => {
      if (backend.isLost) return;
      backend.isLost = true;
      for (const lose of losers) lose(cause);
      sql.end({ timeout: 0 }).catch(() => undefined);
      if (backend.pid !== 0) settings.onLost?.();
    },
  };
  try {
    const { pid, version } = await introduce(backend);
    if (version < oldestServer) throw tooOld(settings.shown, version);
    return Object.assign(backend, { pid });
  } catch (error) {
    backend.lose(error);
    throw cannotConnect(error, settings.shown);
  }
}

async function introduce(
  backend: Pick<Backend, 'sql' | 'losers'>,
): Promise<{ pid: number; version: number }> {
  const timer = Promise.withResolvers<never>();
  const timeout = setTimeout(
    () => timer.reject(Object.assign(new Error('no answer'), { code: 'CONNECT_TIMEOUT' })),
    connectDeadlineMs,
  );
  try {
    const asked = backend.sql<{ pid: number; version: number }[]>`
      select pg_backend_pid() as pid, current_setting('server_version_num')::int as version`;
    const [row] = await Promise.race([orLost(backend, asked), timer.promise]);
    if (row === undefined) throw new Error('The server did not introduce itself.');
    return row;
  } finally {
    clearTimeout(timeout);
  }
}

function tooOld(shown: string, version: number): StoreError {
  const major = Math.floor(version / 10_000);
  return new StoreError(
    'server-too-old',
    `PostgreSQL at ${shown} is version ${major}; version 15 or newer is needed.`,
  );
}

async function isBackendWorking(settings: SessionSettings, pid: number): Promise<boolean> {
  const second = new PostgresSession({ url: settings.url, shown: settings.shown, program: settings.program });
  try {
    await second.connect();
    return await second.isWorking(pid);
  } catch {
    return false;
  } finally {
    await second.end().catch(() => undefined);
  }
}

type DriverOptions = postgres.Options<Record<string, postgres.PostgresType>> & {
  socket: ReturnType<typeof socketOnce>;
  onnotify?: (channel: string) => void;
};

function open(settings: SessionSettings, onclose: () => void): postgres.Sql {
  const { url, named } = libpqParameters(settings.url);
  const options: DriverOptions = {
    max: 1,
    // Both would close the connection under a transaction that is thinking.
    idle_timeout: 0,
    max_lifetime: null,
    fetch_types: false,
    connect_timeout: connectDeadlineMs / 1000,
    socket: socketOnce(connectDeadlineMs),
    onnotice: () => undefined,
    onclose,
    types: portableTypes,
    // The type asks for application_name alone to be complete.
    connection: {
      application_name: settings.program,
      // A console that froze in the middle of a transaction must not hold its locks for ever.
      idle_in_transaction_session_timeout: 120_000,
      lock_timeout: 30_000,
      tcp_keepalives_idle: 30,
      tcp_keepalives_interval: 10,
      tcp_keepalives_count: 3,
    } as unknown as postgres.ConnectionParameters,
    ...(settings.onNotification === undefined ? {} : { onnotify: settings.onNotification }),
  };
  return postgres(url.href, { ...options, ...named }) as postgres.Sql;
}

/** `postgres:///database?host=/run/postgresql&user=eva`, as psql understands it; the driver takes these from elsewhere. */
function libpqParameters(address: string): { url: URL; named: Record<string, string> } {
  const url = new URL(address);
  const named: Record<string, string> = {};
  for (const name of ['host', 'port', 'user', 'password']) {
    const value = url.searchParams.get(name);
    if (value !== null) named[name] = value;
    url.searchParams.delete(name);
  }
  return { url, named };
}

/** Values as SQLite gives them: whole numbers as numbers, true as 1, JSON as text. */
const portableTypes: Record<string, postgres.PostgresType> = {
  whole: { to: 20, from: [20, 1700], serialize: String, parse: toNumber },
  boolean: {
    to: 16,
    from: [16],
    serialize: (value: unknown) => (value === true ? 't' : 'f'),
    parse: (text: string) => (text === 't' ? 1 : 0),
  },
  json: { to: 114, from: [114, 3802], serialize: String, parse: (text: string) => text },
};

/** int8 and numeric (the type of a sum of int8). Throws rather than round, like node:sqlite. */
function toNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) && !text.includes('.')) {
    throw new RangeError(`${text} is too large to be a JavaScript number.`);
  }
  return value;
}

function toQueryResult<R>(result: postgres.RowList<postgres.Row[]>): QueryResult<R> {
  const { command, count } = result;
  // Kysely's driver reads from this row whether COMMIT did commit: after a failed statement the server answers ROLLBACK.
  if (command === 'COMMIT' || command === 'ROLLBACK') return { rows: [{ command }] as R[] };
  const changes = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(command);
  return { rows: [...result] as R[], ...(changes ? { numAffectedRows: BigInt(count) } : {}) };
}
