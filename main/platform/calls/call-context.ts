import type { Kysely } from 'kysely';
import type { Role } from '../../../shared/domains/access/role-rules.ts';

/** Who calls: a person, or the engine itself (`system`) for duties. */
export interface Actor {
  readonly id: string;
  /** Login name, or `system`. */
  readonly login: string;
  readonly name: string;
  readonly role: Role;
}

/** A person whose rights can change while their consoles are open. */
export interface Caller {
  /** Who calls, with the role of now. Throws OperatingFailure when they may not work here any more. */
  current(): Promise<Actor>;
  /** Told when it may be otherwise, and now and then in any case; gives back how to stop listening. */
  onChange(listener: () => void): () => void;
}

/** What every handler is given beside its input. */
export interface CallContext {
  readonly actor: Actor;
  /** Full name of the operation: `fleet.vmStart`. */
  readonly operation: string;
  /** Names this one call in the audit log and in the log. */
  readonly operationId: string;
  /** Aborts when the caller cancels or is gone (queries and feeds), or when the engine stops. */
  readonly signal: AbortSignal;
  /**
   * Typed view of the database. In a command declared `effect: 'store'` this is the call's own transaction (committed
   * together with its audit row, rolled back on a refusal or a throw); elsewhere it is the store itself.
   */
  tables<T>(): Kysely<T>;
  /** Notes a change for the change feed; in an `effect: 'store'` command it becomes visible with the commit. */
  note(topic: string, key: string): Promise<void>;
  /** What it is done to, in words, for the audit log: `acct-4812 on hv1`. */
  subject(words: string): void;
}
