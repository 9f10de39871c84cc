import { sql, type Expression, type SqlBool } from 'kysely';
import { foldText } from '../../../../shared/kernel/fold-text.ts';

/**
 * What a subscription is found by, folded, beside its customer: its plan and its VM, a line each (20261201T0527-billing-subscriptions-search). It begins with
 * the plan, so that lists are sorted by it, too.
 */
export const subscriptionSearch = sql.ref<string>('subscription.search');

const BREAK = '\n';

/** Plan or VM has these words in it. */
export function planOrVmHas(words: string): Expression<SqlBool> {
  return sql<SqlBool>`instr(${subscriptionSearch}, ${foldText(words)}) > 0`;
}

/** The plan has these words in it: where it has, they are met there first. */
export function planHas(words: string): Expression<SqlBool> {
  return sql<SqlBool>`(instr(${subscriptionSearch}, ${foldText(words)}) between 1 and instr(${subscriptionSearch}, ${BREAK}))`;
}

export function planIs(name: string): Expression<SqlBool> {
  const line = foldText(name);
  return sql<SqlBool>`(${subscriptionSearch} >= ${`${line}\n`} and ${subscriptionSearch} < ${`${line}\u000B`})`;
}

export function vmHas(words: string): Expression<SqlBool> {
  return sql<SqlBool>`instr(substr(${subscriptionSearch}, instr(${subscriptionSearch}, ${BREAK}) + 1), ${foldText(words)}) > 0`;
}

export function vmIs(name: string): Expression<SqlBool> {
  return sql<SqlBool>`substr(${subscriptionSearch}, instr(${subscriptionSearch}, ${BREAK}) + 1) = ${foldText(name)}`;
}
