/** Every way in which a store can fail through no fault of the program. */
export type StoreErrorKind =
  | 'address-invalid'
  | 'not-a-store'
  | 'schema-newer'
  | 'schema-step-failed'
  | 'server-too-old'
  | 'in-use'
  | 'corrupt'
  | 'read-only'
  | 'permission-denied'
  | 'file-missing'
  | 'file-exists'
  | 'disk-full'
  | 'input-output'
  | 'unreachable'
  | 'password-refused'
  | 'certificate-refused'
  | 'database-missing'
  | 'overloaded'
  | 'connection-lost'
  | 'outcome-unknown'
  | 'busy'
  | 'closed';

/**
 * An operating failure of the database. The message is one or two sentences a person can act on and holds no secret;
 * `code` is what the database itself said (an SQLSTATE, an SQLite result code, a system error).
 */
export class StoreError extends Error {
  readonly kind: StoreErrorKind;
  readonly code: string | undefined;

  constructor(
    kind: StoreErrorKind,
    message: string,
    options?: { cause?: unknown; code?: string | undefined },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StoreError';
    this.kind = kind;
    this.code = options?.code;
  }
}

/**
 * The connection broke while COMMIT was under way: the transaction is in the database whole, or not at all.
 * Ask the idempotency row (`outcomes.find`) which of the two it is.
 */
export class OutcomeUnknown extends StoreError {
  constructor(options?: { cause?: unknown; code?: string | undefined }) {
    super(
      'outcome-unknown',
      'The connection to the database broke while the change was being committed, so it is not known yet whether it was made. Look it up before trying again.',
      options,
    );
    this.name = 'OutcomeUnknown';
  }
}

/** Another process holds this SQLite file. `joinAddress` is where its engine can be reached, when it has said so. */
export class StoreInUse extends StoreError {
  readonly pid: number | undefined;
  readonly host: string | undefined;
  readonly joinAddress: string | undefined;

  constructor(owner: {
    file: string;
    pid?: number | undefined;
    host?: string | undefined;
    joinAddress?: string | undefined;
  }) {
    const who =
      owner.pid === undefined ? 'another process' : `process ${owner.pid} on ${owner.host ?? 'this machine'}`;
    const what =
      owner.joinAddress === undefined
        ? 'Close it first, or give this one a store of its own.'
        : 'Use that one, or close it first.';
    super('in-use', `The store ${owner.file} is in use by ${who}. ${what}`);
    this.name = 'StoreInUse';
    this.pid = owner.pid;
    this.host = owner.host;
    this.joinAddress = owner.joinAddress;
  }
}

export function storeClosed(): StoreError {
  return new StoreError('closed', 'The store was closed.');
}

export type ConstraintKind = 'unique' | 'foreign-key' | 'check' | 'not-null' | 'type' | 'append-only';

/**
 * A row was refused by a rule of the schema. Not an operating failure: the caller turns the ones it expects into a refusal
 * ("this name is taken") and lets the others through as bugs. Values are left out on purpose.
 */
export class ConstraintViolated extends Error {
  readonly kind: ConstraintKind;
  readonly table: string | undefined;
  /** Columns of the violated rule, where the database names them (always for 'unique' and 'not-null'). */
  readonly columns: readonly string[];

  constructor(rule: {
    kind: ConstraintKind;
    table?: string | undefined;
    columns?: readonly string[];
    name?: string | undefined;
    cause?: unknown;
  }) {
    const where =
      rule.table === undefined
        ? (rule.name ?? 'the schema')
        : [rule.table, ...(rule.columns ?? [])].join('.');
    super(`Refused by a ${rule.kind} rule of ${where}.`, { cause: rule.cause });
    this.name = 'ConstraintViolated';
    this.kind = rule.kind;
    this.table = rule.table;
    this.columns = rule.columns ?? [];
  }
}

/** True when `error` says that a row with the same value in these columns exists already. */
export function isDuplicate(error: unknown, table: string, ...columns: readonly string[]): boolean {
  return (
    error instanceof ConstraintViolated &&
    error.kind === 'unique' &&
    error.table === table &&
    columns.length === error.columns.length &&
    columns.every((column) => error.columns.includes(column))
  );
}

/** Somebody else holds this duty now; a write made under the older token was not made. */
export class LeaseLost extends Error {
  readonly lease: string;

  constructor(lease: string) {
    super(`The duty ${lease} is held by another process now, so this write was not made.`);
    this.name = 'LeaseLost';
    this.lease = lease;
  }
}
