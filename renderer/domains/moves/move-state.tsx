import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import IconClock from '@tabler/icons-react/dist/esm/icons/IconClock.mjs';
import IconLoader2 from '@tabler/icons-react/dist/esm/icons/IconLoader2.mjs';
import { MOVE_STATE_WORDS } from '../../../shared/domains/moves/move-rules.ts';
import type { MoveCause, MoveState } from '../../../shared/domains/moves/move-rules.ts';
import type { IconComponent, Tone } from '../../ui/icon.ts';
import { Badge, StateLabel } from '../../ui/state-label.tsx';

const looks: Record<MoveState, { tone: Tone; icon: IconComponent }> = {
  queued: { tone: 'idle', icon: IconClock },
  running: { tone: 'acc', icon: IconLoader2 },
  done: { tone: 'ok', icon: IconCircleCheck },
  failed: { tone: 'bad', icon: IconCircleX },
  cancelled: { tone: 'idle', icon: IconBan },
};

export const causeWords: Record<MoveCause, string> = {
  person: 'Asked for',
  evacuation: 'Evacuation',
  balancer: 'Balancer',
};

export function MoveStateLabel({ state }: { state: MoveState }) {
  return <StateLabel {...looks[state]} word={MOVE_STATE_WORDS[state]} strong={state === 'failed'} />;
}

export function MoveStateBadge({ state }: { state: MoveState }) {
  return <Badge {...looks[state]}>{MOVE_STATE_WORDS[state]}</Badge>;
}

/** Still on its way. */
export function isMoveOpen(state: MoveState): boolean {
  return state === 'queued' || state === 'running';
}
