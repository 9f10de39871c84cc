/**
 * The upper bounds of libvirt's protocol, checked before anything is allocated. Names follow remote_protocol.x and
 * virnetprotocol.x (libvirt 9.0), without their prefixes; the numbers are counts of items unless the name says bytes.
 */
export const limits = {
  /** VIR_NET_MESSAGE_MAX, without the four bytes of the length word. */
  messageBytes: 33_554_432,
  /** VIR_NET_MESSAGE_HEADER_MAX */
  headerBytes: 24,
  /** VIR_NET_MESSAGE_LEN_MAX */
  lengthWordBytes: 4,
  /** VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX: a stream packet may not carry more, whatever the daemon's age. */
  streamPacketBytes: 262_120,
  /** REMOTE_STRING_MAX and VIR_NET_MESSAGE_STRING_MAX */
  stringBytes: 4_194_304,
  /** REMOTE_MIGRATE_COOKIE_MAX */
  migrateCookieBytes: 4_194_304,
  cpuMapBytes: 2_048,
  domains: 16_384,
  networks: 16_384,
  networkLeases: 65_536,
  storagePools: 16_384,
  storageVolumes: 16_384,
  nwfilters: 16_384,
  snapshots: 16_384,
  checkpoints: 16_384,
  authTypes: 20,
  nodeCpuStats: 16,
  nodeMemoryStats: 16,
  nodeCells: 1_024,
  domainStatsParameters: 262_144,
  domainInterfaces: 2_048,
  interfaceAddresses: 2_048,
  domainMemoryStats: 1_024,
  diskErrors: 256,
  jobStats: 64,
  migrateParameters: 64,
  saveParameters: 64,
  blockCopyParameters: 16,
  tunableParameters: 2_048,
  guestInfoParameters: 2_048,
  guestVcpuParameters: 64,
  freezeMountpoints: 256,
  fileSystems: 256,
  fileSystemDisks: 256,
  sendKeys: 16,
  blockIoTuneParameters: 32,
  interfaceParameters: 16,
  schedulerParameters: 16,
  memoryParameters: 16,
  sshKeys: 2_048,
  messages: 2_048,
  cpuModels: 8_192,
  graphicsIdentities: 20,
} as const;
