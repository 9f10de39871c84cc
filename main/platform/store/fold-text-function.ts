import type { DatabaseSync } from 'node:sqlite';
import { FOLDED_TO_ONE, FOLDED_TO_SEVERAL, foldText } from '../../../shared/kernel/fold-text.ts';
import type { SchemaContext } from './schema-step.ts';

/** Gives a SQLite connection the function `fold_text(text)` that columns to search in are made with (see fold-text.ts). */
export function addFoldText(database: DatabaseSync): void {
  database.function('fold_text', { deterministic: true }, (text) =>
    typeof text === 'string' ? foldText(text) : null,
  );
}

/**
 * The same on PostgreSQL, and `instr(text, part)` as SQLite has it: where a part begins, counted from 1; 0 where it is not. Its lower() knows only ASCII in the collation of our columns, and translate() looks through its whole
 * table for every letter: text without any other letters, which most is, is spared that.
 */
export async function createFoldText(to: SchemaContext): Promise<void> {
  if (to.kind !== 'postgres') return;
  const several = [...FOLDED_TO_SEVERAL].reduce(
    (text, [letter, folded]) => `replace(${text}, '${letter}', '${folded}')`,
    '$1',
  );
  // translate() leaves out what has no partner: letters that become nothing come last.
  const pairs = [...FOLDED_TO_ONE].toSorted(([, a], [, b]) => b.length - a.length);
  const from = pairs.map(([letter]) => letter).join('');
  const into = pairs.map(([, folded]) => folded).join('');
  await to.run(
    `create or replace function fold_text(text) returns text language sql immutable strict parallel safe as $$
      select case when octet_length($1) = char_length($1) then lower($1 collate "C")
        else lower(translate(${several}, '${from}', '${into}') collate "C") end $$`,
    `create or replace function instr(text, text) returns integer language sql immutable strict parallel safe as $$
      select strpos($1, $2) $$`,
  );
}
