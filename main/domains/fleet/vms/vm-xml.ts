import { XMLParser } from 'fast-xml-parser';
import { scaledBytes } from '../../../platform/libvirt/scaled-integer.ts';

/** What a domain's XML says of a VM; format: https://libvirt.org/formatdomain.html */
export interface VmShape {
  readonly uuid: string;
  readonly name: string;
  readonly memoryBytes: number;
  readonly vcpus: number;
  readonly disks: readonly VmDisk[];
  readonly nics: readonly VmNic[];
  /** Screens a viewer could be connected to. */
  readonly graphics: readonly VmGraphics[];
  readonly hasSerial: boolean;
  /** The guest agent's channel: whether there is one, and whether the agent has opened it (live XML only). */
  readonly agentChannel: boolean;
  readonly agentConnected: boolean;
}

export interface VmDisk {
  readonly target: string;
  readonly bus: string;
  readonly device: 'disk' | 'cdrom' | 'floppy' | 'lun';
  /** Path, volume (`pool/volume`) or network name; empty for an empty drive. */
  readonly source: string;
  readonly readonly: boolean;
}

export interface VmNic {
  readonly mac: string;
  readonly model: string;
  /** Network, bridge or device it hangs on. */
  readonly source: string;
  /** Host side's device, while it runs: `vnet3`. */
  readonly target: string;
}

export interface VmGraphics {
  readonly type: string;
  /** Where it listens on the host; port is null while it is shut off or where it listens on a socket. */
  readonly address: string;
  readonly port: number | null;
  readonly socket: string | null;
  readonly hasPassword: boolean;
}

const lists = new Set(['disk', 'interface', 'graphics', 'channel', 'serial', 'console', 'listen']);

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  isArray: (name, path) => lists.has(name) && String(path).split('.').length > 2,
});

type Node = { readonly [name: string]: unknown };

/** Elements nothing is read from. */
const UNREAD = [
  'controller',
  'cpu',
  'features',
  'os',
  'clock',
  'pm',
  'seclabel',
  'resource',
  'video',
  'input',
  'rng',
  'memballoon',
  'audio',
  'sound',
  'watchdog',
  'panic',
].join('|');
const unread = new RegExp(`<(${UNREAD})(?:\\s[^>]*?)?(?:/>|>[\\s\\S]*?</\\1>)`, 'g');

/**
 * Most of a domain's XML says how it is wired inside, which nobody asks here: without it 56,000 of them are read in a third of the time. libvirt
 * prints it in one form, with every `>` within a value escaped.
 */
function essence(xml: string): string {
  return xml
    .replace(/<metadata>[\s\S]*<\/metadata>/, '')
    .replaceAll(unread, '')
    .replaceAll(/<(?:address|alias)\s[^>]*\/>/g, '');
}

/** Throws on text that is not a domain's XML. */
export function parseVmXml(xml: string): VmShape {
  const domain = node(node(parser.parse(essence(xml)) as Node)['domain']);
  const devices = node(domain['devices']);
  const uuid = textOf(domain['uuid']);
  if (uuid === '') throw new Error('This is not the XML of a libvirt domain: it has no uuid.');
  const agent = nodes(devices['channel']).find(
    (channel) => attribute(channel['target'], 'name') === 'org.qemu.guest_agent.0',
  );
  return copied({
    uuid,
    name: textOf(domain['name']),
    memoryBytes: bytesOf(domain['memory']),
    vcpus: vcpusOf(domain['vcpu']),
    disks: nodes(devices['disk']).map(diskOf),
    nics: nodes(devices['interface']).map(nicOf),
    graphics: nodes(devices['graphics']).map(graphicsOf),
    hasSerial: nodes(devices['serial']).length > 0 || nodes(devices['console']).length > 0,
    agentChannel: agent !== undefined,
    agentConnected: agent !== undefined && attribute(agent['target'], 'state') === 'connected',
  });
}

/** A text cut out of another keeps all of that one in memory: of 56,000 VMs that would be 6 KB of XML each. */
function copied(shape: VmShape): VmShape {
  return JSON.parse(JSON.stringify(shape)) as VmShape;
}

/** `vnc 127.0.0.1:5901`, `vnc /run/…sock`, `spice`; empty for a VM without a screen. */
export function graphicsWords(graphics: readonly VmGraphics[]): string {
  const first = graphics.find((one) => one.type === 'vnc') ?? graphics[0];
  if (first === undefined) return '';
  if (first.socket !== null) return `${first.type} ${first.socket}`;
  return first.port === null ? first.type : `${first.type} ${first.address}:${first.port}`;
}

function diskOf(disk: Node): VmDisk {
  const device = attribute(disk, 'device');
  const source = node(disk['source']);
  return {
    target: attribute(disk['target'], 'dev'),
    bus: attribute(disk['target'], 'bus'),
    device: device === 'cdrom' || device === 'floppy' || device === 'lun' ? device : 'disk',
    source: sourceOf(source),
    readonly: 'readonly' in disk,
  };
}

function sourceOf(source: Node): string {
  const pool = attribute(source, 'pool');
  if (pool !== '') return `${pool}/${attribute(source, 'volume')}`;
  return (
    attribute(source, 'file') ||
    attribute(source, 'dev') ||
    attribute(source, 'name') ||
    attribute(source, 'dir')
  );
}

function nicOf(nic: Node): VmNic {
  const source = node(nic['source']);
  return {
    mac: attribute(nic['mac'], 'address'),
    model: attribute(nic['model'], 'type'),
    source:
      attribute(source, 'network') ||
      attribute(source, 'bridge') ||
      attribute(source, 'dev') ||
      attribute(nic, 'type'),
    target: attribute(nic['target'], 'dev'),
  };
}

function graphicsOf(graphics: Node): VmGraphics {
  const listens = nodes(graphics['listen']);
  const port = Number(attribute(graphics, 'port'));
  const socket =
    attribute(graphics, 'socket') ||
    listens.map((one) => attribute(one, 'socket')).find((path) => path !== '');
  return {
    type: attribute(graphics, 'type'),
    address:
      attribute(graphics, 'listen') ||
      listens.map((one) => attribute(one, 'address')).find((at) => at !== '') ||
      '127.0.0.1',
    port: Number.isInteger(port) && port > 0 ? port : null,
    socket: socket === undefined || socket === '' ? null : socket,
    hasPassword: attribute(graphics, 'passwd') !== '',
  };
}

/** `<vcpu current='2'>4</vcpu>`: the current number counts. */
function vcpusOf(vcpu: unknown): number {
  return Number(attribute(vcpu, 'current') || textOf(vcpu)) || 1;
}

function bytesOf(element: unknown): number {
  return scaledBytes(textOf(element), attribute(element, 'unit'));
}

function node(value: unknown): Node {
  return typeof value === 'object' && value !== null ? (value as Node) : {};
}

/** Elements that carry neither attributes nor children are parsed as text. */
function nodes(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.map(node) : [];
}

function attribute(value: unknown, name: string): string {
  const found = node(value)[`@${name}`];
  return typeof found === 'string' ? found : '';
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value.trim();
  const inner = node(value)['#text'];
  return typeof inner === 'string' ? inner.trim() : '';
}
