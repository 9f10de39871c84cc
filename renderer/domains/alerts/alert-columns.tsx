import { Link } from 'wouter';
import type { AlertRow } from '../../../shared/domains/alerts/alerts-contract.ts';
import { formatDuration } from '../../ui/format.ts';
import { Ago, Timestamp } from '../../ui/moment.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import type { TableColumn } from '../../ui/table-column.ts';
import { severityWords, standing, subjectPath } from './alert-words.ts';

function Severity({ alert }: { alert: AlertRow }) {
  const { word, tone, icon } = severityWords[alert.severity];
  return <StateLabel tone={tone} icon={icon} word={word} strong={alert.state === 'firing'} />;
}

function Standing({ alert }: { alert: AlertRow }) {
  const { word, tone, icon } = standing(alert);
  return <StateLabel tone={tone} icon={icon} word={word} />;
}

export function AlertSubjectLink({ alert }: { alert: AlertRow }) {
  return (
    <Link href={subjectPath(alert.subject)} className="ik-link">
      {alert.subject.name}
    </Link>
  );
}

const SHARED: readonly TableColumn<AlertRow>[] = [
  {
    key: 'urgency',
    title: 'Severity',
    width: 86,
    sortable: true,
    cell: (alert) => <Severity alert={alert} />,
    text: (alert) => severityWords[alert.severity].word,
  },
  {
    key: 'subject',
    title: 'Object',
    width: 150,
    grow: true,
    fixed: true,
    sortable: true,
    cell: (alert) => <AlertSubjectLink alert={alert} />,
    text: (alert) => alert.subject.name,
  },
  {
    key: 'detail',
    title: 'What',
    width: 230,
    grow: true,
    spare: true,
    cell: (alert) => (
      <span className="ik-t2" title={alert.detail}>
        {alert.detail}
      </span>
    ),
    text: (alert) => alert.detail,
  },
  {
    key: 'rule',
    title: 'Rule',
    width: 160,
    spare: true,
    sortable: true,
    cell: (alert) => alert.rule,
    text: (alert) => alert.rule,
  },
];

export const openColumns: readonly TableColumn<AlertRow>[] = [
  ...SHARED,
  {
    key: 'standing',
    title: 'State',
    width: 92,
    cell: (alert) => <Standing alert={alert} />,
    text: (alert) => standing(alert).word,
  },
  {
    key: 'began',
    title: 'Since',
    width: 92,
    sortable: true,
    cell: (alert) => <Ago atMs={Date.parse(alert.beganAt)} />,
    text: (alert) => alert.beganAt,
  },
  {
    key: 'by',
    title: 'Taken on by',
    width: 96,
    spare: true,
    cell: (alert) => alert.acknowledgedBy,
    text: (alert) => alert.acknowledgedBy,
  },
];

export const pastColumns: readonly TableColumn<AlertRow>[] = [
  ...SHARED.map((column) => ({ ...column, sortable: column.key !== 'urgency' && column.sortable === true })),
  {
    key: 'began',
    title: 'Began',
    width: 110,
    sortable: true,
    cell: (alert) => <Timestamp atMs={Date.parse(alert.beganAt)} />,
    text: (alert) => alert.beganAt,
  },
  {
    key: 'resolved',
    title: 'Resolved',
    width: 110,
    sortable: true,
    cell: (alert) => (alert.resolvedAt ? <Timestamp atMs={Date.parse(alert.resolvedAt)} /> : null),
    text: (alert) => alert.resolvedAt ?? '',
  },
  {
    key: 'took',
    title: 'Lasted',
    width: 64,
    align: 'right',
    cell: (alert) =>
      alert.resolvedAt ? formatDuration(Date.parse(alert.resolvedAt) - Date.parse(alert.beganAt)) : '',
    text: (alert) => alert.resolvedAt ?? '',
  },
];
