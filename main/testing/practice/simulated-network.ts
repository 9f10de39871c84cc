import type { NetworkRef } from '../../platform/libvirt/xdr-objects.ts';
import { attribute, child, childText, parseXml } from './xml-tree.ts';

export type Lease = { readonly mac: string; readonly address: string; readonly hostname: string };

/** A libvirt network: its XML, whether it runs, and the leases its DHCP server gave. */
export class SimulatedNetwork {
  readonly name: string;
  readonly uuid: string;
  xml: string;
  active: boolean;
  persistent = true;
  autostart: boolean;
  #bridgeOf = { xml: '', name: '' };
  readonly leases = new Map<string, Lease>();

  constructor(options: { xml: string; active: boolean; autostart: boolean }) {
    const network = parseXml(options.xml, 'network_definition');
    this.name = childText(network, 'name') ?? '';
    this.uuid = childText(network, 'uuid') ?? '';
    this.xml = options.xml;
    this.active = options.active;
    this.autostart = options.autostart;
  }

  get ref(): NetworkRef {
    return { name: this.name, uuid: this.uuid };
  }

  /** Asked for at every start on the host. */
  get bridge(): string {
    if (this.#bridgeOf.xml !== this.xml) {
      const name = attribute(parseXml(this.xml), 'bridge', 'name') ?? '';
      this.#bridgeOf = { xml: this.xml, name };
    }
    return this.#bridgeOf.name;
  }

  /** First address of the range its DHCP server gives out, or null where it has none. */
  get dhcpStart(): string | null {
    const ip = child(parseXml(this.xml), 'ip');
    return attribute(child(ip, 'dhcp'), 'range', 'start') ?? null;
  }

  /** The lease of this card; a new one where it has none. */
  lease(mac: string, hostname: string): Lease | null {
    const known = this.leases.get(mac);
    const start = this.dhcpStart;
    if (known !== undefined || start === null) return known ?? null;
    const parts = start.split('.');
    const made = {
      mac,
      hostname,
      address: [...parts.slice(0, 3), Number(parts[3]) + this.leases.size].join('.'),
    };
    this.leases.set(mac, made);
    return made;
  }
}

export function defaultNetworkXml(uuid: string, mac: string): string {
  return `<network>
  <name>default</name>
  <uuid>${uuid}</uuid>
  <forward mode='nat'>
    <nat>
      <port start='1024' end='65535'/>
    </nat>
  </forward>
  <bridge name='virbr0' stp='on' delay='0'/>
  <mac address='${mac}'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='192.168.122.2' end='192.168.122.254'/>
    </dhcp>
  </ip>
</network>
`;
}
