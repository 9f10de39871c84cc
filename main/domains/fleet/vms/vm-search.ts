import { sql, type Expression, type SqlBool } from 'kysely';
import { foldText } from '../../../../shared/kernel/fold-text.ts';

/**
 * What a VM is found by, folded: `vm.search` is its name, address and customer, a line each, and stands in indexes; `vm.tags_folded`
 * stands in none, so that thousands can be tagged soon. Tags are their JSON with this character for its quotes: a whole tag is told from a
 * part of one. The database keeps both (20261129T1820-fleet-vm-tags-apart).
 */
const QUOTE = '\u001F';

const search = sql.ref<string>('vm.search');
const tags = sql.ref<string>('vm.tags_folded');

/** Name, address, customer or a tag has these words in it. */
export function vmHas(words: string): Expression<SqlBool> {
  const folded = foldText(words);
  return sql<SqlBool>`(instr(${search}, ${folded}) > 0 or instr(${tags}, ${folded}) > 0)`;
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
  return sql<SqlBool>`instr(${tags}, ${JSON.stringify(foldText(tag)).replaceAll('"', QUOTE)}) > 0`;
}
