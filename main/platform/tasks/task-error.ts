import { OperatingFailure } from '../calls/operating-failure.ts';
import { SealBroken } from '../secrets/sealer.ts';
import { StoreError } from '../store/store-error.ts';

/** Why a step failed, in words that survive a crash. */
export interface TaskError {
  readonly code: string;
  /** A sentence a person can act on. */
  readonly sentence: string;
  /** The other side's own code and words; empty where there is none. */
  readonly remote: string;
  /** Whether the same may work a moment later. */
  readonly mayRetry: boolean;
}

/** Operating failures keep their sentence and the other side's words; everything else is a bug, whose details are in the log. */
export function taskErrorOf(error: unknown, taskId: string): TaskError {
  if (error instanceof OperatingFailure) {
    const { code, message, mayRetry, remote } = error;
    return {
      code,
      sentence: message,
      mayRetry,
      remote: remote ? wordsOf(remote.system, remote.code, remote.message) : '',
    };
  }
  if (error instanceof StoreError) {
    const remote = error.code === undefined ? '' : wordsOf('database', error.code, '');
    return { code: `store-${error.kind}`, sentence: error.message, remote, mayRetry: false };
  }
  if (error instanceof SealBroken)
    return { code: `secret-${error.fault}`, sentence: error.message, remote: '', mayRetry: false };
  if (isSystemError(error)) {
    const sentence = `The computer this engine runs on said: ${error.message}.`;
    return {
      code: `system-${error.code}`,
      sentence,
      remote: wordsOf('system', error.code, error.message),
      mayRetry: false,
    };
  }
  return {
    code: 'bug',
    sentence: `Something went wrong inside Innkeeper. The log holds the details under ${taskId}.`,
    remote: '',
    mayRetry: false,
  };
}

/** The store was away for a moment: no fault of the step, which goes on when the store is back. */
export function isStoreAway(error: unknown): boolean {
  const kinds: readonly string[] = [
    'unreachable',
    'overloaded',
    'connection-lost',
    'outcome-unknown',
    'busy',
    'closed',
  ];
  return error instanceof StoreError && kinds.includes(error.kind);
}

function wordsOf(system: string, code: string, message: string): string {
  return `${system} ${code}${message === '' ? '' : `: ${message}`}`;
}

function isSystemError(error: unknown): error is Error & { code: string; syscall: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error;
}
