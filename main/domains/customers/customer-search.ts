import { sql, type Expression, type SqlBool } from 'kysely';
import { foldText } from '../../../shared/kernel/fold-text.ts';

/**
 * What a customer is found by, folded: name, number, VAT id and address of mail, a line each (20261201T0503-customers-search). It begins with the
 * name, so that lists are sorted by it, too.
 */
export const customerSearch = sql.ref<string>('customer.search');

/** Name, number, VAT id or address of mail has these words in it. */
export function customerHas(words: string): Expression<SqlBool> {
  return sql<SqlBool>`instr(${customerSearch}, ${foldText(words)}) > 0`;
}

/**
 * The number has these words in it: most customers have them nowhere, and are told from the rest by what is folded already.
 */
export function customerNumberHas(words: string): Expression<SqlBool> {
  return sql<SqlBool>`(${customerHas(words)} and instr(lower(customer.number), ${foldText(words)}) > 0)`;
}

export function customerNumberIs(number: string): Expression<SqlBool> {
  return sql<SqlBool>`(${customerHas(number)} and lower(customer.number) = ${foldText(number)})`;
}

/** The name has these words in it: where it has, they are met there first. */
export function customerNameHas(words: string): Expression<SqlBool> {
  return sql<SqlBool>`(instr(${customerSearch}, ${foldText(words)}) between 1 and instr(${customerSearch}, ${'\n'}))`;
}

/** The name, letters' case and accents aside. */
export function customerNameIs(name: string): Expression<SqlBool> {
  const line = foldText(name);
  return sql<SqlBool>`(${customerSearch} >= ${`${line}\n`} and ${customerSearch} < ${`${line}\u000B`})`;
}
