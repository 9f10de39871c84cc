import type { AlertSubject } from '../../../shared/domains/alerts/alerts-contract.ts';
import type { AlertRecord, RuleRecord } from './alerts-tables.ts';

/** One thing a rule is true of now. */
export interface Finding {
  readonly subject: AlertSubject;
  readonly host: { readonly id: string; readonly name: string };
  readonly detail: string;
  /** Nobody has looked lately: it keeps what is open, and begins and ripens nothing. */
  readonly isStale?: boolean;
}

/** What was found by one rule, and what it had open. */
export interface RuleLook {
  readonly rule: Pick<RuleRecord, 'id' | 'name' | 'severity' | 'hold_seconds' | 'clear_seconds'>;
  readonly findings: readonly Finding[];
  readonly open: readonly AlertRecord[];
  readonly nowMs: number;
  /** How often this subject's alert was resolved within the last hour. */
  flapsOf(subject: AlertSubject): number;
  newId(): string;
}

export interface AlertChanges {
  /** Rows to write, new and changed. */
  readonly written: readonly AlertRecord[];
  /** Pending ones that came to nothing. */
  readonly dropped: readonly string[];
}

/** This many times within an hour is coming and going. */
const FLAPPING = 2;
const FLAPPING_CLEAR_MS = 30 * 60_000;

/**
 * What becomes of a rule's alerts: pending until it held long enough, firing until it was over long enough, then resolved. What
 * comes and goes is called over only after half an hour without it, so that nobody is told of it again and again.
 */
export function alertChanges(look: RuleLook): AlertChanges {
  const open = new Map(look.open.map((alert) => [keyOf(alert.subject_kind, alert.subject_id), alert]));
  const written: AlertRecord[] = [];
  const dropped: string[] = [];
  for (const finding of look.findings) {
    const key = keyOf(finding.subject.kind, finding.subject.id);
    const alert = open.get(key);
    open.delete(key);
    const next = alert === undefined ? begun(look, finding) : stillSo(look, alert, finding);
    if (next !== undefined) written.push(next);
  }
  for (const alert of open.values()) {
    if (alert.state === 'pending') dropped.push(alert.id);
    else {
      const next = overFor(look, alert);
      if (next !== undefined) written.push(next);
    }
  }
  return { written, dropped };
}

function keyOf(kind: string, id: string): string {
  return `${kind} ${id}`;
}

function begun(look: RuleLook, finding: Finding): AlertRecord | undefined {
  if (finding.isStale) return undefined;
  const { rule, nowMs } = look;
  const firesAtOnce = rule.hold_seconds === 0;
  return {
    id: look.newId(),
    rule_id: rule.id,
    rule_name: rule.name,
    severity: rule.severity,
    state: firesAtOnce ? 'firing' : 'pending',
    subject_kind: finding.subject.kind,
    subject_id: finding.subject.id,
    subject_name: finding.subject.name,
    host_id: finding.host.id,
    host_name: finding.host.name,
    detail: finding.detail,
    began_at_ms: nowMs,
    fired_at_ms: firesAtOnce ? nowMs : null,
    quiet_since_at_ms: null,
    resolved_at_ms: null,
    acknowledged_by: '',
    acknowledged_at_ms: null,
    note: '',
    silence_id: '',
    silenced_until_at_ms: null,
    flaps: look.flapsOf(finding.subject),
    told: 'no',
    told_at_ms: null,
  };
}

function stillSo({ rule, nowMs }: RuleLook, alert: AlertRecord, finding: Finding): AlertRecord | undefined {
  if (alert.state === 'firing')
    return alert.quiet_since_at_ms === null
      ? renamed(rule, alert)
      : { ...alert, quiet_since_at_ms: null, detail: finding.detail };
  // A beginning in the future is of a clock that was set back since: it counts from now on.
  if (alert.began_at_ms > nowMs) return { ...alert, began_at_ms: nowMs };
  const isRipe = !finding.isStale && nowMs - alert.began_at_ms >= rule.hold_seconds * 1000;
  return isRipe
    ? {
        ...alert,
        state: 'firing',
        fired_at_ms: nowMs,
        detail: finding.detail,
        rule_name: rule.name,
        severity: rule.severity,
      }
    : undefined;
}

/** A rule that was renamed or weighed anew meanwhile is shown as it is now. */
function renamed(rule: RuleLook['rule'], alert: AlertRecord): AlertRecord | undefined {
  const isSame = alert.rule_name === rule.name && alert.severity === rule.severity;
  return isSame ? undefined : { ...alert, rule_name: rule.name, severity: rule.severity };
}

function overFor({ rule, nowMs }: RuleLook, alert: AlertRecord): AlertRecord | undefined {
  const clearMs = Math.max(rule.clear_seconds * 1000, alert.flaps >= FLAPPING ? FLAPPING_CLEAR_MS : 0);
  const quietSinceMs = Math.min(alert.quiet_since_at_ms ?? nowMs, nowMs);
  if (nowMs - quietSinceMs >= clearMs) return resolved(alert, nowMs);
  return alert.quiet_since_at_ms === quietSinceMs ? undefined : { ...alert, quiet_since_at_ms: quietSinceMs };
}

export function resolved(alert: AlertRecord, nowMs: number): AlertRecord {
  return { ...alert, state: 'resolved', resolved_at_ms: nowMs, quiet_since_at_ms: null };
}
