import { minutes, quick, seconds, slow, streaming, unbounded } from './procedure.ts';
import {
  flagBits,
  hyper,
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
  unsignedShort,
} from './xdr-codecs.ts';
import { limits } from './xdr-limits.ts';
import { domainFileSystem, domainInterface, domainRef, uuid } from './xdr-objects.ts';
import { typedParameterList, typedParameterRecord } from './xdr-typed-parameters.ts';

const onDomain = struct({ dom: domainRef });
const onDomainFlags = struct({ dom: domainRef, flags: flagBits });
const onDevice = struct({ dom: domainRef, xml: text, flags: flagBits });
const onPath = struct({ dom: domainRef, path: text });
const onPathFlags = struct({ dom: domainRef, path: text, flags: flagBits });
const aDomain = struct({ dom: domainRef });
const anXml = struct({ xml: text });
const autostart = struct({ autostart: intBoolean });
const active = struct({ active: intBoolean });
const ioStats = struct({ rdReq: hyper, rdBytes: hyper, wrReq: hyper, wrBytes: hyper, errs: hyper });
const netStats = struct({
  rxBytes: hyper,
  rxPackets: hyper,
  rxErrs: hyper,
  rxDrop: hyper,
  txBytes: hyper,
  txPackets: hyper,
  txErrs: hyper,
  txDrop: hyper,
});
const info = struct({
  state: unsignedChar,
  maxMem: unsignedHyper,
  memory: unsignedHyper,
  nrVirtCpu: unsignedShort,
  cpuTime: unsignedHyper,
});
const memoryStat = struct({ tag: int, val: unsignedHyper });
const diskError = struct({ disk: text, error: int });

const starting = unbounded(
  'starting waits for hooks, networks, storage and QEMU; on hosts without systemd it blocks for minutes',
);
const writingMemory = unbounded('the whole memory of the guest goes to a disk of unknown speed');
const readingMemory = unbounded('the whole memory of the guest comes from a disk of unknown speed');

/** Domains: one line per procedure, numbers of remote_protocol.x. */
// oxfmt-ignore
export const domainProcedures = {
  domainCreate: slow(9, onDomain, nothing, starting),
  domainCreateXml: slow(10, struct({ xmlDesc: text, flags: flagBits }), aDomain, starting),
  domainDefineXml: quick(11, struct({ xml: text }), aDomain, seconds(60)),
  domainDestroy: quick(12, onDomain, nothing, minutes(2)),
  domainGetXmlDesc: slow(14, onDomainFlags, anXml, seconds(60)),
  domainGetAutostart: quick(15, onDomain, autostart),
  domainGetInfo: slow(16, onDomain, info, seconds(60)),
  domainGetMaxMemory: quick(17, onDomain, struct({ memory: unsignedHyper })),
  domainGetMaxVcpus: quick(18, onDomain, struct({ num: int })),
  domainGetOsType: quick(19, onDomain, struct({ type: text })),
  domainLookupById: quick(22, struct({ id: int }), aDomain),
  domainLookupByName: quick(23, struct({ name: text }), aDomain),
  domainLookupByUuid: quick(24, struct({ uuid }), aDomain),
  domainReboot: slow(27, onDomainFlags, nothing, minutes(2)),
  domainResume: slow(28, onDomain, nothing, minutes(2)),
  domainSetAutostart: quick(29, struct({ dom: domainRef, autostart: intBoolean }), nothing),
  domainShutdown: slow(33, onDomain, nothing, minutes(2)),
  domainSuspend: slow(34, onDomain, nothing, minutes(2)),
  domainUndefine: quick(35, onDomain, nothing, seconds(60)),
  domainRestore: slow(54, struct({ from: text }), nothing, readingMemory),
  domainSave: slow(55, struct({ dom: domainRef, to: text }), nothing, writingMemory),
  domainBlockStats: slow(64, onPath, ioStats, seconds(60)),
  domainInterfaceStats: quick(65, struct({ dom: domainRef, device: text }), netStats),
  domainIsActive: quick(150, onDomain, active),
  domainIsPersistent: quick(151, onDomain, struct({ persistent: intBoolean })),
  domainMemoryStats: slow(159, struct({ dom: domainRef, maxStats: unsigned, flags: flagBits }), struct({ stats: list(memoryStat, limits.domainMemoryStats) }), seconds(60)),
  domainAttachDeviceFlags: slow(160, onDevice, nothing, minutes(2)),
  domainDetachDeviceFlags: slow(161, onDevice, nothing, minutes(2)),
  domainUpdateDeviceFlags: slow(174, onDevice, nothing, minutes(2)),
  domainManagedSave: slow(182, onDomainFlags, nothing, writingMemory),
  domainHasManagedSaveImage: slow(183, onDomainFlags, struct({ result: intBoolean }), seconds(60)),
  domainManagedSaveRemove: slow(184, onDomainFlags, nothing, seconds(60)),
  domainGetBlockInfo: slow(194, onPathFlags, struct({ allocation: unsignedHyper, capacity: unsignedHyper, physical: unsignedHyper }), seconds(60)),
  domainCreateWithFlags: slow(196, onDomainFlags, aDomain, starting),
  domainSetVcpusFlags: slow(199, struct({ dom: domainRef, nvcpus: unsigned, flags: flagBits }), nothing, minutes(2)),
  domainGetVcpusFlags: slow(200, onDomainFlags, struct({ num: int }), seconds(60)),
  domainOpenConsole: streaming(201, struct({ dom: domainRef, devName: optional(text), flags: flagBits }), nothing, seconds(60), 'both'),
  domainIsUpdated: quick(202, onDomain, struct({ updated: intBoolean })),
  domainSetMemoryFlags: slow(204, struct({ dom: domainRef, memory: unsignedHyper, flags: flagBits }), nothing, minutes(2)),
  domainInjectNmi: slow(210, onDomainFlags, nothing, seconds(60)),
  domainScreenshot: streaming(211, struct({ dom: domainRef, screen: unsigned, flags: flagBits }), struct({ mime: optional(text) }), seconds(60), 'from-host'),
  domainGetState: quick(212, onDomainFlags, struct({ state: int, reason: int })),
  domainSendKey: slow(226, struct({ dom: domainRef, codeset: unsigned, holdtime: unsigned, keycodes: list(unsigned, limits.sendKeys), flags: flagBits }), nothing, seconds(60)),
  domainGetControlInfo: quick(229, onDomainFlags, struct({ state: unsigned, details: unsigned, stateTime: unsignedHyper })),
  domainUndefineFlags: quick(231, onDomainFlags, nothing, seconds(60)),
  domainSaveFlags: slow(232, struct({ dom: domainRef, to: text, dxml: optional(text), flags: flagBits }), nothing, writingMemory),
  domainRestoreFlags: slow(233, struct({ from: text, dxml: optional(text), flags: flagBits }), nothing, readingMemory),
  domainDestroyFlags: quick(234, onDomainFlags, nothing, minutes(2)),
  domainReset: slow(245, onDomainFlags, nothing, minutes(2)),
  domainBlockResize: slow(251, struct({ dom: domainRef, disk: text, size: unsignedHyper, flags: flagBits }), nothing, minutes(5)),
  domainSetBlockIoTune: slow(252, struct({ dom: domainRef, disk: text, params: typedParameterList(limits.blockIoTuneParameters), flags: flagBits }), nothing, seconds(60)),
  domainGetBlockIoTune: slow(253, struct({ dom: domainRef, disk: optional(text), nparams: int, flags: flagBits }), struct({ params: typedParameterRecord(limits.blockIoTuneParameters), nparams: int }), seconds(60)),
  domainSetInterfaceParameters: slow(256, struct({ dom: domainRef, device: text, params: typedParameterList(limits.interfaceParameters), flags: flagBits }), nothing, seconds(60)),
  domainShutdownFlags: slow(258, onDomainFlags, nothing, minutes(2)),
  domainGetDiskErrors: slow(263, struct({ dom: domainRef, maxerrors: unsigned, flags: flagBits }), struct({ errors: list(diskError, limits.diskErrors), nerrors: int }), seconds(60)),
  domainSetMetadata: slow(264, struct({ dom: domainRef, type: int, metadata: optional(text), key: optional(text), uri: optional(text), flags: flagBits }), nothing, seconds(60)),
  domainGetMetadata: slow(265, struct({ dom: domainRef, type: int, uri: optional(text), flags: flagBits }), struct({ metadata: text }), seconds(60)),
  connectListAllDomains: quick(273, struct({ needResults: int, flags: flagBits }), struct({ domains: list(domainRef, limits.domains), ret: unsigned })),
  domainGetHostname: slow(277, onDomainFlags, struct({ hostname: text }), seconds(60)),
  domainFstrim: slow(294, struct({ dom: domainRef, mountPoint: optional(text), minimum: unsignedHyper, flags: flagBits }), nothing, minutes(10)),
  domainOpenChannel: streaming(296, struct({ dom: domainRef, name: optional(text), flags: flagBits }), nothing, seconds(60), 'both'),
  domainFsfreeze: slow(335, struct({ dom: domainRef, mountpoints: list(text, limits.freezeMountpoints), flags: flagBits }), struct({ filesystems: int }), minutes(5)),
  domainFsthaw: slow(336, struct({ dom: domainRef, mountpoints: list(text, limits.freezeMountpoints), flags: flagBits }), struct({ filesystems: int }), minutes(5)),
  domainGetTime: slow(337, onDomainFlags, struct({ seconds: hyper, nseconds: unsigned }), seconds(60)),
  domainSetTime: slow(338, struct({ dom: domainRef, seconds: hyper, nseconds: unsigned, flags: flagBits }), nothing, seconds(60)),
  domainGetFsinfo: slow(349, onDomainFlags, struct({ info: list(domainFileSystem, limits.fileSystems), ret: unsigned }), seconds(60)),
  domainDefineXmlFlags: quick(350, struct({ xml: text, flags: flagBits }), aDomain, seconds(60)),
  domainInterfaceAddresses: slow(353, struct({ dom: domainRef, source: unsigned, flags: flagBits }), struct({ ifaces: list(domainInterface, limits.domainInterfaces) }), seconds(60)),
  domainSetUserPassword: slow(357, struct({ dom: domainRef, user: optional(text), password: optional(text), flags: flagBits }), nothing, seconds(60)),
  domainRename: slow(358, struct({ dom: domainRef, newName: optional(text), flags: flagBits }), struct({ retcode: int }), seconds(60)),
  domainGetGuestVcpus: slow(371, onDomainFlags, struct({ params: typedParameterRecord(limits.guestVcpuParameters) }), seconds(60)),
  domainSetVcpu: slow(384, struct({ dom: domainRef, cpumap: text, state: int, flags: flagBits }), nothing, seconds(60)),
  domainDetachDeviceAlias: slow(392, struct({ dom: domainRef, alias: text, flags: flagBits }), nothing, seconds(60)),
  domainGetGuestInfo: slow(418, struct({ dom: domainRef, types: unsigned, flags: flagBits }), struct({ params: typedParameterRecord(limits.guestInfoParameters) }), seconds(60)),
  domainAgentSetResponseTimeout: slow(420, struct({ dom: domainRef, timeout: int, flags: flagBits }), struct({ result: int }), seconds(60)),
  domainAuthorizedSshKeysGet: slow(424, struct({ dom: domainRef, user: text, flags: flagBits }), struct({ keys: list(text, limits.sshKeys) }), seconds(60)),
  domainAuthorizedSshKeysSet: slow(425, struct({ dom: domainRef, user: text, keys: list(text, limits.sshKeys), flags: flagBits }), nothing, seconds(60)),
  domainGetMessages: slow(426, onDomainFlags, struct({ msgs: list(text, limits.messages) }), seconds(60)),
} as const;
