import type { Kysely } from 'kysely';
import {
  alertCondition,
  type RuleFields,
  type RuleRow,
} from '../../../shared/domains/alerts/alerts-contract.ts';
import { forUpdate } from '../../platform/store/for-update.ts';
import type { Store } from '../../platform/store/store.ts';
import type { AlertsTables, RuleRecord } from './alerts-tables.ts';

type Db = Kysely<AlertsTables>;

export async function allRules(db: Db): Promise<RuleRecord[]> {
  return await db.selectFrom('alert_rule').selectAll().orderBy('name').execute();
}

export async function ruleById(db: Db, ruleId: string): Promise<RuleRecord | undefined> {
  return await db.selectFrom('alert_rule').selectAll().where('id', '=', ruleId).executeTakeFirst();
}

/** The same, which nobody else changes or deletes until the transaction ends. */
export async function lockRule(
  db: Db,
  store: Pick<Store, 'kind'>,
  ruleId: string,
): Promise<RuleRecord | undefined> {
  const query = db.selectFrom('alert_rule').selectAll().where('id', '=', ruleId);
  return await forUpdate(query, store.kind).executeTakeFirst();
}

/** Rules as they are shown, with how many alerts of each fire. */
export async function ruleRows(db: Db): Promise<RuleRow[]> {
  const counts = await db
    .selectFrom('alert')
    .select(['rule_id', (count) => count.fn.countAll<number>().as('firing')])
    .where('state', '=', 'firing')
    .groupBy('rule_id')
    .execute();
  const firing = new Map(counts.map((row) => [row.rule_id, Number(row.firing)]));
  return (await allRules(db)).map((rule) => ({
    ...ruleFieldsOf(rule),
    id: rule.id,
    firing: firing.get(rule.id) ?? 0,
    problem: rule.problem,
  }));
}

function ruleFieldsOf(rule: RuleRecord): RuleFields {
  return {
    name: rule.name,
    condition: alertCondition.parse(JSON.parse(rule.condition)),
    severity: rule.severity,
    holdSeconds: rule.hold_seconds,
    clearSeconds: rule.clear_seconds,
    enabled: rule.enabled === 1,
  };
}

/** Adds or replaces a rule. Throws ConstraintViolated when another one has its name. */
export async function writeRule(db: Db, id: string, fields: RuleFields): Promise<void> {
  const columns = {
    name: fields.name,
    condition: JSON.stringify(fields.condition),
    severity: fields.severity,
    hold_seconds: fields.holdSeconds,
    clear_seconds: fields.clearSeconds,
    enabled: fields.enabled ? (1 as const) : (0 as const),
    problem: '',
  };
  await db
    .insertInto('alert_rule')
    .values({ id, ...columns })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
    .execute();
}

export async function deleteRule(db: Db, ruleId: string): Promise<boolean> {
  const gone = await db.deleteFrom('alert_rule').where('id', '=', ruleId).executeTakeFirst();
  return Number(gone.numDeletedRows) === 1;
}

/** Says why a rule could not be looked at; empty: it could. Gives whether that is news. */
export async function setRuleProblem(db: Db, ruleId: string, problem: string): Promise<boolean> {
  const changed = await db
    .updateTable('alert_rule')
    .set({ problem })
    .where('id', '=', ruleId)
    .where('problem', '<>', problem)
    .executeTakeFirst();
  return Number(changed.numUpdatedRows) > 0;
}
