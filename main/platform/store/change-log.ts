import type { AnyTransaction } from './store.ts';

export interface LoggedChange {
  /** Position right after this change. */
  readonly cursor: string;
  readonly topic: string;
  readonly key: string;
}

export interface ChangeBatch {
  readonly changes: readonly LoggedChange[];
  /** Position after the batch; moves on even when there is nothing to tell. */
  readonly cursor: string;
  /** More is waiting up to `until` (or up to now). */
  readonly more: boolean;
}

/**
 * The table change_log, read by position. A position ("cursor") is a text that says exactly which changes came before it,
 * whatever order their transactions ended in.
 */
export interface ChangeLog {
  note(trx: AnyTransaction, topic: string, keys: readonly string[]): Promise<void>;
  /** The position of this moment: everything committed so far lies before it. */
  position(): Promise<string>;
  /** Changes after `from` and, when given, before `until` (a value of `position` or of a batch). 'gone' when `from` is older than what is kept or of another store. */
  read(from: string, until: string | undefined, limit: number): Promise<ChangeBatch | 'gone'>;
  /** Removes changes older than this. Returns how many. */
  expire(olderThanMs: number): Promise<number>;
}
