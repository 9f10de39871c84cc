import { useEffect, useMemo, useRef, useState } from 'react';
import { Menu } from '@mantine/core';
import IconArrowsTransferUpDown from '@tabler/icons-react/dist/esm/icons/IconArrowsTransferUpDown.mjs';
import IconBolt from '@tabler/icons-react/dist/esm/icons/IconBolt.mjs';
import IconCopy from '@tabler/icons-react/dist/esm/icons/IconCopy.mjs';
import IconCursorText from '@tabler/icons-react/dist/esm/icons/IconCursorText.mjs';
import IconDots from '@tabler/icons-react/dist/esm/icons/IconDots.mjs';
import IconKey from '@tabler/icons-react/dist/esm/icons/IconKey.mjs';
import IconLifebuoy from '@tabler/icons-react/dist/esm/icons/IconLifebuoy.mjs';
import IconPlayerPlay from '@tabler/icons-react/dist/esm/icons/IconPlayerPlay.mjs';
import IconRestore from '@tabler/icons-react/dist/esm/icons/IconRestore.mjs';
import IconTrash from '@tabler/icons-react/dist/esm/icons/IconTrash.mjs';
import { clauseSentence } from '../../../shared/kernel/clause-sentence.ts';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import { whyNot } from '../../../shared/domains/fleet/vm-action-rules.ts';
import type { VmAction } from '../../../shared/domains/fleet/vm-action-rules.ts';
import { useCommand } from '../../client/use-command.ts';
import type { ErrorWords } from '../../ui/error-panel.tsx';
import { ActionButton, Button } from '../../ui/button.tsx';
import type { IconComponent } from '../../ui/icon.ts';
import { formatDuration } from '../../ui/format.ts';
import { useKeys } from '../../ui/keys.ts';
import { useNow } from '../../ui/moment.tsx';
import { toast } from '../../ui/toast.ts';
import { RescueDialog } from '../hardware/device-dialogs.tsx';
import { CloneDialog, PasswordDialog, RenameDialog } from '../hardware/identity-dialogs.tsx';
import { MoveDialog } from '../moves/move-dialog.tsx';
import { VmDeleteDialog, VmForceOffDialog, VmResetDialog, VmShutdownDialog } from './vm-dialogs.tsx';

type Asked =
  | 'shutdown'
  | 'forceOff'
  | 'reset'
  | 'delete'
  | 'move'
  | 'rescue'
  | 'clone'
  | 'rename'
  | 'password';

/** Why an action is off, as a sentence, from the state table, the host's silence or the person's role; null when it can be done. */
function useReasons(vm: VmDetail, may: string | null): (action: VmAction) => string | null {
  const nowMs = useNow();
  return (action) => {
    const why = whyNot(action, vm.state);
    // Where the table says itself what to do instead, nothing is added.
    const isOff = action !== 'start' && whyNot('start', vm.state) === null;
    if (why !== null) return clauseSentence(isOff && !why.includes(':') ? `${why}: start it first` : why);
    if (vm.staleSince !== null) {
      const age = formatDuration(nowMs - Date.parse(vm.staleSince));
      return `${vm.host} was last heard ${age} ago; the order could not be delivered. Wait until it answers.`;
    }
    return may;
  };
}

function useProblemToast(title: string, error: ErrorWords | null): void {
  const sentence = error?.sentence;
  useEffect(() => {
    if (sentence) toast('bad', title, sentence);
  }, [title, sentence]);
}

/** The commands that need no question, run from a button: their refusals become a word at the edge of the screen. */
function usePowerCommands(vm: VmDetail) {
  const start = useCommand('fleet.vmStart');
  const reboot = useCommand('fleet.vmReboot');
  const pause = useCommand('fleet.vmPause');
  const resume = useCommand('fleet.vmResume');
  useProblemToast(`${vm.name} was not started`, start.error);
  useProblemToast(`${vm.name} was not restarted`, reboot.error);
  useProblemToast(`${vm.name} was not paused`, pause.error);
  useProblemToast(`${vm.name} did not go on`, resume.error);
  return { start, reboot, pause, resume };
}

/** Keys of the VM on screen; what cannot be done now does nothing, as its button. */
function usePowerKeys(keys: {
  start: (() => void) | null;
  shutdown: (() => void) | null;
  console: (() => void) | null;
}): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useKeys(
    useMemo(
      () => [
        { keys: 's', label: 'Start the VM', group: 'VM', run: () => latest.current.start?.() },
        { keys: 'x', label: 'Shut the VM down…', group: 'VM', run: () => latest.current.shutdown?.() },
        { keys: 'c', label: 'Open its console', group: 'VM', run: () => latest.current.console?.() },
      ],
      [],
    ),
  );
}

function MenuAction(props: {
  icon: IconComponent;
  label: string;
  reason: string | null;
  onPick: () => void;
}) {
  const Icon = props.icon;
  return (
    <Menu.Item
      leftSection={<Icon size={14} aria-hidden />}
      aria-disabled={props.reason !== null || undefined}
      closeMenuOnClick={props.reason === null}
      onClick={() => {
        if (props.reason === null) props.onPick();
      }}
    >
      <span className={props.reason === null ? undefined : 'ik-t3'}>{props.label}</span>
      {props.reason === null ? null : <span className="ik-menu-why">{props.reason}</span>}
    </Menu.Item>
  );
}

/** What can be done with a VM now; what cannot says why. */
export function VmActions({
  vm,
  may,
  onConsole,
  onGone,
}: {
  vm: VmDetail;
  may: string | null;
  onConsole: () => void;
  onGone: () => void;
}) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const why = useReasons(vm, may);
  const { start, reboot, pause, resume } = usePowerCommands(vm);
  const input = { vmId: vm.id };
  const close = (): void => {
    setAsked(null);
  };
  const isOff = whyNot('start', vm.state) === null;
  const isPaused = whyNot('resume', vm.state) === null;
  const can = (action: VmAction, run: () => void): (() => void) | null => (why(action) === null ? run : null);
  usePowerKeys({
    start: can('start', () => void start.run(input)),
    shutdown: can('shutdown', () => {
      setAsked('shutdown');
    }),
    console: can('console', onConsole),
  });
  return (
    <>
      <ActionButton reason={why('console')} onClick={onConsole}>
        Console
      </ActionButton>
      {isOff ? (
        <ActionButton
          icon={IconPlayerPlay}
          reason={why('start')}
          busy={start.pending}
          onClick={() => void start.run(input)}
        >
          Start
        </ActionButton>
      ) : (
        <ActionButton
          reason={why('shutdown')}
          onClick={() => {
            setAsked('shutdown');
          }}
        >
          Shut down…
        </ActionButton>
      )}
      <ActionButton reason={why('reboot')} busy={reboot.pending} onClick={() => void reboot.run(input)}>
        Restart
      </ActionButton>
      {isPaused ? (
        <ActionButton reason={why('resume')} busy={resume.pending} onClick={() => void resume.run(input)}>
          Resume
        </ActionButton>
      ) : (
        <ActionButton reason={why('pause')} busy={pause.pending} onClick={() => void pause.run(input)}>
          Pause
        </ActionButton>
      )}
      <Menu position="bottom-end" width={300}>
        <Menu.Target>
          <Button icon={IconDots} label="More actions" aria-haspopup="menu" />
        </Menu.Target>
        <Menu.Dropdown>
          <MenuAction
            icon={IconBolt}
            label="Force off…"
            reason={why('forceOff')}
            onPick={() => setAsked('forceOff')}
          />
          <MenuAction
            icon={IconRestore}
            label="Reset…"
            reason={why('reset')}
            onPick={() => setAsked('reset')}
          />
          <MenuAction
            icon={IconArrowsTransferUpDown}
            label="Move to another host…"
            reason={why('move')}
            onPick={() => setAsked('move')}
          />
          <MenuAction icon={IconCopy} label="Clone…" reason={why('clone')} onPick={() => setAsked('clone')} />
          <MenuAction
            icon={IconLifebuoy}
            label="Rescue boot…"
            reason={why('rescueStart')}
            onPick={() => setAsked('rescue')}
          />
          <MenuAction
            icon={IconKey}
            label="Set a password…"
            reason={why('password')}
            onPick={() => setAsked('password')}
          />
          <MenuAction
            icon={IconCursorText}
            label="Rename…"
            reason={why('rename')}
            onPick={() => setAsked('rename')}
          />
          <Menu.Divider />
          <MenuAction
            icon={IconTrash}
            label="Delete…"
            reason={why('delete')}
            onPick={() => setAsked('delete')}
          />
        </Menu.Dropdown>
      </Menu>
      {asked === 'shutdown' ? <VmShutdownDialog vm={vm} onClose={close} /> : null}
      {asked === 'forceOff' ? <VmForceOffDialog vm={vm} onClose={close} /> : null}
      {asked === 'reset' ? <VmResetDialog vm={vm} onClose={close} /> : null}
      {asked === 'clone' ? <CloneDialog vm={vm} onClose={close} /> : null}
      {asked === 'rescue' ? <RescueDialog vm={vm} onClose={close} /> : null}
      {asked === 'password' ? <PasswordDialog vm={vm} onClose={close} /> : null}
      {asked === 'rename' ? <RenameDialog vm={vm} onClose={close} /> : null}
      {asked === 'move' ? <MoveDialog vm={vm} onClose={close} /> : null}
      {asked === 'delete' ? <VmDeleteDialog vm={vm} onClose={close} onGone={onGone} /> : null}
    </>
  );
}
