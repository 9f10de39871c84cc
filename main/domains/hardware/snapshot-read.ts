import { vmSnapshot, type VmSnapshot } from '../../../shared/domains/hardware/hardware-contract.ts';
import { checkpointXmlFlags } from '../../platform/libvirt/flags.ts';
import { attributeOf, childOf, childrenOf, outlineXml } from '../../platform/xml/xml-edit.ts';
import { isCode } from '../fleet/fleet-public.ts';
import { inForce, type OpenVm } from './vm-open.ts';

export interface Checkpoint {
  readonly name: string;
  readonly createdAt: string;
}

/** Ends the description of a snapshot a task of ours has made: a step that is run again knows its own by it. */
export function taskMark(taskId: string): string {
  return `[${taskId}]`;
}

const MARK = /\s*\[task_[^\]\s]+\]$/;

function instantOf(seconds: string | undefined): string {
  return new Date(Number(seconds ?? 0) * 1000).toISOString();
}

/** Snapshots, oldest first (https://libvirt.org/formatsnapshot.html). */
export async function readSnapshots({ api, ref, signal }: OpenVm): Promise<VmSnapshot[]> {
  const current = await api.snapshots.current(ref, { signal });
  const found = [];
  for (const snapshot of await api.snapshots.listAll(ref, 0, { signal })) {
    const xml = await api.snapshots.xml(snapshot, 0, { signal }).catch((error: unknown) => {
      // Deleted since it was listed.
      if (isCode(error, 'VIR_ERR_NO_DOMAIN_SNAPSHOT')) return undefined;
      throw error;
    });
    if (xml !== undefined) found.push(snapshotOf(xml, current?.name));
  }
  return found.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt) || a.name.localeCompare(b.name));
}

function snapshotOf(xml: string, current: string | undefined): VmSnapshot {
  const root = outlineXml(xml);
  const name = childOf(root, 'name')?.text ?? '';
  const memory = attributeOf(root, 'memory', 'snapshot');
  const disks = childrenOf(childOf(root, 'disks'), 'disk');
  return vmSnapshot.parse({
    name,
    description: (childOf(root, 'description')?.text ?? '').replace(MARK, ''),
    createdAt: instantOf(childOf(root, 'creationTime')?.text),
    parent: childOf(childOf(root, 'parent'), 'name')?.text ?? '',
    isCurrent: name === current,
    state: childOf(root, 'state')?.text ?? '',
    withMemory: memory !== '' && memory !== 'no',
    isExternal: memory === 'external' || disks.some((disk) => disk.attributes['snapshot'] === 'external'),
  });
}

/** Checkpoints of the backup chain of a VM, oldest first. */
export async function readCheckpoints({ api, ref, signal }: OpenVm): Promise<Checkpoint[]> {
  const found: Checkpoint[] = [];
  for (const checkpoint of await api.checkpoints.listAll(ref, 0, { signal })) {
    const root = outlineXml(await api.checkpoints.xml(checkpoint, checkpointXmlFlags.noDomain, { signal }));
    found.push({ name: checkpoint.name, createdAt: instantOf(childOf(root, 'creationTime')?.text) });
  }
  return found.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
}

/** `cp-1 → cp-7 (7 checkpoints since 2026-11-02)`: which chain is meant. */
export function chainWords(checkpoints: readonly Checkpoint[]): string {
  const first = checkpoints[0];
  const last = checkpoints.at(-1);
  if (first === undefined || last === undefined) return '';
  const names = first === last ? first.name : `${first.name} → ${last.name}`;
  const count = `${checkpoints.length} checkpoint${checkpoints.length === 1 ? '' : 's'}`;
  return `${names} (${count} since ${first.createdAt.slice(0, 10)})`;
}

export interface SnapshotObstacle {
  readonly code: 'checkpoints-in-the-way' | 'no-qcow' | 'not-now';
  readonly facts: Readonly<Record<string, string>>;
}

/** Why no snapshot can be made of what a VM is made of; undefined where one can. */
export function snapshotObstacle(
  vm: OpenVm & { readonly name: string },
  checkpoints: readonly Checkpoint[],
): SnapshotObstacle | undefined {
  const { name } = vm;
  if (checkpoints.length > 0)
    return { code: 'checkpoints-in-the-way', facts: { name, chain: chainWords(checkpoints) } };
  const definition = inForce(vm);
  const others = definition.disks.filter(
    (disk) => disk.device === 'disk' && !disk.readonly && disk.format !== 'qcow2',
  );
  if (others.length > 0)
    return {
      code: 'no-qcow',
      facts: {
        name,
        disks: others.map((disk) => disk.target).join(', '),
        format: [...new Set(others.map((disk) => disk.format))].join(', '),
      },
    };
  const loader = childOf(childOf(outlineXml(definition.xml), 'os'), 'loader');
  if (loader?.attributes['type'] === 'pflash')
    return {
      code: 'not-now',
      facts: { name, reason: 'it boots by UEFI, whose settings libvirt cannot keep in a snapshot' },
    };
  return undefined;
}
