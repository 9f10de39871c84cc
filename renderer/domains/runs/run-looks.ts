import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import IconArrowBackUp from '@tabler/icons-react/dist/esm/icons/IconArrowBackUp.mjs';
import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import IconHandStop from '@tabler/icons-react/dist/esm/icons/IconHandStop.mjs';
import IconHourglass from '@tabler/icons-react/dist/esm/icons/IconHourglass.mjs';
import IconLoader2 from '@tabler/icons-react/dist/esm/icons/IconLoader2.mjs';
import IconActivity from '@tabler/icons-react/dist/esm/icons/IconActivity.mjs';
import IconMinus from '@tabler/icons-react/dist/esm/icons/IconMinus.mjs';
import IconPercentage from '@tabler/icons-react/dist/esm/icons/IconPercentage.mjs';
import IconPlayerPause from '@tabler/icons-react/dist/esm/icons/IconPlayerPause.mjs';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import type { Finding, RunRowState, RunSeverity, RunState } from '../../../shared/domains/runs/run-rules.ts';
import type { IconComponent, Tone } from '../../ui/icon.ts';
import { RUN_STATE_WORDS } from './run-words.ts';

export interface Look {
  word: string;
  tone: Tone;
  icon: IconComponent;
}

const look = (state: RunState, tone: Tone, icon: IconComponent): Look => ({
  word: RUN_STATE_WORDS[state],
  tone,
  icon,
});

export const runLooks: Readonly<Record<RunState, Look>> = {
  previewing: look('previewing', 'acc', IconLoader2),
  ready: look('ready', 'acc', IconHourglass),
  returned: look('returned', 'warn', IconArrowBackUp),
  posting: look('posting', 'acc', IconLoader2),
  stopped: look('stopped', 'warn', IconPlayerPause),
  failed: look('failed', 'bad', IconCircleX),
  posted: look('posted', 'ok', IconCircleCheck),
  aborted: look('aborted', 'idle', IconBan),
};

export const rowLooks: Readonly<Record<RunRowState, Look>> = {
  ready: { word: 'Ready', tone: 'ok', icon: IconCircleCheck },
  held: { word: 'Held', tone: 'bad', icon: IconHandStop },
  nothing: { word: 'No invoice', tone: 'idle', icon: IconMinus },
  'left-out': { word: 'Left out', tone: 'idle', icon: IconBan },
  posted: { word: 'Posted', tone: 'ok', icon: IconCircleCheck },
};

export const severityLooks: Readonly<Record<RunSeverity, Look>> = {
  none: { word: 'None', tone: 'idle', icon: IconMinus },
  check: { word: 'Check', tone: 'warn', icon: IconAlertTriangle },
  high: { word: 'High', tone: 'bad', icon: IconAlertTriangle },
};

/** Beside the reason of a row: of its first finding that has one. */
const findingIcons: Partial<Readonly<Record<Finding, IconComponent>>> = {
  new: IconPlus,
  gone: IconMinus,
  changed: IconActivity,
  'vat-changed': IconPercentage,
};

export function findingIcon(findings: readonly Finding[]): IconComponent | undefined {
  const first = findings.find((finding) => findingIcons[finding] !== undefined);
  return first && findingIcons[first];
}
