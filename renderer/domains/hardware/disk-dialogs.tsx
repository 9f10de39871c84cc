import { useState } from 'react';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import type { VmDisk } from '../../../shared/domains/hardware/hardware-contract.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useQuery } from '../../client/use-query.ts';
import { ConfirmDestroy, ConfirmDialog } from '../../ui/dialog.tsx';
import { NumberField, SelectField } from '../../ui/form-field.tsx';
import { ChangeDialog } from './change-dialog.tsx';
import { bytesOfGib, gibOf } from './size-words.ts';
import { useChange } from './use-change.ts';

interface DialogProps {
  vm: VmDetail;
  onClose: () => void;
}
interface DiskDialogProps extends DialogProps {
  disk: VmDisk;
}

export function DiskAddDialog({ vm, onClose }: DialogProps) {
  const choices = useQuery('hardware.vmHardwareChoices', { vmId: vm.id });
  const [size, setSize] = useState<number | string>(10);
  const [pool, setPool] = useState<string | null>(null);
  const change = useChange('hardware.vmDiskAdd', { title: `Adding a disk to ${vm.name}`, onDone: onClose });
  const capacityBytes = bytesOfGib(size);
  const pools = choices.data?.pools ?? [];
  const chosen = pools.find((one) => one.name === pool) ?? pools[0];
  const isTooLarge = capacityBytes !== null && chosen !== undefined && capacityBytes > chosen.freeBytes;
  return (
    <ChangeDialog
      title={`Add a disk to ${vm.name}`}
      section="New disk"
      hint="An empty qcow2 image, attached at once where the guest takes it while it runs."
      action="Add the disk"
      reason={capacityBytes === null ? 'A size above 0' : choices.error ? choices.error.sentence : null}
      command={change}
      onConfirm={() => {
        if (capacityBytes !== null) change.send({ vmId: vm.id, capacityBytes, pool: chosen?.name ?? null });
      }}
      onClose={onClose}
      preview={
        isTooLarge ? (
          <p className="ik-sm ik-warn">
            More than the {formatBytes(chosen.freeBytes)} free in {chosen.name}: it fills as the guest writes.
          </p>
        ) : null
      }
    >
      <NumberField label="Size" unit="GiB" data-autofocus min={0} value={size} onChange={setSize} />
      <SelectField
        label="Pool"
        data={pools.map((one) => ({
          value: one.name,
          label: `${one.name}, ${formatBytes(one.freeBytes)} free`,
        }))}
        value={chosen?.name ?? null}
        onChange={setPool}
      />
    </ChangeDialog>
  );
}

export function DiskGrowDialog({ vm, disk, onClose }: DiskDialogProps) {
  const before = disk.capacityBytes ?? 0;
  const [size, setSize] = useState<number | string>(gibOf(before) + 10);
  const change = useChange('hardware.vmDiskGrow', {
    title: `Grew ${disk.target} of ${vm.name}`,
    onDone: onClose,
  });
  const capacityBytes = bytesOfGib(size);
  const isMore = capacityBytes !== null && capacityBytes > before;
  const isOn = vm.state !== 'shut-off' && vm.state !== 'crashed';
  return (
    <ChangeDialog
      title={`Grow ${disk.target} of ${vm.name}`}
      section={disk.volume || disk.source}
      hint="A disk is never made smaller, and growing is not undone."
      action="Grow"
      reason={isMore ? null : `More than the ${formatBytes(before)} it has`}
      command={change}
      onConfirm={() => {
        if (capacityBytes !== null) change.send({ vmId: vm.id, target: disk.target, capacityBytes });
      }}
      onClose={onClose}
      preview={
        isMore ? (
          <p className="ik-sm">
            {isOn ? 'Now: the guest sees ' : 'Now, on its host: from its next start the guest sees '}
            <b className="ik-med">{formatBytes(capacityBytes)}</b>. Partition and file system are grown
            inside.
          </p>
        ) : null
      }
    >
      <NumberField label="Size" unit="GiB" data-autofocus min={0} value={size} onChange={setSize} />
    </ChangeDialog>
  );
}

export function DiskAttachDialog({ vm, onClose }: DialogProps) {
  const choices = useQuery('hardware.vmHardwareChoices', { vmId: vm.id });
  const [key, setKey] = useState<string | null>(null);
  const change = useChange('hardware.vmDiskAttach', {
    title: `Attached a volume to ${vm.name}`,
    onDone: onClose,
  });
  const free = (choices.data?.volumes ?? []).filter(
    (one) => one.usedBy.length === 0 && !/\.iso$/i.test(one.name),
  );
  const chosen = free.find((one) => one.path === key);
  return (
    <ChangeDialog
      title={`Attach a volume to ${vm.name}`}
      section="Volume"
      hint={`Volumes of the pools of ${vm.host} that no VM there has.`}
      action="Attach"
      reason={choices.error ? choices.error.sentence : chosen ? null : 'Choose a volume'}
      command={change}
      onConfirm={() => {
        if (chosen) change.send({ vmId: vm.id, pool: chosen.pool, volume: chosen.name });
      }}
      onClose={onClose}
    >
      <div className="ik-wide">
        <SelectField
          label="Volume"
          searchable
          placeholder={choices.data && free.length === 0 ? 'There is none to attach' : 'Choose a volume'}
          data={free.map((one) => ({
            value: one.path,
            label: `${one.name}, ${formatBytes(one.capacityBytes)}, ${one.format}`,
          }))}
          value={key}
          onChange={setKey}
        />
      </div>
    </ChangeDialog>
  );
}

export function DiskDetachDialog({ vm, disk, onClose }: DiskDialogProps) {
  const environment = useEnvironmentName();
  const change = useChange('hardware.vmDiskDetach', { title: `Detached ${disk.target}`, onDone: onClose });
  return (
    <ConfirmDialog
      title={`Detach ${disk.target} of ${vm.name}`}
      environment={environment}
      action="Detach"
      busy={change.pending}
      problem={change.error?.sentence}
      onConfirm={() => {
        change.send({ vmId: vm.id, target: disk.target });
      }}
      onClose={onClose}
    >
      <p>
        The guest loses it at once where it lets go, else at its next start. Its volume{' '}
        <b className="ik-med">{disk.volume || disk.source}</b> stays on {vm.host} and can be attached again.
      </p>
    </ConfirmDialog>
  );
}

export function DiskDeleteDialog({ vm, disk, onClose }: DiskDialogProps) {
  const environment = useEnvironmentName();
  const change = useChange('hardware.vmDiskDelete', { title: `Deleting ${disk.target}`, onDone: onClose });
  return (
    <ConfirmDestroy
      title={`Delete ${disk.volume}`}
      environment={environment}
      name={disk.volume}
      busy={change.pending}
      problem={change.error?.sentence}
      onConfirm={() => {
        change.send({ vmId: vm.id, target: disk.target, confirmName: disk.volume });
      }}
      onClose={onClose}
    >
      <p>
        Disk {disk.target} of {vm.name} is detached and its volume deleted,{' '}
        {formatBytes(disk.capacityBytes ?? 0)} as the guest sees it. What is on it does not come back.
      </p>
    </ConfirmDestroy>
  );
}
