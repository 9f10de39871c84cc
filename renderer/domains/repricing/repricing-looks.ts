import IconArrowBackUp from '@tabler/icons-react/dist/esm/icons/IconArrowBackUp.mjs';
import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import IconHandStop from '@tabler/icons-react/dist/esm/icons/IconHandStop.mjs';
import IconHourglass from '@tabler/icons-react/dist/esm/icons/IconHourglass.mjs';
import IconLoader2 from '@tabler/icons-react/dist/esm/icons/IconLoader2.mjs';
import IconMinus from '@tabler/icons-react/dist/esm/icons/IconMinus.mjs';
import IconPlayerPause from '@tabler/icons-react/dist/esm/icons/IconPlayerPause.mjs';
import type { Repricing } from '../../../shared/domains/repricing/repricing-contract.ts';
import type {
  RepricingItemState,
  RepricingState,
} from '../../../shared/domains/repricing/repricing-rules.ts';
import { formatDay } from '../../ui/format.ts';
import type { IconComponent, Tone } from '../../ui/icon.ts';

interface Look {
  word: string;
  tone: Tone;
  icon: IconComponent;
}

export const repricingLooks: Readonly<Record<RepricingState, Look>> = {
  previewing: { word: 'Preview under way', tone: 'acc', icon: IconLoader2 },
  ready: { word: 'Waits to be started', tone: 'acc', icon: IconHourglass },
  moving: { word: 'Moving', tone: 'acc', icon: IconLoader2 },
  stopped: { word: 'Stands still', tone: 'warn', icon: IconPlayerPause },
  'taking-back': { word: 'Being taken back', tone: 'acc', icon: IconLoader2 },
  failed: { word: 'No preview', tone: 'bad', icon: IconCircleX },
  moved: { word: 'Ended', tone: 'ok', icon: IconCircleCheck },
  aborted: { word: 'Aborted', tone: 'idle', icon: IconBan },
};

export const itemLooks: Readonly<Record<RepricingItemState, Look>> = {
  unseen: { word: 'Not looked at', tone: 'idle', icon: IconMinus },
  waiting: { word: 'To be moved', tone: 'acc', icon: IconHourglass },
  done: { word: 'Moved', tone: 'ok', icon: IconCircleCheck },
  skipped: { word: 'So already', tone: 'idle', icon: IconMinus },
  refused: { word: 'Stays', tone: 'warn', icon: IconHandStop },
  failed: { word: 'Failed', tone: 'bad', icon: IconCircleX },
  cancelled: { word: 'Left out', tone: 'idle', icon: IconBan },
  undone: { word: 'Taken back', tone: 'idle', icon: IconArrowBackUp },
};

export function effectWords(effect: Repricing['effect']): string {
  if (effect === 'now') return 'at once';
  return effect === 'period-end' ? 'at the end of each period' : `from ${formatDay(effect)}`;
}

const REASONS: Readonly<Partial<Record<string, string>>> = {
  'so-already': 'Has that price',
  'planned-already': 'Will have that price',
  'daily-quantity': 'Not in whole units',
  'already-ended': 'Ended',
  'before-start': 'Not begun by then',
  'day-closed': 'Day closed',
  'no-price': 'No price in its currency',
  'version-currency': 'Another currency',
  'version-later': 'Version begins later',
  'plan-retired': 'Plan no longer sold',
  held: 'Waits for usage',
  'change-planned': 'Another change planned',
  'vat-otherwise': 'With VAT or without',
  'no-such-resource': 'Allotments without a price',
  'meter-unknown': 'Meter nobody counts',
  'meter-otherwise': 'Meter read otherwise',
  'vm-needed': 'For no VM',
  'changed-meanwhile': 'Changed meanwhile',
  'changed-since': 'Changed since',
  'in-effect': 'In effect',
  cancelled: 'Left out',
};

/** A reason in a few words, for a filter; the sentence stands beside each subscription. */
export function reasonWords(code: string): string {
  return REASONS[code] ?? code;
}
