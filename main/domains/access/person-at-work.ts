import type { Actor, Caller } from '../../platform/calls/call-context.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { Store } from '../../platform/store/store.ts';
import type { AccessTables } from './access-tables.ts';
import { PERSON_TOPIC, addPersonOnce, markSeen, personByLogin } from './person-store.ts';

/** How old what is known of a person may be where the change feed tells nothing: it is cut off, or the machine slept. */
const KNOWN_MS = 2_000;

/**
 * Who works with an engine, as the store has it now: a role or the right to work here taken away in any engine holds in this
 * one as soon as its change feed tells so, and after {@link KNOWN_MS} in any case.
 */
export class PersonAtWork implements Caller {
  readonly #store: Store;
  readonly #login: string;
  readonly #listeners = new Set<() => void>();
  #known: { readonly actor: Promise<Actor>; readonly readAtMs: number } | undefined;

  private constructor(store: Store, login: string) {
    this.#store = store;
    this.#login = login;
  }

  /**
   * Somebody new is added: the first person of a store as its administrator, everybody after as an observer until an
   * administrator gives them a role.
   * @throws OperatingFailure `person-inactive`
   */
  static async enter(store: Store, login: string): Promise<PersonAtWork> {
    const db = store.tables<AccessTables>();
    if (!(await personByLogin(db, login))) await addPersonOnce(store, login);
    const person = new PersonAtWork(store, login);
    await person.current();
    await markSeen(db, login, Date.now());
    return person;
  }

  async current(): Promise<Actor> {
    const nowMs = performance.now();
    if (this.#known === undefined || nowMs - this.#known.readAtMs > KNOWN_MS) {
      const known = { actor: this.#read(), readAtMs: nowMs };
      this.#known = known;
      // What could not be read is asked again by whoever comes next.
      known.actor.catch(() => {
        if (this.#known === known) this.#known = undefined;
      });
    }
    return await this.#known.actor;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Follows the change feed, and tells those who listen now and then in any case; ends when the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    const now = (): void => {
      this.#known = undefined;
      for (const listener of this.#listeners) listener();
    };
    const timer = setInterval(() => {
      if (this.#listeners.size > 0) now();
    }, KNOWN_MS);
    timer.unref();
    signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    for await (const _ of this.#store.changes.subscribe({ topics: [PERSON_TOPIC], signal })) now();
  }

  async #read(): Promise<Actor> {
    const person = await personByLogin(this.#store.tables<AccessTables>(), this.#login);
    if (person?.active === 1)
      return { id: person.id, login: person.login, name: person.name, role: person.role };
    throw new OperatingFailure({
      code: 'person-inactive',
      sentence: `${this.#login} may not work with this store any more. Ask an administrator.`,
    });
  }
}
