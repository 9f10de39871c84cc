import type { DatabaseSync } from 'node:sqlite';
import { FOLDED_TO_ONE, FOLDED_TO_SEVERAL, foldText } from '../../../shared/kernel/fold-text.ts';
import type { SchemaContext } from './schema-step.ts';

/** Gives a SQLite connection the function `fold_text(text)` that columns to search in are made with (see fold-text.ts). */
export function addFoldText(database: DatabaseSync): void {
  database.function('fold_text', { deterministic: true }, (text) =>
    typeof text === 'string' ? foldText(text) : null,
  );
}

/** Letters by how often names have them: where translate() looks first. */
const OFTEN =
  ' aeinorzsktlcwmdpyubghjł.-ęąóáíéńśż0123456789śčřěšžýúůöüäőűăâîșțćźňďťôľfvxqŁŚŻĆŹÓČŘŠŽÚÖÜÄŐŰÁÉÍÝĂÂÎȘȚĄĘŃĚŮŇĎŤÔĽ&/,';

/**
 * The same on PostgreSQL, and `instr(text, part)` as SQLite has it: where a part begins, counted from 1; 0 where it is not. Its lower() knows only ASCII in the collation of our columns, and translate() looks for every
 * letter through its table from the front, so letters that names have come first, those that stay as they are with them: a tenth of the time. Not `strict`, which would keep it from being put into the statement
 * that asks it.
 */
export async function createFoldText(to: SchemaContext): Promise<void> {
  if (to.kind !== 'postgres') return;
  const severalLetters = [...FOLDED_TO_SEVERAL.keys()].join('');
  const several = [...FOLDED_TO_SEVERAL].reduce(
    (text, [letter, folded]) => `replace(${text}, '${letter}', '${folded}')`,
    'lower($1 collate "C")',
  );
  const often = new Set(OFTEN);
  // translate() leaves out what has no partner: letters that become nothing come last.
  const pairs = [
    ...[...often].map((letter): readonly [string, string] => [letter, foldText(letter)]),
    ...[...FOLDED_TO_ONE]
      .filter(([letter]) => !often.has(letter))
      .toSorted(([, a], [, b]) => b.length - a.length),
  ];
  const from = pairs.map(([letter]) => letter).join('');
  const into = pairs.map(([, folded]) => folded).join('');
  await to.run(
    `create or replace function fold_text(text) returns text language sql immutable parallel safe as $$
      select case when octet_length($1) = char_length($1) then lower($1 collate "C")
        when $1 ~ '[${severalLetters}]' then translate(${several}, '${from}', '${into}')
        else translate(lower($1 collate "C"), '${from}', '${into}') end $$`,
    `create or replace function instr(text, text) returns integer language sql immutable strict parallel safe as $$
      select strpos($1, $2) $$`,
  );
}
