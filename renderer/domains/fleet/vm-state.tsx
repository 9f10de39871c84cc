import IconAlertOctagon from '@tabler/icons-react/dist/esm/icons/IconAlertOctagon.mjs';
import IconClockExclamation from '@tabler/icons-react/dist/esm/icons/IconClockExclamation.mjs';
import IconHelpCircle from '@tabler/icons-react/dist/esm/icons/IconHelpCircle.mjs';
import IconLoader2 from '@tabler/icons-react/dist/esm/icons/IconLoader2.mjs';
import IconMapQuestion from '@tabler/icons-react/dist/esm/icons/IconMapQuestion.mjs';
import IconMoon from '@tabler/icons-react/dist/esm/icons/IconMoon.mjs';
import IconPlayerPauseFilled from '@tabler/icons-react/dist/esm/icons/IconPlayerPauseFilled.mjs';
import IconPlayerPlayFilled from '@tabler/icons-react/dist/esm/icons/IconPlayerPlayFilled.mjs';
import IconPower from '@tabler/icons-react/dist/esm/icons/IconPower.mjs';
import IconSquare from '@tabler/icons-react/dist/esm/icons/IconSquare.mjs';
import { STATE_WORDS } from '../../../shared/domains/fleet/vm-rules.ts';
import type { VmState } from '../../../shared/domains/fleet/vm-rules.ts';
import type { IconComponent, Tone } from '../../ui/icon.ts';
import { formatDuration } from '../../ui/format.ts';
import { StaleMarker, useNow } from '../../ui/moment.tsx';
import { Badge, StateLabel } from '../../ui/state-label.tsx';

/** Tone and icon of each state; its word is the one the rules use too. */
export const vmStateLooks: Readonly<Record<VmState, { tone: Tone; icon: IconComponent; size?: number }>> = {
  running: { tone: 'ok', icon: IconPlayerPlayFilled, size: 9 },
  blocked: { tone: 'ok', icon: IconPlayerPlayFilled, size: 9 },
  paused: { tone: 'warn', icon: IconPlayerPauseFilled, size: 10 },
  'shutting-down': { tone: 'acc', icon: IconPower, size: 11 },
  'shut-off': { tone: 'idle', icon: IconSquare, size: 11 },
  crashed: { tone: 'bad', icon: IconAlertOctagon, size: 12 },
  suspended: { tone: 'idle', icon: IconMoon, size: 11 },
  unknown: { tone: 'warn', icon: IconHelpCircle, size: 12 },
  provisioning: { tone: 'acc', icon: IconLoader2, size: 11 },
  missing: { tone: 'warn', icon: IconMapQuestion, size: 12 },
};

interface Seen {
  state: VmState;
  staleSince: string | null;
}

/** State in a list: icon and word; where its host was not heard lately, how old the facts are. */
export function VmStateLabel({ vm }: { vm: Seen }) {
  if (vm.staleSince !== null) return <StaleMarker seenMs={Date.parse(vm.staleSince)} />;
  const { tone, icon, size } = vmStateLooks[vm.state];
  return (
    <StateLabel
      tone={tone}
      icon={icon}
      word={STATE_WORDS[vm.state]}
      strong={vm.state === 'crashed'}
      {...(size === undefined ? {} : { size })}
    />
  );
}

const stateCells = new Map(
  Object.entries(vmStateLooks).map(([state, { tone, icon: Icon, size }]) => [
    state,
    <>
      <Icon size={size ?? 13} className={`ik-${tone}`} aria-hidden />
      {state === 'crashed' ? (
        <span className={`ik-${tone}`}>{STATE_WORDS[state]}</span>
      ) : (
        STATE_WORDS[state as VmState]
      )}
    </>,
  ]),
);

/** The same in a cell of a list whose class is `ik-cell-state`: one element for all VMs in a state, which is drawn once. */
export function vmStateCell(vm: Seen) {
  return vm.staleSince === null ? (
    stateCells.get(vm.state)
  ) : (
    <StaleMarker seenMs={Date.parse(vm.staleSince)} />
  );
}

/** The one badge in a VM's header; where its host was not heard lately it says how old that is. */
export function VmStateBadge({ vm }: { vm: Seen }) {
  const nowMs = useNow();
  const { tone, icon } = vmStateLooks[vm.state];
  const word = STATE_WORDS[vm.state];
  if (vm.staleSince === null) {
    return (
      <Badge tone={tone} icon={icon}>
        {word}
      </Badge>
    );
  }
  return (
    <Badge
      tone="idle"
      icon={IconClockExclamation}
    >{`${word}, ${formatDuration(nowMs - Date.parse(vm.staleSince))} old`}</Badge>
  );
}
