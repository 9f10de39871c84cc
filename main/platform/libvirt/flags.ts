/** Flag bits of the calls, by libvirt's names without their prefixes (include/libvirt/libvirt-*.h). Combine with `|`. */

/** `virConnectListAllDomainsFlags`; also the filter of bulk statistics. */
export const domainListFlags = {
  active: 1 << 0,
  inactive: 1 << 1,
  persistent: 1 << 2,
  transient: 1 << 3,
  running: 1 << 4,
  paused: 1 << 5,
  shutoff: 1 << 6,
  other: 1 << 7,
  managedSave: 1 << 8,
  noManagedSave: 1 << 9,
  autostart: 1 << 10,
  noAutostart: 1 << 11,
  hasSnapshot: 1 << 12,
  noSnapshot: 1 << 13,
  hasCheckpoint: 1 << 14,
  noCheckpoint: 1 << 15,
} as const;

/** `virConnectGetAllDomainStatsFlags`, beside the filter. */
export const domainStatsFlags = {
  ...domainListFlags,
  nowait: 1 << 29,
  backing: 1 << 30,
  enforceStats: 0x8000_0000,
} as const;

/** `virDomainStatsTypes`: which groups of statistics; 0 asks for all the host knows. */
export const domainStatsGroups = {
  all: 0,
  state: 1 << 0,
  cpuTotal: 1 << 1,
  balloon: 1 << 2,
  vcpu: 1 << 3,
  interface: 1 << 4,
  block: 1 << 5,
  perf: 1 << 6,
  iothread: 1 << 7,
  memory: 1 << 8,
  dirtyrate: 1 << 9,
  vm: 1 << 10,
} as const;

/** `virDomainModificationImpact`, for everything that changes a domain. */
export const affect = { current: 0, live: 1 << 0, config: 1 << 1 } as const;
/** `virDomainMemoryModFlags`, beside `affect`. */
export const memoryFlags = { ...affect, maximum: 1 << 2 } as const;
/** `virDomainVcpuFlags`, beside `affect`. */
export const vcpuFlags = { ...affect, maximum: 1 << 2, guest: 1 << 3, hotpluggable: 1 << 4 } as const;
/** `virDomainDeviceModifyFlags`, beside `affect`. */
export const deviceFlags = { ...affect, force: 1 << 2 } as const;

/** `virDomainXMLFlags` */
export const domainXmlFlags = {
  secure: 1 << 0,
  inactive: 1 << 1,
  updateCpu: 1 << 2,
  migratable: 1 << 3,
} as const;
/** `virDomainDefineFlags` */
export const domainDefineFlags = { validate: 1 << 0 } as const;
/** `virDomainUndefineFlagsValues` */
export const undefineFlags = {
  managedSave: 1 << 0,
  snapshotsMetadata: 1 << 1,
  nvram: 1 << 2,
  keepNvram: 1 << 3,
  checkpointsMetadata: 1 << 4,
  tpm: 1 << 5,
  keepTpm: 1 << 6,
} as const;
/** `virDomainCreateFlags` */
export const startFlags = {
  paused: 1 << 0,
  autodestroy: 1 << 1,
  bypassCache: 1 << 2,
  forceBoot: 1 << 3,
  validate: 1 << 4,
} as const;
/** `virDomainShutdownFlagValues` and `virDomainRebootFlagValues`; 0 lets the hypervisor choose. */
export const shutdownFlags = {
  acpiPowerButton: 1 << 0,
  guestAgent: 1 << 1,
  initctl: 1 << 2,
  signal: 1 << 3,
  paravirt: 1 << 4,
} as const;
/** `virDomainDestroyFlagsValues` */
export const destroyFlags = { graceful: 1 << 0, removeLogs: 1 << 1 } as const;
/** `virDomainSaveRestoreFlags` */
export const saveFlags = {
  bypassCache: 1 << 0,
  running: 1 << 1,
  paused: 1 << 2,
  resetNvram: 1 << 3,
} as const;
/** `virDomainBlockResizeFlags`: without `bytes` the size would be KiB; the typed method always sets it. */
export const blockResizeFlags = { bytes: 1 << 0 } as const;
/** `virDomainConsoleFlags` */
export const consoleFlags = { force: 1 << 0, safe: 1 << 1 } as const;
/** `virDomainMetadataType`: not flags, one of them. */
export const metadataType = { description: 0, title: 1, element: 2 } as const;
/** `virDomainInterfaceAddressesSource`: not flags, one of them. */
export const addressSource = { lease: 0, agent: 1, arp: 2 } as const;
/** `virDomainGuestInfoTypes`; 0 asks for all. */
export const guestInfoTypes = {
  all: 0,
  users: 1,
  os: 2,
  timezone: 4,
  hostname: 8,
  filesystem: 16,
  disks: 32,
  interfaces: 64,
} as const;
/** `virKeycodeSet`: not flags, one of them. */
export const keycodeSet = {
  linux: 0,
  xt: 1,
  atset1: 2,
  atset2: 3,
  atset3: 4,
  osx: 5,
  xtKbd: 6,
  usb: 7,
  win32: 8,
  qnum: 9,
} as const;

/** `virDomainBlockJobAbortFlags` */
export const blockJobAbortFlags = { async: 1 << 0, pivot: 1 << 1 } as const;
/** `virDomainBlockCommitFlags` */
export const blockCommitFlags = {
  shallow: 1 << 0,
  delete: 1 << 1,
  active: 1 << 2,
  relative: 1 << 3,
  bandwidthBytes: 1 << 4,
} as const;
/** `virDomainBlockPullFlags` */
export const blockPullFlags = { bandwidthBytes: 1 << 6 } as const;
/** `virDomainBlockCopyFlags` */
export const blockCopyFlags = {
  shallow: 1 << 0,
  reuseExternal: 1 << 1,
  transientJob: 1 << 2,
  synchronousWrites: 1 << 3,
} as const;
/** `virDomainGetJobStatsFlags` */
export const jobStatsFlags = { completed: 1 << 0, keepCompleted: 1 << 1 } as const;
/** `virDomainMigrateFlags` */
export const migrateFlags = {
  live: 1 << 0,
  peer2peer: 1 << 1,
  tunnelled: 1 << 2,
  persistDest: 1 << 3,
  undefineSource: 1 << 4,
  paused: 1 << 5,
  nonSharedDisk: 1 << 6,
  nonSharedInc: 1 << 7,
  changeProtection: 1 << 8,
  unsafe: 1 << 9,
  offline: 1 << 10,
  compressed: 1 << 11,
  abortOnError: 1 << 12,
  autoConverge: 1 << 13,
  postcopy: 1 << 15,
  tls: 1 << 16,
  parallel: 1 << 17,
} as const;

/** `virDomainSnapshotCreateFlags` */
export const snapshotCreateFlags = {
  redefine: 1 << 0,
  current: 1 << 1,
  noMetadata: 1 << 2,
  halt: 1 << 3,
  diskOnly: 1 << 4,
  reuseExternal: 1 << 5,
  quiesce: 1 << 6,
  atomic: 1 << 7,
  live: 1 << 8,
  validate: 1 << 9,
} as const;
/** `virDomainSnapshotRevertFlags` */
export const snapshotRevertFlags = {
  running: 1 << 0,
  paused: 1 << 1,
  force: 1 << 2,
  resetNvram: 1 << 3,
} as const;
/** `virDomainSnapshotDeleteFlags` and `virDomainCheckpointDeleteFlags` */
export const snapshotDeleteFlags = { children: 1 << 0, metadataOnly: 1 << 1, childrenOnly: 1 << 2 } as const;
/** `virDomainCheckpointCreateFlags` */
export const checkpointCreateFlags = { redefine: 1 << 0, quiesce: 1 << 1, redefineValidate: 1 << 2 } as const;
/** `virDomainCheckpointXMLFlags` */
export const checkpointXmlFlags = { secure: 1 << 0, noDomain: 1 << 1, size: 1 << 2 } as const;
/** `virDomainBackupBeginFlags` */
export const backupBeginFlags = { reuseExternal: 1 << 0 } as const;

/** `virConnectListAllStoragePoolsFlags`, without the filters by type. */
export const poolListFlags = {
  inactive: 1 << 0,
  active: 1 << 1,
  persistent: 1 << 2,
  transient: 1 << 3,
  autostart: 1 << 4,
  noAutostart: 1 << 5,
} as const;
/** `virStoragePoolBuildFlags` */
export const poolBuildFlags = {
  new: 0,
  repair: 1 << 0,
  resize: 1 << 1,
  noOverwrite: 1 << 2,
  overwrite: 1 << 3,
} as const;
/** `virStoragePoolCreateFlags` */
export const poolCreateFlags = {
  normal: 0,
  withBuild: 1 << 0,
  withBuildOverwrite: 1 << 1,
  withBuildNoOverwrite: 1 << 2,
} as const;
/** `virStorageVolCreateFlags` */
export const volumeCreateFlags = { preallocateMetadata: 1 << 0, reflink: 1 << 1, validate: 1 << 2 } as const;
/** `virStorageVolDeleteFlags` */
export const volumeDeleteFlags = { normal: 0, zeroed: 1 << 0, withSnapshots: 1 << 1 } as const;
/** `virStorageVolResizeFlags` */
export const volumeResizeFlags = { allocate: 1 << 0, delta: 1 << 1, shrink: 1 << 2 } as const;
/** `virStorageVolInfoFlags` */
export const volumeInfoFlags = { useAllocation: 0, getPhysical: 1 << 0 } as const;
/** `virStorageVolUploadFlags` and `virStorageVolDownloadFlags` */
export const volumeStreamFlags = { sparse: 1 << 0 } as const;

/** `virConnectListAllNetworksFlags` */
export const networkListFlags = {
  inactive: 1 << 0,
  active: 1 << 1,
  persistent: 1 << 2,
  transient: 1 << 3,
  autostart: 1 << 4,
  noAutostart: 1 << 5,
} as const;
/** `virNetworkXMLFlags` */
export const networkXmlFlags = { inactive: 1 << 0 } as const;
/** `virNetworkUpdateCommand`: not flags, one of them. */
export const networkUpdateCommand = { modify: 1, delete: 2, addLast: 3, addFirst: 4 } as const;
/** `virNetworkUpdateSection`: not flags, one of them. */
export const networkUpdateSection = {
  bridge: 1,
  domain: 2,
  ip: 3,
  ipDhcpHost: 4,
  ipDhcpRange: 5,
  forward: 6,
  portgroup: 9,
  dnsHost: 10,
  dnsTxt: 11,
  dnsSrv: 12,
} as const;

/** `VIR_DRV_FEATURE_*` of src/libvirt_internal.h: what CONNECT_SUPPORTS_FEATURE can be asked. */
export const driverFeatures = {
  migrationV1: 1,
  migrationV2: 3,
  migrationP2p: 4,
  migrationDirect: 5,
  migrationV3: 6,
  migrateChangeProtection: 7,
  typedParamString: 9,
  programKeepalive: 10,
  xmlMigratable: 11,
  migrationOffline: 12,
  migrationParams: 13,
  remoteEventCallback: 14,
  remoteCloseCallback: 15,
  networkUpdateHasCorrectOrder: 16,
} as const;
