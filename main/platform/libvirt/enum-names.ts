/**
 * Names for the numbers the host sends. The number always survives: one that is newer than this program is named `unknown-17`,
 * and whoever asks keeps working.
 */

function namer(names: readonly string[]): (value: number) => string {
  return (value) => names[value] ?? `unknown-${value}`;
}

/** `virDomainState` */
const domainStates = [
  'nostate',
  'running',
  'blocked',
  'paused',
  'shutdown',
  'shutoff',
  'crashed',
  'pmsuspended',
] as const;

/** The reasons of each state, `virDomain<State>Reason`, in the order of `virDomainState`. */
const stateReasons: readonly (readonly string[])[] = [
  ['unknown'],
  [
    'unknown',
    'booted',
    'migrated',
    'restored',
    'from-snapshot',
    'unpaused',
    'migration-canceled',
    'save-canceled',
    'wakeup',
    'crashed',
    'postcopy',
    'postcopy-failed',
  ],
  ['unknown'],
  [
    'unknown',
    'user',
    'migration',
    'save',
    'dump',
    'ioerror',
    'watchdog',
    'from-snapshot',
    'shutting-down',
    'snapshot',
    'crashed',
    'starting-up',
    'postcopy',
    'postcopy-failed',
  ],
  ['unknown', 'user'],
  ['unknown', 'shutdown', 'destroyed', 'crashed', 'migrated', 'saved', 'failed', 'from-snapshot', 'daemon'],
  ['unknown', 'panicked'],
  ['unknown'],
];

/** `running`, `shutoff`, … for `virDomainState`. */
export const domainStateName = namer(domainStates);

/** Why a domain is in its state: `domainStateReasonName(3, 5)` is `ioerror`. */
export function domainStateReasonName(state: number, reason: number): string {
  return stateReasons[state]?.[reason] ?? `unknown-${reason}`;
}

/** `virDomainEventType`, the life-cycle events. */
export const lifecycleEventName = namer([
  'defined',
  'undefined',
  'started',
  'suspended',
  'resumed',
  'stopped',
  'shutdown',
  'pmsuspended',
  'crashed',
]);

const lifecycleDetails: readonly (readonly string[])[] = [
  ['added', 'updated', 'renamed', 'from-snapshot'],
  ['removed', 'renamed'],
  ['booted', 'migrated', 'restored', 'from-snapshot', 'wakeup'],
  [
    'paused',
    'migrated',
    'ioerror',
    'watchdog',
    'restored',
    'from-snapshot',
    'api-error',
    'postcopy',
    'postcopy-failed',
  ],
  ['unpaused', 'migrated', 'from-snapshot', 'postcopy', 'postcopy-failed'],
  ['shutdown', 'destroyed', 'crashed', 'migrated', 'saved', 'failed', 'from-snapshot'],
  ['finished', 'guest', 'host'],
  ['memory', 'disk'],
  ['panicked', 'crashloaded'],
];

/** `virDomainEvent<Type>DetailType`: `lifecycleDetailName(2, 1)` is `migrated`. */
export function lifecycleDetailName(event: number, detail: number): string {
  return lifecycleDetails[event]?.[detail] ?? `unknown-${detail}`;
}

/** `virNetworkEventLifecycleType` */
export const networkEventName = namer(['defined', 'undefined', 'started', 'stopped']);
/** `virStoragePoolEventLifecycleType` */
export const poolEventName = namer(['defined', 'undefined', 'started', 'stopped', 'created', 'deleted']);
/** `virStoragePoolState` */
export const poolStateName = namer(['inactive', 'building', 'running', 'degraded', 'inaccessible']);
/** `virStorageVolType` */
export const volumeTypeName = namer(['file', 'block', 'dir', 'network', 'netdir', 'ploop']);
/** `virDomainBlockJobType` */
export const blockJobTypeName = namer(['unknown', 'pull', 'copy', 'commit', 'active-commit', 'backup']);
/** `virConnectDomainEventBlockJobStatus` */
export const blockJobStatusName = namer(['completed', 'failed', 'canceled', 'ready']);
/** `virDomainJobType` */
export const jobTypeName = namer(['none', 'bounded', 'unbounded', 'completed', 'failed', 'cancelled']);
/** `virDomainJobOperation` */
export const jobOperationName = namer([
  'unknown',
  'start',
  'save',
  'restore',
  'migration-in',
  'migration-out',
  'snapshot',
  'snapshot-revert',
  'dump',
  'backup',
  'snapshot-delete',
]);
/** `virDomainEventWatchdogAction` */
export const watchdogActionName = namer([
  'none',
  'pause',
  'reset',
  'poweroff',
  'shutdown',
  'debug',
  'inject-nmi',
]);
/** `virDomainEventIOErrorAction` */
export const ioErrorActionName = namer(['none', 'pause', 'report']);
/** `virConnectDomainEventAgentLifecycleState`; 0 does not occur. */
export const agentStateName = namer(['unknown-0', 'connected', 'disconnected']);
/** `virDomainMemoryStatTags` */
export const memoryStatName = namer([
  'swap-in',
  'swap-out',
  'major-fault',
  'minor-fault',
  'unused',
  'available',
  'actual',
  'rss',
  'usable',
  'last-update',
  'disk-caches',
  'hugetlb-pgalloc',
  'hugetlb-pgfail',
]);
/** `virIPAddrType` */
export const addressTypeName = namer(['ipv4', 'ipv6']);
/** `virDomainControlState` */
export const controlStateName = namer(['ok', 'job', 'occupied', 'error']);
/** `virDomainDiskErrorCode` */
export const diskErrorName = namer(['none', 'unspecified', 'no-space']);
