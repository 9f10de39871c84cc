import type { ZodError } from 'zod';
import type { Operation } from '../../../shared/contract/operation.ts';
import { sentenceOf, type Facts } from '../../../shared/contract/outcome.ts';
import type { WireError } from '../../../shared/contract/wire-error.ts';
import { InputRejected } from '../../platform/calls/input-rejected.ts';
import { FeedRefused } from '../../platform/calls/feed-refused.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { Log } from '../../platform/log/log.ts';
import { SealBroken } from '../../platform/secrets/sealer.ts';
import { StoreError } from '../../platform/store/store-error.ts';

export function badInput(error: ZodError): WireError {
  const issues = error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  const first = issues[0];
  const where = first && first.path !== '' ? `${first.path}: ` : '';
  return {
    kind: 'bad-input',
    sentence: `The input is not right: ${where}${first?.message ?? 'unknown'}.`,
    issues,
  };
}

export function refusal(operation: Operation, code: string, facts: Facts): WireError {
  const template = operation.refusals[code];
  return {
    kind: 'refusal',
    code,
    sentence: template === undefined ? code : sentenceOf(template, facts),
    facts,
  };
}

/** The engine's one translator: whatever a handler throws becomes a {@link WireError}. Bugs go to the log, with a reference to find them by. */
export function translateThrown(
  error: unknown,
  call: { operation: Operation; name: string; operationId: string; log: Log },
): WireError {
  if (error instanceof FeedRefused) return refusal(call.operation, error.code, error.facts);
  if (error instanceof InputRejected) {
    return {
      kind: 'bad-input',
      sentence: error.message,
      issues: [{ path: error.path, message: error.message }],
    };
  }
  if (error instanceof OperatingFailure) {
    call.log.warn(`${call.name} failed: ${error.message}`, { code: error.code, remote: error.remote });
    const { code, mayRetry, remote } = error;
    return { kind: 'failure', code, sentence: error.message, mayRetry, ...(remote ? { remote } : {}) };
  }
  if (error instanceof StoreError) {
    call.log.warn(`${call.name} failed: ${error.message}`, { code: error.kind, remote: error.code });
    return {
      kind: 'failure',
      code: `store-${error.kind}`,
      sentence: error.message,
      mayRetry: ['unreachable', 'overloaded', 'connection-lost', 'busy', 'outcome-unknown'].includes(
        error.kind,
      ),
      ...(error.code === undefined ? {} : { remote: { system: 'database', code: error.code, message: '' } }),
    };
  }
  if (error instanceof SealBroken)
    return { kind: 'failure', code: `secret-${error.fault}`, sentence: error.message, mayRetry: false };
  if (isAbort(error)) return { kind: 'cancelled', sentence: 'It was cancelled.' };
  call.log.error(`bug in ${call.name}`, {
    error: error instanceof Error ? error : String(error),
    reference: call.operationId,
  });
  return {
    kind: 'bug',
    sentence: `Something went wrong inside Innkeeper. The log holds the details under ${call.operationId}.`,
    reference: call.operationId,
  };
}

export function isAbort(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === 'AbortError' || (error.name === 'TimeoutError' && error.message.includes('abort')))
  );
}
