import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { createQcow2, readQcow2, resizeQcow2 } from './qcow2-file.ts';
import { element, printXml } from './xml-tree.ts';
import type { XmlElement } from './xml-tree.ts';

export type VolumeFormat = 'raw' | 'qcow2' | 'iso';

/**
 * One volume. The disks of seeded guests claim their space and have no file until somebody writes or reads them, so a fleet
 * of thousands costs nothing; every other volume is a real, sparse file.
 */
export class SimulatedVolume {
  readonly name: string;
  /** Where the host says it is. */
  readonly path: string;
  /** Where its bytes really are. */
  readonly file: string;
  format: VolumeFormat;
  backing: { readonly path: string; readonly format: string } | null;
  #capacityBytes: number;
  #claimedBytes: number;

  constructor(options: {
    name: string;
    path: string;
    file: string;
    format: VolumeFormat;
    capacityBytes: number;
    claimedBytes?: number;
    backing?: { path: string; format: string } | null;
  }) {
    this.name = options.name;
    this.path = options.path;
    this.file = options.file;
    this.format = options.format;
    this.backing = options.backing ?? null;
    this.#capacityBytes = options.capacityBytes;
    this.#claimedBytes = options.claimedBytes ?? 0;
  }

  get capacityBytes(): number {
    return this.#capacityBytes;
  }

  get allocationBytes(): number {
    return this.measure().allocationBytes;
  }

  /** Length of the file. */
  get physicalBytes(): number {
    return this.measure().physicalBytes;
  }

  /** Both, with one look at the disk. */
  measure(): { readonly allocationBytes: number; readonly physicalBytes: number } {
    const onDisk = statSync(this.file, { throwIfNoEntry: false });
    return {
      allocationBytes: Math.max(this.#claimedBytes, onDisk === undefined ? 0 : onDisk.blocks * 512),
      physicalBytes: onDisk?.size ?? (this.format === 'qcow2' ? this.#claimedBytes : this.#capacityBytes),
    };
  }

  /** Makes the file where there is none yet. */
  materialise(): void {
    if (existsSync(this.file)) return;
    if (this.format === 'qcow2') {
      const backing = {
        backingFile: this.backing?.path ?? null,
        backingFormat: this.backing?.format ?? null,
      };
      createQcow2(this.file, { capacityBytes: this.#capacityBytes, ...backing });
      // Its bytes have been there all along; nobody has written them just now.
      if (this.#claimedBytes > 0) utimesSync(this.file, 0, 0);
      return;
    }
    const file = openSync(this.file, 'wx', 0o600);
    ftruncateSync(file, this.#capacityBytes);
    closeSync(file);
  }

  /** Reads format, size and backing file again from the bytes, as a pool refresh does. */
  probe(): void {
    if (!existsSync(this.file)) return;
    const qcow2 = readQcow2(this.file);
    if (qcow2 !== null) {
      this.format = 'qcow2';
      this.#capacityBytes = qcow2.capacityBytes;
      this.backing =
        qcow2.backingFile === null
          ? null
          : { path: qcow2.backingFile, format: this.backing?.format ?? 'qcow2' };
    } else {
      this.format = isIso(this.file) ? 'iso' : 'raw';
      this.#capacityBytes = statSync(this.file).size;
    }
    this.#claimedBytes = 0;
  }

  resize(capacityBytes: number, claimAll: boolean): void {
    this.materialise();
    if (this.format === 'qcow2') resizeQcow2(this.file, capacityBytes);
    else {
      const file = openSync(this.file, 'r+');
      ftruncateSync(file, capacityBytes);
      closeSync(file);
    }
    this.#capacityBytes = capacityBytes;
    if (claimAll) this.#claimedBytes = capacityBytes;
  }

  remove(): void {
    rmSync(this.file, { force: true });
  }

  get xml(): string {
    const onDisk = statSync(this.file, { throwIfNoEntry: false });
    const time = (ms: number): string => (ms / 1_000).toFixed(9);
    const stamps = { atime: onDisk?.atimeMs ?? 0, mtime: onDisk?.mtimeMs ?? 0, ctime: onDisk?.ctimeMs ?? 0 };
    const bytes = (name: string, value: number): XmlElement =>
      element(name, { unit: 'bytes' }, String(value));
    const target = element('target', {}, [
      element('path', {}, this.path),
      element('format', { type: this.format }),
      element('permissions', {}, [
        element('mode', {}, '0600'),
        element('owner', {}, '0'),
        element('group', {}, '0'),
      ]),
      element('timestamps', {}, [
        ...Object.entries(stamps).map(([name, ms]) => element(name, {}, time(ms))),
        element('btime', {}, '0'),
      ]),
      ...(this.format === 'qcow2'
        ? [element('compat', {}, '1.1'), element('clusterSize', { unit: 'B' }, '65536'), element('features')]
        : []),
    ]);
    return printXml(
      element('volume', { type: 'file' }, [
        element('name', {}, this.name),
        element('key', {}, this.path),
        bytes('capacity', this.capacityBytes),
        bytes('allocation', this.allocationBytes),
        bytes('physical', this.physicalBytes),
        target,
        ...(this.backing === null ? [] : [this.#backingXml(this.backing)]),
      ]),
    );
  }

  #backingXml(backing: { path: string; format: string }): XmlElement {
    return element('backingStore', {}, [
      element('path', {}, backing.path),
      element('format', { type: backing.format }),
      element('permissions', {}, [
        element('mode', {}, '0644'),
        element('owner', {}, '0'),
        element('group', {}, '0'),
      ]),
    ]);
  }
}

/** The name of the standard stands at byte 32,769 of every ISO 9660 image. */
function isIso(path: string): boolean {
  const file = openSync(path, 'r');
  const mark = Buffer.alloc(5);
  const read = readSync(file, mark, 0, 5, 32_769);
  closeSync(file);
  return read === 5 && mark.toString('latin1') === 'CD001';
}
