import IconArrowBackUp from '@tabler/icons-react/dist/esm/icons/IconArrowBackUp.mjs';
import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconBolt from '@tabler/icons-react/dist/esm/icons/IconBolt.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import IconClock from '@tabler/icons-react/dist/esm/icons/IconClock.mjs';
import IconLoader2 from '@tabler/icons-react/dist/esm/icons/IconLoader2.mjs';
import IconMinus from '@tabler/icons-react/dist/esm/icons/IconMinus.mjs';
import IconNote from '@tabler/icons-react/dist/esm/icons/IconNote.mjs';
import IconPlayerPause from '@tabler/icons-react/dist/esm/icons/IconPlayerPause.mjs';
import IconPlayerPlay from '@tabler/icons-react/dist/esm/icons/IconPlayerPlay.mjs';
import IconPlayerTrackNext from '@tabler/icons-react/dist/esm/icons/IconPlayerTrackNext.mjs';
import IconPower from '@tabler/icons-react/dist/esm/icons/IconPower.mjs';
import IconRefresh from '@tabler/icons-react/dist/esm/icons/IconRefresh.mjs';
import IconRestore from '@tabler/icons-react/dist/esm/icons/IconRestore.mjs';
import IconRotateClockwise from '@tabler/icons-react/dist/esm/icons/IconRotateClockwise.mjs';
import IconTag from '@tabler/icons-react/dist/esm/icons/IconTag.mjs';
import IconTrash from '@tabler/icons-react/dist/esm/icons/IconTrash.mjs';
import IconUser from '@tabler/icons-react/dist/esm/icons/IconUser.mjs';
import type {
  BulkItemState,
  BulkState,
  StoredBulkActionName,
} from '../../../shared/domains/bulk/bulk-rules.ts';
import type { IconComponent, Tone } from '../../ui/icon.ts';

export interface Look {
  word: string;
  tone: Tone;
  icon: IconComponent;
}

export const itemLooks: Readonly<Record<BulkItemState, Look>> = {
  waiting: { word: 'Waiting', tone: 'idle', icon: IconClock },
  running: { word: 'Running', tone: 'acc', icon: IconLoader2 },
  done: { word: 'Done', tone: 'ok', icon: IconCircleCheck },
  skipped: { word: 'So already', tone: 'idle', icon: IconMinus },
  refused: { word: 'Refused', tone: 'warn', icon: IconBan },
  failed: { word: 'Failed', tone: 'bad', icon: IconCircleX },
  cancelled: { word: 'Cancelled', tone: 'idle', icon: IconBan },
  undone: { word: 'Undone', tone: 'idle', icon: IconArrowBackUp },
};

export const bulkLooks: Readonly<Record<BulkState, Look>> = {
  running: { word: 'Running', tone: 'acc', icon: IconLoader2 },
  stopping: { word: 'Stopping', tone: 'warn', icon: IconLoader2 },
  stopped: { word: 'Stopped', tone: 'warn', icon: IconPlayerPause },
  cancelling: { word: 'Cancelling', tone: 'warn', icon: IconLoader2 },
  cancelled: { word: 'Cancelled', tone: 'idle', icon: IconBan },
  done: { word: 'Done', tone: 'ok', icon: IconCircleCheck },
};

export const actionIcons: Readonly<Record<StoredBulkActionName, IconComponent>> = {
  start: IconPlayerPlay,
  shutdown: IconPower,
  forceOff: IconBolt,
  reboot: IconRotateClockwise,
  reset: IconRestore,
  pause: IconPlayerPause,
  resume: IconPlayerTrackNext,
  tagsAdd: IconTag,
  tagsRemove: IconTag,
  tagsSet: IconTag,
  notes: IconNote,
  owner: IconUser,
  autostart: IconRefresh,
  delete: IconTrash,
  restore: IconArrowBackUp,
};
