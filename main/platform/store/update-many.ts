import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { RunMany } from './sqlite-dialect.ts';
import type { AnyTransaction, StoreKind } from './store.ts';

/**
 * Changes any number of rows: of the row whose `key` is that of a given one, the other columns given. All rows have the columns of the
 * first. A row that is not there is left out.
 */
export type UpdateMany = <Row extends object>(
  trx: AnyTransaction,
  table: string,
  rows: readonly Row[],
  key: keyof Row & string,
) => Promise<void>;

const chunkRows = 20_000;

/** Row by row through `runMany` where there is one (SQLite), else in one statement each chunk. */
export function createUpdateMany(runMany: RunMany | undefined): UpdateMany {
  return async (trx, table, rows, key) => {
    const first = rows[0];
    if (first === undefined) return;
    const changed = Object.keys(first).filter((column) => column !== key);
    if (runMany !== undefined) {
      const changes = sql.join(changed.map((column) => sql`${sql.ref(column)} = ${sql.raw('?')}`));
      const update = sql`update ${sql.table(table)} set ${changes} where ${sql.ref(key)} = ${sql.raw('?')}`;
      await runMany(update.compile(trx).sql, parametersOf(rows, [...changed, key]));
      return;
    }
    for (let start = 0; start < rows.length; start += chunkRows) {
      const chunk = rows.slice(start, start + chunkRows);
      await fromRecordset({ table, columns: [key, ...changed], rows: chunk }).execute(trx);
    }
  };
}

function* parametersOf(rows: readonly object[], columns: readonly string[]): Generator<unknown[]> {
  for (const row of rows) yield columns.map((column) => valueOf(row, column));
}

interface Chunk {
  readonly table: string;
  /** The key first. */
  readonly columns: readonly string[];
  readonly rows: readonly object[];
}

function fromRecordset({ table, columns, rows }: Chunk): RawBuilder<unknown> {
  const [key = '', ...changed] = columns;
  const changes = changed.map((column) => sql`${sql.ref(column)} = j.${sql.ref(column)}`);
  const json = JSON.stringify(
    rows.map((row) => Object.fromEntries(columns.map((column) => [column, valueOf(row, column)]))),
  );
  return sql`update ${sql.table(table)} set ${sql.join(changes)} from json_populate_recordset(null::${sql.table(table)}, ${json}::text::json) as j where ${sql.ref(`${table}.${key}`)} = j.${sql.ref(key)}`;
}

function valueOf(row: object, column: string): unknown {
  return (row as Readonly<Record<string, unknown>>)[column] ?? null;
}

/**
 * Any number of texts to compare a column with (`in`), as one value of the statement: its text is the same for every number of them. On
 * PostgreSQL in `from`, where a function is called once: as a column it may be called again for every row of a table that was thought empty.
 */
export function textList(kind: StoreKind, texts: readonly string[]): RawBuilder<string> {
  const json = JSON.stringify(texts);
  return kind === 'sqlite'
    ? sql<string>`(select value from json_each(${json}))`
    : sql<string>`(select value from json_array_elements_text(${json}::text::json))`;
}

/**
 * Whether a column is one of these texts, for tables that are large beside them: PostgreSQL goes to each by the column's index, whereas a list in
 * `from` (`textList`) has it read the whole table once that looks cheaper than a hundred rows, which it takes every list for.
 */
export function isAmong(kind: StoreKind, column: string, texts: readonly string[]): RawBuilder<SqlBool> {
  if (kind === 'sqlite') return sql<SqlBool>`${sql.ref(column)} in ${textList(kind, texts)}`;
  return sql<SqlBool>`${sql.ref(column)} = any(array${textList(kind, texts)})`;
}
