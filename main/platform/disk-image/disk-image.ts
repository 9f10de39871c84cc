import { open } from 'node:fs/promises';
import { isQcow2, QCOW2_HEAD_BYTES, readQcow2Header, type Qcow2Header } from './qcow2-header.ts';

/** What a file says about itself, read from its bytes and never from its name. */
export type DiskImage =
  | {
      readonly kind: 'image';
      readonly format: 'qcow2' | 'raw';
      readonly virtualSizeBytes: number;
      readonly fileBytes: number;
    }
  /** Ends a sentence: "… is not a disk image: it is packed with gzip, unpack it first". */
  | { readonly kind: 'not-an-image'; readonly reason: string }
  | { readonly kind: 'has-backing-file'; readonly backing: string };

const SECTOR_BYTES = 512;
/** Largest disk taken for real: no pool of today holds more, and a made-up size does. */
const VIRTUAL_SIZE_MAX_BYTES = 64 * 1024 ** 4;
/** Smallest raw disk that can hold a partition: what partitioning tools leave free at its begin. */
const RAW_MIN_BYTES = 1024 ** 2;
/** The standard's name stands here in every ISO 9660 image (ECMA-119). */
const ISO_MARK_AT = 32_769;
/** Bits 9–55 of a table's entry: the place of what it stands for. Bit 62 of a second-level one: the cluster is packed. */
const PLACE = 0x00ff_ffff_ffff_fe00n;
const PACKED = 1n << 62n;
/** Second-level tables looked through: half a TiB of an image with the usual clusters. */
const LEVEL2_TABLES_MAX = 1024;

/** Beginnings of files people take for disk images, and what to do about each. */
const OTHER_KINDS: readonly { readonly at?: number; readonly hex: string; readonly is: string }[] = [
  { hex: '1f8b', is: 'it is packed with gzip: unpack it first (gunzip)' },
  { hex: 'fd377a585a00', is: 'it is packed with xz: unpack it first (unxz)' },
  { hex: '28b52ffd', is: 'it is packed with zstd: unpack it first (unzstd)' },
  { hex: '425a68', is: 'it is packed with bzip2: unpack it first (bunzip2)' },
  { hex: '504b0304', is: 'it is a ZIP archive: unpack it first' },
  { hex: '4b444d56', is: 'it is a VMware disk (VMDK): convert it with qemu-img convert -O qcow2' },
  {
    hex: '23204469736b204465736372697074',
    is: 'it is the description of a VMware disk: convert that with qemu-img convert -O qcow2',
  },
  { hex: '7668647866696c65', is: 'it is a Hyper-V disk (VHDX): convert it with qemu-img convert -O qcow2' },
  { hex: '636f6e6563746978', is: 'it is a Virtual PC disk (VHD): convert it with qemu-img convert -O qcow2' },
  { at: 64, hex: '7f10dabe', is: 'it is a VirtualBox disk (VDI): convert it with qemu-img convert -O qcow2' },
  { hex: '51454400', is: 'it is a QED disk: convert it with qemu-img convert -O qcow2' },
  { hex: '4c554b53babe', is: 'it is encrypted (LUKS): an image must be readable as it is' },
  { at: ISO_MARK_AT, hex: '4344303031', is: 'it is an ISO image of a disc, not of a hard disk' },
];

interface ReadableFile {
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<unknown>;
}

/** Reads a file's format and size from its bytes. Throws what the file system says (ENOENT, EACCES …). */
export async function inspectDiskImage(path: string): Promise<DiskImage> {
  const file = await open(path, 'r');
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return notAnImage(stat.isDirectory() ? 'it is a folder' : 'it is not a file');
    const head = Buffer.alloc(Math.min(QCOW2_HEAD_BYTES, stat.size));
    await file.read(head, 0, head.length, 0);
    const image = inspectHead(head, stat.size);
    if (image.kind !== 'image' || image.format !== 'qcow2') return image;
    return (await isCutOff(file, head, stat.size))
      ? notAnImage('a part of it is missing: it was cut off')
      : image;
  } finally {
    await file.close();
  }
}

/** As {@link inspectDiskImage}, from the first bytes alone. */
export function inspectHead(head: Buffer, fileBytes: number): DiskImage {
  if (fileBytes === 0) return notAnImage('it is empty');
  if (isQcow2(head)) return inspectQcow2(head, fileBytes);
  const other = OTHER_KINDS.find(({ at = 0, hex }) => head.toString('hex', at, at + hex.length / 2) === hex);
  if (other) return notAnImage(other.is);
  if (/^\s*<(!doctype|html|\?xml)/i.test(head.toString('latin1', 0, 100))) {
    return notAnImage('it is a web page: the address does not lead to the image itself');
  }
  return inspectRaw(head, fileBytes);
}

function inspectQcow2(head: Buffer, fileBytes: number): DiskImage {
  const reading = readQcow2Header(head, fileBytes);
  if (!reading.ok) return notAnImage(reading.reason);
  const { header } = reading;
  if (header.backingFile !== undefined) return { kind: 'has-backing-file', backing: header.backingFile };
  const fault = faultOf(header);
  if (fault !== undefined) return notAnImage(fault);
  return { kind: 'image', format: 'qcow2', virtualSizeBytes: header.virtualSizeBytes, fileBytes };
}

function faultOf(header: Qcow2Header): string | undefined {
  if (header.hasDataFile)
    return 'its data lies in another file: make one file of it with qemu-img convert -O qcow2';
  if (header.isEncrypted) return 'it is encrypted: an image must be readable as it is';
  if (header.isMarkedCorrupt) return 'QEMU has marked it as damaged: repair it with qemu-img check -r all';
  return header.virtualSizeBytes > VIRTUAL_SIZE_MAX_BYTES ? 'the size of its disk is absurd' : undefined;
}

/**
 * A raw image has no mark of its own. It is taken for one when it begins with a partition table (the MBR's signature, which a GPT
 * has too) and is made of whole sectors: a size alone would let any file through.
 */
function inspectRaw(head: Buffer, fileBytes: number): DiskImage {
  const hasPartitionTable = head.length >= SECTOR_BYTES && head.readUInt16BE(SECTOR_BYTES - 2) === 0x55aa;
  if (!hasPartitionTable) return notAnImage('it is neither qcow2 nor a raw disk with a partition table');
  if (fileBytes % SECTOR_BYTES !== 0) {
    return notAnImage('it begins like a raw disk but does not end with a whole sector: it was cut off');
  }
  if (fileBytes < RAW_MIN_BYTES) return notAnImage('it begins like a raw disk but is smaller than 1 MiB');
  return { kind: 'image', format: 'raw', virtualSizeBytes: fileBytes, fileBytes };
}

/** Whether the image's tables point behind the end of the file, as after a download that broke off. */
async function isCutOff(file: ReadableFile, head: Buffer, fileBytes: number): Promise<boolean> {
  const reading = readQcow2Header(head, fileBytes);
  if (!reading.ok) return true;
  const { level1, clusterBytes, hasExtendedLevel2 } = reading.header;
  const entries = await entriesAt(file, level1.offsetBytes, level1.entries);
  const tables = entries.map((entry) => Number(entry & PLACE)).filter((place) => place !== 0);
  if (tables.some((place) => place + clusterBytes > fileBytes)) return true;
  for (const place of tables.slice(0, LEVEL2_TABLES_MAX)) {
    const level2 = await entriesAt(file, place, clusterBytes / 8);
    // Every second word of an extended entry is a bitmap of its subclusters.
    const clusters = hasExtendedLevel2 ? level2.filter((_, index) => index % 2 === 0) : level2;
    if (clusters.some((entry) => placeOfCluster(entry, clusterBytes) >= fileBytes)) return true;
  }
  return false;
}

async function entriesAt(file: ReadableFile, place: number, count: number): Promise<bigint[]> {
  const table = Buffer.alloc(count * 8);
  await file.read(table, 0, table.length, place);
  return Array.from({ length: count }, (_, index) => table.readBigUInt64BE(index * 8));
}

/** Where a cluster begins in the file; 0 for one that holds nothing. A packed one keeps its place in fewer bits. */
function placeOfCluster(entry: bigint, clusterBytes: number): number {
  if ((entry & PACKED) === 0n) return Number(entry & PLACE);
  const placeBits = 62n - (BigInt(Math.log2(clusterBytes)) - 8n);
  return Number(entry & ((1n << placeBits) - 1n));
}

function notAnImage(reason: string): DiskImage {
  return { kind: 'not-an-image', reason };
}
