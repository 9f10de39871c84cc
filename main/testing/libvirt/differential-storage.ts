import { networkXmlFlags } from '../../platform/libvirt/flags.ts';
import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import { fields, lines, names, pick, trimmed, yesNo } from './virsh-output.ts';
import type { Read } from './virsh-output.ts';
import type {
  NetworkRef,
  NwfilterRef,
  StoragePoolRef,
  StorageVolumeRef,
} from '../../platform/libvirt/xdr-objects.ts';

export async function poolReads(api: LibvirtApi, pool: StoragePoolRef): Promise<Read[]> {
  const { storage } = api;
  const facts = async () => {
    const info = await storage.poolInfo(pool);
    const sizes =
      info.stateName === 'inactive'
        ? [undefined, undefined, undefined]
        : [info.capacityBytes, info.allocationBytes, info.availableBytes].map(String);
    return [
      pool.name,
      pool.uuid,
      info.stateName,
      yesNo(await storage.isPoolPersistent(pool)),
      yesNo(await storage.poolAutostart(pool)),
      ...sizes,
    ];
  };
  const keys = ['Name', 'UUID', 'State', 'Persistent', 'Autostart', 'Capacity', 'Allocation', 'Available'];
  const reads: Read[] = [
    {
      read: `pool-info ${pool.name}`,
      ours: facts,
      virsh: ['pool-info', '--bytes', pool.name],
      parse: (out) => pick(out, keys),
    },
    {
      read: `pool-dumpxml ${pool.name}`,
      ours: async () => (await storage.poolXml(pool)).trim(),
      virsh: ['pool-dumpxml', pool.name],
      parse: trimmed,
    },
    {
      read: `pool-uuid ${pool.name}`,
      ours: async () => (await storage.lookupPoolByName(pool.name)).uuid,
      virsh: ['pool-uuid', pool.name],
      parse: trimmed,
    },
    {
      read: `pool-name ${pool.name}`,
      ours: async () => (await storage.lookupPoolByUuid(pool.uuid)).name,
      virsh: ['pool-name', pool.uuid],
      parse: trimmed,
    },
    {
      read: `pool-list active ${pool.name}`,
      ours: () => storage.isPoolActive(pool),
      virsh: ['pool-list', '--name'],
      parse: (out) => lines(out).includes(pool.name),
    },
    {
      read: `vol-list, how many ${pool.name}`,
      ours: async () => (await api.call('storagePoolNumOfVolumes', { pool })).num,
      virsh: ['vol-list', pool.name],
      parse: (out) => lines(out).slice(2).length,
    },
    {
      read: `vol-list ${pool.name}`,
      ours: async () => names(await storage.listVolumes(pool)),
      virsh: ['vol-list', pool.name],
      parse: (out) =>
        lines(out)
          .slice(2)
          .map((line) => line.replace(/\s.*/, ''))
          .toSorted(),
    },
  ];
  const volumes = await storage.listVolumes(pool).catch(() => []);
  return [...reads, ...volumes.flatMap((volume) => volumeReads(api, pool, volume))];
}

function volumeReads(api: LibvirtApi, pool: StoragePoolRef, { name, key }: StorageVolumeRef): Read[] {
  const { storage } = api;
  const volume = () => storage.lookupVolumeByName(pool, name);
  const facts = async () => {
    const info = await storage.volumeInfo(await volume());
    return [name, info.typeName, `${info.capacityBytes} bytes`, `${info.allocationBytes} bytes`];
  };
  const physical = async () => `${(await storage.volumePhysicalInfo(await volume())).allocationBytes} bytes`;
  const by = (command: string, ...more: string[]) => [command, '--pool', pool.name, name, ...more];
  return [
    {
      read: `vol-info ${name}`,
      ours: facts,
      virsh: by('vol-info', '--bytes'),
      parse: (out) => pick(out, ['Name', 'Type', 'Capacity', 'Allocation']),
    },
    {
      read: `vol-info of old ${name}`,
      ours: async () => `${(await api.call('storageVolGetInfo', { vol: await volume() })).capacity} bytes`,
      virsh: by('vol-info', '--bytes'),
      parse: (out) => fields(out).Capacity,
    },
    {
      read: `vol-name ${name}`,
      ours: async () => (await storage.lookupVolumeByPath(await storage.volumePath(await volume()))).name,
      virsh: ['vol-name', key],
      parse: trimmed,
    },
    {
      read: `vol-info physical ${name}`,
      ours: physical,
      virsh: by('vol-info', '--bytes', '--physical'),
      parse: (out) => fields(out).Physical,
    },
    {
      read: `vol-dumpxml ${name}`,
      ours: async () => (await storage.volumeXml(await volume())).trim(),
      virsh: by('vol-dumpxml'),
      parse: trimmed,
    },
    {
      read: `vol-path ${name}`,
      ours: async () => storage.volumePath(await volume()),
      virsh: by('vol-path'),
      parse: trimmed,
    },
    {
      read: `vol-key ${name}`,
      ours: async () => (await storage.lookupVolumeByKey((await volume()).key)).key,
      virsh: by('vol-key'),
      parse: trimmed,
    },
    {
      read: `vol-pool ${name}`,
      ours: async () => (await storage.poolOfVolume(await volume())).name,
      virsh: ['vol-pool', key],
      parse: trimmed,
    },
  ];
}

export function networkReads(api: LibvirtApi, net: NetworkRef): Read[] {
  const { networks } = api;
  const facts = async () => [
    net.name,
    net.uuid,
    yesNo(await networks.isActive(net)),
    yesNo(await networks.isPersistent(net)),
    yesNo(await networks.autostart(net)),
    await networks.bridgeName(net).catch(() => undefined),
  ];
  return [
    {
      read: `net-info ${net.name}`,
      ours: facts,
      virsh: ['net-info', net.name],
      parse: (out) => pick(out, ['Name', 'UUID', 'Active', 'Persistent', 'Autostart', 'Bridge']),
    },
    {
      read: `net-dumpxml ${net.name}`,
      ours: async () => (await networks.xml(net)).trim(),
      virsh: ['net-dumpxml', net.name],
      parse: trimmed,
    },
    {
      read: `net-dumpxml inactive ${net.name}`,
      ours: async () => (await networks.xml(net, networkXmlFlags.inactive)).trim(),
      virsh: ['net-dumpxml', '--inactive', net.name],
      parse: trimmed,
    },
    {
      read: `net-uuid ${net.name}`,
      ours: async () => (await networks.lookupByName(net.name)).uuid,
      virsh: ['net-uuid', net.name],
      parse: trimmed,
    },
    {
      read: `net-name ${net.name}`,
      ours: async () => (await networks.lookupByUuid(net.uuid)).name,
      virsh: ['net-name', net.uuid],
      parse: trimmed,
    },
    {
      read: `net-dhcp-leases ${net.name}`,
      ours: async () =>
        (await networks.dhcpLeases(net))
          .map(({ mac, address, prefixLength }) => `${mac} ${address}/${prefixLength}`)
          .toSorted(),
      virsh: ['net-dhcp-leases', net.name],
      parse: (out) =>
        lines(out)
          .slice(2)
          .map((line) => line.split(/\s{2,}/))
          .map(([, mac, , address]) => `${mac} ${address}`)
          .toSorted(),
    },
  ];
}

export function nwfilterReads({ nwfilters }: LibvirtApi, filter: NwfilterRef): Read[] {
  return [
    {
      read: `nwfilter-dumpxml ${filter.name}`,
      ours: async () => (await nwfilters.xml(await nwfilters.lookupByUuid(filter.uuid))).trim(),
      virsh: ['nwfilter-dumpxml', filter.uuid],
      parse: trimmed,
    },
    {
      read: `nwfilter-dumpxml by name ${filter.name}`,
      ours: async () => (await nwfilters.xml(await nwfilters.lookupByName(filter.name))).trim(),
      virsh: ['nwfilter-dumpxml', filter.name],
      parse: trimmed,
    },
  ];
}
