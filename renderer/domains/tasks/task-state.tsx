import IconArrowBackUp from '@tabler/icons-react/dist/esm/icons/IconArrowBackUp.mjs';
import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import IconClock from '@tabler/icons-react/dist/esm/icons/IconClock.mjs';
import IconLoader2 from '@tabler/icons-react/dist/esm/icons/IconLoader2.mjs';
import { TASK_STATE_WORDS } from '../../../shared/domains/tasks/task-state-words.ts';
import type { TaskState } from '../../../shared/domains/tasks/tasks-contract.ts';
import type { IconComponent, Tone } from '../../ui/icon.ts';
import { StateLabel } from '../../ui/state-label.tsx';

export const taskStateWords: Record<TaskState, { word: string; tone: Tone; icon: IconComponent }> = {
  queued: { word: TASK_STATE_WORDS.queued, tone: 'idle', icon: IconClock },
  running: { word: TASK_STATE_WORDS.running, tone: 'acc', icon: IconLoader2 },
  undoing: { word: TASK_STATE_WORDS.undoing, tone: 'warn', icon: IconArrowBackUp },
  succeeded: { word: TASK_STATE_WORDS.succeeded, tone: 'ok', icon: IconCircleCheck },
  failed: { word: TASK_STATE_WORDS.failed, tone: 'bad', icon: IconCircleX },
  cancelled: { word: TASK_STATE_WORDS.cancelled, tone: 'idle', icon: IconBan },
};

export function TaskStateLabel({ state }: { state: TaskState }) {
  const { word, tone, icon } = taskStateWords[state];
  return <StateLabel tone={tone} icon={icon} word={word} strong={state === 'failed'} />;
}

/** Still on its way, one way or the other. */
export function isTaskOpen(state: TaskState): boolean {
  return state === 'queued' || state === 'running' || state === 'undoing';
}
