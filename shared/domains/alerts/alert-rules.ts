import { formatBytes } from '../../kernel/bytes.ts';
import type { AlertCondition, AlertSeverity, AlertSubject, NoticeMessage } from './alerts-contract.ts';

/** Worst first. */
export const SEVERITY_RANK: Readonly<Record<AlertSeverity, number>> = { critical: 0, warning: 1, info: 2 };

export const SEVERITY_WORDS: Readonly<Record<AlertSeverity, string>> = {
  critical: 'Critical',
  warning: 'Warning',
  info: 'Info',
};

/** Whether something of this severity reaches somebody who wants the ones from `least` on. */
export function isAtLeast(severity: AlertSeverity, least: AlertSeverity): boolean {
  return SEVERITY_RANK[severity] <= SEVERITY_RANK[least];
}

/** Names of the lists a rule can count. */
export const LIST_WORDS = { vms: 'VMs', hosts: 'hosts', tasks: 'tasks', customers: 'customers' } as const;

const BALANCE_WORDS = {
  low: 'the balance of a prepaid customer is low or used up',
  exhausted: 'the balance of a prepaid customer is used up',
  'over-limit': 'a customer owes more than the credit limit',
} as const;

/** What a rule looks for, in words: "CPU of a VM over 90 %". */
export function conditionWords(condition: AlertCondition): string {
  switch (condition.kind) {
    case 'host-unreachable':
      return 'a host does not answer, shows another key or lets us in no more';
    case 'vm-crashed':
      return 'a VM has crashed';
    case 'pool-over':
      return `a storage pool is over ${condition.percent} % full`;
    case 'memory-overcommitted':
      return `a host has sold over ${condition.percent} % of the memory it may sell`;
    case 'cpu-over':
      return `CPU of a ${condition.of === 'vms' ? 'VM' : 'host'} is over ${condition.percent} %`;
    case 'task-failed':
      return 'a task has failed and nobody has put it aside';
    case 'clock-off':
      return `the clock of a host is off by over ${condition.seconds} s`;
    case 'balance':
      return BALANCE_WORDS[condition.state];
    case 'query-count': {
      const { list, query, comparison, count } = condition;
      const which = query.trim() === '' ? LIST_WORDS[list] : `${LIST_WORDS[list]} that match ${query.trim()}`;
      return `there are ${comparison === 'more-than' ? 'more than' : 'fewer than'} ${count} ${which}`;
    }
  }
}

/** "hv7: Host unreachable"; what a rule counts has the rule's own name. */
export function alertTitle(subject: AlertSubject, rule: string): string {
  return subject.name === rule ? rule : `${subject.name}: ${rule}`;
}

/** "300 alerts: 3 critical, 297 warning"; of one alert what it is about. */
export function noticeTitle(message: NoticeMessage): string {
  const [first] = message.alerts;
  const over = message.kind === 'resolved' ? 'Resolved: ' : '';
  if (message.total === 1 && first) return `${over}${alertTitle(first.subject, first.rule)}`;
  const counts = (['critical', 'warning', 'info'] as const)
    .filter((severity) => message.counts[severity] > 0)
    .map((severity) => `${message.counts[severity]} ${severity}`)
    .join(', ');
  return `${over}${message.total} alerts: ${counts}`;
}

/** One line per alert that is named, and how many more there are. */
export function noticeLines(message: NoticeMessage): string[] {
  const lines = message.alerts.map(
    (alert) =>
      `${SEVERITY_WORDS[alert.severity]}: ${alert.subject.name}: ${alert.detail} (${alert.rule}, since ${clockOf(alert.since)})`,
  );
  const more = message.total - message.alerts.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

/** `2026-11-29 14:02 UTC`: who reads a mail may be anywhere. */
export function clockOf(instant: string): string {
  return `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC`;
}

export function sizeWords(usedBytes: number, wholeBytes: number): string {
  return `${formatBytes(usedBytes)} of ${formatBytes(wholeBytes)}`;
}
