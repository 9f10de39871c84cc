import IconCalendarEvent from '@tabler/icons-react/dist/esm/icons/IconCalendarEvent.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleOff from '@tabler/icons-react/dist/esm/icons/IconCircleOff.mjs';
import IconPlayerPause from '@tabler/icons-react/dist/esm/icons/IconPlayerPause.mjs';
import type { SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';

const STATES = {
  running: { word: 'Running', tone: 'ok', icon: IconCircleCheck },
  coming: { word: 'To come', tone: 'acc', icon: IconCalendarEvent },
  paused: { word: 'Paused', tone: 'warn', icon: IconPlayerPause },
  ended: { word: 'Ended', tone: 'idle', icon: IconCircleOff },
} as const;

/** State of a subscription today, where its days are billed, by the same rule as the query's `state:`. */
export function subscriptionState(
  of: Pick<SubscriptionRow, 'startsOn' | 'endsOn' | 'pausedFrom' | 'pausedUntil' | 'today'>,
) {
  const { today } = of;
  if (of.endsOn !== null && of.endsOn <= today) return STATES.ended;
  if (of.startsOn > today) return STATES.coming;
  const isPaused =
    of.pausedFrom !== null && of.pausedFrom <= today && (of.pausedUntil === null || of.pausedUntil > today);
  return isPaused ? STATES.paused : STATES.running;
}
