import { quick, seconds, slow } from './procedure.ts';
import {
  charArray,
  flagBits,
  int,
  intBoolean,
  list,
  nothing,
  optional,
  struct,
  text,
  unsigned,
  unsignedHyper,
} from './xdr-codecs.ts';
import { limits } from './xdr-limits.ts';
import { domainRef, networkRef, storagePoolRef } from './xdr-objects.ts';
import { typedParameterBytes } from './xdr-typed-parameter-bytes.ts';

const onlyFlags = struct({ flags: flagBits });
const callbackId = struct({ callbackID: int });
const nodeStat = struct({ field: text, value: unsignedHyper });
const cpuQuestion = {
  emulator: optional(text),
  arch: optional(text),
  machine: optional(text),
  virttype: optional(text),
};
const nodeInfo = struct({
  model: charArray(32),
  memory: unsignedHyper,
  cpus: int,
  mhz: int,
  nodes: int,
  sockets: int,
  cores: int,
  threads: int,
});
const domainStats = struct({ dom: domainRef, params: typedParameterBytes(limits.domainStatsParameters) });

/** Connection, host and event registration: one line per procedure, numbers of remote_protocol.x. */
// oxfmt-ignore
export const connectProcedures = {
  connectOpen: quick(1, struct({ name: optional(text), flags: flagBits }), nothing, seconds(60)),
  connectClose: quick(2, nothing, nothing, seconds(5)),
  connectGetType: quick(3, nothing, struct({ type: text })),
  connectGetVersion: quick(4, nothing, struct({ hvVer: unsignedHyper })),
  connectGetMaxVcpus: quick(5, struct({ type: optional(text) }), struct({ maxVcpus: int })),
  nodeGetInfo: quick(6, nothing, nodeInfo),
  connectGetCapabilities: slow(7, nothing, struct({ capabilities: text }), seconds(60)),
  connectGetHostname: quick(59, nothing, struct({ hostname: text })),
  connectSupportsFeature: quick(60, struct({ feature: int }), struct({ supported: intBoolean })),
  authList: quick(66, nothing, struct({ types: list(int, limits.authTypes) })),
  authPolkit: quick(70, nothing, struct({ complete: int }), seconds(60)),
  nodeGetCellsFreeMemory: quick(101, struct({ startCell: int, maxcells: int }), struct({ cells: list(unsignedHyper, limits.nodeCells) })),
  nodeGetFreeMemory: quick(102, nothing, struct({ freeMem: unsignedHyper })),
  connectGetUri: quick(110, nothing, struct({ uri: text })),
  connectIsSecure: quick(149, nothing, struct({ secure: intBoolean })),
  connectGetLibVersion: quick(157, nothing, struct({ libVer: unsignedHyper })),
  connectCompareCpu: quick(158, struct({ xml: text, flags: flagBits }), struct({ result: int })),
  connectGetSysinfo: quick(203, onlyFlags, struct({ sysinfo: text })),
  nodeGetCpuStats: quick(227, struct({ cpuNum: int, nparams: int, flags: flagBits }), struct({ params: list(nodeStat, limits.nodeCpuStats), nparams: int })),
  nodeGetMemoryStats: quick(228, struct({ nparams: int, cellNum: int, flags: flagBits }), struct({ params: list(nodeStat, limits.nodeMemoryStats), nparams: int })),
  connectGetCpuModelNames: slow(312, struct({ arch: text, needResults: int, flags: flagBits }), struct({ models: list(text, limits.cpuModels), ret: int }), seconds(60)),
  connectNetworkEventRegisterAny: quick(313, struct({ eventID: int, net: optional(networkRef) }), callbackId),
  connectNetworkEventDeregisterAny: quick(314, callbackId, nothing),
  connectDomainEventCallbackRegisterAny: quick(316, struct({ eventID: int, dom: optional(domainRef) }), callbackId),
  connectDomainEventCallbackDeregisterAny: quick(317, callbackId, nothing),
  connectGetDomainCapabilities: slow(342, struct({ emulatorbin: optional(text), arch: optional(text), machine: optional(text), virttype: optional(text), flags: flagBits }), struct({ capabilities: text }), seconds(60)),
  connectGetAllDomainStats: slow(344, struct({ doms: list(domainRef, limits.domains), stats: unsigned, flags: flagBits }), struct({ retStats: list(domainStats, limits.domains) }), seconds(60)),
  connectRegisterCloseCallback: quick(360, nothing, nothing),
  connectUnregisterCloseCallback: quick(361, nothing, nothing),
  connectStoragePoolEventRegisterAny: quick(368, struct({ eventID: int, pool: optional(storagePoolRef) }), callbackId),
  connectStoragePoolEventDeregisterAny: quick(369, callbackId, nothing),
  connectCompareHypervisorCpu: slow(393, struct({ ...cpuQuestion, xmlCPU: text, flags: flagBits }), struct({ result: int }), seconds(60)),
  connectGetStoragePoolCapabilities: slow(403, onlyFlags, struct({ capabilities: text }), seconds(60)),
} as const;
