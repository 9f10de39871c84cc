import { randomUUID } from 'node:crypto';
import { HostRefusal } from './host-refusal.ts';
import type { Handlers } from './procedure-table.ts';
import { seededMac } from './seeded-random.ts';
import type { SimulatedHost } from './simulated-host.ts';
import { SimulatedNetwork } from './simulated-network.ts';
import { child, childText, element, parseDocument, printXml, setChild, sortChildren } from './xml-tree.ts';
import type { ErrorCodeName } from '../../platform/libvirt/error-codes.ts';

const networkRefusal = (code: ErrorCodeName, detail: string): HostRefusal =>
  new HostRefusal(code, 'VIR_FROM_NETWORK', detail);

/** `virConnectListAllNetworksFlags` and those of pools share their first six bits. */
export function listed<T extends { active: boolean; persistent: boolean; autostart: boolean }>(
  all: Iterable<T>,
  flags: number,
): T[] {
  const pairs: [number, (one: T) => boolean][][] = [
    [
      [2, (one) => one.active],
      [1, (one) => !one.active],
    ],
    [
      [4, (one) => one.persistent],
      [8, (one) => !one.persistent],
    ],
    [
      [16, (one) => one.autostart],
      [32, (one) => !one.autostart],
    ],
  ];
  const asked = pairs
    .map((pair) => pair.filter(([flag]) => (flags & flag) !== 0))
    .filter((pair) => pair.length > 0);
  return [...all].filter((one) => asked.every((pair) => pair.some(([, matches]) => matches(one))));
}

function normaliseNetwork(xml: string, mac: string, bridge: string): string {
  const network = parseDocument(xml, 'network_definition', 'network');
  if (!childText(network, 'name')) throw networkRefusal('VIR_ERR_NO_NAME', '');
  network.attributes = {};
  if (child(network, 'uuid') === undefined) setChild(network, element('uuid', {}, randomUUID()));
  const mode = child(network, 'forward')?.attributes['mode'];
  if (mode !== 'bridge') {
    const given = child(network, 'bridge')?.attributes ?? {};
    setChild(network, element('bridge', { name: bridge, stp: 'on', delay: '0', ...given }));
    if (child(network, 'mac') === undefined) setChild(network, element('mac', { address: mac }));
  }
  sortChildren(network, [
    'name',
    'uuid',
    'title',
    'description',
    'metadata',
    'forward',
    'bridge',
    'mtu',
    'mac',
    'domain',
    'dns',
    'ip',
  ]);
  return printXml(network);
}

/** Networks, their leases, and the filters on them. */
export function networkHandlers(host: SimulatedHost): Handlers {
  const tell = (network: SimulatedNetwork, event: number): void =>
    host.events.tell('networkLifecycle', network.uuid, { net: network.ref, event, detail: 0 });
  const byRef = ({ name }: { name: string }): SimulatedNetwork => host.network(name);
  const make = (xml: string, persistent: boolean): SimulatedNetwork => {
    const purpose = host.networks.size;
    const made = new SimulatedNetwork({
      xml: normaliseNetwork(xml, seededMac(host.seed, purpose + 31), `virbr${purpose}`),
      active: !persistent,
      autostart: false,
    });
    const known = host.networks.get(made.name);
    if (known !== undefined && known.uuid !== made.uuid)
      throw networkRefusal(
        'VIR_ERR_OPERATION_FAILED',
        `network '${made.name}' already exists with uuid ${known.uuid}`,
      );
    made.active ||= known?.active ?? false;
    made.autostart = known?.autostart ?? false;
    made.persistent = persistent;
    host.networks.set(made.name, made);
    return made;
  };
  return {
    connectListAllNetworks: ({ needResults, flags }) => {
      const networks = listed(host.networks.values(), flags);
      return { nets: needResults === 0 ? [] : networks.map((one) => one.ref), ret: networks.length };
    },
    networkLookupByName: ({ name }) => ({ net: host.network(name).ref }),
    networkLookupByUuid: ({ uuid }) => {
      for (const one of host.networks.values()) if (one.uuid === uuid) return { net: one.ref };
      throw networkRefusal('VIR_ERR_NO_NETWORK', `no network with matching uuid '${uuid}'`);
    },
    networkGetXmlDesc: ({ net }) => ({ xml: byRef(net).xml }),
    networkGetBridgeName: ({ net }) => ({ name: byRef(net).bridge }),
    networkIsActive: ({ net }) => ({ active: byRef(net).active }),
    networkIsPersistent: ({ net }) => ({ persistent: byRef(net).persistent }),
    networkGetAutostart: ({ net }) => ({ autostart: byRef(net).autostart }),
    networkSetAutostart: ({ net, autostart }) => {
      byRef(net).autostart = autostart;
    },
    networkGetDhcpLeases: ({ net, mac, needResults }) => leases(host, byRef(net), mac, needResults),
    networkDefineXml: ({ xml }) => {
      const network = make(xml, true);
      tell(network, 0);
      return { net: network.ref };
    },
    networkCreateXml: ({ xml }) => {
      const network = make(xml, false);
      tell(network, 2);
      return { net: network.ref };
    },
    networkCreate: ({ net }) => {
      const network = byRef(net);
      if (network.active) throw networkRefusal('VIR_ERR_OPERATION_INVALID', 'network is already active');
      network.active = true;
      tell(network, 2);
    },
    networkDestroy: ({ net }) => {
      const network = byRef(net);
      if (!network.active)
        throw networkRefusal('VIR_ERR_OPERATION_INVALID', `network '${network.name}' is not active`);
      network.active = false;
      if (!network.persistent) host.networks.delete(network.name);
      tell(network, 3);
    },
    networkUndefine: ({ net }) => {
      const network = byRef(net);
      network.persistent = false;
      if (!network.active) host.networks.delete(network.name);
      tell(network, 1);
    },
    ...filterHandlers(host),
  };
}

function leases(host: SimulatedHost, network: SimulatedNetwork, mac: string | null, needResults: number) {
  const found = [...network.leases.values()].filter((lease) => mac === null || lease.mac === mac);
  const expirytime = Math.floor(host.nowMs() / 1_000) + 3_000;
  const made = found.map((lease) => ({
    iface: network.bridge,
    expirytime,
    type: 0,
    mac: lease.mac,
    iaid: null,
    ipaddr: lease.address,
    prefix: 24,
    hostname: lease.hostname,
    clientid: `01:${lease.mac}`,
  }));
  return { leases: needResults === 0 ? [] : made, ret: made.length };
}

function filterHandlers(host: SimulatedHost): Handlers {
  const refuse = (detail: string): HostRefusal =>
    new HostRefusal('VIR_ERR_NO_NWFILTER', 'VIR_FROM_NWFILTER', detail);
  const byName = (name: string): { uuid: string; xml: string } => {
    const found = host.nwfilters.get(name);
    if (found === undefined) throw refuse(`no nwfilter with matching name '${name}'`);
    return found;
  };
  return {
    connectListAllNwfilters: ({ needResults }) => {
      const filters = [...host.nwfilters].map(([name, { uuid }]) => ({ name, uuid }));
      return { filters: needResults === 0 ? [] : filters, ret: filters.length };
    },
    nwfilterLookupByName: ({ name }) => ({ nwfilter: { name, uuid: byName(name).uuid } }),
    nwfilterLookupByUuid: ({ uuid }) => {
      for (const [name, filter] of host.nwfilters)
        if (filter.uuid === uuid) return { nwfilter: { name, uuid } };
      throw refuse(`no nwfilter with matching uuid '${uuid}'`);
    },
    nwfilterGetXmlDesc: ({ nwfilter }) => ({ xml: byName(nwfilter.name).xml }),
    nwfilterDefineXml: ({ xml }) => {
      const filter = parseDocument(xml, 'nwfilter_definition', 'filter');
      const name = filter.attributes['name'];
      if (name === undefined)
        throw new HostRefusal('VIR_ERR_XML_ERROR', 'VIR_FROM_NWFILTER', 'filter has no name');
      const uuid = childText(filter, 'uuid') ?? host.nwfilters.get(name)?.uuid ?? randomUUID();
      setChild(filter, element('uuid', {}, uuid));
      host.nwfilters.set(name, { uuid, xml: printXml(filter) });
      return { nwfilter: { name, uuid } };
    },
    nwfilterUndefine: ({ nwfilter }) => {
      byName(nwfilter.name);
      host.nwfilters.delete(nwfilter.name);
    },
  };
}
