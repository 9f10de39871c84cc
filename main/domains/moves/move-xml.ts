import {
  attributeOf,
  childOf,
  childrenOf,
  escapeXml,
  XmlEdit,
  type XmlElement,
} from '../../platform/xml/xml-edit.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';

/** A drive of a VM with something in it, by its definition. */
export interface Drive {
  readonly target: string;
  readonly device: string;
  /** `file`, or what else it stands on: `block`, `network`, `volume`, … */
  readonly kind: string;
  /** Path of a file; of another kind what tells it from others. */
  readonly source: string;
  readonly readonly: boolean;
  /** Several VMs write to it at the same time. */
  readonly shareable: boolean;
}

/** What becomes of what is in the drives of a VM at its other host. */
export interface DrivePlan {
  /** Where copied files are there, by where they are here. */
  readonly paths: ReadonlyMap<string, string>;
  /** What is not there: out of the drive. */
  readonly ejected: readonly string[];
  /** What both hosts see. */
  readonly shared: readonly string[];
}

export function drivesOf(xml: string): Drive[] {
  return diskElements(new XmlEdit(xml)).flatMap((disk) => {
    const source = childOf(disk, 'source');
    if (source === undefined || sourceName(source) === '') return [];
    return {
      target: attributeOf(disk, 'target', 'dev'),
      device: disk.attributes['device'] ?? 'disk',
      kind: source.attributes['file'] === undefined ? (disk.attributes['type'] ?? '') : 'file',
      source: sourceName(source),
      readonly: childOf(disk, 'readonly') !== undefined,
      shareable: childOf(disk, 'shareable') !== undefined,
    };
  });
}

/**
 * The XML of a domain for another host: disks are where they were copied to, and what is not there is out of the drive. Nothing the guest
 * sees is changed, or libvirt refuses it. Throws where a drive holds what the plan does not know, or lacks a disk that was copied: the definition
 * is then another one than the plan was made by, and at the other host such a drive would stand on whatever lies there under its old path.
 */
export function xmlForTarget(xml: string, plan: DrivePlan, copied: readonly string[] = []): string {
  const edit = new XmlEdit(xml);
  const missing = new Set(copied);
  for (const disk of diskElements(edit)) {
    const source = childOf(disk, 'source');
    const name = source === undefined ? '' : sourceName(source);
    if (source === undefined || name === '') continue;
    missing.delete(name);
    const to = plan.paths.get(name);
    if (to !== undefined) edit.replace(source, sourceWith(edit, source, to));
    else if (plan.ejected.includes(name)) edit.remove(source);
    else if (!plan.shared.includes(name))
      throw otherDisks(`the drive ${attributeOf(disk, 'target', 'dev')} holds something else by now`);
  }
  const [gone] = missing;
  if (gone !== undefined) throw otherDisks(`${gone} is in none of its drives`);
  return edit.toString();
}

/** Files of a VM that a copy of its disks would miss, in words; empty where there are none. */
export function stateFilesOf(xml: string): string {
  const { root } = new XmlEdit(xml);
  const os = childOf(root, 'os');
  const hasFirmware = childOf(os, 'nvram') !== undefined || os?.attributes['firmware'] === 'efi';
  const hasTpm = childrenOf(childOf(root, 'devices'), 'tpm').some(
    (tpm) => attributeOf(tpm, 'backend', 'type') === 'emulator',
  );
  return [hasFirmware ? 'the variables of its UEFI firmware' : '', hasTpm ? 'its TPM' : '']
    .filter(Boolean)
    .join(' and ');
}

/** Whether a disk stands on another file, which a copy of it alone would miss. */
export function hasBackingFile(xml: string): boolean {
  return /<backingStore\s[^>]*type=/.test(xml);
}

function diskElements(edit: XmlEdit): readonly XmlElement[] {
  return childrenOf(childOf(edit.root, 'devices'), 'disk');
}

function sourceName({ attributes }: XmlElement): string {
  const { file, dev, name, dir, pool, volume } = attributes;
  return file ?? dev ?? name ?? dir ?? (pool === undefined ? '' : `${pool}/${volume ?? ''}`);
}

/** The element as it was, what stands in it among it, with another path. */
function sourceWith(edit: XmlEdit, source: XmlElement, path: string): string {
  const text = edit.textOf(source);
  const tag = text.slice(0, source.tagEnd - source.start);
  const changed = tag.replace(
    /(\sfile\s*=\s*)(?:'[^']*'|"[^"]*")/,
    (_, name) => `${name}'${escapeXml(path)}'`,
  );
  return changed + text.slice(tag.length);
}

function otherDisks(what: string): OperatingFailure {
  return new OperatingFailure({
    code: 'disks-changed',
    sentence: `Its disks are others than when this move was planned: ${what}. Move it again.`,
  });
}
