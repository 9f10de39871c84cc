import { quick } from '../../platform/libvirt/procedure.ts';
import type { AnsweredResult, Procedure, ReceivedArgs } from '../../platform/libvirt/procedure.ts';
import { procedures } from '../../platform/libvirt/procedures.ts';
import { programs } from '../../platform/libvirt/message-frame.ts';
import {
  flagBits,
  int,
  intBoolean,
  list,
  nothing,
  optional,
  struct,
  text,
  unsignedHyper,
} from '../../platform/libvirt/xdr-codecs.ts';
import { domainRef, uuid } from '../../platform/libvirt/xdr-objects.ts';
import type { ServerCall } from './rpc-connection.ts';

const MANY = 16_384;
const interfaceRef = struct({ name: text, mac: text });
const nodeDeviceRef = struct({ name: text });
const secretRef = struct({ uuid, usageType: int, usageID: text });
const listFlags = struct({ needResults: int, flags: flagBits });

/** Procedures virsh calls and Innkeeper does not: numbers of remote_protocol.x. */
// oxfmt-ignore
const virshProcedures = {
  nodeGetSecurityModel: quick(122, nothing, struct({ model: list(int, 257), doi: list(int, 257) })),
  domainGetSecurityLabel: quick(121, struct({ dom: domainRef }), struct({ label: list(int, 4_097), enforcing: int })),
  domainSetMaxMemory: quick(32, struct({ dom: domainRef, memory: unsignedHyper }), nothing),
  nodeDeviceLookupByName: quick(113, struct({ name: text }), struct({ dev: nodeDeviceRef })),
  nodeDeviceGetXmlDesc: quick(114, struct({ name: text, flags: flagBits }), struct({ xml: text })),
  nodeDeviceGetParent: quick(115, struct({ name: text }), struct({ parentName: optional(text) })),
  nodeDeviceNumOfCaps: quick(116, struct({ name: text }), struct({ num: int })),
  nodeDeviceListCaps: quick(117, struct({ name: text, maxnames: int }), struct({ names: list(text, MANY) })),
  interfaceLookupByName: quick(128, struct({ name: text }), struct({ iface: interfaceRef })),
  interfaceLookupByMac: quick(129, struct({ mac: text }), struct({ iface: interfaceRef })),
  interfaceGetXmlDesc: quick(130, struct({ iface: interfaceRef, flags: flagBits }), struct({ xml: text })),
  interfaceIsActive: quick(156, struct({ iface: interfaceRef }), struct({ active: intBoolean })),
  connectListAllInterfaces: quick(284, listFlags, struct({ ifaces: list(interfaceRef, MANY), ret: int })),
  connectListAllNodeDevices: quick(285, listFlags, struct({ devices: list(nodeDeviceRef, MANY), ret: int })),
  connectListAllSecrets: quick(287, listFlags, struct({ secrets: list(secretRef, MANY), ret: int })),
} as const;

/** Everything a practice host may be asked: what Innkeeper calls, and what `virsh` calls on top. */
export const table = { ...virshProcedures, ...procedures } as const;

type Table = typeof table;
export type TableName = keyof Table;

/** One function per procedure; what is missing is answered as a driver that does not support the call answers. */
export type Handlers = {
  readonly [K in TableName]?: (
    args: ReceivedArgs<Table[K]>,
    call: ServerCall,
  ) => AnsweredResult<Table[K]> | Promise<AnsweredResult<Table[K]>>;
};

const byNumber = new Map(
  (Object.keys(table) as TableName[]).map((name) => [
    `${programs[table[name].program]}:${table[name].number}`,
    name,
  ]),
);

export function tableName(program: number, number: number): TableName | undefined {
  return byNumber.get(`${program}:${number}`);
}

export function procedureOf(name: TableName): Procedure {
  return table[name];
}
