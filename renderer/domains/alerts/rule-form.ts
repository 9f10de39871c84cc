import type {
  AlertCondition,
  AlertSeverity,
  RuleFields,
  RuleRow,
} from '../../../shared/domains/alerts/alerts-contract.ts';

/** What is typed into the form of a rule: of each kind of condition its own fields. */
export interface RuleDraft extends Record<string, unknown> {
  name: string;
  kind: AlertCondition['kind'];
  of: 'vms' | 'hosts';
  percent: number | string;
  seconds: number | string;
  list: 'vms' | 'hosts' | 'tasks' | 'customers';
  balance: 'low' | 'exhausted' | 'over-limit';
  query: string;
  comparison: 'more-than' | 'fewer-than';
  count: number | string;
  severity: AlertSeverity;
  holdMinutes: number | string;
  clearMinutes: number | string;
  enabled: boolean;
}

export const KIND_OPTIONS: readonly { value: AlertCondition['kind']; label: string }[] = [
  { value: 'host-unreachable', label: 'Host unreachable' },
  { value: 'vm-crashed', label: 'VM crashed' },
  { value: 'pool-over', label: 'Storage pool over a share' },
  { value: 'memory-overcommitted', label: 'Memory of a host oversold' },
  { value: 'cpu-over', label: 'CPU over a share for some minutes' },
  { value: 'task-failed', label: 'Task failed' },
  { value: 'clock-off', label: 'Clock of a host off' },
  { value: 'balance', label: 'Balance of a customer' },
  { value: 'query-count', label: 'Count of a query' },
];

const NEW: RuleDraft = {
  name: '',
  kind: 'query-count',
  of: 'vms',
  percent: 90,
  seconds: 2,
  list: 'vms',
  balance: 'exhausted',
  query: '',
  comparison: 'more-than',
  count: 0,
  severity: 'warning',
  holdMinutes: 5,
  clearMinutes: 1,
  enabled: true,
};

/** A rule as the form shows it; null: a new one. */
export function draftOf(rule: RuleRow | null): RuleDraft {
  if (!rule) return NEW;
  const { condition, name, severity, holdSeconds, clearSeconds, enabled } = rule;
  return {
    ...NEW,
    ...condition,
    ...(condition.kind === 'balance' ? { balance: condition.state } : {}),
    name,
    severity,
    enabled,
    holdMinutes: holdSeconds / 60,
    clearMinutes: clearSeconds / 60,
  };
}

/** The condition that is typed; numbers that are missing are taken for the least. */
export function conditionOf(draft: RuleDraft): AlertCondition {
  const percent = whole(draft.percent, 1);
  switch (draft.kind) {
    case 'pool-over':
    case 'memory-overcommitted':
      return { kind: draft.kind, percent };
    case 'cpu-over':
      return { kind: 'cpu-over', of: draft.of, percent };
    case 'clock-off':
      return { kind: 'clock-off', seconds: whole(draft.seconds, 1) };
    case 'balance':
      return { kind: 'balance', state: draft.balance };
    case 'query-count':
      return {
        kind: 'query-count',
        list: draft.list,
        query: draft.query,
        comparison: draft.comparison,
        count: whole(draft.count, 0),
      };
    case 'host-unreachable':
    case 'vm-crashed':
    case 'task-failed':
      return { kind: draft.kind };
  }
}

export function fieldsOf(draft: RuleDraft): RuleFields {
  return {
    name: draft.name.trim(),
    condition: conditionOf(draft),
    severity: draft.severity,
    holdSeconds: Math.round(Number(draft.holdMinutes) * 60),
    clearSeconds: Math.round(Number(draft.clearMinutes) * 60),
    enabled: draft.enabled,
  };
}

function whole(typed: number | string, least: number): number {
  const value = Math.round(Number(typed));
  return Number.isFinite(value) ? Math.max(value, least) : least;
}
