import { sql, type Expression, type SqlBool } from 'kysely';
import { foldText } from '../../../shared/kernel/fold-text.ts';

/**
 * `vm.search` is what a VM is found by, folded, a line each: name, address, customer, tags. The database keeps it
 * (20261129T0752-fleet-vm-narrow). Tags stand as their JSON with this character for its quotes, so that a whole tag is told from a
 * part of one and from anybody's name.
 */
const QUOTE = '\u001F';

const search = sql.ref<string>('vm.search');

/** Name, address, customer or a tag has these words in it. */
export function vmHas(words: string): Expression<SqlBool> {
  return sql<SqlBool>`instr(${search}, ${foldText(words)}) > 0`;
}

/** The name has these words in it: where it has, they are met there first. */
export function vmNameHas(words: string): Expression<SqlBool> {
  return sql<SqlBool>`(instr(${search}, ${foldText(words)}) between 1 and instr(${search}, ${'\n'}))`;
}

/** The name, letters' case and accents aside. */
export function vmNameIs(name: string): Expression<SqlBool> {
  const line = foldText(name);
  return sql<SqlBool>`(${search} >= ${`${line}\n`} and ${search} < ${`${line}\u000B`})`;
}

export function vmHasTag(tag: string): Expression<SqlBool> {
  return sql<SqlBool>`instr(${search}, ${JSON.stringify(foldText(tag)).replaceAll('"', QUOTE)}) > 0`;
}
