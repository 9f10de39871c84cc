import { randomUUID } from 'node:crypto';
import { assignAddresses, isQ35 } from './domain-addresses.ts';
import { addDefaultDevices, deviceOrder, normaliseDevice } from './domain-devices.ts';
import { HostRefusal, qemuRefusal } from './host-refusal.ts';
import { attribute, child, childText, element, parseDocument, setChild, sortChildren } from './xml-tree.ts';
import type { XmlElement } from './xml-tree.ts';

/** Top-level elements in the order libvirt prints them. */
const domainOrder = [
  'name',
  'uuid',
  'genid',
  'title',
  'description',
  'metadata',
  'maxMemory',
  'memory',
  'currentMemory',
  'blkiotune',
  'memtune',
  'memoryBacking',
  'vcpu',
  'vcpus',
  'iothreads',
  'cputune',
  'numatune',
  'resource',
  'sysinfo',
  'os',
  'features',
  'cpu',
  'clock',
  'on_poweroff',
  'on_reboot',
  'on_crash',
  'pm',
  'perf',
  'devices',
  'seclabel',
];

const KIB_OF: Record<string, number> = {
  b: 1 / 1024,
  bytes: 1 / 1024,
  k: 1,
  KiB: 1,
  KB: 1000 / 1024,
  M: 1024,
  MiB: 1024,
  MB: 1_000_000 / 1024,
  G: 1_048_576,
  GiB: 1_048_576,
  GB: 1e9 / 1024,
  T: 1_073_741_824,
  TiB: 1_073_741_824,
  TB: 1e12 / 1024,
};

const machines: Record<string, string> = { pc: 'pc-i440fx-7.2', q35: 'pc-q35-7.2' };

export function parseDomain(xml: string): XmlElement {
  return parseDocument(xml, 'domain_definition', 'domain');
}

function xmlError(detail: string): HostRefusal {
  return new HostRefusal('VIR_ERR_XML_ERROR', 'VIR_FROM_DOMAIN', detail);
}

/** Turns what a person wrote into what libvirt keeps: checked, completed, in order. Refuses what libvirt refuses, in its words. */
export function normaliseDomain(xml: string): XmlElement {
  const domain = parseDomain(xml);
  checkIdentity(domain);
  delete domain.attributes['id'];
  const uuid = childText(domain, 'uuid')?.replaceAll('-', '').toLowerCase();
  setChild(domain, element('uuid', {}, uuid === undefined ? randomUUID() : dashed(uuid)));
  normaliseMemory(domain);
  normaliseOs(domain);
  normaliseFeatures(domain);
  normaliseCpu(domain);
  setDefault(domain, element('clock', { offset: 'utc' }));
  setDefault(domain, element('on_poweroff', {}, 'destroy'));
  setDefault(domain, element('on_reboot', {}, 'restart'));
  setDefault(domain, element('on_crash', {}, 'destroy'));
  setDefault(domain, element('devices'));
  normaliseDevices(domain);
  domain.children = domain.children.filter((one) => !['resource', 'seclabel'].includes(one.name));
  sortChildren(domain, domainOrder);
  return domain;
}

function dashed(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function setDefault(domain: XmlElement, made: XmlElement): void {
  if (child(domain, made.name) === undefined) domain.children.push(made);
}

function checkIdentity(domain: XmlElement): void {
  const { type } = domain.attributes;
  if (type === undefined)
    throw new HostRefusal('VIR_ERR_INTERNAL_ERROR', 'VIR_FROM_DOMAIN', 'missing domain type attribute');
  if (type !== 'kvm' && type !== 'qemu')
    throw new HostRefusal('VIR_ERR_INTERNAL_ERROR', 'VIR_FROM_DOMAIN', `invalid domain type ${type}`);
  const name = childText(domain, 'name');
  if (name === undefined || name === '') throw new HostRefusal('VIR_ERR_NO_NAME', 'VIR_FROM_DOMAIN', '');
  if (name.includes('/')) throw xmlError(`name ${name} cannot contain '/'`);
  const uuid = childText(domain, 'uuid');
  if (uuid !== undefined && !/^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i.test(uuid))
    throw new HostRefusal('VIR_ERR_INTERNAL_ERROR', 'VIR_FROM_DOMAIN', 'malformed uuid element');
  if (child(child(domain, 'os'), 'type') === undefined) throw xmlError('an os <type> must be specified');
}

/** KiB, rounded up to whole MiB as QEMU has it. */
function memoryKiB(one: XmlElement): number {
  const unit = one.attributes['unit'] ?? 'KiB';
  const factor = KIB_OF[unit];
  if (factor === undefined)
    throw new HostRefusal('VIR_ERR_INVALID_ARG', 'VIR_FROM_NONE', `unknown suffix '${unit}'`);
  return Math.ceil((Number(one.text) * factor) / 1024) * 1024;
}

function normaliseMemory(domain: XmlElement): void {
  const memory = child(domain, 'memory');
  if (memory === undefined || !(Number(memory.text) > 0))
    throw xmlError("missing or invalid element './memory[1]'");
  const mostKiB = memoryKiB(memory);
  const current = child(domain, 'currentMemory');
  const nowKiB = Math.min(current === undefined ? mostKiB : memoryKiB(current), mostKiB);
  setChild(domain, element('memory', { unit: 'KiB' }, String(mostKiB)));
  setChild(domain, element('currentMemory', { unit: 'KiB' }, String(nowKiB)));
  const vcpu = child(domain, 'vcpu') ?? element('vcpu', {}, '1');
  const { placement: _, ...rest } = vcpu.attributes;
  if (rest['current'] === vcpu.text) delete rest['current'];
  setChild(domain, element('vcpu', { placement: 'static', ...rest }, vcpu.text.trim() || '1'));
  if (Number(rest['current'] ?? 1) > Number(vcpu.text || 1))
    throw xmlError('maxvcpus must not be less than current vcpus');
}

function normaliseOs(domain: XmlElement): void {
  const os = child(domain, 'os');
  const type = child(os, 'type');
  if (os === undefined || type === undefined) return;
  if (type.text !== 'hvm')
    throw qemuRefusal('VIR_ERR_CONFIG_UNSUPPORTED', `this hypervisor has no ${type.text} guests`);
  const machine = type.attributes['machine'] ?? 'pc';
  setChild(
    os,
    element(
      'type',
      { arch: type.attributes['arch'] ?? 'x86_64', machine: machines[machine] ?? machine },
      type.text,
    ),
  );
  const perDevice = child(domain, 'devices')?.children.some((one) => child(one, 'boot') !== undefined);
  const direct = child(os, 'kernel') !== undefined;
  if (child(os, 'boot') === undefined && perDevice !== true && !direct)
    os.children.push(element('boot', { dev: 'hd' }));
}

/** Sizes are kept in KiB. */
function normaliseFeatures(domain: XmlElement): void {
  const cache = child(child(child(domain, 'features'), 'tcg'), 'tb-cache');
  if (cache === undefined) return;
  cache.text = String(Math.round(Number(cache.text) * (KIB_OF[cache.attributes['unit'] ?? 'KiB'] ?? 1)));
  cache.attributes = { unit: 'KiB' };
}

function normaliseCpu(domain: XmlElement): void {
  const cpu = child(domain, 'cpu');
  if (cpu === undefined || (cpu.attributes['mode'] === undefined && child(cpu, 'model') === undefined)) {
    const model = element('model', { fallback: 'forbid' }, 'qemu64');
    setChild(
      domain,
      element('cpu', { mode: 'custom', match: 'exact', check: 'none' }, [model, ...(cpu?.children ?? [])]),
    );
    return;
  }
  const mode = cpu.attributes['mode'] ?? 'custom';
  if (mode === 'custom') cpu.attributes = { mode, match: 'exact', check: 'none', ...cpu.attributes };
  else if (mode === 'host-model') cpu.attributes = { check: 'partial', ...cpu.attributes, mode };
  else cpu.attributes = { check: 'none', migratable: 'on', ...cpu.attributes, mode };
  const { mode: first, match, check, ...others } = cpu.attributes;
  cpu.attributes = {
    mode: first ?? mode,
    ...(match === undefined ? {} : { match }),
    ...(check === undefined ? {} : { check }),
    ...others,
  };
}

function normaliseDevices(domain: XmlElement): void {
  const devices = child(domain, 'devices');
  if (devices === undefined) return;
  for (const one of devices.children) normaliseDevice(one);
  refuseTwins(devices);
  addDefaultDevices(devices, isQ35(domain));
  sortChildren(devices, deviceOrder);
  assignAddresses(domain, { hotplug: false });
}

function refuseTwins(devices: XmlElement): void {
  const targets = devices.children
    .filter((one) => one.name === 'disk')
    .map((one) => attribute(one, 'target', 'dev') ?? '');
  const twin = targets.find((target, index) => targets.indexOf(target) !== index);
  if (twin !== undefined) throw xmlError(`target '${twin}' duplicated for disk sources`);
}
