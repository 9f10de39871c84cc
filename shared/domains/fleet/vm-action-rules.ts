import { STATE_WORDS, type VmState } from './vm-rules.ts';

/** Everything that is done to a VM. A use case, a button and an action over many VMs ask the same table. */
export const VM_ACTIONS = [
  'start',
  'shutdown',
  'forceOff',
  'reboot',
  'reset',
  'pause',
  'resume',
  'console',
  'screen',
  'resize',
  'diskAdd',
  'diskGrow',
  'diskAttach',
  'diskDetach',
  'nicAdd',
  'nicChange',
  'nicRemove',
  'mediaChange',
  'bootOrder',
  'snapshotMake',
  'snapshotRevert',
  'snapshotDelete',
  'clone',
  'rescueStart',
  'rescueEnd',
  'password',
  'rename',
  'autostart',
  'move',
  'owner',
  'tags',
  'notes',
  'delete',
] as const;
export type VmAction = (typeof VM_ACTIONS)[number];

export interface VmActionRule {
  /** On a button: an imperative. */
  readonly verb: string;
  readonly allowed: readonly VmState[];
  /** Why not, where the state does not allow it; completes "Not now: …". */
  readonly reason: (state: VmState) => string;
  /** Something is lost that does not come back: it is asked for twice. */
  readonly loses?: true;
}

const on: readonly VmState[] = ['running', 'blocked'];
const alive: readonly VmState[] = [...on, 'paused', 'shutting-down', 'suspended'];
const off: readonly VmState[] = ['shut-off', 'crashed'];
/** It has a definition on its host that can be changed, and is not on its way somewhere. */
const settled: readonly VmState[] = [...on, 'paused', 'suspended', ...off];
/** Its memory and disks stand still or can be made to: what a snapshot needs. */
const steady: readonly VmState[] = [...on, 'paused', ...off];
const everywhere: readonly VmState[] = [...alive, ...off, 'unknown', 'provisioning', 'missing'];

function being(state: VmState): string {
  if (state === 'provisioning')
    return 'it is still being made: its task can be cancelled, or, once it has failed, tried again';
  if (state === 'missing') return 'it is no longer on its host';
  if (state === 'unknown') return 'its host does not say in what state it is';
  return `it is ${STATE_WORDS[state].toLowerCase()}`;
}

/** For what changes its definition. */
const beingUnsettled = (state: VmState): string =>
  state === 'shutting-down' ? 'it is shutting down: wait until it is off, or force it off' : being(state);

/** For what needs it off. */
const beingOn = (state: VmState): string =>
  alive.includes(state) && state !== 'shutting-down'
    ? `${being(state)}: shut it down first, or force it off`
    : beingUnsettled(state);

const changes = (verb: string): VmActionRule => ({ verb, allowed: settled, reason: beingUnsettled });
const ours = (verb: string): VmActionRule => ({ verb, allowed: everywhere, reason: being });

/** State to action, shared by the button (which says why it is off), the use case (which refuses) and the bulk preview. */
export const vmActionRules: Readonly<Record<VmAction, VmActionRule>> = {
  start: {
    verb: 'Start',
    allowed: off,
    reason: (state) => (alive.includes(state) ? 'it is on already' : being(state)),
  },
  shutdown: {
    verb: 'Shut down',
    allowed: on,
    reason: (state) => (state === 'paused' ? 'it is paused: resume it first, or force it off' : being(state)),
  },
  forceOff: { verb: 'Force off', allowed: [...alive, 'crashed'], reason: being, loses: true },
  reboot: { verb: 'Restart', allowed: on, reason: being },
  reset: { verb: 'Reset', allowed: [...on, 'paused'], reason: being, loses: true },
  pause: { verb: 'Pause', allowed: on, reason: being },
  resume: {
    verb: 'Resume',
    allowed: ['paused', 'suspended'],
    reason: (state) => (on.includes(state) ? 'it is not paused' : being(state)),
  },
  console: { verb: 'Console', allowed: [...on, 'paused', 'shutting-down'], reason: being },
  screen: { verb: 'Screen', allowed: [...on, 'paused', 'shutting-down'], reason: being },
  resize: changes('Resize'),
  diskAdd: changes('Add a disk'),
  diskGrow: changes('Grow the disk'),
  diskAttach: changes('Attach a volume'),
  diskDetach: changes('Detach the disk'),
  nicAdd: changes('Add a network card'),
  nicChange: changes('Change the network card'),
  nicRemove: changes('Remove the network card'),
  mediaChange: changes('Change the CD'),
  bootOrder: changes('Change the boot order'),
  snapshotMake: { verb: 'Make a snapshot', allowed: steady, reason: beingUnsettled },
  snapshotRevert: { verb: 'Revert', allowed: steady, reason: beingUnsettled, loses: true },
  snapshotDelete: { verb: 'Delete the snapshot', allowed: steady, reason: beingUnsettled, loses: true },
  clone: { verb: 'Clone', allowed: off, reason: beingOn },
  rescueStart: { verb: 'Rescue boot', allowed: off, reason: beingOn },
  rescueEnd: {
    verb: 'End the rescue',
    allowed: alive,
    reason: (state) =>
      off.includes(state) ? 'it is off: its next start is from its own disk again' : being(state),
    loses: true,
  },
  password: {
    verb: 'Set a password',
    allowed: on,
    reason: (state) =>
      off.includes(state) || state === 'paused'
        ? `${being(state)}: the guest agent sets it inside, while the guest runs`
        : being(state),
  },
  rename: { verb: 'Rename', allowed: off, reason: beingOn },
  autostart: changes('Autostart'),
  move: { verb: 'Move', allowed: steady, reason: beingUnsettled },
  owner: ours('Change the customer'),
  tags: ours('Change the tags'),
  notes: ours('Change the notes'),
  delete: {
    verb: 'Delete',
    allowed: [...off, 'missing', ...alive, 'unknown'],
    reason: being,
    loses: true,
  },
};

/** `null` when the action is possible in this state, else why not: a clause without a full stop. */
export function whyNot(action: VmAction, state: VmState): string | null {
  const rule = vmActionRules[action];
  return rule.allowed.includes(state) ? null : rule.reason(state);
}

/** What decides beside its state: whether its host is heard. */
export interface VmForAction {
  readonly state: VmState;
  readonly host: string;
  /** Since when nothing was heard of its host; null while it is. */
  readonly staleSince: string | null;
}

/** Written in the store alone: the host need not answer. */
const inStore: readonly VmAction[] = ['owner', 'tags', 'notes'];

/** As `whyNot`, for a VM as a list shows it: an order to a host that was not heard lately is not sent. */
export function whyNotVm(action: VmAction, vm: VmForAction): string | null {
  const why = whyNot(action, vm.state);
  if (why !== null || vm.staleSince === null || inStore.includes(action)) return why;
  return `its host ${vm.host} was not heard lately; the order could not be delivered`;
}
