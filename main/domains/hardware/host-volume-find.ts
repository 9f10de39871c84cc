import type { Kysely } from 'kysely';
import type { VmDisk } from '../../../shared/domains/hardware/hardware-contract.ts';
import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import type { StorageVolumeRef } from '../../platform/libvirt/xdr-objects.ts';
import { attributeOf, childOf, outlineXml } from '../../platform/xml/xml-edit.ts';
import { findVolume, isCode, type FleetTables } from '../fleet/fleet-public.ts';

export interface FoundVolume {
  readonly ref: StorageVolumeRef;
  readonly pool: string;
  readonly name: string;
  readonly path: string;
  readonly format: string;
  readonly capacityBytes: number;
  /** When its bytes were last written, as the host says; empty where it does not. */
  readonly writtenAt: string;
}

/** A volume by pool and name with its format; undefined where there is no such pool or volume. */
export async function volumeNamed(
  api: LibvirtApi,
  at: { readonly pool: string; readonly volume: string },
  signal: AbortSignal,
): Promise<FoundVolume | undefined> {
  try {
    const ref = await findVolume(api, { pool: at.pool, name: at.volume }, signal);
    return ref === undefined ? undefined : await volumeFacts(api, ref, signal);
  } catch (error) {
    if (isCode(error, 'VIR_ERR_NO_STORAGE_POOL')) return undefined;
    throw error;
  }
}

/** The volume behind a disk's source: a path, or `pool/volume`. Undefined for what is in no pool. */
export async function volumeOf(
  api: LibvirtApi,
  source: string,
  signal: AbortSignal,
): Promise<StorageVolumeRef | undefined> {
  if (source === '') return undefined;
  try {
    if (source.startsWith('/')) return await api.storage.lookupVolumeByPath(source, { signal });
    const [pool = '', ...name] = source.split('/');
    return await findVolume(api, { pool, name: name.join('/') }, signal);
  } catch (error) {
    if (isCode(error, 'VIR_ERR_NO_STORAGE_VOL', 'VIR_ERR_NO_STORAGE_POOL')) return undefined;
    throw error;
  }
}

export async function volumeFacts(
  api: LibvirtApi,
  ref: StorageVolumeRef,
  signal: AbortSignal,
): Promise<FoundVolume> {
  const volume = outlineXml(await api.storage.volumeXml(ref, { signal }));
  const target = childOf(volume, 'target');
  return {
    ref,
    pool: ref.pool,
    name: ref.name,
    path: childOf(target, 'path')?.text ?? ref.key,
    format: attributeOf(target, 'format', 'type') || 'raw',
    capacityBytes: Number(childOf(volume, 'capacity')?.text ?? 0),
    writtenAt: childOf(childOf(target, 'timestamps'), 'mtime')?.text ?? '',
  };
}

/** VMs of a host by the sources of their disks, as their rows have them. */
export async function usersOfVolumes(
  db: Kysely<FleetTables>,
  hostId: string,
): Promise<ReadonlyMap<string, readonly { readonly id: string; readonly name: string }[]>> {
  const rows = await db
    .selectFrom('vm')
    .innerJoin('vm_detail', 'vm_detail.uuid', 'vm.uuid')
    .select(['vm.id', 'vm.name', 'vm_detail.disks'])
    .where('vm.host_id', '=', hostId)
    .execute();
  const users = new Map<string, { id: string; name: string }[]>();
  for (const { id, name, disks } of rows) {
    for (const { source } of JSON.parse(disks) as Pick<VmDisk, 'source'>[])
      users.set(source, [...(users.get(source) ?? []), { id, name }]);
  }
  return users;
}

/** What a CD drive takes: by its name, for a pool of files knows no other sign. */
export function isMedium(volume: { readonly name: string; readonly format: string }): boolean {
  return volume.format === 'iso' || /\.iso$/i.test(volume.name);
}
