import { flagBits, hyper, int, list, optional, struct, text, unsignedHyper } from './xdr-codecs.ts';
import type { AnyCodec, Decoded } from './xdr-codecs.ts';
import { limits } from './xdr-limits.ts';
import { domainRef, networkRef, storagePoolRef } from './xdr-objects.ts';
import { typedParameterRecord } from './xdr-typed-parameters.ts';

/** Which registration call an event belongs to. */
export type EventSource = 'domain' | 'network' | 'storage-pool';

export type EventMessage<Payload extends AnyCodec = AnyCodec> = {
  readonly source: EventSource;
  /** `virDomainEventID`, `virNetworkEventID` or `virStoragePoolEventID`: what the registration asks for. */
  readonly eventId: number;
  /** The procedure number the message comes with. */
  readonly number: number;
  readonly payload: Payload;
};

function on<S extends EventSource, Payload extends AnyCodec>(
  source: S,
  eventId: number,
  number: number,
  payload: Payload,
) {
  return { source, eventId, number, payload } as const;
}

/** The older half of the events wraps its message: the callback's number, then the message of its day. On the wire that is flat. */
const address = struct({ family: int, node: text, service: text });
const identity = struct({ type: text, name: text });
const about = { callbackID: int, dom: domainRef };
/** The power-management events say their reason before the domain. */
const powerEvent = struct({ callbackID: int, reason: int, dom: domainRef });

/** Every event this program understands: one line each, numbers of remote_protocol.x and of the event enumerations. */
// oxfmt-ignore
export const eventMessages = {
  domainLifecycle: on('domain', 0, 318, struct({ ...about, event: int, detail: int })),
  domainReboot: on('domain', 1, 319, struct({ ...about })),
  domainRtcChange: on('domain', 2, 320, struct({ ...about, offset: hyper })),
  domainWatchdog: on('domain', 3, 321, struct({ ...about, action: int })),
  domainIoError: on('domain', 4, 322, struct({ ...about, srcPath: text, devAlias: text, action: int })),
  domainGraphics: on('domain', 5, 323, struct({ ...about, phase: int, local: address, remote: address, authScheme: text, subject: list(identity, limits.graphicsIdentities) })),
  domainIoErrorReason: on('domain', 6, 324, struct({ ...about, srcPath: text, devAlias: text, action: int, reason: text })),
  domainControlError: on('domain', 7, 325, struct({ ...about })),
  domainBlockJob: on('domain', 8, 326, struct({ ...about, path: text, type: int, status: int })),
  domainDiskChange: on('domain', 9, 327, struct({ ...about, oldSrcPath: optional(text), newSrcPath: optional(text), devAlias: text, reason: int })),
  domainTrayChange: on('domain', 10, 328, struct({ ...about, devAlias: text, reason: int })),
  domainPmWakeup: on('domain', 11, 329, powerEvent),
  domainPmSuspend: on('domain', 12, 330, powerEvent),
  domainBalloonChange: on('domain', 13, 331, struct({ ...about, actual: unsignedHyper })),
  domainPmSuspendDisk: on('domain', 14, 332, powerEvent),
  domainDeviceRemoved: on('domain', 15, 333, struct({ ...about, devAlias: text })),
  domainBlockJob2: on('domain', 16, 339, struct({ ...about, dst: text, type: int, status: int })),
  domainTunable: on('domain', 17, 346, struct({ ...about, params: typedParameterRecord(limits.tunableParameters) })),
  domainAgentLifecycle: on('domain', 18, 348, struct({ ...about, state: int, reason: int })),
  domainDeviceAdded: on('domain', 19, 354, struct({ ...about, devAlias: text })),
  domainMigrationIteration: on('domain', 20, 359, struct({ ...about, iteration: int })),
  domainJobCompleted: on('domain', 21, 363, struct({ ...about, params: typedParameterRecord(limits.jobStats) })),
  domainDeviceRemovalFailed: on('domain', 22, 367, struct({ ...about, devAlias: text })),
  domainMetadataChange: on('domain', 23, 379, struct({ ...about, type: int, nsuri: optional(text) })),
  domainBlockThreshold: on('domain', 24, 385, struct({ ...about, dev: text, path: optional(text), threshold: unsignedHyper, excess: unsignedHyper })),
  domainMemoryFailure: on('domain', 25, 423, struct({ ...about, recipient: int, action: int, flags: flagBits })),
  domainMemoryDeviceSizeChange: on('domain', 26, 438, struct({ ...about, alias: text, size: unsignedHyper })),
  networkLifecycle: on('network', 0, 315, struct({ callbackID: int, net: networkRef, event: int, detail: int })),
  storagePoolLifecycle: on('storage-pool', 0, 370, struct({ callbackID: int, pool: storagePoolRef, event: int, detail: int })),
  storagePoolRefresh: on('storage-pool', 1, 373, struct({ callbackID: int, pool: storagePoolRef })),
} as const;

export type EventMessages = typeof eventMessages;
export type EventName = keyof EventMessages;
export type EventPayload<Name extends EventName> = Decoded<EventMessages[Name]['payload']>;

const byNumber = new Map(
  (Object.keys(eventMessages) as EventName[]).map((name) => [eventMessages[name].number, name]),
);

/** Which event a message of the remote program means; undefined for one this program does not know. */
export function eventByNumber(number: number): EventName | undefined {
  return byNumber.get(number);
}

/** `CONNECT_EVENT_CONNECTION_CLOSED`: the daemon lost its hypervisor. No registration number, only a reason. */
export const connectionClosedEvent = { number: 362, payload: struct({ reason: int }) } as const;
