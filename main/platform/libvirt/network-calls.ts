import { addressTypeName } from './enum-names.ts';
import type { CallOptions, LibvirtCaller } from './rpc-channel.ts';
import type { NetworkRef, NwfilterRef } from './xdr-objects.ts';

export type DhcpLease = {
  readonly interfaceName: string;
  readonly expiresAtSeconds: number;
  readonly family: string;
  readonly mac: string | null;
  readonly address: string;
  readonly prefixLength: number;
  readonly hostname: string | null;
  readonly clientId: string | null;
};

/** Virtual networks. */
export class NetworkCalls {
  readonly #caller: LibvirtCaller;

  constructor(caller: LibvirtCaller) {
    this.#caller = caller;
  }

  /** `flags` of `networkListFlags`; 0 is all. */
  async listAll(flags = 0, options?: CallOptions): Promise<NetworkRef[]> {
    return (await this.#caller.call('connectListAllNetworks', { needResults: 1, flags }, options)).nets;
  }

  async lookupByName(name: string, options?: CallOptions): Promise<NetworkRef> {
    return (await this.#caller.call('networkLookupByName', { name }, options)).net;
  }

  async lookupByUuid(uuid: string, options?: CallOptions): Promise<NetworkRef> {
    return (await this.#caller.call('networkLookupByUuid', { uuid }, options)).net;
  }

  /** `flags` of `networkXmlFlags`. */
  async xml(net: NetworkRef, flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#caller.call('networkGetXmlDesc', { net, flags }, options)).xml;
  }

  async isActive(net: NetworkRef, options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call('networkIsActive', { net }, options)).active;
  }

  async isPersistent(net: NetworkRef, options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call('networkIsPersistent', { net }, options)).persistent;
  }

  /** Refused for networks that have no bridge. */
  async bridgeName(net: NetworkRef, options?: CallOptions): Promise<string> {
    return (await this.#caller.call('networkGetBridgeName', { net }, options)).name;
  }

  async autostart(net: NetworkRef, options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call('networkGetAutostart', { net }, options)).autostart;
  }

  async setAutostart(net: NetworkRef, autostart: boolean, options?: CallOptions): Promise<void> {
    await this.#caller.call('networkSetAutostart', { net, autostart }, options);
  }

  async define(xml: string, options?: CallOptions): Promise<NetworkRef> {
    return (await this.#caller.call('networkDefineXml', { xml }, options)).net;
  }

  async createTransient(xml: string, options?: CallOptions): Promise<NetworkRef> {
    return (await this.#caller.call('networkCreateXml', { xml }, options)).net;
  }

  async start(net: NetworkRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('networkCreate', { net }, options);
  }

  async destroy(net: NetworkRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('networkDestroy', { net }, options);
  }

  async undefine(net: NetworkRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('networkUndefine', { net }, options);
  }

  /**
   * Changes one part of a network, a DHCP host for instance, without a restart. `command` of `networkUpdateCommand`, `section` of
   * `networkUpdateSection`. libvirt's own client swaps the two for hosts older than 1.0.1; those are not supported.
   */
  async update(
    net: NetworkRef,
    change: {
      readonly command: number;
      readonly section: number;
      readonly xml: string;
      readonly parentIndex?: number;
      readonly flags: number;
    },
    options?: CallOptions,
  ): Promise<void> {
    const { command, section, xml, flags } = change;
    await this.#caller.call(
      'networkUpdate',
      { net, command, section, parentIndex: change.parentIndex ?? -1, xml, flags },
      options,
    );
  }

  async dhcpLeases(net: NetworkRef, mac: string | null = null, options?: CallOptions): Promise<DhcpLease[]> {
    const { leases } = await this.#caller.call(
      'networkGetDhcpLeases',
      { net, mac, needResults: 1, flags: 0 },
      options,
    );
    return leases.map((lease) => ({
      interfaceName: lease.iface,
      expiresAtSeconds: lease.expirytime,
      family: addressTypeName(lease.type),
      mac: lease.mac,
      address: lease.ipaddr,
      prefixLength: lease.prefix,
      hostname: lease.hostname,
      clientId: lease.clientid,
    }));
  }
}

/** Network filters: which packets a guest may send. */
export class NwfilterCalls {
  readonly #caller: LibvirtCaller;

  constructor(caller: LibvirtCaller) {
    this.#caller = caller;
  }

  async listAll(options?: CallOptions): Promise<NwfilterRef[]> {
    return (await this.#caller.call('connectListAllNwfilters', { needResults: 1, flags: 0 }, options))
      .filters;
  }

  async lookupByName(name: string, options?: CallOptions): Promise<NwfilterRef> {
    return (await this.#caller.call('nwfilterLookupByName', { name }, options)).nwfilter;
  }

  async lookupByUuid(uuid: string, options?: CallOptions): Promise<NwfilterRef> {
    return (await this.#caller.call('nwfilterLookupByUuid', { uuid }, options)).nwfilter;
  }

  async xml(nwfilter: NwfilterRef, options?: CallOptions): Promise<string> {
    return (await this.#caller.call('nwfilterGetXmlDesc', { nwfilter, flags: 0 }, options)).xml;
  }

  async define(xml: string, options?: CallOptions): Promise<NwfilterRef> {
    return (await this.#caller.call('nwfilterDefineXml', { xml }, options)).nwfilter;
  }

  async undefine(nwfilter: NwfilterRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('nwfilterUndefine', { nwfilter }, options);
  }
}
