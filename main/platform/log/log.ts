import { join } from 'node:path';
import pino from 'pino';
import { createStream } from 'rotating-file-stream';
import { makeFolder } from '../calls/folder-make.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Structured log: a sentence, then facts. Secrets are taken out before anything is written. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  /** The same log with facts on every line: `{ host: 'hv1' }`. */
  with(fields: Record<string, unknown>): Log;
  /** Writes out what is buffered and closes the file. */
  close(): Promise<void>;
}

export interface LogOptions {
  /** Folder of the log files; absent: to stderr. */
  readonly folder?: string;
  readonly name: string;
  readonly level: LogLevel;
  /** Takes secrets out of a value; applied to all fields of every line. */
  readonly redact: (value: unknown) => unknown;
}

/**
 * Rotated at 10 MB, ten files kept: enough for a week of a busy engine, small enough to send.
 * @throws OperatingFailure when the folder cannot be made
 */
export function openLog(options: LogOptions): Log {
  const stream =
    options.folder === undefined
      ? pino.destination({ dest: 2, sync: true })
      : fileStream(options.folder, options.name);
  const root = pino(
    { level: options.level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
    stream,
  );
  const close = async (): Promise<void> => {
    if ('flushSync' in stream) return;
    await new Promise<void>((resolve) => stream.end(() => resolve()));
  };
  return wrap(root, options.redact, close);
}

function fileStream(folder: string, name: string) {
  makeFolder(folder, 'INNKEEPER_LOG_FOLDER');
  const stream = createStream((time, index) => (time ? `${name}.${index ?? 0}.log` : `${name}.log`), {
    path: folder,
    size: '10M',
    maxFiles: 10,
    mode: 0o600,
  });
  // A full disk must not stop the engine: what cannot be logged is said once on stderr.
  let told = false;
  stream.on('error', (error: Error) => {
    if (!told)
      process.stderr.write(
        `innkeeper: the log in ${join(folder, name)}.log cannot be written: ${error.message}\n`,
      );
    told = true;
  });
  return stream;
}

function wrap(logger: pino.Logger, redact: (value: unknown) => unknown, close: () => Promise<void>): Log {
  const line =
    (level: LogLevel) =>
    (message: string, fields: Record<string, unknown> = {}): void => {
      logger[level](redact(withPlainErrors(fields)), redact(message) as string);
    };
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    with: (fields) =>
      wrap(logger.child(redact(withPlainErrors(fields)) as Record<string, unknown>), redact, close),
    close,
  };
}

/** Errors have no enumerable fields, so JSON would drop them. */
function withPlainErrors(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      value instanceof Error
        ? { name: value.name, message: value.message, stack: value.stack, cause: causeOf(value) }
        : value,
    ]),
  );
}

function causeOf(error: Error): string {
  const { cause } = error;
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : typeof cause === 'string' ? cause : '';
}
