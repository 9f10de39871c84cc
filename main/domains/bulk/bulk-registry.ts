import type { StoredBulkActionName } from '../../../shared/domains/bulk/bulk-rules.ts';
import { bulkAutostart } from './actions/autostart.ts';
import { bulkDelete } from './actions/delete.ts';
import { bulkForceOff } from './actions/force-off.ts';
import { bulkNotes } from './actions/notes.ts';
import { bulkOwner } from './actions/owner.ts';
import { bulkPause } from './actions/pause.ts';
import { bulkReboot } from './actions/reboot.ts';
import { bulkReset } from './actions/reset.ts';
import { bulkRestore } from './actions/restore.ts';
import { bulkResume } from './actions/resume.ts';
import { bulkShutdown } from './actions/shutdown.ts';
import { bulkStart } from './actions/start.ts';
import { bulkTagsAdd, bulkTagsRemove, bulkTagsSet } from './actions/tags.ts';
import type { BulkActionDefinition } from './bulk-action.ts';

/** Every action on many: a new one is one line here, its file in `actions/`, its words and its input in `shared/domains/bulk`. */
export const bulkActionOf: Readonly<Record<StoredBulkActionName, BulkActionDefinition>> = {
  start: bulkStart,
  shutdown: bulkShutdown,
  forceOff: bulkForceOff,
  reboot: bulkReboot,
  reset: bulkReset,
  pause: bulkPause,
  resume: bulkResume,
  tagsAdd: bulkTagsAdd,
  tagsRemove: bulkTagsRemove,
  tagsSet: bulkTagsSet,
  notes: bulkNotes,
  owner: bulkOwner,
  autostart: bulkAutostart,
  delete: bulkDelete,
  restore: bulkRestore,
};
