import { notRunning, qemuRefusal } from './host-refusal.ts';
import { chars } from './handlers-connect.ts';
import type { Handlers } from './procedure-table.ts';
import type { SimulatedHost } from './simulated-host.ts';
import { vmStates } from './simulated-vm.ts';
import type { SimulatedVm } from './simulated-vm.ts';
import { guestMemory, vmStatistics, wholeNumber } from './vm-statistics.ts';

/** Pairs of `virConnectListAllDomainsFlags`: a VM is listed when it matches one of the asked flags of every group. */
const filters: readonly (readonly [flag: number, matches: (vm: SimulatedVm) => boolean])[][] = [
  [
    [1, (vm) => vm.live !== null],
    [2, (vm) => vm.live === null],
  ],
  [
    [4, (vm) => vm.persistent !== null],
    [8, (vm) => vm.persistent === null],
  ],
  [
    [16, (vm) => vm.state.state === vmStates.running],
    [32, (vm) => vm.state.state === vmStates.paused],
    [64, (vm) => vm.state.state === vmStates.shutOff],
    [
      128,
      (vm) => [vmStates.crashed, vmStates.shutdown, vmStates.blocked].some((one) => one === vm.state.state),
    ],
  ],
  [
    [256, (vm) => vm.managedSave],
    [512, (vm) => !vm.managedSave],
  ],
  [
    [1_024, (vm) => vm.autostart],
    [2_048, (vm) => !vm.autostart],
  ],
  [
    [4_096, (vm) => vm.snapshots.length > 0],
    [8_192, (vm) => vm.snapshots.length === 0],
  ],
  [
    [16_384, (vm) => vm.checkpoints.length > 0],
    [32_768, (vm) => vm.checkpoints.length === 0],
  ],
];

export function listedVms(host: SimulatedHost, flags: number): SimulatedVm[] {
  const asked = filters
    .map((group) => group.filter(([flag]) => (flags & flag) !== 0))
    .filter((group) => group.length > 0);
  return [...host.vms.values()].filter((vm) =>
    asked.every((group) => group.some(([, matches]) => matches(vm))),
  );
}

/** Looking at VMs: lists, look-ups, XML, state and statistics. */
export function domainReadHandlers(host: SimulatedHost): Handlers {
  return {
    connectListAllDomains: ({ needResults, flags }) => {
      const vms = listedVms(host, flags);
      return { domains: needResults === 0 ? [] : vms.map((vm) => vm.ref), ret: vms.length };
    },
    connectGetAllDomainStats: ({ doms, stats, flags }) => {
      // Those that are gone are left out, as libvirt does: it is no error to have asked for them.
      const vms =
        doms.length > 0
          ? doms.flatMap(({ uuid }) => host.vms.get(uuid) ?? [])
          : listedVms(host, flags & 0xff_ffff);
      return { retStats: vms.map((vm) => ({ dom: vm.ref, params: vmStatistics(host, vm, stats) })) };
    },
    domainLookupById: ({ id }) => {
      for (const vm of host.vms.values()) if (vm.live?.id === id) return { dom: vm.ref };
      throw qemuRefusal('VIR_ERR_NO_DOMAIN', `no domain with matching id ${id}`);
    },
    domainLookupByName: ({ name }) => {
      const vm = host.vmByName(name);
      if (vm === undefined) throw qemuRefusal('VIR_ERR_NO_DOMAIN', `no domain with matching name '${name}'`);
      return { dom: vm.ref };
    },
    domainLookupByUuid: ({ uuid }) => {
      const vm = host.vms.get(uuid);
      if (vm === undefined) throw qemuRefusal('VIR_ERR_NO_DOMAIN', `no domain with matching uuid '${uuid}'`);
      return { dom: vm.ref };
    },
    domainGetXmlDesc: ({ dom, flags }) => {
      const vm = host.vm(dom);
      // Without what only this host's instance has.
      if ((flags & 10) === 8) return { xml: vm.definition.xml };
      return { xml: host.vmXml(vm, (flags & 2) !== 0) };
    },
    domainGetInfo: ({ dom }) => domainInfo(host, host.vm(dom)),
    domainGetState: ({ dom }) => host.vm(dom).state,
    domainGetControlInfo: ({ dom }) => {
      if (host.vm(dom).live === null) throw notRunning();
      return { state: 0, details: 0, stateTime: 0 };
    },
    domainGetOsType: ({ dom }) => {
      host.vm(dom);
      return { type: 'hvm' };
    },
    domainGetMaxMemory: ({ dom }) => ({ memory: host.vm(dom).definition.shape.maxMemoryKiB }),
    domainGetMaxVcpus: ({ dom }) => ({ num: host.vm(dom).definition.shape.maxVcpus }),
    domainIsActive: ({ dom }) => ({ active: host.vm(dom).live !== null }),
    domainIsPersistent: ({ dom }) => ({ persistent: host.vm(dom).persistent !== null }),
    domainIsUpdated: ({ dom }) => {
      const { live, persistent } = host.vm(dom);
      return { updated: live !== null && persistent !== null && live.definition !== persistent };
    },
    domainGetAutostart: ({ dom }) => ({ autostart: host.vm(dom).autostart }),
    domainHasManagedSaveImage: ({ dom }) => ({ result: host.vm(dom).managedSave }),
    domainGetMessages: ({ dom }) => {
      host.vm(dom);
      return { msgs: [] };
    },
    domainGetSecurityLabel: ({ dom }) => ({
      label: chars(host.vm(dom).live === null ? '' : `libvirt-${dom.uuid}`),
      enforcing: 1,
    }),
    domainGetDiskErrors: ({ dom }) => {
      if (host.vm(dom).live === null) throw notRunning();
      return { errors: [], nerrors: 0 };
    },
    ...statisticsHandlers(host),
  };
}

function domainInfo(host: SimulatedHost, vm: SimulatedVm) {
  const { shape } = vm.definition;
  return {
    state: vm.state.state,
    maxMem: shape.maxMemoryKiB,
    memory: vm.live?.memoryKiB ?? shape.memoryKiB,
    nrVirtCpu: vm.live?.vcpus ?? shape.vcpus,
    cpuTime: wholeNumber(vm.counters(host.nowMs()).cpuNs),
  };
}

/** `virDomainMemoryStatTags` */
const memoryTags = {
  swapIn: 0,
  swapOut: 1,
  majorFault: 2,
  minorFault: 3,
  unused: 4,
  available: 5,
  actual: 6,
  rss: 7,
  usable: 8,
  lastUpdate: 9,
  diskCaches: 10,
} as const;

function statisticsHandlers(host: SimulatedHost): Handlers {
  const running = (vm: SimulatedVm): SimulatedVm => {
    if (vm.live === null) throw notRunning();
    return vm;
  };
  return {
    domainMemoryStats: ({ dom, maxStats }) => {
      const vm = running(host.vm(dom));
      const memory = guestMemory(vm, host.nowMs());
      const stats = [
        { tag: memoryTags.actual, val: vm.live?.memoryKiB ?? 0 },
        { tag: memoryTags.swapIn, val: 0 },
        { tag: memoryTags.swapOut, val: 0 },
        { tag: memoryTags.majorFault, val: 80 },
        { tag: memoryTags.minorFault, val: 5_044 },
        { tag: memoryTags.unused, val: memory.unusedKiB },
        { tag: memoryTags.available, val: memory.availableKiB },
        { tag: memoryTags.usable, val: memory.usableKiB },
        { tag: memoryTags.lastUpdate, val: Math.floor(host.nowMs() / 1_000) },
        { tag: memoryTags.diskCaches, val: memory.cachesKiB },
        { tag: memoryTags.rss, val: memory.rssKiB },
      ];
      return { stats: stats.slice(0, maxStats) };
    },
    domainBlockStats: ({ dom, path }) => {
      const vm = running(host.vm(dom));
      const { shape } = vm.definition;
      if (path !== '' && !shape.disks.some((disk) => disk.target === path || disk.source === path))
        throw qemuRefusal('VIR_ERR_INVALID_ARG', `invalid path: ${path}`);
      const { readBytes, writeBytes } = vm.counters(host.nowMs());
      const floor = Math.floor;
      return {
        rdReq: floor(readBytes / 24_000),
        rdBytes: floor(readBytes / 512) * 512,
        wrReq: floor(writeBytes / 11_000),
        wrBytes: floor(writeBytes / 512) * 512,
        errs: -1,
      };
    },
    domainInterfaceStats: ({ dom, device }) => {
      const vm = running(host.vm(dom));
      const { rxBytes, txBytes } = vm.counters(host.nowMs());
      const index = Number(/^vnet(\d+)$/.exec(device)?.[1] ?? Number.NaN) - (vm.live?.firstTap ?? 0);
      const card =
        vm.definition.shape.nics[index] ?? vm.definition.shape.nics.find((nic) => nic.mac === device);
      if (card === undefined)
        throw qemuRefusal('VIR_ERR_INVALID_ARG', `invalid path, '${device}' is not a known interface`);
      const share = index === 0 ? 1 : 0.1;
      return {
        rxBytes: Math.floor(rxBytes * share),
        rxPackets: Math.floor((rxBytes * share) / 740),
        rxErrs: 0,
        rxDrop: 0,
        txBytes: Math.floor(txBytes * share),
        txPackets: Math.floor((txBytes * share) / 910),
        txErrs: 0,
        txDrop: 0,
      };
    },
    domainGetBlockInfo: ({ dom, path }) => {
      const vm = host.vm(dom);
      const disk = vm.definition.shape.disks.find((one) => one.target === path || one.source === path);
      const volume =
        disk?.source === null || disk === undefined ? undefined : host.volumeAt(disk.source)?.volume;
      if (disk === undefined)
        throw qemuRefusal('VIR_ERR_INVALID_ARG', `invalid path ${path} not assigned to domain`);
      if (volume === undefined)
        throw qemuRefusal('VIR_ERR_INVALID_ARG', `disk '${path}' does not currently have a source assigned`);
      return {
        allocation: volume.allocationBytes,
        capacity: volume.capacityBytes,
        physical: volume.physicalBytes,
      };
    },
  };
}
