import type { VmAction } from '../fleet/vm-action-rules.ts';

/** What can be done to many VMs at once. */
export const BULK_ACTIONS = [
  'start',
  'shutdown',
  'forceOff',
  'reboot',
  'reset',
  'pause',
  'resume',
  'tagsAdd',
  'tagsRemove',
  'tagsSet',
  'notes',
  'owner',
  'autostart',
  'delete',
] as const;
export type BulkActionName = (typeof BULK_ACTIONS)[number];
/** As stored: `restore` gives back what another bulk action has replaced, and is only reached by undoing that. */
export const STORED_BULK_ACTIONS = [...BULK_ACTIONS, 'restore'] as const;
export type StoredBulkActionName = (typeof STORED_BULK_ACTIONS)[number];

export const BULK_STATES = ['running', 'stopping', 'stopped', 'cancelling', 'cancelled', 'done'] as const;
export type BulkState = (typeof BULK_STATES)[number];

export const BULK_ITEM_STATES = [
  'waiting',
  'running',
  'done',
  /** Was so already. */
  'skipped',
  'refused',
  'failed',
  'cancelled',
  /** Done, and taken back by another bulk action. */
  'undone',
] as const;
export type BulkItemState = (typeof BULK_ITEM_STATES)[number];

export interface BulkWords {
  /** "Start": on a button. */
  readonly verb: string;
  /** Before the number of VMs, where that is not the verb alone: "Add tags to". */
  readonly verbOn?: string;
  /** Third person, for counts: "will start". */
  readonly will: string;
  /** Past participle, for results: "started". */
  readonly done: string;
  /** The rule of a single VM that decides, where its state matters. */
  readonly vmAction?: VmAction;
  /** How one that needs nothing is called: "on already". */
  readonly already: string;
  /** The number of VMs is typed before: what it takes away cannot be given back as it was. */
  readonly destroys?: boolean;
  /** The number is typed in the console because guests are interrupted. */
  readonly interrupts?: boolean;
  /** What undoing it does; absent where nothing real takes it back. */
  readonly undo?: string;
}

export const bulkWords: Readonly<Record<StoredBulkActionName, BulkWords>> = {
  start: { verb: 'Start', will: 'will start', done: 'started', already: 'on already', vmAction: 'start' },
  shutdown: {
    verb: 'Shut down',
    will: 'will shut down',
    done: 'shut down',
    already: 'off already',
    vmAction: 'shutdown',
    interrupts: true,
    undo: 'starts those it shut down',
  },
  forceOff: {
    verb: 'Force off',
    will: 'will lose power',
    done: 'forced off',
    already: 'off already',
    vmAction: 'forceOff',
    destroys: true,
    undo: 'starts those it forced off',
  },
  reboot: {
    verb: 'Restart',
    will: 'will restart',
    done: 'asked to restart',
    already: '',
    vmAction: 'reboot',
    interrupts: true,
  },
  reset: {
    verb: 'Reset',
    will: 'will be reset',
    done: 'reset',
    already: '',
    vmAction: 'reset',
    destroys: true,
  },
  pause: {
    verb: 'Pause',
    will: 'will pause',
    done: 'paused',
    already: 'paused already',
    vmAction: 'pause',
    interrupts: true,
    undo: 'resumes those it paused',
  },
  resume: {
    verb: 'Resume',
    will: 'will go on',
    done: 'resumed',
    already: 'not paused',
    vmAction: 'resume',
    undo: 'pauses those it resumed',
  },
  tagsAdd: {
    verb: 'Add tags',
    verbOn: 'Add tags to',
    will: 'will get them',
    done: 'tagged',
    already: 'tagged so already',
    undo: 'takes away the tags it added',
  },
  tagsRemove: {
    verb: 'Remove tags',
    verbOn: 'Remove tags from',
    will: 'will lose them',
    done: 'untagged',
    already: 'without them already',
    undo: 'gives back the tags it removed',
  },
  tagsSet: {
    verb: 'Set tags',
    verbOn: 'Set the tags of',
    will: 'will have these tags only',
    done: 'tagged',
    already: 'tagged so already',
    undo: 'gives back the former tags',
  },
  notes: {
    verb: 'Set notes',
    verbOn: 'Set the notes of',
    will: 'will have these notes',
    done: 'noted',
    already: 'with these notes already',
    undo: 'gives back the former notes',
  },
  owner: {
    verb: 'Set customer',
    verbOn: 'Set the customer of',
    will: 'will change hands',
    done: 'given',
    already: 'theirs already',
    undo: 'gives them back to whose they were',
  },
  autostart: {
    verb: 'Set autostart',
    verbOn: 'Set autostart of',
    will: 'will be set',
    done: 'set',
    already: 'set so already',
    undo: 'sets it back where it was changed',
  },
  delete: {
    verb: 'Delete',
    will: 'will be deleted with their disks',
    done: 'deleted',
    already: '',
    vmAction: 'delete',
    destroys: true,
  },
  restore: { verb: 'Take back', will: 'will be as before', done: 'as before', already: 'as before already' },
};

/** How many are worked on at the same time, and when a run stops by itself. */
export interface BulkPace {
  readonly perHost: number;
  /** Null: no cap of its own. */
  readonly perCluster: number | null;
  readonly atOnce: number;
  /** Null: never. */
  readonly stopAfterFailures: number | null;
}

/** At most 5 calls in flight per host is what its daemon answers in parallel (`max_client_requests`). */
export const CALLS_PER_HOST = 5;
export const DEFAULT_PACE: BulkPace = { perHost: 5, perCluster: null, atOnce: 100, stopAfterFailures: 20 };

/** "1 VM", "4,812 VMs". */
export function vmCountWords(count: number): string {
  return `${count.toLocaleString('en-US')} VM${count === 1 ? '' : 's'}`;
}

/** "Start 4,812 VMs", "Add tags to 2 VMs". */
export function bulkOrderWords(action: StoredBulkActionName, count: number): string {
  const { verb, verbOn = verb } = bulkWords[action];
  return `${verbOn} ${vmCountWords(count)}`;
}

const OPEN: readonly BulkState[] = ['running', 'stopping', 'cancelling'];

export function isBulkOpen(state: BulkState): boolean {
  return OPEN.includes(state);
}

interface Standing {
  readonly state: BulkState;
  readonly counts: Readonly<Record<BulkItemState, number>>;
  readonly action: StoredBulkActionName;
}
export type BulkControl = 'stop' | 'goOn' | 'cancel' | 'retry' | 'retryRefused' | 'undo';

/** Why a bulk action cannot be stopped, gone on with … now; null when it can. Shared by the button and the use case. */
export function whyNotBulk(control: BulkControl, bulk: Standing): string | null {
  const { state, counts } = bulk;
  const open = isBulkOpen(state);
  switch (control) {
    case 'stop':
      if (state === 'running') return null;
      return open ? 'it is being stopped already' : 'it does not run';
    case 'goOn':
      if (state === 'stopping') return null;
      if (open) return 'it runs';
      return state === 'stopped' && counts.waiting > 0 ? null : 'nothing of it is waiting';
    case 'cancel':
      if (state === 'cancelling') return 'it is being cancelled already';
      return open || counts.waiting > 0 ? null : 'it has ended';
    case 'retry':
      return (
        whyNoRetry(open, counts) ??
        (counts.failed + counts.cancelled > 0 ? null : 'nothing of it has failed or was cancelled')
      );
    case 'retryRefused':
      // Whoever typed the number of those it would destroy did not count these.
      if (bulkWords[bulk.action].destroys === true)
        return 'the number that was typed did not count those it refused: choose them anew in the list of VMs';
      return whyNoRetry(open, counts) ?? (counts.refused > 0 ? null : 'nothing of it was refused');
    case 'undo':
      if (bulkWords[bulk.action].undo === undefined) return 'nothing real takes it back';
      if (open) return 'it still runs: wait or stop it first';
      return counts.done > 0 ? null : 'nothing of it was done, or all was taken back';
  }
}

/** What waits would be begun with what is tried again, which nobody asked for. */
function whyNoRetry(open: boolean, counts: Standing['counts']): string | null {
  if (open) return 'it still runs: wait or stop it first';
  return counts.waiting > 0
    ? 'some of it is still waiting: go on with that, or cancel the rest, first'
    : null;
}
