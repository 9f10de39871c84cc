import type { Readable } from 'node:stream';
import { volumeInfoFlags } from './flags.ts';
import { poolStateName, volumeTypeName } from './enum-names.ts';
import type { CallOptions, LibvirtCaller } from './rpc-channel.ts';
import { sendVolume } from './volume-upload.ts';
import type { VolumeRange, VolumeSource, VolumeUploadOptions } from './volume-upload.ts';
import type { StoragePoolRef, StorageVolumeRef } from './xdr-objects.ts';

export type StoragePoolInfo = {
  readonly state: number;
  readonly stateName: string;
  readonly capacityBytes: number;
  readonly allocationBytes: number;
  readonly availableBytes: number;
};

export type StorageVolumeInfo = {
  readonly type: number;
  readonly typeName: string;
  readonly capacityBytes: number;
  readonly allocationBytes: number;
};

/** Storage pools and their volumes. */
export class StorageCalls {
  readonly #caller: LibvirtCaller;

  constructor(caller: LibvirtCaller) {
    this.#caller = caller;
  }

  /** `flags` of `poolListFlags`; 0 is all. */
  async listPools(flags = 0, options?: CallOptions): Promise<StoragePoolRef[]> {
    return (await this.#caller.call('connectListAllStoragePools', { needResults: 1, flags }, options)).pools;
  }

  async lookupPoolByName(name: string, options?: CallOptions): Promise<StoragePoolRef> {
    return (await this.#caller.call('storagePoolLookupByName', { name }, options)).pool;
  }

  async lookupPoolByUuid(uuid: string, options?: CallOptions): Promise<StoragePoolRef> {
    return (await this.#caller.call('storagePoolLookupByUuid', { uuid }, options)).pool;
  }

  async lookupPoolByTargetPath(path: string, options?: CallOptions): Promise<StoragePoolRef> {
    return (await this.#caller.call('storagePoolLookupByTargetPath', { path }, options)).pool;
  }

  async poolOfVolume(vol: StorageVolumeRef, options?: CallOptions): Promise<StoragePoolRef> {
    return (await this.#caller.call('storagePoolLookupByVolume', { vol }, options)).pool;
  }

  async poolInfo(pool: StoragePoolRef, options?: CallOptions): Promise<StoragePoolInfo> {
    const info = await this.#caller.call('storagePoolGetInfo', { pool }, options);
    return {
      state: info.state,
      stateName: poolStateName(info.state),
      capacityBytes: info.capacity,
      allocationBytes: info.allocation,
      availableBytes: info.available,
    };
  }

  async poolXml(pool: StoragePoolRef, flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#caller.call('storagePoolGetXmlDesc', { pool, flags }, options)).xml;
  }

  async isPoolActive(pool: StoragePoolRef, options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call('storagePoolIsActive', { pool }, options)).active;
  }

  async isPoolPersistent(pool: StoragePoolRef, options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call('storagePoolIsPersistent', { pool }, options)).persistent;
  }

  async poolAutostart(pool: StoragePoolRef, options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call('storagePoolGetAutostart', { pool }, options)).autostart;
  }

  async setPoolAutostart(pool: StoragePoolRef, autostart: boolean, options?: CallOptions): Promise<void> {
    await this.#caller.call('storagePoolSetAutostart', { pool, autostart }, options);
  }

  async definePool(xml: string, options?: CallOptions): Promise<StoragePoolRef> {
    return (await this.#caller.call('storagePoolDefineXml', { xml, flags: 0 }, options)).pool;
  }

  async createTransientPool(xml: string, flags = 0, options?: CallOptions): Promise<StoragePoolRef> {
    return (await this.#caller.call('storagePoolCreateXml', { xml, flags }, options)).pool;
  }

  /** Prepares the target (makes the folder, the volume group). `flags` of `poolBuildFlags`. */
  async buildPool(pool: StoragePoolRef, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('storagePoolBuild', { pool, flags }, options);
  }

  /** `flags` of `poolCreateFlags`. */
  async startPool(pool: StoragePoolRef, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('storagePoolCreate', { pool, flags }, options);
  }

  async refreshPool(pool: StoragePoolRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('storagePoolRefresh', { pool, flags: 0 }, options);
  }

  /** Stops the pool; its volumes stay. */
  async destroyPool(pool: StoragePoolRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('storagePoolDestroy', { pool }, options);
  }

  async undefinePool(pool: StoragePoolRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('storagePoolUndefine', { pool }, options);
  }

  /** Deletes what the pool is made of. The volumes are lost. */
  async deletePool(pool: StoragePoolRef, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('storagePoolDelete', { pool, flags }, options);
  }

  async listVolumes(pool: StoragePoolRef, options?: CallOptions): Promise<StorageVolumeRef[]> {
    return (await this.#caller.call('storagePoolListAllVolumes', { pool, needResults: 1, flags: 0 }, options))
      .vols;
  }

  async lookupVolumeByName(
    pool: StoragePoolRef,
    name: string,
    options?: CallOptions,
  ): Promise<StorageVolumeRef> {
    return (await this.#caller.call('storageVolLookupByName', { pool, name }, options)).vol;
  }

  async lookupVolumeByKey(key: string, options?: CallOptions): Promise<StorageVolumeRef> {
    return (await this.#caller.call('storageVolLookupByKey', { key }, options)).vol;
  }

  async lookupVolumeByPath(path: string, options?: CallOptions): Promise<StorageVolumeRef> {
    return (await this.#caller.call('storageVolLookupByPath', { path }, options)).vol;
  }

  async volumePath(vol: StorageVolumeRef, options?: CallOptions): Promise<string> {
    return (await this.#caller.call('storageVolGetPath', { vol }, options)).name;
  }

  async volumeInfo(vol: StorageVolumeRef, options?: CallOptions): Promise<StorageVolumeInfo> {
    return this.#volumeInfo(vol, volumeInfoFlags.useAllocation, options);
  }

  /** As `volumeInfo`, with the bytes the file takes on the host in place of what is allocated in it. */
  async volumePhysicalInfo(vol: StorageVolumeRef, options?: CallOptions): Promise<StorageVolumeInfo> {
    return this.#volumeInfo(vol, volumeInfoFlags.getPhysical, options);
  }

  async #volumeInfo(vol: StorageVolumeRef, flags: number, options?: CallOptions): Promise<StorageVolumeInfo> {
    const info = await this.#caller.call('storageVolGetInfoFlags', { vol, flags }, options);
    return {
      type: info.type,
      typeName: volumeTypeName(info.type),
      capacityBytes: info.capacity,
      allocationBytes: info.allocation,
    };
  }

  async volumeXml(vol: StorageVolumeRef, options?: CallOptions): Promise<string> {
    return (await this.#caller.call('storageVolGetXmlDesc', { vol, flags: 0 }, options)).xml;
  }

  /** `flags` of `volumeCreateFlags`. */
  async createVolume(
    pool: StoragePoolRef,
    xml: string,
    flags = 0,
    options?: CallOptions,
  ): Promise<StorageVolumeRef> {
    return (await this.#caller.call('storageVolCreateXml', { pool, xml, flags }, options)).vol;
  }

  /** A full copy of another volume, of this or another pool of the host. `flags` of `volumeCreateFlags`. */
  async cloneVolume(
    pool: StoragePoolRef,
    xml: string,
    source: StorageVolumeRef,
    flags = 0,
    options?: CallOptions,
  ): Promise<StorageVolumeRef> {
    return (
      await this.#caller.call('storageVolCreateXmlFrom', { pool, xml, clonevol: source, flags }, options)
    ).vol;
  }

  /** `flags` of `volumeDeleteFlags`. */
  async deleteVolume(vol: StorageVolumeRef, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('storageVolDelete', { vol, flags }, options);
  }

  /** `flags` of `volumeResizeFlags`. */
  async resizeVolume(
    vol: StorageVolumeRef,
    capacityBytes: number,
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    await this.#caller.call('storageVolResize', { vol, capacity: capacityBytes, flags }, options);
  }

  /** Overwrites with zeros; no deadline. */
  async wipeVolume(vol: StorageVolumeRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('storageVolWipe', { vol, flags: 0 }, options);
  }

  /**
   * Writes bytes into an existing volume, with back-pressure up to the source; done when the host has confirmed the last byte.
   * Aborting leaves what was written. Use a connection of its own (`openStreamConnection`) for anything big.
   */
  async uploadVolume(
    vol: StorageVolumeRef,
    range: VolumeRange,
    source: VolumeSource,
    options: VolumeUploadOptions = {},
  ): Promise<void> {
    await sendVolume(this.#caller, vol, range, source, options);
  }

  /**
   * Reads bytes of a volume; ends when the host has confirmed that this was all. Destroying the stream aborts on the host.
   * Pausing it pauses the whole connection: use one of its own (`openStreamConnection`).
   */
  async downloadVolume(
    vol: StorageVolumeRef,
    range: VolumeRange & { readonly flags?: number } = {},
    options?: CallOptions,
  ): Promise<Readable> {
    const args = {
      vol,
      offset: range.offsetBytes ?? 0,
      length: range.lengthBytes ?? 0,
      flags: range.flags ?? 0,
    };
    return (await this.#caller.openStream('storageVolDownload', args, options)).stream;
  }
}
