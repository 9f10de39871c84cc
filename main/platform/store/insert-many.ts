import { sql, type RawBuilder } from 'kysely';
import type { RunMany } from './sqlite-dialect.ts';
import type { AnyTransaction } from './store.ts';

export type InsertedValue = string | number | bigint | boolean | null;

export interface InsertManyOptions {
  /**
   * `ignore`: rows that violate a unique rule are left out instead of failing the statement. Else a row whose `key` exists
   * already changes that row: the columns of `replace` take the new value, those of `add` grow by it, those of `highest` and `lowest` keep
   * the higher or lower one.
   */
  readonly onConflict?: 'ignore' | MergeRows;
}

export interface MergeRows {
  readonly key: readonly string[];
  readonly replace?: readonly string[];
  readonly add?: readonly string[];
  readonly highest?: readonly string[];
  readonly lowest?: readonly string[];
}

/**
 * Inserts any number of rows, on PostgreSQL in chunks of one statement each. All rows have the keys of the first; a missing one is null,
 * true and false become 1 and 0. Returns how many were inserted.
 */
export type InsertMany = <Row extends object>(
  trx: AnyTransaction,
  table: string,
  rows: readonly Row[],
  options?: InsertManyOptions,
) => Promise<number>;

/** PostgreSQL; measured: larger chunks are not faster, and the whole chunk is one string in memory. */
const chunkRows = 20_000;

/** Row by row through `runMany` where there is one (SQLite), else in one statement each chunk. */
export function createInsertMany(runMany: RunMany | undefined): InsertMany {
  return async (trx, table, rows, options) => {
    const first = rows[0];
    if (first === undefined) return 0;
    const columns = Object.keys(first);
    const onConflict = conflictClause(table, options?.onConflict);
    const into = sql`insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))})`;
    if (runMany !== undefined) {
      const places = sql.join(columns.map(() => sql.raw('?')));
      const compiled = sql`${into} values (${places})${onConflict}`.compile(trx);
      return await runMany(compiled.sql, parametersOf(rows, columns));
    }
    let inserted = 0;
    for (let start = 0; start < rows.length; start += chunkRows) {
      const chunk = rows.slice(start, start + chunkRows);
      const from = fromRecordset({ table, columns, rows: chunk });
      const result = await sql`${into} ${from}${onConflict}`.execute(trx);
      inserted += Number(result.numAffectedRows ?? 0);
    }
    return inserted;
  };
}

function* parametersOf(rows: readonly object[], columns: readonly string[]): Generator<unknown[]> {
  for (const row of rows) yield columns.map((column) => toParameter(row, column));
}

function toParameter(row: object, column: string): unknown {
  const value = (row as Readonly<Record<string, InsertedValue | undefined>>)[column];
  return typeof value === 'boolean' ? Number(value) : (value ?? null);
}

function conflictClause(table: string, rule: InsertManyOptions['onConflict']): RawBuilder<unknown> {
  if (rule === undefined) return sql``;
  if (rule === 'ignore') return sql` on conflict do nothing`;
  const changes = [
    ...(rule.replace ?? []).map((name) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`),
    ...(rule.add ?? []).map(
      (name) => sql`${sql.ref(name)} = ${sql.ref(`${table}.${name}`)} + excluded.${sql.ref(name)}`,
    ),
    ...(rule.highest ?? []).map((name) => better(table, name, '>')),
    ...(rule.lowest ?? []).map((name) => better(table, name, '<')),
  ];
  return sql` on conflict (${sql.join(rule.key.map((name) => sql.ref(name)))}) do update set ${sql.join(changes)}`;
}

function better(table: string, name: string, than: '<' | '>'): RawBuilder<unknown> {
  const [had, now] = [sql.ref(`${table}.${name}`), sql`excluded.${sql.ref(name)}`];
  return sql`${sql.ref(name)} = case when ${now} ${sql.raw(than)} ${had} then ${now} else ${had} end`;
}

/** Takes the types of the columns from the table itself. */
function fromRecordset(chunk: {
  table: string;
  columns: readonly string[];
  rows: readonly object[];
}): ReturnType<typeof sql> {
  const columns = sql.join(chunk.columns.map((column) => sql.ref(column)));
  // Columns that only later rows have are not among those selected, so most rows can be written as they are.
  const json = JSON.stringify(
    chunk.rows.every(isPlain)
      ? chunk.rows
      : chunk.rows.map((row) =>
          Object.fromEntries(chunk.columns.map((column) => [column, toJson(row, column)])),
        ),
  );
  return sql`select ${columns} from json_populate_recordset(null::${sql.table(chunk.table)}, ${json}::text::json)`;
}

/** Whether JSON says the same of its values as the database. */
function isPlain(row: object): boolean {
  for (const value of Object.values(row)) {
    const isSaid =
      typeof value === 'string' || typeof value === 'number' || value === null || value === undefined;
    if (!isSaid) return false;
  }
  return true;
}

function toJson(row: object, column: string): unknown {
  const value = (row as Readonly<Record<string, InsertedValue | undefined>>)[column];
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') return rawJson(String(value));
  return value ?? null;
}

/** JSON.rawJSON (ES2025, in Node since 22) keeps the digits of a bigint; TypeScript's library does not know it yet. */
function rawJson(digits: string): unknown {
  return (JSON as typeof JSON & { rawJSON(text: string): unknown }).rawJSON(digits);
}
