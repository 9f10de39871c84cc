import { hyper, int, list, optional, struct, text, unsigned } from './xdr-codecs.ts';
import type { Codec, Decoded } from './xdr-codecs.ts';
import { limits } from './xdr-limits.ts';

const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** 16 bytes on the wire, `8-4-4-4-12` lower-case hex for everybody else. */
export const uuid: Codec<string> = {
  wire: 'opaque[16]',
  leastBytes: 16,
  decode: (reader) => formatUuid(reader.hex(16)),
  encode: (writer, value) => {
    if (!UUID_PATTERN.test(value)) throw new RangeError(`'${value.slice(0, 40)}' is not a UUID`);
    writer.fixedOpaque(Buffer.from(value.replaceAll('-', ''), 'hex'), 16);
  },
};

function formatUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** How the protocol names a domain. `id` is the running instance's number, -1 while it is shut off; only the UUID identifies. */
export const domainRef = struct({ name: text, uuid, id: int });
export const networkRef = struct({ name: text, uuid });
export const nwfilterRef = struct({ name: text, uuid });
export const storagePoolRef = struct({ name: text, uuid });
/** `key` is unique on the host (for files it is the path). */
export const storageVolumeRef = struct({ pool: text, name: text, key: text });
export const snapshotRef = struct({ name: text, dom: domainRef });
export const checkpointRef = struct({ name: text, dom: domainRef });

export type DomainRef = Readonly<Decoded<typeof domainRef>>;
export type NetworkRef = Readonly<Decoded<typeof networkRef>>;
export type NwfilterRef = Readonly<Decoded<typeof nwfilterRef>>;
export type StoragePoolRef = Readonly<Decoded<typeof storagePoolRef>>;
export type StorageVolumeRef = Readonly<Decoded<typeof storageVolumeRef>>;
export type SnapshotRef = Readonly<Decoded<typeof snapshotRef>>;
export type CheckpointRef = Readonly<Decoded<typeof checkpointRef>>;

/** `virNetMessageError`: the payload of every reply and stream packet whose status is ERROR. */
export const errorReport = struct({
  code: int,
  domain: int,
  message: optional(text),
  level: int,
  dom: optional(domainRef),
  str1: optional(text),
  str2: optional(text),
  str3: optional(text),
  int1: int,
  int2: int,
  net: optional(networkRef),
});

/** `virNetStreamHole`: a stretch of zeros in a sparse stream. */
export const streamHole = struct({ length: hyper, flags: unsigned });

export const ipAddress = struct({ type: int, addr: text, prefix: unsigned });
export const domainInterface = struct({
  name: text,
  hwaddr: optional(text),
  addrs: list(ipAddress, limits.interfaceAddresses),
});

export const dhcpLease = struct({
  iface: text,
  expirytime: hyper,
  type: int,
  mac: optional(text),
  iaid: optional(text),
  ipaddr: text,
  prefix: unsigned,
  hostname: optional(text),
  clientid: optional(text),
});

export const domainFileSystem = struct({
  mountpoint: text,
  name: text,
  fstype: text,
  devAliases: list(text, limits.fileSystemDisks),
});
