import type { Transaction } from 'kysely';
import { alertCondition } from '../../../shared/domains/alerts/alerts-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import { InputRejected } from '../../platform/calls/input-rejected.ts';
import type { DutyGrant } from '../../platform/store/duty-hold.ts';
import { openAlerts, recentFlaps, writeAlerts } from './alert-store.ts';
import { alertChanges, resolved, type Finding } from './alert-transition.ts';
import type { AlertsParts } from './alerts-parts.ts';
import { RULE_TOPIC, type AlertRecord, type AlertsTables, type RuleRecord } from './alerts-tables.ts';
import { makeNotices, type Grouping } from './notice-make.ts';
import { ruleFindings } from './rule-findings.ts';
import { allRules, setRuleProblem } from './rule-store.ts';
import { silencesNow } from './silence-match.ts';

type Trx = Transaction<AlertsTables>;

interface Looked {
  readonly rule: RuleRecord;
  /** Undefined where it could not be looked: what is open stays as it is. */
  readonly findings: readonly Finding[] | undefined;
  readonly problem: string;
}

/**
 * One look at the fleet: every rule in a statement of its own, then all that follows in one transaction under the duty's token.
 * Safe to repeat, to kill and to run on two engines: an alert is open once per rule and subject, and is told once.
 */
export async function evaluateAlerts(
  parts: AlertsParts,
  grant: Pick<DutyGrant, 'guard'>,
  grouping: Grouping,
): Promise<void> {
  const looked: Looked[] = [];
  for (const rule of await allRules(parts.store.tables<AlertsTables>()))
    if (rule.enabled === 1) looked.push(await look(parts, rule));
  await parts.store.transaction<AlertsTables, void>(
    async (trx) => {
      await grant.guard(trx);
      const nowMs = await parts.nowMs(trx);
      const open = await changeAlerts(parts, trx, { looked, nowMs });
      const heard = await silence(parts, trx, { open, nowMs });
      await makeNotices(parts, trx, { open: heard, nowMs, grouping });
    },
    { repeatable: true },
  );
}

async function look(parts: AlertsParts, rule: RuleRecord): Promise<Looked> {
  try {
    const condition = alertCondition.parse(JSON.parse(rule.condition));
    return { rule, findings: await ruleFindings(parts, rule, condition), problem: '' };
  } catch (error) {
    if (!(error instanceof InputRejected)) throw error;
    return { rule, findings: undefined, problem: error.message };
  }
}

/** Writes what was found; gives all alerts that are open after it. */
async function changeAlerts(
  parts: AlertsParts,
  trx: Trx,
  { looked, nowMs }: { looked: readonly Looked[]; nowMs: number },
): Promise<AlertRecord[]> {
  const before = await openAlerts(trx);
  const byRule = Map.groupBy(before, (alert) => alert.rule_id);
  const flaps = hasNew(looked, before) ? await recentFlaps(trx, nowMs) : () => 0;
  const written: AlertRecord[] = [];
  const dropped: string[] = [];
  for (const { rule, findings, problem } of looked) {
    const open = byRule.get(rule.id) ?? [];
    byRule.delete(rule.id);
    if (problem !== rule.problem && (await setRuleProblem(trx, rule.id, problem)))
      await parts.store.changes.note(trx, RULE_TOPIC, rule.id);
    if (findings === undefined) continue;
    const changes = alertChanges({
      rule,
      findings,
      open,
      nowMs,
      flapsOf: (subject) => flaps(rule.id, subject),
      newId: () => newId('alert', nowMs),
    });
    written.push(...changes.written);
    dropped.push(...changes.dropped);
  }
  // Of rules that were switched off or deleted: nobody looks any more, so nothing is said of how it ends.
  for (const alert of [...byRule.values()].flat()) {
    if (alert.state === 'pending') dropped.push(alert.id);
    else written.push({ ...resolved(alert, nowMs), told: 'over' });
  }
  await writeAlerts(parts.store, trx, { written, dropped });
  const after = new Map(before.map((alert) => [alert.id, alert]));
  for (const id of dropped) after.delete(id);
  for (const alert of written) after.set(alert.id, alert);
  return [...after.values()].filter((alert) => alert.state !== 'resolved');
}

/** Whether anything is found that is not open yet: what came and went lately is asked only of that. */
function hasNew(looked: readonly Looked[], open: readonly AlertRecord[]): boolean {
  const keyOf = (ruleId: string, kind: string, id: string): string => `${ruleId} ${kind} ${id}`;
  const known = new Set(open.map((alert) => keyOf(alert.rule_id, alert.subject_kind, alert.subject_id)));
  return looked.some(({ rule, findings = [] }) =>
    findings.some(({ subject }) => !known.has(keyOf(rule.id, subject.kind, subject.id))),
  );
}

/** Brings silences and alerts together; gives the open alerts as they are after it. */
async function silence(
  parts: AlertsParts,
  trx: Trx,
  { open, nowMs }: { open: readonly AlertRecord[]; nowMs: number },
): Promise<AlertRecord[]> {
  const quietOf = await silencesNow(trx, nowMs);
  const changed: AlertRecord[] = [];
  const all = open.map((alert) => {
    const { silenceId, untilMs } = quietOf(alert);
    if (alert.silence_id === silenceId && alert.silenced_until_at_ms === untilMs) return alert;
    const next = { ...alert, silence_id: silenceId, silenced_until_at_ms: untilMs };
    changed.push(next);
    return next;
  });
  await writeAlerts(parts.store, trx, { written: changed, dropped: [] });
  return all;
}
