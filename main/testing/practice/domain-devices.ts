import { randomBytes } from 'node:crypto';
import { HostRefusal } from './host-refusal.ts';
import { attribute, child, childrenOf, element, setChild, sortChildren } from './xml-tree.ts';
import type { XmlElement } from './xml-tree.ts';

/** Devices in the order libvirt prints them. */
export const deviceOrder = [
  'emulator',
  'disk',
  'controller',
  'lease',
  'filesystem',
  'interface',
  'smartcard',
  'serial',
  'parallel',
  'console',
  'channel',
  'input',
  'tpm',
  'graphics',
  'sound',
  'audio',
  'video',
  'hostdev',
  'redirdev',
  'watchdog',
  'memballoon',
  'rng',
  'panic',
  'vsock',
];

const partOrder: Record<string, readonly string[]> = {
  disk: [
    'driver',
    'auth',
    'source',
    'backingStore',
    'mirror',
    'geometry',
    'blockio',
    'target',
    'iotune',
    'readonly',
    'shareable',
    'transient',
    'serial',
    'wwn',
    'vendor',
    'product',
    'encryption',
    'boot',
    'alias',
    'address',
  ],
  interface: [
    'mac',
    'source',
    'virtualport',
    'vlan',
    'script',
    'target',
    'guest',
    'model',
    'driver',
    'backend',
    'filterref',
    'bandwidth',
    'link',
    'mtu',
    'boot',
    'alias',
    'address',
  ],
};

/** Attributes of the running instance: whoever gives them in a definition gives them in vain. */
function forgetRuntime(one: XmlElement): void {
  const alias = child(one, 'alias');
  if (alias !== undefined && !alias.attributes['name']?.startsWith('ua-'))
    one.children = one.children.filter((part) => part !== alias);
  const source = child(one, 'source');
  if (source === undefined) return;
  for (const key of ['index', 'portid', 'bridge'])
    if (one.name === 'disk' ? key === 'index' : one.attributes['type'] === 'network' && key !== 'index')
      delete source.attributes[key];
}

const makers: Record<string, (one: XmlElement) => void> = {
  disk: normaliseDisk,
  interface: normaliseInterface,
};

/** Completes one device of a definition, or of a hot plug. */
export function normaliseDevice(one: XmlElement): void {
  forgetRuntime(one);
  makers[one.name]?.(one);
  const order = partOrder[one.name];
  if (order !== undefined) sortChildren(one, order);
}

const busOf: Record<string, string> = { v: 'virtio', h: 'ide', s: 'scsi', f: 'fdc', x: 'xen' };

function normaliseDisk(disk: XmlElement): void {
  const type = disk.attributes['type'] ?? 'file';
  const { type: _, device, ...rest } = disk.attributes;
  disk.attributes = { type, device: device ?? 'disk', ...rest };
  const target = child(disk, 'target');
  const dev = target?.attributes['dev'];
  if (target === undefined || dev === undefined)
    throw new HostRefusal('VIR_ERR_NO_TARGET', 'VIR_FROM_DOMAIN', "missing target information for device ''");
  target.attributes = { dev, bus: target.attributes['bus'] ?? busOf[dev.charAt(0)] ?? 'ide' };
  const driver = child(disk, 'driver');
  const { name: _name, type: format, ...more } = driver?.attributes ?? {};
  setChild(disk, element('driver', { name: 'qemu', type: format ?? 'raw', ...more }));
  disk.children = disk.children.filter((part) => part.name !== 'backingStore');
  if (disk.attributes['device'] === 'cdrom' && child(disk, 'readonly') === undefined)
    disk.children.push(element('readonly'));
}

function normaliseInterface(nic: XmlElement): void {
  if (!['bridge', 'network', 'direct', 'user', 'ethernet', 'internal'].includes(nic.attributes['type'] ?? ''))
    throw new HostRefusal(
      'VIR_ERR_XML_ERROR',
      'VIR_FROM_XML',
      `unknown interface type '${nic.attributes['type']}'`,
    );
  const tail = randomBytes(3).toString('hex').match(/../g)?.join(':') ?? '';
  if (child(nic, 'mac') === undefined) nic.children.push(element('mac', { address: `52:54:00:${tail}` }));
  if (child(nic, 'model') === undefined) nic.children.push(element('model', { type: 'rtl8139' }));
  const target = attribute(nic, 'target', 'dev');
  if (target?.startsWith('vnet') === true)
    nic.children = nic.children.filter((part) => part.name !== 'target');
}

/** What every PC of QEMU has although nobody asked: controllers, keyboard and mouse, a balloon, a screen for its VNC. */
export function addDefaultDevices(devices: XmlElement, q35: boolean): void {
  if (child(devices, 'emulator') === undefined)
    devices.children.unshift(element('emulator', {}, '/usr/bin/qemu-system-x86_64'));
  addControllers(devices, q35);
  addSerial(devices);
  for (const one of childrenOf(devices, 'watchdog')) one.attributes['action'] ??= 'reset';
  addChannels(devices);
  addInputs(devices);
  addScreen(devices);
  if (child(devices, 'memballoon') === undefined)
    devices.children.push(element('memballoon', { model: 'virtio' }));
}

function addControllers(devices: XmlElement, q35: boolean): void {
  for (const one of childrenOf(devices, 'controller')) {
    const { type = '', index = '0', ...rest } = one.attributes;
    one.attributes = { type, index, ...rest };
  }
  const has = (type: string): boolean =>
    childrenOf(devices, 'controller').some((one) => one.attributes['type'] === type);
  const add = (type: string, model?: string): void => {
    if (!has(type)) devices.children.push(element('controller', { type, index: '0', model }));
  };
  const buses = new Set(childrenOf(devices, 'disk').map((one) => attribute(one, 'target', 'bus')));
  add('usb', q35 ? 'qemu-xhci' : 'piix3-uhci');
  if (buses.has('ide')) add('ide');
  if (buses.has('sata')) add('sata');
  if (buses.has('scsi')) add('scsi', 'virtio-scsi');
  add('pci', q35 ? 'pcie-root' : 'pci-root');
  if (childrenOf(devices, 'channel').some((one) => attribute(one, 'target', 'type') === 'virtio'))
    add('virtio-serial');
}

function addSerial(devices: XmlElement): void {
  for (const one of childrenOf(devices, 'serial')) {
    const port = attribute(one, 'target', 'port') ?? '0';
    setChild(
      one,
      element('target', { type: 'isa-serial', port }, [element('model', { name: 'isa-serial' })]),
    );
  }
  const consoles = childrenOf(devices, 'console');
  const pty = (name: string, target: XmlElement): XmlElement => element(name, { type: 'pty' }, [target]);
  const hasSerial = child(devices, 'serial') !== undefined;
  if (consoles.length > 0 && !hasSerial)
    devices.children.push(
      pty(
        'serial',
        element('target', { type: 'isa-serial', port: '0' }, [element('model', { name: 'isa-serial' })]),
      ),
    );
  if (consoles.length === 0 && hasSerial)
    devices.children.push(pty('console', element('target', { type: 'serial', port: '0' })));
  for (const one of consoles) {
    const type = attribute(one, 'target', 'type') ?? 'serial';
    one.children = [element('target', { type, port: attribute(one, 'target', 'port') ?? '0' })];
    one.attributes = { type: one.attributes['type'] ?? 'pty' };
  }
}

function addChannels(devices: XmlElement): void {
  let port = 1;
  for (const one of childrenOf(devices, 'channel')) {
    one.children = one.children.filter((part) => part.name !== 'source');
    delete child(one, 'target')?.attributes['state'];
    if (child(one, 'address') === undefined)
      one.children.push(
        element('address', { type: 'virtio-serial', controller: '0', bus: '0', port: String(port) }),
      );
    port += 1;
  }
}

function addInputs(devices: XmlElement): void {
  for (const type of ['mouse', 'keyboard']) {
    const there = childrenOf(devices, 'input').some(
      (one) => one.attributes['type'] === type && one.attributes['bus'] === 'ps2',
    );
    if (!there) devices.children.push(element('input', { type, bus: 'ps2' }));
  }
}

function addScreen(devices: XmlElement): void {
  for (const one of childrenOf(devices, 'graphics')) normaliseGraphics(one);
  if (child(devices, 'audio') === undefined)
    devices.children.push(element('audio', { id: '1', type: 'none' }));
  const video = child(devices, 'video');
  if (video === undefined && child(devices, 'graphics') !== undefined)
    devices.children.push(
      element('video', {}, [element('model', { type: 'cirrus', vram: '16384', heads: '1', primary: 'yes' })]),
    );
  const model = child(video, 'model');
  if (model !== undefined) {
    const vram = model.attributes['vram'] ?? '16384';
    model.attributes = {
      ...model.attributes,
      ...(model.attributes['type'] === 'virtio' ? {} : { vram }),
      heads: '1',
      primary: 'yes',
    };
  }
}

function normaliseGraphics(one: XmlElement): void {
  const { type, port, autoport, listen, ...rest } = one.attributes;
  if (type !== 'vnc' && type !== 'spice') return;
  const auto = autoport === 'yes' || port === undefined || port === '-1';
  const address = attribute(one, 'listen', 'address') ?? listen;
  one.attributes = {
    type,
    port: auto ? '-1' : port,
    autoport: auto ? 'yes' : 'no',
    ...(address === undefined ? {} : { listen: address }),
    ...rest,
  };
  setChild(one, element('listen', { type: attribute(one, 'listen', 'type') ?? 'address', address }));
}
