import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';

/**
 * Just enough of QEMU's disk format (docs/interop/qcow2.txt of QEMU) for volumes that other programs accept: an empty version 3
 * image, the size and backing file of an existing one, and a new size.
 */
const MAGIC = 0x5146_49fb;
const CLUSTER_BYTES = 65_536;
const HEADER_BYTES = 104;
/** Bytes one entry of the first table stands for: a cluster full of 8-byte entries of clusters. */
const ENTRY_BYTES = (CLUSTER_BYTES / 8) * CLUSTER_BYTES;
const ENTRIES_PER_CLUSTER = CLUSTER_BYTES / 8;

export type Qcow2Facts = { readonly capacityBytes: number; readonly backingFile: string | null };

/** Size and backing file, or null where the file is no qcow2 image. */
export function readQcow2(path: string): Qcow2Facts | null {
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    if (readSync(file, header, 0, HEADER_BYTES, 0) < 72 || header.readUInt32BE(0) !== MAGIC) return null;
    const backingAt = Number(header.readBigUInt64BE(8));
    const backingBytes = Math.min(header.readUInt32BE(16), 1_023);
    const name = Buffer.alloc(backingAt === 0 ? 0 : backingBytes);
    if (name.length > 0) readSync(file, name, 0, name.length, backingAt);
    return {
      capacityBytes: Number(header.readBigUInt64BE(24)),
      backingFile: name.length === 0 ? null : name.toString('utf8'),
    };
  } finally {
    closeSync(file);
  }
}

/** Writes an empty image; its first table has room to grow to 4 TiB without being moved. */
export function createQcow2(
  path: string,
  options: { capacityBytes: number; backingFile: string | null; backingFormat: string | null },
): void {
  const tableClusters = Math.max(1, Math.ceil(options.capacityBytes / ENTRY_BYTES / ENTRIES_PER_CLUSTER));
  const clusters = 3 + tableClusters;
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, headerCluster(options, tableClusters), 0, undefined, 0);
    const refcountTable = Buffer.alloc(8);
    refcountTable.writeBigUInt64BE(BigInt(2 * CLUSTER_BYTES));
    writeSync(file, refcountTable, 0, 8, CLUSTER_BYTES);
    const refcounts = Buffer.alloc(2 * clusters);
    for (let cluster = 0; cluster < clusters; cluster += 1) refcounts.writeUInt16BE(1, 2 * cluster);
    writeSync(file, refcounts, 0, refcounts.length, 2 * CLUSTER_BYTES);
    ftruncateSync(file, clusters * CLUSTER_BYTES);
  } finally {
    closeSync(file);
  }
}

function headerCluster(
  options: { capacityBytes: number; backingFile: string | null; backingFormat: string | null },
  tableClusters: number,
): Buffer {
  const header = Buffer.alloc(2_048);
  header.writeUInt32BE(MAGIC, 0);
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(BigInt(options.capacityBytes), 24);
  header.writeUInt32BE(tableClusters * ENTRIES_PER_CLUSTER, 36);
  header.writeBigUInt64BE(BigInt(3 * CLUSTER_BYTES), 40);
  header.writeBigUInt64BE(BigInt(CLUSTER_BYTES), 48);
  header.writeUInt32BE(1, 56);
  header.writeUInt32BE(4, 96);
  header.writeUInt32BE(HEADER_BYTES, 100);
  if (options.backingFile === null) return header;
  let at = HEADER_BYTES;
  if (options.backingFormat !== null) {
    const format = Buffer.from(options.backingFormat);
    header.writeUInt32BE(0xe279_2aca, at);
    header.writeUInt32BE(format.length, at + 4);
    format.copy(header, at + 8);
    at += 8 + Math.ceil(format.length / 8) * 8;
  }
  at += 8;
  const name = Buffer.from(options.backingFile);
  header.writeBigUInt64BE(BigInt(at), 8);
  header.writeUInt32BE(name.length, 16);
  name.copy(header, at);
  return header;
}

/** Writes a new size. An image with a first table that is too small gets a longer copy of it at its end. */
export function resizeQcow2(path: string, capacityBytes: number): void {
  const file = openSync(path, 'r+');
  try {
    const header = Buffer.alloc(48);
    readSync(file, header, 0, 48, 0);
    const clusterBytes = 2 ** header.readUInt32BE(20);
    const needed = Math.ceil(capacityBytes / ((clusterBytes / 8) * clusterBytes));
    const entries = header.readUInt32BE(36);
    if (needed > entries) {
      const table = Buffer.alloc(Math.ceil((needed * 8) / clusterBytes) * clusterBytes);
      readSync(file, table, 0, entries * 8, Number(header.readBigUInt64BE(40)));
      const at = Math.ceil(fstatSync(file).size / clusterBytes) * clusterBytes;
      writeSync(file, table, 0, table.length, at);
      header.writeUInt32BE(needed, 36);
      header.writeBigUInt64BE(BigInt(at), 40);
    }
    header.writeBigUInt64BE(BigInt(capacityBytes), 24);
    writeSync(file, header, 20, 28, 20);
  } finally {
    closeSync(file);
  }
}
