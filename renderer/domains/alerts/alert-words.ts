import IconAlertCircle from '@tabler/icons-react/dist/esm/icons/IconAlertCircle.mjs';
import IconAlertTriangleFilled from '@tabler/icons-react/dist/esm/icons/IconAlertTriangleFilled.mjs';
import IconBellOff from '@tabler/icons-react/dist/esm/icons/IconBellOff.mjs';
import IconBellRinging from '@tabler/icons-react/dist/esm/icons/IconBellRinging.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconClock from '@tabler/icons-react/dist/esm/icons/IconClock.mjs';
import IconInfoCircle from '@tabler/icons-react/dist/esm/icons/IconInfoCircle.mjs';
import IconUserCheck from '@tabler/icons-react/dist/esm/icons/IconUserCheck.mjs';
import { SEVERITY_WORDS } from '../../../shared/domains/alerts/alert-rules.ts';
import type {
  AlertRow,
  AlertSeverity,
  AlertSubject,
  ChannelKind,
} from '../../../shared/domains/alerts/alerts-contract.ts';
import type { IconComponent, Tone } from '../../ui/icon.ts';

interface Words {
  word: string;
  tone: Tone;
  icon: IconComponent;
}

export const severityWords: Record<AlertSeverity, Words> = {
  critical: { word: SEVERITY_WORDS.critical, tone: 'bad', icon: IconAlertTriangleFilled },
  warning: { word: SEVERITY_WORDS.warning, tone: 'warn', icon: IconAlertCircle },
  info: { word: SEVERITY_WORDS.info, tone: 'acc', icon: IconInfoCircle },
};

/** How it stands with an alert, for whoever might do something about it. */
export function standing(alert: AlertRow): Words {
  if (alert.state === 'resolved') return { word: 'Resolved', tone: 'ok', icon: IconCircleCheck };
  if (alert.silenced !== '') return { word: 'Silenced', tone: 'idle', icon: IconBellOff };
  if (alert.state === 'pending') return { word: 'Pending', tone: 'idle', icon: IconClock };
  if (alert.acknowledgedBy !== '') return { word: 'Taken on', tone: 'acc', icon: IconUserCheck };
  return { word: 'Firing', tone: severityWords[alert.severity].tone, icon: IconBellRinging };
}

/** Address of what an alert is about. */
export function subjectPath({ kind, id }: AlertSubject): string {
  switch (kind) {
    case 'host':
      return `/hosts/${id}`;
    case 'pool':
      return `/hosts/${id.split('/')[0] ?? ''}`;
    case 'vm':
      return `/vms/${id}`;
    case 'task':
      return `/tasks/${id}`;
    case 'customer':
      return `/customers/${id}`;
    case 'query':
      return '/alerts/rules';
  }
}

export const severityOptions = (['critical', 'warning', 'info'] as const).map((value) => ({
  value,
  label: SEVERITY_WORDS[value],
}));

export const CHANNEL_WORDS: Record<ChannelKind, string> = {
  mail: 'Mail',
  webhook: 'Webhook',
  slack: 'Slack',
  telegram: 'Telegram',
  desktop: 'Desktop',
};

/** Of a length of time as people set it: `5 min`, `2 h`. */
export function secondsWords(seconds: number): string {
  if (seconds === 0) return 'at once';
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  if (seconds % 60 === 0) return `${seconds / 60} min`;
  return `${seconds} s`;
}
