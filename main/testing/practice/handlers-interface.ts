import { HostRefusal } from './host-refusal.ts';
import type { Handlers } from './procedure-table.ts';
import { seededMac } from './seeded-random.ts';
import type { SimulatedHost } from './simulated-host.ts';

/** The host's own network cards and bridges, as libvirt's interface and node device drivers list them. */
export function interfaceHandlers(host: SimulatedHost): Handlers {
  const ports = { eno1: seededMac(host.seed, 61), br0: seededMac(host.seed, 61), lo: '00:00:00:00:00:00' };
  const interfaces = [{ name: 'br0', mac: ports.br0 }];
  const find = (matches: (one: { name: string; mac: string }) => boolean, detail: string) => {
    const found = interfaces.find(matches);
    if (found === undefined) throw new HostRefusal('VIR_ERR_NO_INTERFACE', 'VIR_FROM_INTERFACE', detail);
    return { iface: found };
  };
  const devices = new Map(
    Object.entries(ports).map(([name, mac]) => [`net_${name}_${mac.replaceAll(':', '_')}`, { name, mac }]),
  );
  const device = (name: string): { name: string; mac: string } => {
    const found = devices.get(name);
    if (found === undefined)
      throw new HostRefusal(
        'VIR_ERR_NO_NODE_DEVICE',
        'VIR_FROM_NODEDEV',
        `no node device with matching name '${name}'`,
      );
    return found;
  };
  return {
    connectListAllInterfaces: ({ needResults, flags }) => {
      const inactiveOnly = (flags & 3) === 1;
      const found = inactiveOnly ? [] : interfaces;
      return { ifaces: needResults === 0 ? [] : found, ret: found.length };
    },
    interfaceLookupByName: ({ name }) =>
      find((one) => one.name === name, `couldn't find interface named '${name}'`),
    interfaceLookupByMac: ({ mac }) =>
      find((one) => one.mac === mac, `couldn't find interface with MAC address '${mac}'`),
    interfaceIsActive: () => ({ active: true }),
    interfaceGetXmlDesc: ({ iface }) => ({
      xml: `<interface type='bridge' name='${iface.name}'>\n  <bridge>\n    <interface type='ethernet' name='eno1'>\n      <link speed='10000' state='up'/>\n      <mac address='${ports.eno1}'/>\n    </interface>\n  </bridge>\n</interface>\n`,
    }),
    connectListAllNodeDevices: ({ needResults, flags }) => {
      // VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET; without a filter all there are.
      const names = flags === 0 || (flags & 16) !== 0 ? [...devices.keys()] : [];
      return { devices: needResults === 0 ? [] : names.map((name) => ({ name })), ret: names.length };
    },
    nodeDeviceLookupByName: ({ name }) => {
      device(name);
      return { dev: { name } };
    },
    nodeDeviceGetParent: () => ({ parentName: 'computer' }),
    nodeDeviceNumOfCaps: () => ({ num: 1 }),
    nodeDeviceListCaps: () => ({ names: ['net'] }),
    nodeDeviceGetXmlDesc: ({ name }) => {
      const { name: port, mac } = device(name);
      return {
        xml: `<device>\n  <name>${name}</name>\n  <path>/sys/devices/virtual/net/${port}</path>\n  <parent>computer</parent>\n  <capability type='net'>\n    <interface>${port}</interface>\n    <address>${mac}</address>\n    <link state='up'/>\n  </capability>\n</device>\n`,
      };
    },
  };
}
