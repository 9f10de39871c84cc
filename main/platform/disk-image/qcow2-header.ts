/**
 * The header of a qcow2 image, versions 2 and 3, after QEMU's docs/interop/qcow2.txt. Only what decides whether an image can be
 * used on its own; nothing is believed that does not fit into the file.
 */
export interface Qcow2Header {
  readonly version: 2 | 3;
  readonly virtualSizeBytes: number;
  readonly clusterBytes: number;
  /** Name as the image gives it; it may point anywhere. */
  readonly backingFile: string | undefined;
  readonly isEncrypted: boolean;
  /** The data lies in another file. */
  readonly hasDataFile: boolean;
  /** QEMU found it damaged and marked it. */
  readonly isMarkedCorrupt: boolean;
  readonly hasExtendedLevel2: boolean;
  readonly level1: { readonly offsetBytes: number; readonly entries: number };
}

export type Qcow2Reading =
  | { readonly ok: true; readonly header: Qcow2Header }
  | { readonly ok: false; readonly reason: string };

/** `QFI\xfb`. */
const MAGIC = 0x514649fb;
const HEADER_BYTES_V2 = 72;
const HEADER_BYTES_V3 = 104;
/** Enough for the header, its extensions and the name of a backing file, which lie in the first cluster. */
export const QCOW2_HEAD_BYTES = 65_536;
/** QEMU's own bounds (block/qcow2.h): MIN_CLUSTER_BITS, MAX_CLUSTER_BITS, QCOW_MAX_L1_SIZE. */
const CLUSTER_BITS_MIN = 9;
const CLUSTER_BITS_MAX = 21;
const LEVEL1_BYTES_MAX = 32 * 1024 ** 2;
const BACKING_NAME_BYTES_MAX = 1_023;
const INCOMPATIBLE = {
  dirty: 1n,
  corrupt: 2n,
  dataFile: 4n,
  compressionType: 8n,
  extendedLevel2: 16n,
} as const;
const KNOWN_INCOMPATIBLE = 31n;
const EXTENSION_END = 0;
/** Full disk encryption header pointer, and the name of an external data file (`DATA`). */
const EXTENSION_ENCRYPTION = 0x0537be77;
const EXTENSION_DATA_FILE = 0x44415441;

export function isQcow2(head: Buffer): boolean {
  return head.length >= 4 && head.readUInt32BE(0) === MAGIC;
}

/** `head`: the first bytes of the file, {@link QCOW2_HEAD_BYTES} or all there are. */
export function readQcow2Header(head: Buffer, fileBytes: number): Qcow2Reading {
  if (!isQcow2(head)) return refused('it does not begin like a qcow2 image');
  if (head.length < HEADER_BYTES_V2) return refused('its header is cut off');
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== 3) return refused(`it is of the unknown qcow2 version ${version}`);
  if (version === 3 && head.length < HEADER_BYTES_V3) return refused('its header is cut off');
  const incompatible = version === 3 ? head.readBigUInt64BE(72) : 0n;
  if ((incompatible & ~KNOWN_INCOMPATIBLE) !== 0n) {
    return refused('it uses features of a newer QEMU than this program knows');
  }
  const clusterBits = head.readUInt32BE(20);
  if (clusterBits < CLUSTER_BITS_MIN || clusterBits > CLUSTER_BITS_MAX) {
    return refused(`its cluster size (2^${clusterBits}) cannot be`);
  }
  const size = sizesOf(head, { clusterBytes: 2 ** clusterBits, fileBytes });
  if (typeof size === 'string') return refused(size);
  const backingFile = backingOf(head);
  if (backingFile === null) return refused('the name of its backing file does not lie in its header');
  const extensions = extensionsOf(head, version);
  return {
    ok: true,
    header: {
      version,
      ...size,
      clusterBytes: 2 ** clusterBits,
      backingFile,
      isEncrypted: head.readUInt32BE(32) !== 0 || extensions.has(EXTENSION_ENCRYPTION),
      hasDataFile: (incompatible & INCOMPATIBLE.dataFile) !== 0n || extensions.has(EXTENSION_DATA_FILE),
      hasExtendedLevel2: (incompatible & INCOMPATIBLE.extendedLevel2) !== 0n,
      isMarkedCorrupt: (incompatible & INCOMPATIBLE.corrupt) !== 0n,
    },
  };
}

/** The virtual size and the first-level table that must be long enough for it and lie in the file; or what is wrong. */
function sizesOf(
  head: Buffer,
  of: { clusterBytes: number; fileBytes: number },
): Pick<Qcow2Header, 'virtualSizeBytes' | 'level1'> | string {
  const virtualSize = head.readBigUInt64BE(24);
  const offset = head.readBigUInt64BE(40);
  const entries = head.readUInt32BE(36);
  if (virtualSize === 0n) return 'its disk has no size';
  if (virtualSize > BigInt(Number.MAX_SAFE_INTEGER)) return 'the size of its disk cannot be';
  const bytesPerEntry = (of.clusterBytes / 8) * of.clusterBytes;
  if (entries * 8 > LEVEL1_BYTES_MAX || entries < Math.ceil(Number(virtualSize) / bytesPerEntry)) {
    return 'its table of contents does not fit the size of its disk';
  }
  if (offset % BigInt(of.clusterBytes) !== 0n || offset + BigInt(entries) * 8n > BigInt(of.fileBytes)) {
    return 'its table of contents lies outside the file: it is damaged or was cut off';
  }
  return { virtualSizeBytes: Number(virtualSize), level1: { offsetBytes: Number(offset), entries } };
}

/** Undefined: none. Null: it cannot be read. */
function backingOf(head: Buffer): string | undefined | null {
  const offset = head.readBigUInt64BE(8);
  const length = head.readUInt32BE(16);
  if (offset === 0n) return undefined;
  if (length === 0 || length > BACKING_NAME_BYTES_MAX || offset + BigInt(length) > BigInt(head.length))
    return null;
  return head.toString('utf8', Number(offset), Number(offset) + length);
}

function extensionsOf(head: Buffer, version: 2 | 3): ReadonlySet<number> {
  const found = new Set<number>();
  let at = version === 3 ? head.readUInt32BE(100) : HEADER_BYTES_V2;
  while (at + 8 <= head.length) {
    const type = head.readUInt32BE(at);
    if (type === EXTENSION_END) break;
    found.add(type);
    at += 8 + Math.ceil(head.readUInt32BE(at + 4) / 8) * 8;
  }
  return found;
}

function refused(reason: string): Qcow2Reading {
  return { ok: false, reason };
}
