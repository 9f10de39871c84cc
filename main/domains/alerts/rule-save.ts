import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { AlertCondition, alertsContract } from '../../../shared/domains/alerts/alerts-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import { parseListQuery } from '../../../shared/kernel/list-query.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { InputRejected } from '../../platform/calls/input-rejected.ts';
import { isDuplicate } from '../../platform/store/store-error.ts';
import type { Store } from '../../platform/store/store.ts';
import type { AlertsParts } from './alerts-parts.ts';
import { RULE_TOPIC, type AlertsTables } from './alerts-tables.ts';
import { ruleFindings } from './rule-findings.ts';
import { deleteRule, lockRule, ruleById, writeRule } from './rule-store.ts';

type Save = typeof alertsContract.ruleSave;
type Delete = typeof alertsContract.ruleDelete;
type Preview = typeof alertsContract.rulePreview;

/** Adds or changes a rule. What it has open follows at the next look. */
export async function ruleSave(
  store: Pick<Store, 'kind'>,
  input: InputOf<Save>,
  context: CallContext,
): Promise<Outcome<OutputOf<Save>, RefusalCodeOf<Save>>> {
  const db = context.tables<AlertsTables>();
  const { ruleId, ...fields } = input;
  context.subject(fields.name);
  if (ruleId !== undefined && (await lockRule(db, store, ruleId)) === undefined)
    return refuse('no-such-rule', { ruleId });
  const fault = syntaxFault(fields.condition);
  if (fault !== undefined) return refuse('query-not-understood', { detail: fault });
  const id = ruleId ?? newId('rule');
  try {
    await writeRule(db, id, fields);
  } catch (error) {
    if (isDuplicate(error, 'alert_rule', 'name')) return refuse('name-taken', { name: fields.name });
    throw error;
  }
  await context.note(RULE_TOPIC, id);
  return done({ ruleId: id });
}

/** What is wrong with the form of a query; whether its fields are there, the list itself says at the next look. */
function syntaxFault(condition: AlertCondition): string | undefined {
  if (condition.kind !== 'query-count') return undefined;
  const read = parseListQuery(condition.query);
  return read.ok ? undefined : `At character ${read.at + 1}: ${read.detail}.`;
}

export async function ruleDelete(
  { ruleId }: InputOf<Delete>,
  context: CallContext,
): Promise<Outcome<OutputOf<Delete>, RefusalCodeOf<Delete>>> {
  const db = context.tables<AlertsTables>();
  const rule = await ruleById(db, ruleId);
  if (rule === undefined || !(await deleteRule(db, ruleId))) return refuse('no-such-rule', { ruleId });
  context.subject(rule.name);
  await context.note(RULE_TOPIC, ruleId);
  return done({});
}

/** What a condition would find, looked at now. */
export async function rulePreview(
  parts: AlertsParts,
  { condition }: InputOf<Preview>,
): Promise<Outcome<OutputOf<Preview>, RefusalCodeOf<Preview>>> {
  try {
    if (condition.kind === 'query-count') {
      const count = await parts.countOf(condition.list, condition.query);
      return done({ count, first: [] });
    }
    const found = await ruleFindings(parts, { id: '', name: '', hold_seconds: 0 }, condition);
    return done({
      count: found.length,
      first: found.slice(0, 5).map(({ subject, detail }) => ({ name: subject.name, detail })),
    });
  } catch (error) {
    if (error instanceof InputRejected) return refuse('query-not-understood', { detail: error.message });
    throw error;
  }
}
