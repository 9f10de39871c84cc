import { minutes, quick, seconds, slow, streaming, unbounded } from './procedure.ts';
import {
  char,
  flagBits,
  int,
  intBoolean,
  list,
  nothing,
  optional,
  struct,
  text,
  unsigned,
  unsignedChar,
  unsignedHyper,
} from './xdr-codecs.ts';
import { limits } from './xdr-limits.ts';
import { storagePoolRef, storageVolumeRef, uuid } from './xdr-objects.ts';

const onPool = struct({ pool: storagePoolRef });
const onPoolFlags = struct({ pool: storagePoolRef, flags: flagBits });
const onVolume = struct({ vol: storageVolumeRef });
const onVolumeFlags = struct({ vol: storageVolumeRef, flags: flagBits });
const fromXml = struct({ xml: text, flags: flagBits });
const range = struct({
  vol: storageVolumeRef,
  offset: unsignedHyper,
  length: unsignedHyper,
  flags: flagBits,
});
const aPool = struct({ pool: storagePoolRef });
const aVolume = struct({ vol: storageVolumeRef });
const anXml = struct({ xml: text });
const poolInfo = struct({
  state: unsignedChar,
  capacity: unsignedHyper,
  allocation: unsignedHyper,
  available: unsignedHyper,
});
const volumeInfo = struct({ type: char, capacity: unsignedHyper, allocation: unsignedHyper });

const copying = unbounded('copies or preallocates a whole volume on a disk of unknown speed');
const scanning = minutes(10);

/** Storage pools and volumes: one line per procedure, numbers of remote_protocol.x. */
// oxfmt-ignore
export const storageProcedures = {
  connectFindStoragePoolSources: slow(75, struct({ type: text, srcSpec: optional(text), flags: flagBits }), anXml, minutes(2)),
  storagePoolCreateXml: slow(76, fromXml, aPool, scanning),
  storagePoolDefineXml: quick(77, fromXml, aPool),
  storagePoolCreate: slow(78, onPoolFlags, nothing, scanning),
  storagePoolBuild: slow(79, onPoolFlags, nothing, scanning),
  storagePoolDestroy: quick(80, onPool, nothing, minutes(2)),
  storagePoolDelete: slow(81, onPoolFlags, nothing, scanning),
  storagePoolUndefine: quick(82, onPool, nothing),
  storagePoolRefresh: slow(83, onPoolFlags, nothing, scanning),
  storagePoolLookupByName: quick(84, struct({ name: text }), aPool),
  storagePoolLookupByUuid: quick(85, struct({ uuid }), aPool),
  storagePoolLookupByVolume: quick(86, onVolume, aPool),
  storagePoolGetInfo: quick(87, onPool, poolInfo),
  storagePoolGetXmlDesc: quick(88, onPoolFlags, anXml),
  storagePoolGetAutostart: quick(89, onPool, struct({ autostart: intBoolean })),
  storagePoolSetAutostart: quick(90, struct({ pool: storagePoolRef, autostart: intBoolean }), nothing),
  storagePoolNumOfVolumes: quick(91, onPool, struct({ num: int })),
  storageVolCreateXml: slow(93, struct({ pool: storagePoolRef, xml: text, flags: flagBits }), aVolume, copying),
  storageVolDelete: slow(94, onVolumeFlags, nothing, minutes(10)),
  storageVolLookupByName: quick(95, struct({ pool: storagePoolRef, name: text }), aVolume),
  storageVolLookupByKey: quick(96, struct({ key: text }), aVolume),
  storageVolLookupByPath: quick(97, struct({ path: text }), aVolume),
  storageVolGetInfo: quick(98, onVolume, volumeInfo),
  storageVolGetXmlDesc: quick(99, onVolumeFlags, anXml),
  storageVolGetPath: quick(100, onVolume, struct({ name: text })),
  storageVolCreateXmlFrom: slow(125, struct({ pool: storagePoolRef, xml: text, clonevol: storageVolumeRef, flags: flagBits }), aVolume, copying),
  storagePoolIsActive: quick(154, onPool, struct({ active: intBoolean })),
  storagePoolIsPersistent: quick(155, onPool, struct({ persistent: intBoolean })),
  storageVolWipe: slow(165, onVolumeFlags, nothing, unbounded('overwrites a whole volume')),
  storageVolUpload: streaming(208, range, nothing, seconds(60), 'to-host'),
  storageVolDownload: streaming(209, range, nothing, seconds(60), 'from-host'),
  storageVolWipePattern: slow(259, struct({ vol: storageVolumeRef, algorithm: unsigned, flags: flagBits }), nothing, unbounded('overwrites a whole volume')),
  storageVolResize: slow(260, struct({ vol: storageVolumeRef, capacity: unsignedHyper, flags: flagBits }), nothing, minutes(10)),
  connectListAllStoragePools: quick(281, struct({ needResults: int, flags: flagBits }), struct({ pools: list(storagePoolRef, limits.storagePools), ret: unsigned })),
  storagePoolListAllVolumes: quick(282, struct({ pool: storagePoolRef, needResults: int, flags: flagBits }), struct({ vols: list(storageVolumeRef, limits.storageVolumes), ret: unsigned })),
  storageVolGetInfoFlags: quick(378, onVolumeFlags, volumeInfo),
  storagePoolLookupByTargetPath: quick(391, struct({ path: text }), aPool),
} as const;
