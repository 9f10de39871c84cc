import IconAlertCircle from '@tabler/icons-react/dist/esm/icons/IconAlertCircle.mjs';
import IconBellRinging from '@tabler/icons-react/dist/esm/icons/IconBellRinging.mjs';
import IconCalendarExclamation from '@tabler/icons-react/dist/esm/icons/IconCalendarExclamation.mjs';
import IconDatabaseExclamation from '@tabler/icons-react/dist/esm/icons/IconDatabaseExclamation.mjs';
import IconHourglass from '@tabler/icons-react/dist/esm/icons/IconHourglass.mjs';
import IconPlugConnectedX from '@tabler/icons-react/dist/esm/icons/IconPlugConnectedX.mjs';
import IconServerBolt from '@tabler/icons-react/dist/esm/icons/IconServerBolt.mjs';
import IconWallet from '@tabler/icons-react/dist/esm/icons/IconWallet.mjs';
import IconWifiOff from '@tabler/icons-react/dist/esm/icons/IconWifiOff.mjs';
import IconZoomExclamation from '@tabler/icons-react/dist/esm/icons/IconZoomExclamation.mjs';
import type { OverviewException } from '../../../shared/domains/system/system-contract.ts';
import type { IconComponent, Tone } from '../../ui/icon.ts';

type Key = OverviewException['key'];

/** How each query of the overview reads: its results (one, many), its name when clear, and the button. */
export const exceptionWords: Record<
  Key,
  { one: string; many: string; clear: string; action: string; icon: IconComponent }
> = {
  'network-down': {
    one: 'host out of reach: your own network',
    many: 'hosts out of reach: your own network',
    clear: 'Network down',
    action: 'Open hosts',
    icon: IconWifiOff,
  },
  'alerts-firing': {
    one: 'alert nobody has taken on',
    many: 'alerts nobody has taken on',
    clear: 'Alerts firing',
    action: 'Open alerts',
    icon: IconBellRinging,
  },
  'hosts-unreachable': {
    one: 'host unreachable',
    many: 'hosts unreachable',
    clear: 'Hosts unreachable',
    action: 'Open hosts',
    icon: IconPlugConnectedX,
  },
  'vms-crashed': {
    one: 'VM crashed',
    many: 'VMs crashed',
    clear: 'VMs crashed',
    action: 'Open VMs',
    icon: IconZoomExclamation,
  },
  'tasks-failed': {
    one: 'failed task',
    many: 'failed tasks',
    clear: 'Tasks failed',
    action: 'Retry or dismiss',
    icon: IconAlertCircle,
  },
  'hosts-with-problems': {
    one: 'host with problems',
    many: 'hosts with problems',
    clear: 'Hosts with problems',
    action: 'See what to do',
    icon: IconServerBolt,
  },
  'pools-nearly-full': {
    one: 'pool nearly full',
    many: 'pools nearly full',
    clear: 'Pools nearly full',
    action: 'Open hosts',
    icon: IconDatabaseExclamation,
  },
  'invoices-overdue': {
    one: 'invoice overdue',
    many: 'invoices overdue',
    clear: 'Invoices overdue',
    action: 'Open invoices',
    icon: IconWallet,
  },
  'days-not-closed': {
    one: 'day not charged yet',
    many: 'days not charged yet',
    clear: 'Days not charged',
    action: 'Open days',
    icon: IconCalendarExclamation,
  },
  'runs-waiting': {
    one: 'billing run waits for somebody',
    many: 'billing runs wait for somebody',
    clear: 'Billing runs waiting',
    action: 'Open billing runs',
    icon: IconHourglass,
  },
};

export const severityWords: Record<OverviewException['severity'], { word: string; tone: Tone }> = {
  critical: { word: 'Critical', tone: 'bad' },
  warning: { word: 'Warning', tone: 'warn' },
  waiting: { word: 'Waiting', tone: 'acc' },
};

const LIST_PATHS: Record<OverviewException['list'], string> = {
  hosts: '/hosts',
  vms: '/vms',
  tasks: '/tasks',
  invoices: '/invoices',
  ledger: '/ledger',
  alerts: '/alerts',
  runs: '/runs',
};

/** Address of the list that shows the rows of an exception. */
export function exceptionPath(exception: Pick<OverviewException, 'list' | 'query'>): string {
  const path = LIST_PATHS[exception.list];
  return exception.query === '' ? path : `${path}?query=${encodeURIComponent(exception.query)}`;
}
