import { sql, type Expression, type SqlBool } from 'kysely';
import {
  parseListQuery,
  type ListQueryNode,
  type ListQueryOperator,
  type ListQueryTerm,
} from '../../../shared/kernel/list-query.ts';
import { foldText } from '../../../shared/kernel/fold-text.ts';
import { InputRejected } from '../calls/input-rejected.ts';

interface FieldCommon {
  /** The index that finds what the field equals (or names, or begins with); absent: rows are few, or all are read. Tested. */
  readonly index?: string;
}

/** How one field of a list is compared. Columns may be any SQL expression. */
export type ListField = FieldCommon &
  (
    | TextField
    | WordField
    | WordsField
    /** All comparisons; `unit: 'bytes'` understands KiB, MiB, GiB, TiB; `unit: 'money'` is typed in major units, of a column in hundredths. */
    | { readonly kind: 'number'; readonly column: Expression<number>; readonly unit?: 'bytes' | 'money' }
    /** Epoch milliseconds, compared with an ISO date or instant (UTC), or one so long ago: `created>2026-11-01`, `created>-7d`. */
    | { readonly kind: 'instant'; readonly column: Expression<number | null> }
    /** Epoch milliseconds at which something began, null where it has not; compared with how long it lasts: `uptime>2d`. */
    | { readonly kind: 'age'; readonly column: Expression<number | null> }
  );

/** `:` contains, `=` equals; letters' case and accents do not matter. Or asked in a way of the list's own: of a column that is folded already, say. */
type TextField =
  | { readonly kind: 'text'; readonly column: Expression<string> }
  | {
      readonly kind: 'text';
      readonly has: (value: string) => Expression<SqlBool>;
      readonly is: (value: string) => Expression<SqlBool>;
    };

/**
 * `:` and `=` equal one of the values, separated by commas; with `values`, others are refused by name. Or asked in a way of the list's
 * own: values come in small letters unless `exact`.
 */
type WordField =
  | { readonly kind: 'word'; readonly column: Expression<string>; readonly values?: readonly string[] }
  | {
      readonly kind: 'word';
      readonly among: (values: readonly string[]) => Expression<SqlBool>;
      readonly values?: readonly string[];
      readonly exact?: true;
    };

/** A JSON array of words: `:` and `=` find a row that has one of the values as a whole word of its own, separated by commas. */
type WordsField =
  | { readonly kind: 'words'; readonly column: Expression<string> }
  | { readonly kind: 'words'; readonly has: (value: string) => Expression<SqlBool> };

/** `Name` and `Has`: what the list declares for the query bar, so that neither has a field the other lacks. */
export interface ListFields<Name extends string = string, Has extends string = string> {
  readonly fields: Readonly<Record<Name, ListField>>;
  /** Columns in which a bare word is looked for, or how. */
  readonly bare: readonly Expression<string>[] | ((value: string) => Expression<SqlBool>);
  /** What `has:…` may ask for: `has:notes`. */
  readonly has?: Readonly<Record<Has, Expression<SqlBool>>>;
}

interface Reading {
  readonly list: ListFields;
  readonly nowMs: number;
}

/**
 * The `where` of a list's query, or undefined for an empty one. Throws InputRejected (path `query`) with the position for what
 * cannot be understood: bad syntax, an unknown field (named, with those there are), a value of the wrong kind. `nowMs` is what
 * times so long ago are counted from.
 */
export function listQueryFilter(
  text: string,
  list: ListFields,
  nowMs: number = Date.now(),
): Expression<SqlBool> | undefined {
  const query = parseListQuery(text);
  if (!query.ok) throw rejected(query.at, query.detail);
  return query.root === null ? undefined : conditionOf(query.root, { list, nowMs });
}

function conditionOf(node: ListQueryNode, reading: Reading): Expression<SqlBool> {
  switch (node.kind) {
    case 'term':
      return termCondition(node, reading);
    case 'not':
      // What is not known is not so: NULL, negated, would be neither.
      return sql<SqlBool>`((${conditionOf(node.node, reading)}) is not true)`;
    case 'and':
    case 'or':
      return sql<SqlBool>`(${sql.join(
        node.nodes.map((one) => conditionOf(one, reading)),
        sql.raw(` ${node.kind} `),
      )})`;
  }
}

function termCondition(term: ListQueryTerm, reading: Reading): Expression<SqlBool> {
  const { list, nowMs } = reading;
  if (term.field === null) {
    if (typeof list.bare === 'function') return list.bare(term.value);
    return sql<SqlBool>`(${sql.join(
      list.bare.map((column) => contains(column, term.value)),
      sql` or `,
    )})`;
  }
  if (term.field === 'has' && list.has !== undefined) return hasCondition(term, list.has);
  const field = Object.hasOwn(list.fields, term.field) ? list.fields[term.field] : undefined;
  if (field === undefined) {
    const names = [...Object.keys(list.fields), ...(list.has === undefined ? [] : ['has'])].join(', ');
    throw rejected(term.at, `there is no field ${term.field} here; the fields are ${names}`);
  }
  switch (field.kind) {
    case 'text':
      return textCondition(term, field);
    case 'word':
      return wordCondition(term, field);
    case 'words':
      return wordsCondition(term, field);
    case 'number':
      return compare(
        asMany(field.column, term.op),
        term.op,
        sql`cast(${numberOf(term, field.unit)} as double precision)`,
      );
    case 'instant':
      return compare(field.column, term.op, sql`cast(${instantOf(term, nowMs)} as bigint)`);
    case 'age':
      // The longer it lasts the earlier it began.
      return compare(sql`-${field.column}`, term.op, sql`cast(${lastingMs(term) - nowMs} as bigint)`);
  }
}

function hasCondition(
  term: ListQueryTerm,
  has: Readonly<Record<string, Expression<SqlBool>>>,
): Expression<SqlBool> {
  const what = term.value.toLowerCase();
  const condition = Object.hasOwn(has, what) ? has[what] : undefined;
  if (condition !== undefined && (term.op === ':' || term.op === '=')) return sql<SqlBool>`(${condition})`;
  throw rejected(
    term.at,
    `has: asks for one of ${Object.keys(has).join(', ')}, such as has:${Object.keys(has)[0]}`,
  );
}

/** What is not known is not so either. */
function not(condition: Expression<SqlBool>): Expression<SqlBool> {
  return sql<SqlBool>`((${condition}) is not true)`;
}

function textCondition(term: ListQueryTerm, field: TextField): Expression<SqlBool> {
  if ('has' in field) {
    if (term.op === ':') return field.has(term.value);
    if (term.op === '=') return field.is(term.value);
    if (term.op === '!=') return not(field.is(term.value));
    throw textHasNoOrder(term);
  }
  const { column } = field;
  if (term.op === ':') return contains(column, term.value);
  const is = sql<SqlBool>`${folded(column)} = ${foldText(term.value)}`;
  if (term.op === '=') return is;
  if (term.op === '!=') return not(is);
  throw textHasNoOrder(term);
}

function textHasNoOrder(term: ListQueryTerm): InputRejected {
  return rejected(term.at, `${term.field} is text: use ${term.field}:… or ${term.field}=…`);
}

function wordCondition(term: ListQueryTerm, field: WordField): Expression<SqlBool> {
  const typed = valuesOf(term);
  const values = 'exact' in field && field.exact === true ? typed : typed.map((value) => value.toLowerCase());
  const unknown = field.values && values.find((value) => !field.values?.includes(value));
  if (unknown !== undefined) {
    throw rejected(term.at, `${term.field} is never "${unknown}"; it is one of ${field.values?.join(', ')}`);
  }
  const among =
    'among' in field ? field.among(values) : sql<SqlBool>`lower(${field.column}) in (${sql.join(values)})`;
  return term.op === '!=' ? not(among) : among;
}

/** In its JSON a word stands between quotes, and a quote within a word is escaped: so quotes tell a word from a part of one. */
function wordsCondition(term: ListQueryTerm, field: WordsField): Expression<SqlBool> {
  const has = (value: string): Expression<SqlBool> =>
    'has' in field ? field.has(value) : contains(field.column, JSON.stringify(value));
  const among = sql<SqlBool>`(${sql.join(valuesOf(term).map(has), sql` or `)})`;
  return term.op === '!=' ? not(among) : among;
}

function valuesOf(term: ListQueryTerm): string[] {
  if (term.op !== ':' && term.op !== '=' && term.op !== '!=') {
    throw rejected(term.at, `${term.field} has no order: use ${term.field}:…`);
  }
  return term.value.split(',').map((value) => value.trim());
}

const OPERATORS: Readonly<Record<ListQueryOperator, string>> = {
  ':': '=',
  '=': '=',
  '!=': '<>',
  '>': '>',
  '<': '<',
  '>=': '>=',
  '<=': '<=',
};

function compare(
  column: Expression<number | null>,
  op: ListQueryOperator,
  value: Expression<unknown>,
): Expression<SqlBool> {
  return sql<SqlBool>`${column} ${sql.raw(OPERATORS[op])} ${value}`;
}

/**
 * What is more or less than a number is often half of all rows: to go to each of those through an index takes several times as long
 * as to read all of them, and SQLite does not know how many they are. A sum is in no index.
 */
function asMany(column: Expression<number>, op: ListQueryOperator): Expression<number> {
  return op === ':' || op === '=' ? column : sql<number>`(${column} + 0)`;
}

const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

function numberOf(term: ListQueryTerm, unit: 'bytes' | 'money' | undefined): number {
  const found = /^(-?\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(term.value);
  const suffix = (found?.[2] ?? '').toLowerCase();
  const factor = suffix === '' ? (unit === 'money' ? 100 : 1) : unit === 'bytes' ? BYTES[suffix] : undefined;
  if (!found || factor === undefined) {
    const example = `${term.field}>${unit === 'bytes' ? '4GiB' : unit === 'money' ? '12.50' : '4'}`;
    throw rejected(term.at, `${term.field} is compared with a number, such as ${example}`);
  }
  return Math.round(Number(found[1]) * factor * 1000) / 1000;
}

function instantOf(term: ListQueryTerm, nowMs: number): number {
  const agoMs = term.value.startsWith('-') ? durationMs(term.value.slice(1)) : undefined;
  if (agoMs !== undefined) return nowMs - agoMs;
  const atMs = /^\d{4}-\d{2}-\d{2}(T[\d:.]+Z?)?$/.test(term.value)
    ? Date.parse(withZone(term.value))
    : Number.NaN;
  if (Number.isNaN(atMs))
    throw rejected(
      term.at,
      `${term.field} is compared with a date, such as ${term.field}>2026-11-22, or with a time ago, such as ${term.field}>-7d`,
    );
  return atMs;
}

function lastingMs(term: ListQueryTerm): number {
  const ms = durationMs(term.value);
  if (ms === undefined)
    throw rejected(
      term.at,
      `${term.field} is compared with a length of time, such as ${term.field}>2d (s, m, h, d, w)`,
    );
  return ms;
}

const DURATIONS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 24 * 3_600_000,
  w: 7 * 24 * 3_600_000,
};

/** `90s`, `15m`, `2h`, `7d`, `4w`; a month has no fixed length and is not understood. */
function durationMs(text: string): number | undefined {
  const found = /^(\d{1,9}(?:\.\d{1,3})?)([smhdw])$/i.exec(text);
  const factor = DURATIONS[found?.[2]?.toLowerCase() ?? ''];
  return found && factor !== undefined ? Math.round(Number(found[1]) * factor) : undefined;
}

/** A date alone is read as UTC by ECMAScript, a date with a time as local: make both UTC. */
function withZone(value: string): string {
  return value.includes('T') && !value.endsWith('Z') ? `${value}Z` : value;
}

/** `column` has `value` somewhere in it, letters' case and accents aside. */
export function contains(column: Expression<string>, value: string): Expression<SqlBool> {
  return sql<SqlBool>`instr(${folded(column)}, ${foldText(value)}) > 0`;
}

/** As `foldText` makes it; most text has nothing to fold but capitals, and is spared the way through all letters. */
function folded(column: Expression<string>): Expression<string> {
  return sql<string>`case when length(${column}) = octet_length(${column}) then lower(${column}) else fold_text(${column}) end`;
}

function rejected(at: number, detail: string): InputRejected {
  return new InputRejected('query', `At character ${at + 1}: ${detail}.`);
}
