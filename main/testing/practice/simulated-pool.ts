import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { StoragePoolRef, StorageVolumeRef } from '../../platform/libvirt/xdr-objects.ts';
import { HostRefusal } from './host-refusal.ts';
import type { ErrorCodeName } from '../../platform/libvirt/error-codes.ts';
import { SimulatedVolume } from './simulated-volume.ts';
import { element, printXml } from './xml-tree.ts';

export function storageRefusal(code: ErrorCodeName, detail: string): HostRefusal {
  return new HostRefusal(code, 'VIR_FROM_STORAGE', detail);
}

/** A pool of type `dir`: its capacity is the machine's disk, its contents real files in a folder of the simulation. */
export class SimulatedPool {
  readonly name: string;
  readonly uuid: string;
  readonly targetPath: string;
  readonly folder: string;
  readonly #diskBytes: number;
  readonly #volumes = new Map<string, SimulatedVolume>();
  active: boolean;
  persistent = true;
  autostart = true;
  /** No byte fits any more: asked for as a fault. */
  full = false;

  constructor(options: {
    name: string;
    uuid: string;
    targetPath: string;
    folder: string;
    diskBytes: number;
    active: boolean;
  }) {
    this.name = options.name;
    this.uuid = options.uuid;
    this.targetPath = options.targetPath;
    this.folder = options.folder;
    this.#diskBytes = options.diskBytes;
    this.active = options.active;
  }

  get ref(): StoragePoolRef {
    return { name: this.name, uuid: this.uuid };
  }

  get capacityBytes(): number {
    return this.#diskBytes;
  }

  get allocationBytes(): number {
    if (this.full) return this.#diskBytes;
    let sum = 6_400_000_000;
    for (const volume of this.#volumes.values()) sum += volume.allocationBytes;
    return Math.min(sum, this.#diskBytes);
  }

  get availableBytes(): number {
    return this.#diskBytes - this.allocationBytes;
  }

  build(): void {
    mkdirSync(this.folder, { recursive: true });
  }

  get volumes(): readonly SimulatedVolume[] {
    this.requireActive();
    return [...this.#volumes.values()];
  }

  volumeRef(volume: SimulatedVolume): StorageVolumeRef {
    return { pool: this.name, name: volume.name, key: volume.path };
  }

  /** Makes room in the books for a volume; the file follows when it is needed. */
  add(options: Omit<ConstructorParameters<typeof SimulatedVolume>[0], 'path' | 'file'>): SimulatedVolume {
    const volume = new SimulatedVolume({
      ...options,
      path: join(this.targetPath, options.name),
      file: join(this.folder, options.name),
    });
    this.#volumes.set(volume.name, volume);
    return volume;
  }

  find(name: string): SimulatedVolume | undefined {
    return this.active ? this.#volumes.get(name) : undefined;
  }

  volume(name: string): SimulatedVolume {
    this.requireActive();
    const volume = this.#volumes.get(name);
    if (volume === undefined)
      throw storageRefusal('VIR_ERR_NO_STORAGE_VOL', `no storage vol with matching name '${name}'`);
    return volume;
  }

  remove(name: string): void {
    this.#volumes.get(name)?.remove();
    this.#volumes.delete(name);
  }

  removeFolder(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  requireActive(): void {
    if (!this.active)
      throw storageRefusal('VIR_ERR_OPERATION_INVALID', `storage pool '${this.name}' is not active`);
  }

  /** Refused as a file system without that much room refuses. */
  requireRoom(bytes: number, path: string): void {
    if (bytes > this.availableBytes)
      throw storageRefusal(
        'VIR_ERR_SYSTEM_ERROR',
        `cannot allocate ${bytes} bytes in file '${path}': No space left on device`,
      );
  }

  /** Looks at the folder again: files that came are volumes now. */
  refresh(): void {
    this.requireActive();
    this.build();
    for (const name of readdirSync(this.folder))
      (this.#volumes.get(name) ?? this.add({ name, format: 'raw', capacityBytes: 0 })).probe();
  }

  get xml(): string {
    const bytes = (name: string, value: number) =>
      element(name, { unit: 'bytes' }, String(this.active ? value : 0));
    return printXml(
      element('pool', { type: 'dir' }, [
        element('name', {}, this.name),
        element('uuid', {}, this.uuid),
        bytes('capacity', this.capacityBytes),
        bytes('allocation', this.allocationBytes),
        bytes('available', this.availableBytes),
        element('source'),
        element('target', {}, [
          element('path', {}, this.targetPath),
          element('permissions', {}, [
            element('mode', {}, '0711'),
            element('owner', {}, '0'),
            element('group', {}, '0'),
          ]),
        ]),
      ]),
    ).replace('  <source/>', '  <source>\n  </source>');
  }
}
