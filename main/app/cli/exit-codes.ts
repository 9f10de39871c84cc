import type { WireError } from '../../../shared/contract/wire-error.ts';

/** Exit codes of the command line; scripts may rely on them. */
export const EXIT = { done: 0, bug: 1, replayFailed: 1, badInput: 2, refused: 3, failed: 4 } as const;

/** The exit code for an error and what to write to stderr: bad input with its path, a refusal with its code. */
export function exitFor(error: WireError): { code: number; text: string } {
  switch (error.kind) {
    case 'bad-input': {
      const lines = error.issues.map(
        (issue) => `  ${issue.path === '' ? '(input)' : issue.path}: ${issue.message}`,
      );
      return { code: EXIT.badInput, text: [error.sentence, ...lines].join('\n') };
    }
    case 'unknown-operation':
      return { code: EXIT.badInput, text: error.sentence };
    case 'refusal':
      return { code: EXIT.refused, text: `${error.code}: ${error.sentence}` };
    case 'forbidden':
      return { code: EXIT.refused, text: `forbidden: ${error.sentence}` };
    case 'failure': {
      const remote = error.remote
        ? `\n  ${error.remote.system} said: ${error.remote.code} ${error.remote.message}`
        : '';
      return { code: EXIT.failed, text: `${error.code}: ${error.sentence}${remote}` };
    }
    case 'cancelled':
    case 'disconnected':
      return { code: EXIT.failed, text: error.sentence };
    case 'bug':
      return { code: EXIT.bug, text: error.sentence };
  }
}
