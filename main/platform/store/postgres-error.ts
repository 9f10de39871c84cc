import { ConstraintViolated, StoreError, type ConstraintKind, type StoreErrorKind } from './store-error.ts';

/** What PostgreSQL and its driver put on an error. */
interface ServerError extends Error {
  readonly code: string;
  readonly detail?: string;
  readonly table_name?: string;
  readonly column_name?: string;
  readonly constraint_name?: string;
}

/** SQLSTATE codes, https://www.postgresql.org/docs/current/errcodes-appendix.html */
const constraintKinds: Readonly<Record<string, ConstraintKind>> = {
  '23505': 'unique',
  '23503': 'foreign-key',
  '23514': 'check',
  '23502': 'not-null',
  '23001': 'append-only',
  '22P02': 'type',
  '22003': 'type',
};

const stateKinds: Readonly<Record<string, StoreErrorKind>> = {
  '28P01': 'password-refused',
  '28000': 'password-refused',
  '3D000': 'database-missing',
  '42501': 'permission-denied',
  '25006': 'read-only',
  '53100': 'disk-full',
  '53200': 'overloaded',
  '53300': 'overloaded',
  '40001': 'busy',
  '40P01': 'busy',
  '55P03': 'busy',
  '58030': 'input-output',
  XX001: 'corrupt',
  XX002: 'corrupt',
};

/** The server ends this connection, or is not (yet) able to take it. */
const goneStates = new Set(['57P01', '57P02', '57P03', '57P05', '25P03']);

const sentences: Readonly<Partial<Record<StoreErrorKind, string>>> = {
  'password-refused': 'refused the user or the password. Check both in the address of the store.',
  'database-missing': 'has no such database. Create it (createdb), or correct the address of the store.',
  'permission-denied':
    'does not allow this user to do that. The user must own the database or be granted its schema.',
  'read-only': 'is read-only at the moment (a standby?). Give the address of the primary.',
  'disk-full': 'has no space left; the change was not made. Free some space there, then try again.',
  overloaded: 'takes no more connections at the moment. Raise max_connections or close other programs.',
  busy: 'made this change wait for another one for too long, and it was not made. Try again.',
  'input-output': 'could not read or write its files. Ask who runs it.',
  corrupt: 'found its files damaged. Ask who runs it, and restore a backup if need be.',
};

/** Node's names for what a certificate can lack (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const certificateFault = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/;

/** True for errors after which this connection can do nothing more. */
export function isConnectionGone(error: unknown): boolean {
  if (error instanceof StoreError) return error.kind === 'connection-lost';
  if (!isServerError(error)) return false;
  return goneStates.has(error.code) || error.code.startsWith('08') || !isSqlState(error.code);
}

/** Not what Node calls a failure of the socket: `EPIPE` has five letters too, but every SQLSTATE has a digit. */
function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code);
}

/** Turns an answer of the server into `StoreError` or `ConstraintViolated`; a fault of the statement itself comes back as it is. */
export function translatePostgresError(error: unknown, shown: string): unknown {
  if (error instanceof StoreError || !isServerError(error)) return error;
  const constraint = constraintKinds[error.code];
  if (constraint !== undefined) {
    return new ConstraintViolated({
      kind: constraint,
      table: error.table_name,
      columns: error.column_name === undefined ? columnsOf(error.detail) : [error.column_name],
      name: error.constraint_name,
      cause: withoutValues(error),
    });
  }
  const kind = stateKinds[error.code];
  if (kind === undefined) return withoutValues(error);
  return new StoreError(kind, `PostgreSQL at ${shown} ${sentences[kind] ?? 'failed.'}`, {
    cause: withoutValues(error),
    code: error.code,
  });
}

/** The connection could not be made; nothing was asked yet. */
export function cannotConnect(error: unknown, shown: string): unknown {
  const translated = translatePostgresError(error, shown);
  if (translated instanceof StoreError) return translated;
  if (!isConnectionGone(error) || !isServerError(error)) return translated;
  if (certificateFault.test(error.code)) {
    return new StoreError(
      'certificate-refused',
      `PostgreSQL at ${shown} shows a certificate that cannot be trusted (${error.code}). Name its authority in NODE_EXTRA_CA_CERTS, or ask for sslmode=require to encrypt without knowing whom you talk to.`,
      { cause: error, code: error.code },
    );
  }
  return new StoreError(
    'unreachable',
    `PostgreSQL at ${shown} cannot be reached. Check that it runs and that the address, the port and any firewall between are right. It is tried again by itself.`,
    { cause: error, code: error.code },
  );
}

/** The connection broke under a statement that certainly has no effect (now). */
export function connectionLost(shown: string, cause: unknown): StoreError {
  return new StoreError(
    'connection-lost',
    `The connection to PostgreSQL at ${shown} broke; what was under way was not done. Try again.`,
    { cause, code: isServerError(cause) ? cause.code : undefined },
  );
}

function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** "Key (host_id, name)=(…) already exists." The values after it are nobody's business. */
function columnsOf(detail: string | undefined): string[] {
  const names = /^Key \((.*?)\)=/.exec(detail ?? '')?.[1];
  return names === undefined ? [] : names.split(', ').map((name) => name.replaceAll('"', ''));
}

/** The server repeats the values of a row in `detail`, the driver keeps the parameters: neither belongs into a log. */
function withoutValues(error: ServerError): ServerError {
  for (const name of ['detail', 'where', 'parameters', 'args']) Reflect.deleteProperty(error, name);
  return error;
}
