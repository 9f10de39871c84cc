import { attribute, child, childrenOf, childText } from './xml-tree.ts';
import type { XmlElement } from './xml-tree.ts';

export type DiskShape = {
  readonly device: string;
  readonly target: string;
  readonly bus: string;
  readonly format: string;
  /** Path of the file or device; null for an empty drive. */
  readonly source: string | null;
};

export type NicShape = {
  readonly mac: string;
  readonly type: string;
  /** Name of the libvirt network or of the bridge. */
  readonly source: string;
};

/** What the simulation needs to know of a definition, so that statistics do not parse XML. Memory in KiB. */
export type DomainShape = {
  readonly name: string;
  readonly uuid: string;
  readonly vcpus: number;
  readonly maxVcpus: number;
  readonly maxMemoryKiB: number;
  readonly memoryKiB: number;
  readonly disks: readonly DiskShape[];
  readonly nics: readonly NicShape[];
  readonly agentChannel: boolean;
  readonly console: boolean;
  /** The port asked for, -1 for any, null without VNC. */
  readonly vncPort: number | null;
  readonly onCrash: string;
};

export function domainShape(domain: XmlElement): DomainShape {
  const devices = child(domain, 'devices');
  const vcpu = child(domain, 'vcpu');
  const maxVcpus = Number(vcpu?.text ?? 1);
  const graphics = childrenOf(devices, 'graphics').find((one) => one.attributes['type'] === 'vnc');
  return {
    name: childText(domain, 'name') ?? '',
    uuid: childText(domain, 'uuid') ?? '',
    vcpus: Number(vcpu?.attributes['current'] ?? maxVcpus),
    maxVcpus,
    maxMemoryKiB: Number(childText(domain, 'memory')),
    memoryKiB: Number(childText(domain, 'currentMemory')),
    disks: childrenOf(devices, 'disk').map(diskShape),
    nics: childrenOf(devices, 'interface').map(nicShape),
    agentChannel: childrenOf(devices, 'channel').some(
      (one) => attribute(one, 'target', 'name') === 'org.qemu.guest_agent.0',
    ),
    console: child(devices, 'serial') !== undefined,
    vncPort: graphics === undefined ? null : Number(graphics.attributes['port'] ?? -1),
    onCrash: childText(domain, 'on_crash') ?? 'destroy',
  };
}

function diskShape(disk: XmlElement): DiskShape {
  const source = child(disk, 'source')?.attributes;
  return {
    device: disk.attributes['device'] ?? 'disk',
    target: attribute(disk, 'target', 'dev') ?? '',
    bus: attribute(disk, 'target', 'bus') ?? '',
    format: attribute(disk, 'driver', 'type') ?? 'raw',
    source: source?.['file'] ?? source?.['dev'] ?? source?.['volume'] ?? null,
  };
}

function nicShape(nic: XmlElement): NicShape {
  const source = child(nic, 'source')?.attributes;
  return {
    mac: attribute(nic, 'mac', 'address') ?? '',
    type: nic.attributes['type'] ?? '',
    source: source?.['network'] ?? source?.['bridge'] ?? source?.['dev'] ?? '',
  };
}
