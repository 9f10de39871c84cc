import { eventMessages } from '../../platform/libvirt/event-messages.ts';
import type { EventName, EventSource } from '../../platform/libvirt/event-messages.ts';
import { capabilitiesXml, domainCapabilitiesXml } from './host-capabilities.ts';
import { cpuCount } from './host-hardware.ts';
import { HostRefusal } from './host-refusal.ts';
import type { Handlers } from './procedure-table.ts';
import type { SimulatedHost } from './simulated-host.ts';
import { wholeNumber } from './vm-statistics.ts';

/** libvirt 9.0.0 and QEMU 7.2.22: Debian 12. */
const LIBVIRT_VERSION = 9_000_000;
const QEMU_VERSION = 7_002_022;

/** `virDrvFeature` of src/libvirt_internal.h that this simulation has. */
const features = {
  migrationV3: 6,
  typedParameterStrings: 9,
  programKeepalive: 10,
  xmlMigratable: 11,
  migrationOffline: 12,
  migrationParameters: 13,
  remoteEventCallback: 14,
  remoteCloseCallback: 15,
  networkUpdateOrder: 16,
} as const;
const supported = new Set<number>(Object.values(features));

function eventNamed(source: EventSource, eventId: number): EventName {
  const found = (Object.keys(eventMessages) as EventName[]).find(
    (name) => eventMessages[name].source === source && eventMessages[name].eventId === eventId,
  );
  if (found === undefined)
    throw new HostRefusal('VIR_ERR_INTERNAL_ERROR', 'VIR_FROM_REMOTE', `unsupported event ID ${eventId}`);
  return found;
}

function checkUri(name: string | null): void {
  if (name === null || name === 'qemu:///system') return;
  throw new HostRefusal(
    name.startsWith('qemu:') ? 'VIR_ERR_INTERNAL_ERROR' : 'VIR_ERR_NO_CONNECT',
    'VIR_FROM_QEMU',
    name === 'qemu:///session'
      ? 'no QEMU URI path given, try qemu:///system'
      : `unexpected QEMU URI path '${name}', try qemu:///system`,
  );
}

/** Connection, host facts, host statistics and event registration. */
export function connectHandlers(host: SimulatedHost): Handlers {
  const { hardware } = host;
  return {
    authList: () => ({ types: [0] }),
    connectSupportsFeature: ({ feature }) => ({ supported: supported.has(feature) }),
    connectOpen: ({ name }, { connection }) => {
      checkUri(name);
      connection.opened = true;
    },
    connectClose: () => undefined,
    connectGetType: () => ({ type: 'QEMU' }),
    connectGetVersion: () => ({ hvVer: QEMU_VERSION }),
    connectGetLibVersion: () => ({ libVer: LIBVIRT_VERSION }),
    connectGetHostname: () => ({ hostname: host.name }),
    connectGetUri: () => ({ uri: 'qemu:///system' }),
    connectIsSecure: () => ({ secure: true }),
    connectGetMaxVcpus: ({ type }) => ({ maxVcpus: type === 'qemu' ? 255 : 1_024 }),
    connectGetCapabilities: () => ({ capabilities: capabilitiesXml(hardware) }),
    connectGetDomainCapabilities: ({ machine, virttype }) => ({
      capabilities: domainCapabilitiesXml(
        machine === 'q35' || machine === 'pc-q35-7.2' ? 'pc-q35-7.2' : 'pc-i440fx-7.2',
        virttype ?? 'kvm',
      ),
    }),
    connectCompareHypervisorCpu: ({ xmlCPU }) => ({ result: cpuResult(xmlCPU) }),
    connectGetSysinfo: () => ({
      sysinfo: `<sysinfo type='smbios'>\n  <system>\n    <entry name='manufacturer'>Supermicro</entry>\n    <entry name='product'>AS -1024US-TRT</entry>\n    <entry name='uuid'>${hardware.uuid}</entry>\n  </system>\n</sysinfo>\n`,
    }),
    connectGetCpuModelNames: ({ needResults }) => {
      const models = ['qemu64', 'kvm64', 'EPYC', 'EPYC-Rome', 'EPYC-Milan', 'Icelake-Server'];
      return { models: needResults === 0 ? [] : models, ret: models.length };
    },
    connectRegisterCloseCallback: () => undefined,
    connectUnregisterCloseCallback: () => undefined,
    nodeGetInfo: () => ({
      model: hardware.cpuModel,
      memory: hardware.memoryKiB,
      cpus: cpuCount(hardware),
      mhz: hardware.mhz,
      nodes: hardware.sockets,
      sockets: 1,
      cores: hardware.coresPerSocket,
      threads: hardware.threadsPerCore,
    }),
    ...statisticsHandlers(host),
    ...registrationHandlers(),
    nodeGetSecurityModel: () => ({ model: chars('apparmor'), doi: chars('0') }),
    connectListAllSecrets: () => ({ secrets: [], ret: 0 }),
  };
}

/** `virCPUCompareResult`: what runs on AMD's second EPYC. */
function cpuResult(xml: string): number {
  const model = /<model[^>]*>([^<]+)</.exec(xml)?.[1] ?? '';
  if (model === 'EPYC-Rome') return 1;
  return ['', 'qemu64', 'kvm64', 'EPYC'].includes(model) ? 2 : 0;
}

/** A C string as an array of chars, its end included. */
export function chars(text: string): number[] {
  return [...Buffer.from(`${text}\0`)];
}

function statisticsHandlers(host: SimulatedHost): Handlers {
  const { hardware } = host;
  const freeKiB = (): number => hardware.memoryKiB - host.memoryUsedKiB();
  return {
    nodeGetFreeMemory: () => ({ freeMem: Math.round(freeKiB() * 0.7) * 1_024 }),
    nodeGetCellsFreeMemory: ({ startCell, maxcells }) => ({
      cells: Array.from(
        { length: Math.max(0, Math.min(maxcells, hardware.sockets - startCell)) },
        () => Math.round((freeKiB() * 0.7) / hardware.sockets) * 1_024,
      ),
    }),
    nodeGetCpuStats: ({ nparams }) => {
      const times = host.cpuTimes();
      const params = Object.entries(times).map(([field, value]) => ({ field, value: wholeNumber(value) }));
      return { params: nparams === 0 ? [] : params, nparams: params.length };
    },
    nodeGetMemoryStats: ({ nparams }) => {
      const free = freeKiB();
      const values = {
        total: hardware.memoryKiB,
        free: Math.round(free * 0.7),
        buffers: Math.round(free * 0.02),
        cached: Math.round(free * 0.25),
      };
      const params = Object.entries(values).map(([field, value]) => ({ field, value }));
      return { params: nparams === 0 ? [] : params, nparams: params.length };
    },
  };
}

function registrationHandlers(): Handlers {
  return {
    connectDomainEventCallbackRegisterAny: ({ eventID, dom }, { connection }) => ({
      callbackID: connection.register(eventNamed('domain', eventID), dom?.uuid ?? null),
    }),
    connectDomainEventCallbackDeregisterAny: ({ callbackID }, { connection }) =>
      forget(connection.registrations, callbackID),
    connectNetworkEventRegisterAny: ({ eventID, net }, { connection }) => ({
      callbackID: connection.register(eventNamed('network', eventID), net?.uuid ?? null),
    }),
    connectNetworkEventDeregisterAny: ({ callbackID }, { connection }) =>
      forget(connection.registrations, callbackID),
    connectStoragePoolEventRegisterAny: ({ eventID, pool }, { connection }) => ({
      callbackID: connection.register(eventNamed('storage-pool', eventID), pool?.uuid ?? null),
    }),
    connectStoragePoolEventDeregisterAny: ({ callbackID }, { connection }) =>
      forget(connection.registrations, callbackID),
  };
}

function forget(registrations: Map<number, unknown>, callbackID: number): void {
  if (!registrations.delete(callbackID))
    throw new HostRefusal(
      'VIR_ERR_INTERNAL_ERROR',
      'VIR_FROM_REMOTE',
      `domain event callback ${callbackID} not registered`,
    );
}
