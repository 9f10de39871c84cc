import { child, childrenOf, element, setChild } from './xml-tree.ts';
import type { XmlElement } from './xml-tree.ts';
import { qemuRefusal } from './host-refusal.ts';

/** Where devices of QEMU's two machines sit, as libvirt would put them: `bus:slot.function`. */
type Place = { bus: number; slot: number; function: number };

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;

function pciAddress({ bus, slot, function: fn }: Place): XmlElement {
  return element('address', {
    type: 'pci',
    domain: '0x0000',
    bus: hex(bus, 2),
    slot: hex(slot, 2),
    function: hex(fn, 1),
  });
}

export const isQ35 = (domain: XmlElement): boolean =>
  child(child(domain, 'os'), 'type')?.attributes['machine']?.includes('q35') === true;

/** Devices that take a PCI place of their own, in the order libvirt gives places out. */
function pciDevices(devices: XmlElement): XmlElement[] {
  const of = (name: string, wants: (one: XmlElement) => boolean = () => true): XmlElement[] =>
    childrenOf(devices, name).filter(wants);
  return [
    ...of('interface'),
    ...of('controller', (one) => ['usb', 'virtio-serial', 'scsi'].includes(one.attributes['type'] ?? '')),
    ...of('disk', (one) => child(one, 'target')?.attributes['bus'] === 'virtio'),
    ...of('memballoon', (one) => one.attributes['model'] === 'virtio'),
    ...of('rng'),
    ...of('watchdog'),
    ...of('sound'),
  ];
}

function fixedPlace(one: XmlElement, q35: boolean): Place | undefined {
  if (one.name === 'video') return q35 ? { bus: 0, slot: 1, function: 0 } : { bus: 0, slot: 2, function: 0 };
  if (one.attributes['type'] === 'usb' && !q35) return { bus: 0, slot: 1, function: 2 };
  if (one.attributes['type'] === 'sata' && q35) return { bus: 0, slot: 0x1f, function: 2 };
  if (one.attributes['type'] === 'ide') return { bus: 0, slot: 1, function: 1 };
  return undefined;
}

/** Gives every device its place: what has an address keeps it. With `hotplug` no new PCIe port can be made any more. */
export function assignAddresses(domain: XmlElement, { hotplug }: { hotplug: boolean }): void {
  const devices = child(domain, 'devices');
  if (devices === undefined) return;
  const q35 = isQ35(domain);
  for (const one of devices.children) {
    const place = child(one, 'address') === undefined ? fixedPlace(one, q35) : undefined;
    if (place !== undefined) one.children.push(pciAddress(place));
  }
  const homeless = pciDevices(devices).filter((one) => child(one, 'address') === undefined);
  if (q35) placeOnPorts(devices, homeless, hotplug);
  else placeInSlots(devices, homeless);
  placeDrives(devices);
}

function taken(devices: XmlElement, key: 'bus' | 'slot'): Set<number> {
  const addresses = devices.children.flatMap((one) => childrenOf(one, 'address'));
  const pci = addresses.filter((one) => one.attributes['type'] === 'pci');
  return new Set(pci.map((one) => Number(one.attributes[key])));
}

function placeInSlots(devices: XmlElement, homeless: readonly XmlElement[]): void {
  const used = taken(devices, 'slot').add(0).add(1);
  for (const one of homeless) {
    let slot = 2;
    while (used.has(slot)) slot += 1;
    if (slot > 31) throw qemuRefusal('VIR_ERR_INTERNAL_ERROR', 'No more available PCI slots');
    used.add(slot);
    one.children.push(pciAddress({ bus: 0, slot, function: 0 }));
  }
}

const isPort = (one: XmlElement): boolean =>
  one.name === 'controller' && one.attributes['model'] === 'pcie-root-port';

function placeOnPorts(devices: XmlElement, homeless: readonly XmlElement[], hotplug: boolean): void {
  const used = taken(devices, 'bus').add(0);
  const ports = devices.children.filter(isPort).map((one) => Number(one.attributes['index']));
  const free = ports.filter((index) => !used.has(index)).sort((a, b) => a - b);
  const first = ports.length === 0;
  for (const one of homeless) {
    const bus = free.shift() ?? (hotplug ? noPort() : addPort(devices));
    one.children.push(pciAddress({ bus, slot: 0, function: 0 }));
  }
  // libvirt leaves one port free for a later hot plug.
  if (first && free.length === 0) addPort(devices);
}

function noPort(): never {
  throw qemuRefusal('VIR_ERR_INTERNAL_ERROR', 'No more available PCI slots');
}

function addPort(devices: XmlElement): number {
  const index =
    1 + Math.max(0, ...devices.children.filter(isPort).map((one) => Number(one.attributes['index'])));
  const slot = 2 + Math.floor((index - 1) / 8);
  const fn = (index - 1) % 8;
  const address = pciAddress({ bus: 0, slot, function: fn });
  if (fn === 0) address.attributes['multifunction'] = 'on';
  const port = element('controller', { type: 'pci', index: String(index), model: 'pcie-root-port' }, [
    element('model', { name: 'pcie-root-port' }),
    element('target', { chassis: String(index), port: hex(0x10 + index - 1, 2) }),
    address,
  ]);
  devices.children.splice(devices.children.findLastIndex((one) => one.name === 'controller') + 1, 0, port);
  return index;
}

/** IDE, SATA and SCSI drives: the letter of the target says the unit. */
function placeDrives(devices: XmlElement): void {
  for (const disk of childrenOf(devices, 'disk')) {
    const target = child(disk, 'target');
    const bus = target?.attributes['bus'] ?? '';
    if (child(disk, 'address') !== undefined || !['ide', 'sata', 'scsi'].includes(bus)) continue;
    const number = (target?.attributes['dev'] ?? 'a').charCodeAt(2) - 97;
    const [busNumber, unit] = bus === 'ide' ? [number >> 1, number & 1] : [0, number];
    const place = { type: 'drive', controller: '0', bus: String(busNumber), target: '0', unit: String(unit) };
    setChild(disk, element('address', place));
  }
}
