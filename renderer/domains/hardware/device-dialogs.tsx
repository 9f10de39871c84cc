import { useState } from 'react';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import type { VmDisk, VmNic } from '../../../shared/domains/hardware/hardware-contract.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useQuery } from '../../client/use-query.ts';
import { Segments } from '../../ui/chips.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { SelectField } from '../../ui/form-field.tsx';
import { ChangeDialog } from './change-dialog.tsx';
import { useChange } from './use-change.ts';

interface DialogProps {
  vm: VmDetail;
  onClose: () => void;
}

type Network = { kind: 'network' | 'bridge'; name: string };
const keyOf = ({ kind, name }: Network): string => `${kind}:${name}`;

/** Networks and bridges of its host, and the one that is chosen. */
function useNetworks(vmId: string, first: string | null) {
  const choices = useQuery('hardware.vmHardwareChoices', { vmId });
  const [key, setKey] = useState<string | null>(first);
  const networks = choices.data?.networks ?? [];
  return { choices, networks, chosen: networks.find((one) => keyOf(one) === key), key, setKey };
}

function NetworkField({
  networks,
  value,
  onChange,
}: {
  networks: readonly Network[];
  value: string | null;
  onChange: (key: string | null) => void;
}) {
  return (
    <SelectField
      label="Plugged into"
      data-autofocus
      placeholder="Choose a network"
      data={networks.map((one) => ({ value: keyOf(one), label: `${one.name} (${one.kind})` }))}
      value={value}
      onChange={onChange}
    />
  );
}

export function NicAddDialog({ vm, onClose }: DialogProps) {
  const { choices, networks, chosen, key, setKey } = useNetworks(vm.id, null);
  const change = useChange('hardware.vmNicAdd', {
    title: `Added a network card to ${vm.name}`,
    onDone: onClose,
  });
  return (
    <ChangeDialog
      title={`Add a network card to ${vm.name}`}
      section="Network card"
      hint="A virtio card with a MAC address of its own; the guest configures it itself."
      action="Add the card"
      reason={choices.error ? choices.error.sentence : chosen ? null : 'Choose a network'}
      command={change}
      onConfirm={() => {
        if (chosen) change.send({ vmId: vm.id, network: chosen });
      }}
      onClose={onClose}
    >
      <NetworkField networks={networks} value={key} onChange={setKey} />
    </ChangeDialog>
  );
}

export function NicChangeDialog({ vm, nic, onClose }: DialogProps & { nic: VmNic }) {
  const { networks, chosen, key, setKey } = useNetworks(vm.id, `${nic.kind}:${nic.source}`);
  const [linkUp, setLinkUp] = useState(nic.linkUp);
  const change = useChange('hardware.vmNicChange', { title: `Changed ${nic.mac}`, onDone: onClose });
  const isMoved = chosen !== undefined && (chosen.name !== nic.source || chosen.kind !== nic.kind);
  return (
    <ChangeDialog
      title={`Network card ${nic.mac}`}
      section={vm.name}
      hint="Changes while it runs; a guest with a fixed address may be out of reach on another network."
      action="Change"
      reason={isMoved || linkUp !== nic.linkUp ? null : 'Nothing was changed.'}
      command={change}
      onConfirm={() => {
        change.send({
          vmId: vm.id,
          mac: nic.mac,
          ...(isMoved ? { network: chosen } : {}),
          ...(linkUp === nic.linkUp ? {} : { linkUp }),
        });
      }}
      onClose={onClose}
    >
      <NetworkField networks={networks} value={key} onChange={setKey} />
      <div>
        <span className="ik-sm ik-med">Cable</span>
        <div style={{ marginTop: 6 }}>
          <Segments
            label="Cable"
            value={linkUp ? 'in' : 'out'}
            options={[
              { value: 'in', label: 'plugged in' },
              { value: 'out', label: 'pulled out' },
            ]}
            onChange={(value) => {
              setLinkUp(value === 'in');
            }}
          />
        </div>
      </div>
    </ChangeDialog>
  );
}

export function NicRemoveDialog({ vm, nic, onClose }: DialogProps & { nic: VmNic }) {
  const environment = useEnvironmentName();
  const change = useChange('hardware.vmNicRemove', { title: `Removed ${nic.mac}`, onDone: onClose });
  return (
    <ConfirmDialog
      title={`Remove network card ${nic.mac}`}
      environment={environment}
      action="Remove the card"
      danger
      busy={change.pending}
      problem={change.error?.sentence}
      onConfirm={() => {
        change.send({ vmId: vm.id, mac: nic.mac });
      }}
      onClose={onClose}
    >
      <p>
        {vm.name} is no longer reached through {nic.source}. A card added later has another MAC address.
      </p>
    </ConfirmDialog>
  );
}

/** Images of the pools of its host that a drive takes. */
function useMedia(vmId: string) {
  const choices = useQuery('hardware.vmHardwareChoices', { vmId });
  const [path, setPath] = useState<string | null>(null);
  const media = (choices.data?.volumes ?? []).filter(
    (one) => /\.iso$/i.test(one.name) || one.format === 'iso',
  );
  return { choices, media, all: choices.data?.volumes ?? [], path, setPath };
}

export function MediaInsertDialog({ vm, drive, onClose }: DialogProps & { drive: VmDisk | null }) {
  const { choices, media, path, setPath } = useMedia(vm.id);
  const change = useChange('hardware.vmMediaInsert', { title: `Inserted into ${vm.name}`, onDone: onClose });
  const chosen = media.find((one) => one.path === path);
  return (
    <ChangeDialog
      title={drive ? `CD drive ${drive.target} of ${vm.name}` : `CD drive for ${vm.name}`}
      section="Medium"
      hint={`ISO images in the pools of ${vm.host}.`}
      action="Insert"
      reason={choices.error ? choices.error.sentence : chosen ? null : 'Choose an image'}
      command={change}
      onConfirm={() => {
        if (chosen)
          change.send({ vmId: vm.id, pool: chosen.pool, volume: chosen.name, target: drive?.target ?? null });
      }}
      onClose={onClose}
    >
      <div className="ik-wide">
        <SelectField
          label="Image"
          data-autofocus
          searchable
          placeholder={choices.data && media.length === 0 ? `${vm.host} has no ISO image` : 'Choose an image'}
          data={media.map((one) => ({ value: one.path, label: `${one.name} (${one.pool})` }))}
          value={path}
          onChange={setPath}
        />
      </div>
    </ChangeDialog>
  );
}

export function RescueDialog({ vm, onClose }: DialogProps) {
  const { choices, all, path, setPath } = useMedia(vm.id);
  const change = useChange('hardware.vmRescueStart', {
    title: `Started ${vm.name} for rescue`,
    onDone: onClose,
  });
  const chosen = all.find((one) => one.path === path);
  return (
    <ChangeDialog
      title={`Rescue boot of ${vm.name}`}
      section="Start it from"
      hint="An ISO, or a disk image whose changes are thrown away. Its own disks are there too."
      action="Start"
      reason={choices.error ? choices.error.sentence : chosen ? null : 'Choose an image'}
      command={change}
      onConfirm={() => {
        if (chosen) change.send({ vmId: vm.id, pool: chosen.pool, volume: chosen.name });
      }}
      onClose={onClose}
      preview={
        <p className="ik-sm ik-t2">
          Now: it starts from this image. At its next start: from its own disk again, whoever switches it off.
        </p>
      }
    >
      <div className="ik-wide">
        <SelectField
          label="Image"
          data-autofocus
          searchable
          placeholder={
            choices.data && all.length === 0 ? `${vm.host} has no image to start from` : 'Choose an image'
          }
          data={all.map((one) => ({ value: one.path, label: `${one.name} (${one.format})` }))}
          value={path}
          onChange={setPath}
        />
      </div>
    </ChangeDialog>
  );
}

export function RescueEndDialog({ vm, onClose }: DialogProps) {
  const environment = useEnvironmentName();
  const change = useChange('hardware.vmRescueEnd', { title: `Started ${vm.name} again`, onDone: onClose });
  return (
    <ConfirmDialog
      title={`End the rescue of ${vm.name}`}
      environment={environment}
      action="Cut the power and start"
      danger
      busy={change.pending}
      problem={change.error?.sentence}
      onConfirm={() => {
        change.send({ vmId: vm.id });
      }}
      onClose={onClose}
    >
      <p>
        Its power is cut and it starts from its own disk. Shut the rescue system down inside first where it
        has written to the disks.
      </p>
    </ConfirmDialog>
  );
}
