import { Menu } from '@mantine/core';
import IconDots from '@tabler/icons-react/dist/esm/icons/IconDots.mjs';
import type { ReactNode } from 'react';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import type { VmDisk, VmHardware } from '../../../shared/domains/hardware/hardware-contract.ts';
import { Button } from '../../ui/button.tsx';
import { BytesText } from '../../ui/figures.tsx';
import { Bar } from '../../ui/progress-bar.tsx';
import { Tag } from '../../ui/state-label.tsx';
import type { Ask, Why } from './hardware-tab.tsx';

interface Choice {
  label: string;
  reason: string | null;
  run: () => void;
}

/** What can be done with one device; what cannot says why. */
function DeviceMenu({ label, choices }: { label: string; choices: readonly Choice[] }) {
  return (
    <Menu position="bottom-end" width={300}>
      <Menu.Target>
        <Button size="sm" kind="ghost" icon={IconDots} label={label} aria-haspopup="menu" />
      </Menu.Target>
      <Menu.Dropdown>
        {choices.map((choice) => (
          <Menu.Item
            key={choice.label}
            aria-disabled={choice.reason !== null || undefined}
            closeMenuOnClick={choice.reason === null}
            onClick={() => {
              if (choice.reason === null) choice.run();
            }}
          >
            <span className={choice.reason === null ? undefined : 'ik-t3'}>{choice.label}</span>
            {choice.reason === null ? null : <span className="ik-menu-why">{choice.reason}</span>}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Where a device stands, where that is not everywhere. */
function Stands({ stands }: { stands: VmDisk['stands'] }): ReactNode {
  if (stands === 'both') return null;
  return <Tag>{stands === 'now' ? 'until it stops' : 'at next start'}</Tag>;
}

export function DisksTable({
  vm,
  hardware,
  why,
  ask,
}: {
  vm: VmDetail;
  hardware: VmHardware;
  why: Why;
  ask: Ask;
}) {
  const disks = hardware.disks.filter((disk) => disk.device !== 'cdrom' && disk.device !== 'floppy');
  if (disks.length === 0) return <p className="ik-sm ik-t3">It has no disk.</p>;
  const taken = (target: string): number | null => {
    const seen = vm.disks.find((disk) => disk.target === target);
    return seen && seen.capacityBytes > 0 ? seen.allocationBytes : null;
  };
  return (
    <table className="ik-tb">
      <colgroup>
        <col style={{ width: 56 }} />
        <col style={{ width: 76 }} />
        <col style={{ width: 116 }} />
        <col />
        <col style={{ width: 44 }} />
      </colgroup>
      <thead>
        <tr>
          <th>Disk</th>
          <th className="ik-num">Size</th>
          <th className="ik-num">Taken on host</th>
          <th>Where</th>
          <th>
            <span className="ik-sr">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {disks.map((disk) => (
          <tr key={disk.target}>
            <td className="ik-med">{disk.target}</td>
            <td className="ik-num">
              <BytesText bytes={disk.capacityBytes} />
            </td>
            <td className="ik-num">
              <span className="ik-cpu">
                <Bar
                  thin
                  label={`${disk.target} taken`}
                  share={disk.capacityBytes ? (taken(disk.target) ?? 0) / disk.capacityBytes : 0}
                />
                <span style={{ minWidth: 60 }}>
                  <BytesText bytes={taken(disk.target)} />
                </span>
              </span>
            </td>
            <td className="ik-t2 ik-wrap" title={disk.source}>
              {disk.readonly ? 'read-only, ' : ''}
              {disk.volume || disk.source}
              <span className="ik-t3">
                {' '}
                {disk.pool ? `in ${disk.pool}, ` : ''}
                {disk.bus}
              </span>{' '}
              <Stands stands={disk.stands} />
            </td>
            <td>
              <DeviceMenu
                label={`Actions on ${disk.target}`}
                choices={[
                  {
                    label: 'Grow…',
                    reason: why('diskGrow'),
                    run: () => {
                      ask({ what: 'diskGrow', disk });
                    },
                  },
                  {
                    label: 'Detach…',
                    reason: why('diskDetach'),
                    run: () => {
                      ask({ what: 'diskDetach', disk });
                    },
                  },
                  {
                    label: 'Delete…',
                    reason:
                      why('diskDetach') ??
                      (disk.volume === '' ? 'It is in no storage pool of its host.' : null),
                    run: () => {
                      ask({ what: 'diskDelete', disk });
                    },
                  },
                ]}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function DrivesTable({
  hardware,
  why,
  ask,
  eject,
}: {
  hardware: VmHardware;
  why: Why;
  ask: Ask;
  eject: (target: string) => void;
}) {
  const drives = hardware.disks.filter((disk) => disk.device === 'cdrom');
  if (drives.length === 0)
    return <p className="ik-sm ik-t3">It has no CD drive; inserting an ISO adds one.</p>;
  return (
    <table className="ik-tb">
      <colgroup>
        <col style={{ width: 56 }} />
        <col style={{ width: 64 }} />
        <col />
        <col style={{ width: 56 }} />
      </colgroup>
      <thead>
        <tr>
          <th>Drive</th>
          <th>Bus</th>
          <th>Medium</th>
          <th>
            <span className="ik-sr">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {drives.map((drive) => (
          <tr key={drive.target}>
            <td className="ik-med">{drive.target}</td>
            <td>{drive.bus}</td>
            <td className="ik-t2 ik-wrap" title={drive.source}>
              {drive.volume || drive.source || <span className="ik-t3">empty</span>}{' '}
              <Stands stands={drive.stands} />
            </td>
            <td>
              <DeviceMenu
                label={`Actions on ${drive.target}`}
                choices={[
                  {
                    label: 'Insert an ISO…',
                    reason: why('mediaChange'),
                    run: () => {
                      ask({ what: 'media', drive });
                    },
                  },
                  {
                    label: 'Eject',
                    reason: why('mediaChange') ?? (drive.source === '' ? 'It is empty.' : null),
                    run: () => {
                      eject(drive.target);
                    },
                  },
                ]}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function NicsTable({
  vm,
  hardware,
  why,
  ask,
}: {
  vm: VmDetail;
  hardware: VmHardware;
  why: Why;
  ask: Ask;
}) {
  if (hardware.nics.length === 0) return <p className="ik-sm ik-t3">It has no network card.</p>;
  const seen = (mac: string) => vm.nics.find((nic) => nic.mac.toLowerCase() === mac);
  return (
    <table className="ik-tb">
      <colgroup>
        <col style={{ width: 142 }} />
        <col style={{ width: 56 }} />
        <col style={{ width: 96 }} />
        <col />
        <col style={{ width: 56 }} />
      </colgroup>
      <thead>
        <tr>
          <th>MAC</th>
          <th>Model</th>
          <th>Network</th>
          <th>Addresses</th>
          <th>
            <span className="ik-sr">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {hardware.nics.map((nic) => (
          <tr key={nic.mac}>
            <td className="ik-mono">{nic.mac}</td>
            <td>{nic.model}</td>
            <td title={seen(nic.mac)?.target ? `${nic.source}, port ${seen(nic.mac)?.target}` : nic.source}>
              {nic.source}
              {nic.linkUp ? null : <span className="ik-warn"> cable out</span>}
            </td>
            <td className="ik-tn ik-wrap">
              {seen(nic.mac)?.addresses.join(', ') || <span className="ik-t3">none heard</span>}{' '}
              <Stands stands={nic.stands} />
            </td>
            <td>
              <DeviceMenu
                label={`Actions on ${nic.mac}`}
                choices={[
                  {
                    label: 'Change…',
                    reason:
                      why('nicChange') ??
                      (nic.kind === 'network' || nic.kind === 'bridge'
                        ? null
                        : `A card of kind ${nic.kind} is the host’s own.`),
                    run: () => {
                      ask({ what: 'nicChange', nic });
                    },
                  },
                  {
                    label: 'Remove…',
                    reason: why('nicRemove'),
                    run: () => {
                      ask({ what: 'nicRemove', nic });
                    },
                  },
                ]}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
