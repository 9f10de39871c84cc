import { sql } from 'kysely';
import type { Store } from './store.ts';

/** Fewer rows are gone through at once, however they are looked for. */
const FIRST_LOOK_ROWS = 250;
const FACTOR = 4;

/**
 * Tells PostgreSQL of tables that grow a thousandfold within minutes. It learns by itself how many rows a table has, but a minute or more
 * later; until then statements, and checks of foreign keys, which a connection plans once, go by the handful that was there: they look for
 * each of thousands of rows among all of them. SQLite asks nothing of that kind.
 */
export class GrownTables {
  readonly #store: Pick<Store, 'kind' | 'tables'>;
  readonly #tables: readonly string[];
  #nextLookRows = FIRST_LOOK_ROWS;

  constructor(store: Pick<Store, 'kind' | 'tables'>, tables: readonly string[]) {
    this.#store = store;
    this.#tables = tables;
  }

  /** So many rows were written by now, and committed. Looks at the tables each time these are several times as many as before. */
  async grewTo(rows: number): Promise<void> {
    if (rows < this.#nextLookRows) return;
    while (this.#nextLookRows <= rows) this.#nextLookRows *= FACTOR;
    await this.look();
  }

  /** Where somebody else is looking at a table already, it is left to them. */
  async look(): Promise<void> {
    if (this.#store.kind !== 'postgres') return;
    const tables = sql.join(this.#tables.map((table) => sql.table(table)));
    await sql`analyze (skip_locked) ${tables}`.execute(this.#store.tables());
  }
}
