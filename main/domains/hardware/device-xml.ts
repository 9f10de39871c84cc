import {
  attributeOf,
  childOf,
  childrenOf,
  escapeXml,
  outlineXml,
  XmlEdit,
} from '../../platform/xml/xml-edit.ts';
import { RESCUE_NS, type Definition } from './definition-read.ts';
import type { OpenVm } from './vm-open.ts';

/** A disk of a volume of a directory pool (https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms). */
export function diskXml(disk: {
  readonly path: string;
  readonly format: string;
  readonly target: string;
  readonly bus: string;
}): string {
  return `<disk type='file' device='disk'><driver name='qemu' type='${escapeXml(disk.format)}' discard='unmap'/><source file='${escapeXml(disk.path)}'/><target dev='${disk.target}' bus='${disk.bus}'/></disk>`;
}

export function cdromXml(drive: {
  readonly path: string;
  readonly target: string;
  readonly bus: string;
}): string {
  return `<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='${escapeXml(drive.path)}'/><target dev='${drive.target}' bus='${drive.bus}'/><readonly/></disk>`;
}

export function nicXml(nic: {
  readonly mac: string;
  readonly model: string;
  readonly network: { readonly kind: 'network' | 'bridge'; readonly name: string };
}): string {
  const { kind, name } = nic.network;
  return `<interface type='${kind}'><mac address='${nic.mac}'/><source ${kind}='${escapeXml(name)}'/><model type='${nic.model}'/></interface>`;
}

/** The drive with another medium, or none. */
export function withMedium(xml: string, path: string | null): string {
  const edit = new XmlEdit(xml);
  edit.setChild(edit.root, 'source', path === null ? '' : `<source file='${escapeXml(path)}'/>`);
  const type = edit.root.attributes['type'];
  const text = edit.toString();
  // A drive that held a volume by its pool, or a block device, holds a file from now on.
  return path === null || type === 'file'
    ? text
    : text.replace(/^<disk\s+type=(['"])[^'"]*\1/, "<disk type='file'");
}

/** The card plugged in elsewhere and its cable in or out; what is null stays. */
export function withPlug(
  xml: string,
  change: {
    readonly network: { readonly kind: 'network' | 'bridge'; readonly name: string } | null;
    readonly linkUp: boolean | null;
  },
): string {
  const edit = new XmlEdit(xml);
  if (change.linkUp !== null)
    edit.setChild(edit.root, 'link', `<link state='${change.linkUp ? 'up' : 'down'}'/>`);
  if (change.network !== null) {
    const { kind, name } = change.network;
    edit.setChild(edit.root, 'source', `<source ${kind}='${escapeXml(name)}'/>`);
    // The tap of before hangs on the bridge of before.
    edit.setChild(edit.root, 'target', '');
    return edit.toString().replace(/^<interface\s+type=(['"])[^'"]*\1/, `<interface type='${kind}'`);
  }
  return edit.toString();
}

/** First free name of a disk on this bus, in both definitions: `vdb`. */
export function freeTarget({ live, next }: Pick<OpenVm, 'live' | 'next'>, bus: string): string {
  const prefix = bus === 'virtio' ? 'vd' : bus === 'ide' ? 'hd' : bus === 'fdc' ? 'fd' : 'sd';
  const taken = new Set([...(live?.disks ?? []), ...(next?.disks ?? [])].map((disk) => disk.target));
  for (let index = 0; ; index++) {
    const target = `${prefix}${letters(index)}`;
    if (!taken.has(target)) return target;
  }
}

/** `a` … `z`, `aa` …, as Linux names disks. */
function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}

/** The bus a CD drive is put on: the one another drive has, else what this kind of machine can boot from. */
export function mediaBus(definition: Definition): string {
  const drive = definition.disks.find((disk) => disk.device === 'cdrom');
  if (drive !== undefined) return drive.bus;
  const domain = outlineXml(definition.xml);
  const controllers = childrenOf(childOf(domain, 'devices'), 'controller');
  if (controllers.some((one) => one.attributes['type'] === 'scsi')) return 'scsi';
  return /q35/.test(attributeOf(childOf(domain, 'os'), 'type', 'machine')) ? 'sata' : 'ide';
}

export interface BootEntry {
  readonly kind: 'disk' | 'nic';
  /** Target of the disk or MAC of the card. */
  readonly id: string;
}

/** From what a definition starts, in order, whichever of libvirt's two ways says so. */
export function bootOrderOf(definition: Definition): BootEntry[] {
  const ordered = [
    ...definition.disks.map((disk) => ({ kind: 'disk' as const, id: disk.target, order: disk.bootOrder })),
    ...definition.nics.map((nic) => ({ kind: 'nic' as const, id: nic.mac, order: nic.bootOrder })),
  ].filter((one) => one.order !== null);
  if (ordered.length > 0)
    return ordered.toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0)).map(({ kind, id }) => ({ kind, id }));
  return definition.bootDevices.flatMap((device): BootEntry[] => {
    if (device === 'network') return definition.nics.slice(0, 1).map((nic) => ({ kind: 'nic', id: nic.mac }));
    const kind = device === 'hd' ? 'disk' : device === 'fd' ? 'floppy' : device;
    const disk = definition.disks.find((one) => one.device === kind);
    return disk === undefined ? [] : [{ kind: 'disk', id: disk.target }];
  });
}

/** The definition with this boot order and no other; devices that are not named are not started from. */
export function withBootOrder(xml: string, order: readonly BootEntry[]): string {
  const edit = new XmlEdit(xml);
  for (const boot of childrenOf(childOf(edit.root, 'os'), 'boot')) edit.remove(boot);
  const devices = childOf(edit.root, 'devices');
  const each = [
    ...childrenOf(devices, 'disk').map((device) => ({ device, id: attributeOf(device, 'target', 'dev') })),
    ...childrenOf(devices, 'interface').map((device) => ({
      device,
      id: attributeOf(device, 'mac', 'address').toLowerCase(),
    })),
    // Devices that are passed through may have a place in the order too.
    ...['hostdev', 'redirdev'].flatMap((name) =>
      childrenOf(devices, name).map((device) => ({ device, id: '' })),
    ),
  ];
  for (const { device, id } of each) {
    const at = order.findIndex((entry) => entry.id === id);
    edit.setChild(device, 'boot', at < 0 ? '' : `<boot order='${at + 1}'/>`);
  }
  return edit.toString();
}

/** The definition of one boot from a rescue image: before everything else, and marked as such. */
export function rescueXml(
  definition: Definition,
  image: { readonly path: string; readonly format: string; readonly isCd: boolean },
): string {
  const bus = image.isCd ? mediaBus(definition) : 'virtio';
  const target = freeTarget({ live: null, next: definition }, bus);
  const edit = new XmlEdit(withBootOrder(definition.xml, []));
  const device = image.isCd
    ? `<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='${escapeXml(image.path)}'/><target dev='${target}' bus='${bus}'/><readonly/><boot order='1'/></disk>`
    : // What the rescue system writes to its own disk is thrown away with it.
      `<disk type='file' device='disk'><driver name='qemu' type='${escapeXml(image.format)}'/><source file='${escapeXml(image.path)}'/><target dev='${target}' bus='${bus}'/><transient/><boot order='1'/></disk>`;
  const devices = childOf(edit.root, 'devices');
  if (devices === undefined) throw new Error('a definition without devices');
  edit.append(devices, device);
  const mark = `<innkeeper-rescue:boot xmlns:innkeeper-rescue='${RESCUE_NS}'/>`;
  const metadata = childOf(edit.root, 'metadata');
  if (metadata === undefined) edit.append(edit.root, `<metadata>${mark}</metadata>`);
  else edit.append(metadata, mark);
  return edit.toString();
}
