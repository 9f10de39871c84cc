import { changeDefinition } from './definition-change.ts';
import type { Target } from './definition-change.ts';
import { assignAddresses, isQ35 } from './domain-addresses.ts';
import { deviceOrder, normaliseDevice } from './domain-devices.ts';
import { diskAlias } from './domain-live-xml.ts';
import { HostRefusal, notRunning, qemuRefusal } from './host-refusal.ts';
import type { Handlers } from './procedure-table.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { SimulatedVm } from './simulated-vm.ts';
import { attribute, child, childrenOf, element, parseXml, sortChildren } from './xml-tree.ts';
import type { XmlElement } from './xml-tree.ts';

/** Devices that come and go, and numbers that change while a VM runs. */
export function deviceHandlers(host: SimulatedHost): Handlers {
  return {
    domainAttachDeviceFlags: ({ dom, xml, flags }) => {
      const vm = host.vm(dom);
      const device = parseDevice(host, xml);
      const targets = changeDefinition(vm, flags, (domain, target) => attach(domain, device, target));
      if (targets.includes('live')) host.events.deviceAdded(vm, aliasIn(vm, device));
    },
    domainDetachDeviceFlags: ({ dom, xml, flags }) => {
      const vm = host.vm(dom);
      const device = parseXml(xml, 'device_definition');
      const alias = vm.live === null ? '' : aliasIn(vm, device);
      const targets = changeDefinition(vm, flags, (domain, target) => {
        detach(domain, device);
        if (target === 'live' && vm.holdsDevices) throw rejectedByGuest();
      });
      if (targets.includes('live')) host.events.deviceRemoved(vm, alias);
    },
    domainDetachDeviceAlias: ({ dom, alias, flags }) => {
      const vm = host.vm(dom);
      changeDefinition(vm, flags, (domain) => {
        const devices = child(domain, 'devices');
        const found = devices?.children.find((one) => aliasOf(domain, one) === alias);
        if (devices === undefined || found === undefined)
          throw qemuRefusal('VIR_ERR_DEVICE_MISSING', `device with alias ${alias} not found`);
        devices.children = devices.children.filter((one) => one !== found);
      });
      host.events.deviceRemoved(vm, alias);
    },
    domainUpdateDeviceFlags: ({ dom, xml, flags }) => {
      const device = parseDevice(host, xml);
      changeDefinition(host.vm(dom), flags, (domain) => replace(domain, device));
    },
    domainBlockResize: ({ dom, disk, size, flags }) =>
      blockResize(host, host.vm(dom), disk, (flags & 1) === 0 ? size * 1_024 : size),
    domainSetBlockIoTune: ({ dom, disk, flags, params }) => {
      changeDefinition(host.vm(dom), flags, (domain) => {
        const found = diskNamed(domain, disk);
        const values = params.map(({ field, value }) => element(field, {}, String(value)));
        found.children = [
          ...found.children.filter((one) => one.name !== 'iotune'),
          element('iotune', {}, values),
        ];
        normaliseDevice(found);
      });
    },
    domainSetInterfaceParameters: ({ dom, device }) => {
      const vm = host.vm(dom);
      if (!vm.definition.shape.nics.some((nic) => nic.mac === device) && !/^vnet\d+$/.test(device))
        throw qemuRefusal('VIR_ERR_INVALID_ARG', `can't find device ${device}`);
    },
  };
}

function parseDevice(host: SimulatedHost, xml: string): XmlElement {
  const device = parseXml(xml, 'device_definition');
  if (!deviceOrder.includes(device.name))
    throw new HostRefusal(
      'VIR_ERR_CONFIG_UNSUPPORTED',
      'VIR_FROM_DOMAIN',
      `unknown device type '${device.name}'`,
    );
  normaliseDevice(device);
  const source = attribute(device, 'source', 'file');
  if (device.name === 'disk' && source !== undefined && !host.fileExists(source))
    throw new HostRefusal(
      'VIR_ERR_SYSTEM_ERROR',
      'VIR_FROM_STORAGE',
      `Cannot access storage file '${source}': No such file or directory`,
    );
  return device;
}

function attach(domain: XmlElement, device: XmlElement, target: Target): void {
  const devices = child(domain, 'devices');
  if (devices === undefined) return;
  const dev = attribute(device, 'target', 'dev');
  const twin = childrenOf(devices, 'disk').some((one) => attribute(one, 'target', 'dev') === dev);
  if (device.name === 'disk' && twin)
    throw target === 'live'
      ? new HostRefusal('VIR_ERR_XML_ERROR', 'VIR_FROM_DOMAIN', `target '${dev}' duplicated for disk sources`)
      : qemuRefusal('VIR_ERR_OPERATION_INVALID', `target ${dev} already exists`);
  if (target === 'live') requireHotplug(domain);
  devices.children.push(structuredClone(device));
  sortChildren(devices, deviceOrder);
  assignAddresses(domain, { hotplug: target === 'live' });
}

/** The old PC's PCI bus takes devices in only with ACPI. */
function requireHotplug(domain: XmlElement): void {
  if (isQ35(domain) || child(child(domain, 'features'), 'acpi') !== undefined) return;
  throw qemuRefusal(
    'VIR_ERR_INTERNAL_ERROR',
    "unable to execute QEMU command 'device_add': Bus 'pci.0' does not support hotplugging",
  );
}

function same(one: XmlElement, device: XmlElement): boolean {
  if (one.name !== device.name) return false;
  if (one.name === 'disk') return attribute(one, 'target', 'dev') === attribute(device, 'target', 'dev');
  if (one.name === 'interface') {
    const mac = attribute(device, 'mac', 'address');
    return mac === undefined || attribute(one, 'mac', 'address') === mac;
  }
  return true;
}

function find(domain: XmlElement, device: XmlElement): { devices: XmlElement; found: XmlElement } {
  const devices = child(domain, 'devices');
  const found = devices?.children.find((one) => same(one, device));
  if (devices !== undefined && found !== undefined) return { devices, found };
  if (device.name === 'disk')
    throw qemuRefusal('VIR_ERR_DEVICE_MISSING', `disk ${attribute(device, 'target', 'dev')} not found`);
  throw new HostRefusal(
    'VIR_ERR_DEVICE_MISSING',
    'VIR_FROM_DOMAIN',
    device.name === 'interface'
      ? `no device matching MAC address ${attribute(device, 'mac', 'address')} found`
      : `matching ${device.name} device not found`,
  );
}

/** Linux refuses an ACPI eject while a driver cannot let go. */
function rejectedByGuest(): HostRefusal {
  return qemuRefusal('VIR_ERR_OPERATION_FAILED', 'unplug of device was rejected by the guest');
}

function detach(domain: XmlElement, device: XmlElement): void {
  const { devices, found } = find(domain, device);
  devices.children = devices.children.filter((one) => one !== found);
}

function replace(domain: XmlElement, device: XmlElement): void {
  const { devices, found } = find(domain, device);
  requireOwnPlace(domain, { devices, found, device });
  const made = structuredClone(device);
  const address = child(found, 'address');
  if (child(made, 'address') === undefined && address !== undefined) made.children.push(address);
  devices.children[devices.children.indexOf(found)] = made;
}

/** A place in the boot order is one device's, and not beside an order by kinds. */
function requireOwnPlace(
  domain: XmlElement,
  { devices, found, device }: { devices: XmlElement; found: XmlElement; device: XmlElement },
): void {
  const place = attribute(device, 'boot', 'order');
  if (place === undefined) return;
  const unsupported = (detail: string): HostRefusal =>
    new HostRefusal('VIR_ERR_CONFIG_UNSUPPORTED', 'VIR_FROM_DOMAIN', detail);
  if (child(child(domain, 'os'), 'boot') !== undefined)
    throw unsupported('per-device boot elements cannot be used together with os/boot elements');
  if (devices.children.some((one) => one !== found && attribute(one, 'boot', 'order') === place))
    throw unsupported(`boot order ${place} is already used by another device`);
}

function aliasOf(domain: XmlElement, one: XmlElement): string {
  const devices = childrenOf(child(domain, 'devices'), one.name);
  if (one.name === 'disk') return diskAlias(one);
  return `${one.name === 'interface' ? 'net' : one.name}${devices.indexOf(one)}`;
}

function aliasIn(vm: SimulatedVm, device: XmlElement): string {
  const domain = parseXml(vm.definition.xml);
  const found = child(domain, 'devices')?.children.find((one) => same(one, device));
  return found === undefined ? '' : aliasOf(domain, found);
}

function diskNamed(domain: XmlElement, name: string): XmlElement {
  const found = childrenOf(child(domain, 'devices'), 'disk').find(
    (one) => attribute(one, 'target', 'dev') === name || attribute(one, 'source', 'file') === name,
  );
  if (found === undefined) throw qemuRefusal('VIR_ERR_INVALID_ARG', `invalid path: ${name}`);
  return found;
}

function blockResize(host: SimulatedHost, vm: SimulatedVm, disk: string, bytes: number): void {
  if (vm.live === null) throw notRunning();
  const { disks } = vm.live.definition.shape;
  const found = disks.find((one) => one.target === disk || one.source === disk);
  if (found === undefined) throw qemuRefusal('VIR_ERR_INVALID_ARG', `invalid path: ${disk}`);
  const at = found.source === null ? undefined : host.volumeAt(found.source);
  if (at === undefined) throw qemuRefusal('VIR_ERR_INVALID_ARG', `disk '${disk}' is empty`);
  at.volume.resize(bytes, false);
}
