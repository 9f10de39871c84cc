import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import { KIB, fields, kib, lines, names, numbers, pick, sortedLines, trimmed } from './virsh-output.ts';
import type { Read } from './virsh-output.ts';

/** For tests: reads of the host and of its lists. */
export function hostReads(api: LibvirtApi): Read[] {
  const { host } = api;
  const nodeKeys = [
    'CPU model',
    'CPU(s)',
    'CPU frequency',
    'CPU socket(s)',
    'Core(s) per socket',
    'Thread(s) per core',
    'NUMA cell(s)',
    'Memory size',
  ];
  return [
    {
      read: 'uri',
      ours: async () => new URL(await host.uri()).pathname,
      virsh: ['uri'],
      parse: (out) => new URL(out.trim()).pathname,
    },
    { read: 'hostname', ours: () => host.hostname(), virsh: ['hostname'], parse: trimmed },
    {
      read: 'version',
      ours: async () => `${await host.hypervisorType()} ${(await host.hypervisorVersion()).text}`,
      virsh: ['version'],
      parse: (out) => fields(out)['Running hypervisor'] ?? `${fields(out)['Using API']?.split(' ')[0]} none`,
    },
    {
      read: 'library version',
      ours: async () => (await host.libvirtVersion()).text,
      virsh: ['version', '--daemon'],
      parse: (out) => /Running against daemon: (\S+)/.exec(out)?.[1],
    },
    {
      read: 'nodeinfo',
      ours: async () => {
        const n = await host.nodeInfo();
        return [
          n.cpuModel,
          n.activeCpus,
          `${n.cpuMhz} MHz`,
          n.socketsPerCell,
          n.coresPerSocket,
          n.threadsPerCore,
          n.numaCells,
          kib(n.memoryBytes),
        ].map(String);
      },
      virsh: ['nodeinfo'],
      parse: (out) => pick(out, nodeKeys),
    },
    {
      read: 'capabilities',
      ours: async () => (await host.capabilitiesXml()).trim(),
      virsh: ['capabilities'],
      parse: trimmed,
    },
    {
      read: 'domcapabilities',
      ours: async () => (await host.domainCapabilitiesXml()).trim(),
      virsh: ['domcapabilities'],
      parse: trimmed,
    },
    {
      read: 'pool-capabilities',
      ours: async () => (await host.storagePoolCapabilitiesXml()).trim(),
      virsh: ['pool-capabilities'],
      parse: trimmed,
    },
    {
      read: 'sysinfo',
      ours: async () => (await host.sysinfoXml()).trim(),
      virsh: ['sysinfo'],
      parse: trimmed,
    },
    { read: 'maxvcpus', ours: () => mostVcpus(api), virsh: ['maxvcpus'], parse: Number },
    {
      read: 'cpu-models',
      ours: () => host.cpuModelNames('x86_64'),
      virsh: ['cpu-models', 'x86_64'],
      parse: lines,
    },
    {
      read: 'nodecpustats',
      ours: async () => {
        const { kernel, user, idle, iowait } = await host.cpuStats();
        return { system: kernel, user, idle, iowait };
      },
      virsh: ['nodecpustats'],
      parse: (out) => numbers(out, /^(\w+):\s+(\d+)$/gm),
    },
    {
      read: 'nodememstats',
      ours: () => host.memoryStatsKib(),
      virsh: ['nodememstats'],
      parse: (out) => numbers(out, /^(\w+)\s*:\s+(\d+) KiB$/gm),
    },
    {
      read: 'freecell',
      ours: async () =>
        Object.fromEntries((await host.cellsFreeMemoryBytes()).map((bytes, cell) => [cell, bytes / KIB])),
      virsh: ['freecell', '--all'],
      parse: (out) => numbers(out, /^\s+(\d+):\s+(\d+) KiB$/gm),
    },
    {
      read: 'freecell total',
      ours: async () => (await host.freeMemoryBytes()) / KIB,
      virsh: ['freecell'],
      parse: (out) => Number.parseInt(fields(out)['Total'] ?? '', 10),
    },
    {
      read: 'find-storage-pool-sources',
      ours: () => api.call('connectFindStoragePoolSources', { type: 'dir', srcSpec: null, flags: 0 }),
      virsh: ['find-storage-pool-sources', 'dir'],
      parse: trimmed,
    },
    {
      read: 'list',
      ours: async () => names(await api.domains.listAll()),
      virsh: ['list', '--all', '--name'],
      parse: sortedLines,
    },
    {
      read: 'net-list',
      ours: async () => names(await api.networks.listAll()),
      virsh: ['net-list', '--all', '--name'],
      parse: sortedLines,
    },
    {
      read: 'pool-list',
      ours: async () => names(await api.storage.listPools()),
      virsh: ['pool-list', '--all', '--name'],
      parse: sortedLines,
    },
    {
      read: 'nwfilter-list',
      ours: async () => (await api.nwfilters.listAll()).map(({ uuid, name }) => `${uuid} ${name}`).toSorted(),
      virsh: ['nwfilter-list'],
      parse: (out) =>
        lines(out)
          .slice(2)
          .map((line) => line.replace(/\s+/, ' '))
          .toSorted(),
    },
  ];
}

/** What `virsh maxvcpus` says: of the default machine where the driver tells, else of the driver. */
async function mostVcpus(api: LibvirtApi): Promise<number> {
  const capabilities = await api.host.domainCapabilitiesXml().catch(() => '');
  const most = /<vcpu max='(\d+)'/.exec(capabilities)?.[1];
  return most === undefined ? api.host.maxVcpus() : Number(most);
}
