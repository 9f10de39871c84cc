import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconHourglass from '@tabler/icons-react/dist/esm/icons/IconHourglass.mjs';
import IconKey from '@tabler/icons-react/dist/esm/icons/IconKey.mjs';
import IconLoader2 from '@tabler/icons-react/dist/esm/icons/IconLoader2.mjs';
import IconLock from '@tabler/icons-react/dist/esm/icons/IconLock.mjs';
import IconPlugConnectedX from '@tabler/icons-react/dist/esm/icons/IconPlugConnectedX.mjs';
import type { HostState } from '../../../shared/domains/fleet/host-contract.ts';
import type { IconComponent, Tone } from '../../ui/icon.ts';
import { Badge, StateLabel } from '../../ui/state-label.tsx';

export const hostStateLooks: Readonly<Record<HostState, { word: string; tone: Tone; icon: IconComponent }>> =
  {
    connecting: { word: 'Connecting', tone: 'acc', icon: IconLoader2 },
    connected: { word: 'Connected', tone: 'ok', icon: IconCircleCheck },
    slow: { word: 'Slow', tone: 'warn', icon: IconHourglass },
    unreachable: { word: 'Unreachable', tone: 'bad', icon: IconPlugConnectedX },
    'key-changed': { word: 'Key changed', tone: 'bad', icon: IconKey },
    refused: { word: 'Refused', tone: 'bad', icon: IconLock },
  };

export function HostStateLabel({ state }: { state: HostState }) {
  const { word, tone, icon } = hostStateLooks[state];
  return <StateLabel tone={tone} icon={icon} word={word} strong={tone === 'bad'} />;
}

export function HostStateBadge({ state }: { state: HostState }) {
  const { word, tone, icon } = hostStateLooks[state];
  return (
    <Badge tone={tone} icon={icon}>
      {word}
    </Badge>
  );
}

/** Whether what is known of the host is of now. */
export function isHostHeard(state: HostState): boolean {
  return state === 'connected' || state === 'slow';
}
