import { join } from 'node:path';
import type { DiskShape, DomainShape } from './domain-shape.ts';
import { castGuest, castLoad } from './guest-cast.ts';
import type { GuestCast } from './guest-cast.ts';
import { hostHardware } from './host-hardware.ts';
import { normaliseDomain } from './domain-definition.ts';
import { nwfilterXml, nwfilterNames } from './nwfilters.ts';
import { seededInt, seededMac, seededUnit, seededUuid } from './seeded-random.ts';
import { SimulatedHost } from './simulated-host.ts';
import { defaultNetworkXml, SimulatedNetwork } from './simulated-network.ts';
import { SimulatedPool } from './simulated-pool.ts';
import { SimulatedVm } from './simulated-vm.ts';
import type { Definition } from './simulated-vm.ts';
import type { VmPower } from './vm-power.ts';
import { escapeXml, printXml } from './xml-tree.ts';
import type { XmlElement } from './xml-tree.ts';

const IMAGES = '/var/lib/libvirt/images';
const GB = 1_000_000_000;

export type SeedOptions = {
  readonly name: string;
  readonly seed: number;
  readonly folder: string;
  readonly bootMs: number;
  /** The VMs to make: their places in the whole fleet. */
  readonly orders: readonly number[];
  readonly nowMs: number;
};

export type SeededHost = { readonly host: SimulatedHost; readonly turnOn: (power: VmPower) => Promise<void> };

/** One host of the fleet with its pool, networks and guests, the same for the same seed. */
export function seedHost(options: SeedOptions): SeededHost {
  const { seed, nowMs } = options;
  const casts = options.orders.map((order) => ({
    cast: castGuest(order, seed + order * 131),
    seed: seed + order * 131,
  }));
  const sum = (of: (cast: GuestCast) => number): number =>
    casts.reduce((total, { cast }) => total + of(cast), 0);
  const hardware = hostHardware({
    uuid: seededUuid(seed, 1),
    memorySoldGiB: sum((cast) => cast.memoryGiB),
    diskSoldBytes: sum((cast) => cast.diskGB + (cast.dataGB ?? 0)) * GB * 0.5,
    bootedAtMs: nowMs - (181 + seededInt(0, 200, seed, 2)) * 86_400_000,
  });
  const host = new SimulatedHost({ ...options, hardware });
  furnish(host);
  const later = casts.map(({ cast, seed: guestSeed }, index) =>
    seedGuest(host, cast, { seed: guestSeed, index, nowMs }),
  );
  return {
    host,
    turnOn: async (power) => {
      for (const start of later) await start(power);
    },
  };
}

function furnish(host: SimulatedHost): void {
  const pool = new SimulatedPool({
    name: 'default',
    uuid: seededUuid(host.seed, 3),
    targetPath: IMAGES,
    folder: join(host.folder, 'images'),
    diskBytes: host.hardware.poolBytes,
    active: true,
  });
  pool.build();
  host.pools.set(pool.name, pool);
  const xml = defaultNetworkXml(seededUuid(host.seed, 4), seededMac(host.seed, 5));
  host.networks.set('default', new SimulatedNetwork({ xml, active: true, autostart: true }));
  nwfilterNames.forEach((name, index) => {
    const uuid = seededUuid(host.seed, 200 + index);
    host.nwfilters.set(name, { uuid, xml: nwfilterXml(name, uuid) });
  });
}

function seedGuest(
  host: SimulatedHost,
  cast: GuestCast,
  options: { seed: number; index: number; nowMs: number },
): (power: VmPower) => Promise<void> {
  const { seed, index, nowMs } = options;
  const uuid = seededUuid(seed, 6);
  const mac = seededMac(seed, 7);
  const lease = cast.natted ? host.network('default').lease(mac, cast.name) : null;
  const net = seededInt(1, 60, host.seed, 91);
  const guest = {
    system: cast.system,
    hostname: cast.name,
    address: lease === null ? `10.42.${net}.${10 + (index % 240)}/16` : `${lease.address}/24`,
    bootMs: host.bootMs,
  };
  const vm = new SimulatedVm({ uuid, name: cast.name, seed, load: castLoad(seed), guest });
  vm.persistent = seededDefinition(cast, { uuid, mac });
  vm.autostart = cast.state !== 'shut-off';
  host.vms.set(uuid, vm);
  seedDisks(host, cast, seed);
  return async (power) => {
    if (cast.state === 'shut-off') return;
    await power.bringUpQuietly(vm, nowMs - cast.uptimeSeconds * 1_000, cast.state === 'paused');
  };
}

/**
 * Facts now, XML when somebody asks: what is kept of a guest is a few hundred bytes, and a fleet of 56,000 is there in seconds. A
 * test holds the facts to the XML.
 */
export function seededDefinition(cast: GuestCast, ids: { uuid: string; mac: string }): Definition {
  const tree = (): XmlElement => normaliseDomain(guestXml(cast, ids));
  return {
    shape: castShape(cast, ids),
    tree,
    get xml() {
      return printXml(tree());
    },
  };
}

function castShape(cast: GuestCast, ids: { uuid: string; mac: string }): DomainShape {
  const disk = (suffix: string, target: string): DiskShape => ({
    device: 'disk',
    target,
    bus: 'virtio',
    format: 'qcow2',
    source: `${IMAGES}/${cast.name}${suffix}.qcow2`,
  });
  const memoryKiB = cast.memoryGiB * 1_048_576;
  return {
    name: cast.name,
    uuid: ids.uuid,
    vcpus: cast.vcpus,
    maxVcpus: cast.vcpus,
    maxMemoryKiB: memoryKiB,
    memoryKiB,
    disks: [disk('', 'vda'), ...(cast.dataGB === null ? [] : [disk('-data', 'vdb')])],
    nics: [
      { mac: ids.mac, type: cast.natted ? 'network' : 'bridge', source: cast.natted ? 'default' : 'br0' },
    ],
    agentChannel: true,
    console: true,
    vncPort: -1,
    onCrash: 'destroy',
  };
}

function seedDisks(host: SimulatedHost, cast: GuestCast, seed: number): void {
  const pool = host.pool('default');
  const disk = (suffix: string, sizeGB: number, purpose: number): void => {
    const capacityBytes = sizeGB * GB;
    const claimedBytes =
      Math.round((capacityBytes * (0.1 + seededUnit(seed, purpose) * 0.6)) / 65_536) * 65_536;
    pool.add({ name: `${cast.name}${suffix}.qcow2`, format: 'qcow2', capacityBytes, claimedBytes });
  };
  disk('', cast.diskGB, 32);
  if (cast.dataGB !== null) disk('-data', cast.dataGB, 33);
}

function guestXml(cast: GuestCast, ids: { uuid: string; mac: string }): string {
  const disk = (suffix: string, dev: string): string =>
    `<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none' io='native' discard='unmap'/><source file='${IMAGES}/${cast.name}${suffix}.qcow2'/><target dev='${dev}' bus='virtio'/></disk>`;
  const nic = cast.natted
    ? `type='network'><source network='default'/>`
    : `type='bridge'><source bridge='br0'/>`;
  return `<domain type='kvm'><name>${cast.name}</name><uuid>${ids.uuid}</uuid><title>${escapeXml(cast.customer)}</title>
<metadata><libosinfo:libosinfo xmlns:libosinfo="http://libosinfo.org/xmlns/libvirt/domain/1.0"><libosinfo:os id="${cast.system.osinfo}"/></libosinfo:libosinfo></metadata>
<memory unit='GiB'>${cast.memoryGiB}</memory><vcpu>${cast.vcpus}</vcpu>
<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type><boot dev='hd'/></os><features><acpi/><apic/></features>
<cpu mode='host-model' check='partial'/><clock offset='utc'><timer name='rtc' tickpolicy='catchup'/><timer name='hpet' present='no'/></clock>
<devices>${disk('', 'vda')}${cast.dataGB === null ? '' : disk('-data', 'vdb')}
<interface ${nic}<mac address='${ids.mac}'/><model type='virtio'/></interface>
<serial type='pty'/><console type='pty'/>
<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'/><video><model type='vga' vram='16384'/></video>
<memballoon model='virtio'><stats period='10'/></memballoon><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
</devices></domain>`;
}
