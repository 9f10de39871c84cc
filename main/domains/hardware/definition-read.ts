import { scaledBytes } from '../../platform/libvirt/scaled-integer.ts';
import {
  attributeOf,
  childOf,
  childrenOf,
  outlineXml,
  type XmlElement,
} from '../../platform/xml/xml-edit.ts';

/** A disk or drive as a domain's XML has it (https://libvirt.org/formatdomain.html). */
export interface DefinitionDisk {
  readonly target: string;
  readonly bus: string;
  readonly device: string;
  readonly format: string;
  /** Path, `pool/volume` or network name; empty for an empty drive. */
  readonly source: string;
  readonly readonly: boolean;
  readonly bootOrder: number | null;
  /** Its own text: what the host is given back when it is taken out or changed. */
  readonly xml: string;
}

export interface DefinitionNic {
  readonly mac: string;
  readonly model: string;
  /** `network` and `bridge` can be changed here; anything else is the host's own (`direct`, `hostdev`…). */
  readonly kind: string;
  readonly source: string;
  readonly linkUp: boolean;
  readonly bootOrder: number | null;
  readonly xml: string;
}

/** What one of the two definitions of a VM says: the one it runs with, or the one of its next start. */
export interface Definition {
  readonly xml: string;
  readonly uuid: string;
  readonly name: string;
  readonly vcpus: number;
  readonly vcpusMax: number;
  /** Of a running one: those it cannot give back while it runs, as it was started with them. */
  readonly vcpusFixed: number;
  /** The balloon's size; what the guest is given of its memory. */
  readonly memoryBytes: number;
  readonly memoryMaxBytes: number;
  readonly hasBalloon: boolean;
  readonly hasAgent: boolean;
  readonly agentConnected: boolean;
  readonly disks: readonly DefinitionDisk[];
  readonly nics: readonly DefinitionNic[];
  /** `hd`, `cdrom`, `network`, `fd`, in order; empty where devices have an order of their own. */
  readonly bootDevices: readonly string[];
  /** It was booted from rescue media by this program. */
  readonly isRescue: boolean;
}

/** Marks a running instance that was booted for rescue; it goes with the instance. */
export const RESCUE_NS = 'https://innkeeper.example/ns/rescue/1';

/** Throws on text that is not a domain's XML. */
export function readDefinition(xml: string): Definition {
  const domain = outlineXml(xml);
  const devices = childOf(domain, 'devices');
  const vcpu = childOf(domain, 'vcpu');
  const vcpusMax = Number(vcpu?.text) || 1;
  const vcpus = Number(vcpu?.attributes['current']) || vcpusMax;
  const memoryMaxBytes = bytesOf(childOf(domain, 'memory'));
  const current = childOf(domain, 'currentMemory');
  const agent = childrenOf(devices, 'channel').find(
    (channel) => attributeOf(channel, 'target', 'name') === 'org.qemu.guest_agent.0',
  );
  const balloon = childOf(devices, 'memballoon')?.attributes['model'];
  const metadata = childOf(domain, 'metadata');
  return {
    xml,
    uuid: childOf(domain, 'uuid')?.text ?? '',
    name: childOf(domain, 'name')?.text ?? '',
    vcpus,
    vcpusMax,
    vcpusFixed: fixedVcpus(domain) ?? vcpus,
    memoryBytes: current === undefined ? memoryMaxBytes : bytesOf(current),
    memoryMaxBytes,
    hasBalloon: balloon !== undefined && balloon !== 'none',
    hasAgent: agent !== undefined,
    agentConnected: agent !== undefined && attributeOf(agent, 'target', 'state') === 'connected',
    disks: childrenOf(devices, 'disk').map((disk) => diskOf(disk, xml)),
    nics: childrenOf(devices, 'interface').map((nic) => nicOf(nic, xml)),
    bootDevices: childrenOf(childOf(domain, 'os'), 'boot').map((boot) => boot.attributes['dev'] ?? ''),
    isRescue: metadata?.children.some((one) => Object.values(one.attributes).includes(RESCUE_NS)) ?? false,
  };
}

/** vCPUs that are on and cannot be unplugged; undefined where they are not told one by one, as where none was ever added. */
function fixedVcpus(domain: XmlElement): number | undefined {
  const each = childrenOf(childOf(domain, 'vcpus'), 'vcpu').map(({ attributes }) => attributes);
  if (each.length === 0) return undefined;
  return each.filter(({ enabled, hotpluggable }) => enabled === 'yes' && hotpluggable !== 'yes').length;
}

function diskOf(disk: XmlElement, xml: string): DefinitionDisk {
  const source = childOf(disk, 'source')?.attributes ?? {};
  const inPool = source['pool'] === undefined ? '' : `${source['pool']}/${source['volume'] ?? ''}`;
  return {
    target: attributeOf(disk, 'target', 'dev'),
    bus: attributeOf(disk, 'target', 'bus'),
    device: disk.attributes['device'] ?? 'disk',
    format: attributeOf(disk, 'driver', 'type') || 'raw',
    source: inPool || source['file'] || source['dev'] || source['name'] || source['dir'] || '',
    readonly: childOf(disk, 'readonly') !== undefined,
    bootOrder: orderOf(disk),
    xml: xml.slice(disk.start, disk.end),
  };
}

function nicOf(nic: XmlElement, xml: string): DefinitionNic {
  const source = childOf(nic, 'source')?.attributes ?? {};
  return {
    mac: attributeOf(nic, 'mac', 'address').toLowerCase(),
    model: attributeOf(nic, 'model', 'type'),
    kind: nic.attributes['type'] ?? '',
    source: source['network'] ?? source['bridge'] ?? source['dev'] ?? '',
    linkUp: attributeOf(nic, 'link', 'state') !== 'down',
    bootOrder: orderOf(nic),
    xml: xml.slice(nic.start, nic.end),
  };
}

function orderOf(device: XmlElement): number | null {
  const order = Number(attributeOf(device, 'boot', 'order'));
  return order > 0 ? order : null;
}

function bytesOf(element: XmlElement | undefined): number {
  return scaledBytes(element?.text ?? '0', element?.attributes['unit'] ?? '');
}
