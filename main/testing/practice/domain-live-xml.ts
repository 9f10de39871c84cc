import { attribute, child, childrenOf, element, printXml, setChild } from './xml-tree.ts';
import type { XmlElement } from './xml-tree.ts';

/** What the running instance adds to its definition. */
export type LiveFacts = {
  readonly id: number;
  /** The first tap device of this VM is `vnet<firstTap>`. */
  readonly firstTap: number;
  /** vCPUs it was started with. */
  readonly vcpusFixed: number;
  readonly pty: number;
  readonly vncPort: number | null;
  readonly agentConnected: boolean;
  /** Bridge behind a libvirt network. */
  readonly bridgeOf: (network: string) => string;
};

/** The XML of a running domain: the definition, which is changed, with id, aliases, taps, pty, ports and labels (`virsh dumpxml` of a running VM). */
export function liveXml(domain: XmlElement, facts: LiveFacts): string {
  domain.attributes = { type: domain.attributes['type'] ?? 'kvm', id: String(facts.id) };
  const resource = element('resource', {}, [element('partition', {}, '/machine')]);
  setChild(domain, resource, ['vcpu', 'vcpus', 'iothreads', 'cputune', 'numatune']);
  liveVcpus(domain, facts.vcpusFixed);
  liveCpu(domain);
  const devices = child(domain, 'devices');
  if (devices !== undefined) liveDevices(devices, childText(domain), facts);
  domain.children.push(
    element('seclabel', { type: 'dynamic', model: 'dac', relabel: 'yes' }, [
      element('label', {}, '+64055:+64055'),
      element('imagelabel', {}, '+64055:+64055'),
    ]),
  );
  return printXml(domain);
}

const childText = (domain: XmlElement): string => child(domain, 'name')?.text ?? '';

/** Where vCPUs can be added, each is told by itself: those it was started with stay as long as it runs. */
function liveVcpus(domain: XmlElement, fixed: number): void {
  const vcpu = child(domain, 'vcpu');
  const most = Number(vcpu?.text ?? 1);
  const on = Number(vcpu?.attributes['current'] ?? most);
  if (fixed >= most) return;
  const each = Array.from({ length: most }, (_, id) =>
    element('vcpu', {
      id: String(id),
      enabled: id < on ? 'yes' : 'no',
      hotpluggable: id < fixed ? 'no' : 'yes',
      ...(id < on ? { order: String(id + 1) } : {}),
    }),
  );
  setChild(domain, element('vcpus', {}, each), ['vcpu']);
}

function liveCpu(domain: XmlElement): void {
  const cpu = child(domain, 'cpu');
  if (cpu?.attributes['mode'] === 'host-model') {
    cpu.attributes = { mode: 'custom', match: 'exact', check: 'full' };
    cpu.children = [
      element('model', { fallback: 'forbid' }, 'EPYC-Rome'),
      element('vendor', {}, 'AMD'),
      element('feature', { policy: 'require', name: 'x2apic' }),
      element('feature', { policy: 'require', name: 'hypervisor' }),
      ...cpu.children.filter((one) => one.name !== 'model'),
    ];
  } else if (cpu?.attributes['mode'] === 'custom') exactCpu(cpu);
}

/** What the model came out as: with what QEMU adds to its smallest one. */
function exactCpu(cpu: XmlElement): void {
  cpu.attributes['check'] = 'full';
  const model = child(cpu, 'model');
  if (model === undefined) return;
  model.attributes['fallback'] = 'forbid';
  if (model.text !== 'qemu64') return;
  for (const name of ['hypervisor', 'lahf_lm'])
    cpu.children.push(element('feature', { policy: 'require', name }));
}

function setAlias(one: XmlElement, name: string): void {
  if (child(one, 'alias') !== undefined) return;
  const at = one.children.findIndex((part) => part.name === 'address');
  one.children.splice(at === -1 ? one.children.length : at, 0, element('alias', { name }));
}

/** `virtio-disk0`, `net1`, `serial0`: the names QEMU knows the devices by. */
function aliasOf(one: XmlElement, index: number): string | undefined {
  switch (one.name) {
    case 'disk':
      return diskAlias(one);
    case 'controller':
      return controllerAlias(one);
    case 'interface':
      return `net${index}`;
    case 'console':
      return `serial${index}`;
    case 'memballoon':
      return `balloon${index}`;
    case 'serial':
    case 'channel':
    case 'input':
    case 'video':
    case 'rng':
    case 'watchdog':
      return `${one.name}${index}`;
    default:
      return undefined;
  }
}

export function diskAlias(disk: XmlElement): string {
  const target = child(disk, 'target')?.attributes ?? {};
  const number = (target['dev'] ?? 'vda').charCodeAt(2) - 97;
  const bus = target['bus'] ?? 'virtio';
  if (bus === 'virtio') return `virtio-disk${number}`;
  if (bus === 'ide') return `ide0-${number >> 1}-${number & 1}`;
  return bus === 'scsi' ? `scsi0-0-0-${number}` : `${bus}0-0-${number}`;
}

function controllerAlias(one: XmlElement): string {
  const { type = '', index = '0', model = '' } = one.attributes;
  if (type === 'usb') return index === '0' ? 'usb' : `usb${index}`;
  // The SATA ports of the q35 board go by the old name, too.
  if (type === 'ide' || type === 'sata') return 'ide';
  if (type === 'pci') return model === 'pcie-root' ? 'pcie.0' : `pci.${index}`;
  return `${type}${index}`;
}

function liveDevices(devices: XmlElement, name: string, facts: LiveFacts): void {
  let diskIndex = childrenOf(devices, 'disk').length;
  for (const disk of childrenOf(devices, 'disk')) {
    liveDisk(disk, diskIndex);
    diskIndex -= 1;
  }
  childrenOf(devices, 'interface').forEach((nic, index) =>
    liveInterface(nic, `vnet${facts.firstTap + index}`, facts),
  );
  for (const one of childrenOf(devices, 'serial')) setPty(one, facts.pty);
  for (const one of childrenOf(devices, 'console')) {
    setPty(one, facts.pty);
    one.attributes['tty'] = `/dev/pts/${facts.pty}`;
  }
  for (const one of childrenOf(devices, 'channel')) liveChannel(one, name, facts);
  for (const one of childrenOf(devices, 'graphics'))
    if (facts.vncPort !== null) liveGraphics(one, facts.vncPort);
  const seen: Record<string, number> = {};
  for (const one of devices.children) {
    const index = seen[one.name] ?? 0;
    seen[one.name] = index + 1;
    const alias = aliasOf(one, index);
    if (alias !== undefined) setAlias(one, alias);
  }
}

function liveDisk(disk: XmlElement, index: number): void {
  const source = child(disk, 'source');
  if (source === undefined) return;
  source.attributes['index'] = String(index);
  if (child(disk, 'backingStore') === undefined)
    disk.children.splice(disk.children.indexOf(source) + 1, 0, element('backingStore'));
}

function liveInterface(nic: XmlElement, tap: string, facts: LiveFacts): void {
  const source = child(nic, 'source');
  if (nic.attributes['type'] === 'network' && source !== undefined)
    source.attributes['bridge'] = facts.bridgeOf(source.attributes['network'] ?? '');
  setChild(nic, element('target', { dev: attribute(nic, 'target', 'dev') ?? tap }), [
    'mac',
    'source',
    'virtualport',
    'vlan',
  ]);
}

function setPty(one: XmlElement, pty: number): void {
  one.children.unshift(element('source', { path: `/dev/pts/${pty}` }));
}

function liveChannel(one: XmlElement, name: string, facts: LiveFacts): void {
  const target = child(one, 'target');
  if (target === undefined) return;
  target.attributes['state'] = facts.agentConnected ? 'connected' : 'disconnected';
  const path = `/var/lib/libvirt/qemu/channel/target/domain-${facts.id}-${name.slice(0, 20)}/${target.attributes['name'] ?? ''}`;
  one.children.unshift(element('source', { mode: 'bind', path }));
}

function liveGraphics(one: XmlElement, vncPort: number): void {
  one.attributes['port'] = String(vncPort);
  one.attributes['listen'] ??= '127.0.0.1';
  setChild(one, element('listen', { type: 'address', address: one.attributes['listen'] }));
}
