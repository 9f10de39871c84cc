import IconArrowDown from '@tabler/icons-react/dist/esm/icons/IconArrowDown.mjs';
import IconArrowUp from '@tabler/icons-react/dist/esm/icons/IconArrowUp.mjs';
import { useState } from 'react';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import type { VmHardware } from '../../../shared/domains/hardware/hardware-contract.ts';
import { Button } from '../../ui/button.tsx';
import { ChangeDialog } from './change-dialog.tsx';
import { useChange } from './use-change.ts';

interface Device {
  kind: 'disk' | 'nic';
  id: string;
  words: string;
  isOn: boolean;
}

/** Those it starts from first, in order; then the others. */
function devicesOf({ disks, nics, boot }: VmHardware): Device[] {
  const all: Device[] = [
    ...disks.map((disk) => ({
      kind: 'disk' as const,
      id: disk.target,
      words: disk.device === 'cdrom' ? `CD drive ${disk.target}` : `Disk ${disk.target}`,
      isOn: false,
    })),
    ...nics.map((nic) => ({
      kind: 'nic' as const,
      id: nic.mac,
      words: `Network card ${nic.mac}`,
      isOn: false,
    })),
  ];
  const placed = boot.flatMap(({ kind, id }) => all.filter((one) => one.kind === kind && one.id === id));
  return [...placed.map((one) => ({ ...one, isOn: true })), ...all.filter((one) => !placed.includes(one))];
}

/** From what a VM starts, in order. */
export function BootOrderDialog({
  vm,
  hardware,
  onClose,
}: {
  vm: VmDetail;
  hardware: VmHardware;
  onClose: () => void;
}) {
  const [first] = useState(() => devicesOf(hardware));
  const [devices, setDevices] = useState(first);
  const change = useChange('hardware.vmBootOrder', { title: `Boot order of ${vm.name}`, onDone: onClose });
  const order = devices.filter((one) => one.isOn).map(({ kind, id }) => ({ kind, id }));
  const before = first.filter((one) => one.isOn).map(({ kind, id }) => ({ kind, id }));
  const isSame = JSON.stringify(order) === JSON.stringify(before);
  const move = (at: number, step: number): void => {
    const next = [...devices];
    const [moved] = next.splice(at, 1);
    if (moved) next.splice(at + step, 0, moved);
    setDevices(next);
  };
  return (
    <ChangeDialog
      title={`Boot order of ${vm.name}`}
      section="Start from"
      hint="Tried from the top; what is not ticked is never started from."
      action="Set the order"
      reason={order.length === 0 ? 'Tick at least one' : isSame ? 'Nothing was changed.' : null}
      command={change}
      onConfirm={() => {
        change.send({ vmId: vm.id, order });
      }}
      onClose={onClose}
      preview={<p className="ik-sm ik-t2">At its next start; a running guest goes on.</p>}
    >
      <ol className="ik-wide ik-boot">
        {devices.map((device, at) => (
          <li key={device.id} className="ik-row">
            <label className="ik-row ik-grow">
              <input
                type="checkbox"
                checked={device.isOn}
                onChange={(event) => {
                  const isOn = event.target.checked;
                  setDevices(devices.map((one) => (one === device ? { ...one, isOn } : one)));
                }}
              />
              {device.words}
            </label>
            <Button
              size="sm"
              kind="ghost"
              icon={IconArrowUp}
              label={`${device.words} earlier`}
              reason={at === 0 ? 'It is the first' : null}
              onClick={() => {
                move(at, -1);
              }}
            />
            <Button
              size="sm"
              kind="ghost"
              icon={IconArrowDown}
              label={`${device.words} later`}
              reason={at === devices.length - 1 ? 'It is the last' : null}
              onClick={() => {
                move(at, 1);
              }}
            />
          </li>
        ))}
      </ol>
    </ChangeDialog>
  );
}
