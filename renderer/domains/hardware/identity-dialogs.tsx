import { useState } from 'react';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import { Segments } from '../../ui/chips.tsx';
import { PasswordField, TextField } from '../../ui/form-field.tsx';
import { ChangeDialog } from './change-dialog.tsx';
import { useChange } from './use-change.ts';

interface DialogProps {
  vm: VmDetail;
  onClose: () => void;
}

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

function whyNoName(name: string, before: string): string | null {
  if (name === before) return 'Another name than it has';
  return NAME.test(name) ? null : 'Lower-case letters, digits and hyphens, at most 63';
}

export function RenameDialog({ vm, onClose }: DialogProps) {
  const [name, setName] = useState(vm.name);
  const change = useChange('hardware.vmRename', { title: `Renamed ${vm.name}`, onDone: onClose });
  return (
    <ChangeDialog
      title={`Rename ${vm.name}`}
      section="Name"
      hint={`As ${vm.host} knows it. The host name inside and the files of its disks keep theirs.`}
      action="Rename"
      reason={whyNoName(name, vm.name)}
      command={change}
      onConfirm={() => {
        change.send({ vmId: vm.id, name });
      }}
      onClose={onClose}
    >
      <TextField
        label="Name"
        data-autofocus
        value={name}
        onChange={(event) => {
          setName(event.target.value);
        }}
      />
    </ChangeDialog>
  );
}

export function CloneDialog({ vm, onClose }: DialogProps) {
  const [name, setName] = useState(`${vm.name}-copy`.slice(0, 63));
  const [start, setStart] = useState(false);
  const change = useChange('hardware.vmClone', { title: `Cloning ${vm.name}`, onDone: onClose });
  return (
    <ChangeDialog
      title={`Clone ${vm.name}`}
      section="The copy"
      hint={`On ${vm.host}, with copies of all its disks, a UUID and MAC addresses of its own. Inside it is the same machine: addresses set by hand there clash until they are changed.`}
      action="Clone"
      reason={whyNoName(name, vm.name)}
      command={change}
      onConfirm={() => {
        change.send({ vmId: vm.id, name, start });
      }}
      onClose={onClose}
    >
      <TextField
        label="Name"
        data-autofocus
        value={name}
        onChange={(event) => {
          setName(event.target.value);
        }}
      />
      <div>
        <span className="ik-sm ik-med">Then</span>
        <div style={{ marginTop: 6 }}>
          <Segments
            label="Then"
            value={start ? 'start' : 'leave'}
            options={[
              { value: 'leave', label: 'leave it off' },
              { value: 'start', label: 'start it' },
            ]}
            onChange={(value) => {
              setStart(value === 'start');
            }}
          />
        </div>
      </div>
    </ChangeDialog>
  );
}

/** Neither field is kept anywhere: what was typed is gone when the dialog closes. */
export function PasswordDialog({ vm, onClose }: DialogProps) {
  const [user, setUser] = useState('root');
  const [password, setPassword] = useState('');
  const change = useChange('hardware.vmPassword', { title: `Password set in ${vm.name}`, onDone: onClose });
  return (
    <ChangeDialog
      title={`Set a password in ${vm.name}`}
      section="Account inside"
      hint="Its guest agent sets it. It is kept nowhere: not in the store, not in the log."
      action="Set the password"
      reason={
        vm.agent
          ? user.trim() === '' || password === ''
            ? 'A user and a password'
            : null
          : 'Its guest agent does not answer.'
      }
      command={change}
      onConfirm={() => {
        change.send({ vmId: vm.id, user: user.trim(), password });
      }}
      onClose={onClose}
    >
      <TextField
        label="User"
        value={user}
        onChange={(event) => {
          setUser(event.target.value);
        }}
      />
      <PasswordField
        label="Password"
        data-autofocus
        autoComplete="new-password"
        value={password}
        onChange={(event) => {
          setPassword(event.target.value);
        }}
      />
    </ChangeDialog>
  );
}
