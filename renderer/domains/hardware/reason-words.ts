import { clauseSentence } from '../../../shared/kernel/clause-sentence.ts';

/** A clause of the state table as a sentence; null where there is none. */
export function reasonWords(clause: string | null): string | null {
  return clause === null ? null : clauseSentence(clause);
}
