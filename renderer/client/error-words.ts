import type { Facts } from '../../shared/contract/outcome.ts';
import { CallError } from '../../shared/contract/call-error.ts';
import type { ErrorWords } from '../ui/error-panel.tsx';

/** The one translation of errors for screens: sentence, code for a report, and the remote side's own words. */
export function errorWords(error: unknown): ErrorWords {
  if (!(error instanceof CallError)) {
    return {
      sentence: 'Something went wrong in this page.',
      remote: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
  const { wire } = error;
  switch (wire.kind) {
    case 'refusal':
      return { sentence: wire.sentence, code: wire.code };
    case 'failure':
      return {
        sentence: wire.sentence,
        code: wire.code,
        remote: wire.remote && `${wire.remote.system} ${wire.remote.code}: ${wire.remote.message}`,
      };
    case 'bad-input': {
      const [only] = wire.issues;
      // Of a single field the sentence itself says what is wrong.
      return {
        sentence:
          wire.issues.length === 1 && only && !wire.sentence.includes(only.message)
            ? `${wire.sentence} ${only.message}`
            : wire.sentence,
        code: wire.kind,
        remote:
          wire.issues.length > 1
            ? wire.issues.map((issue) => `${issue.path}: ${issue.message}`).join('\n')
            : undefined,
      };
    }
    case 'bug':
      return { sentence: wire.sentence, code: `bug ${wire.reference}` };
    case 'forbidden':
      return { sentence: wire.sentence, code: wire.permission };
    case 'unknown-operation':
    case 'cancelled':
    case 'disconnected':
      return { sentence: wire.sentence, code: wire.kind };
  }
}

/** Code of a refusal; null for everything else. */
export function refusalCode(error: unknown): string | null {
  return error instanceof CallError && error.wire.kind === 'refusal' ? error.wire.code : null;
}

/** What a refusal is about, by the names in its sentence; empty for everything else. */
export function refusalFacts(error: unknown): Facts {
  return error instanceof CallError && error.wire.kind === 'refusal' ? error.wire.facts : {};
}

/** What to write beside the fields of a form, by dotted path. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof CallError) || error.wire.kind !== 'bad-input') return {};
  return Object.fromEntries(error.wire.issues.map((issue) => [issue.path, issue.message]));
}
