import { addressSource, guestInfoTypes } from './flags.ts';
import { addressTypeName } from './enum-names.ts';
import { limits } from './xdr-limits.ts';
import type { CallOptions, LibvirtCaller } from './rpc-channel.ts';
import type { DomainRef } from './xdr-objects.ts';
import type { TypedParameterRecord } from './xdr-typed-parameters.ts';

export type GuestInterface = {
  readonly name: string;
  readonly mac: string | null;
  readonly addresses: readonly {
    readonly family: string;
    readonly address: string;
    readonly prefixLength: number;
  }[];
};

export type AddressSource = keyof typeof addressSource;

/** Seconds the daemon waits for the agent; what it says about itself, over and above our own patience. */
const AGENT_TIMEOUT_S = 10;

/** What only the guest can tell or do: mostly by the guest agent, addresses also from leases or ARP. */
export class GuestCalls {
  readonly #caller: LibvirtCaller;

  constructor(caller: LibvirtCaller) {
    this.#caller = caller;
  }

  /** `lease` asks libvirt's DHCP server, `agent` the guest, `arp` the host's neighbour table. */
  async interfaceAddresses(
    dom: DomainRef,
    source: AddressSource,
    options?: CallOptions,
  ): Promise<GuestInterface[]> {
    const args = { dom, source: addressSource[source], flags: 0 };
    const { ifaces } = await this.#caller.call('domainInterfaceAddresses', args, options);
    return ifaces.map(({ name, hwaddr, addrs }) => ({
      name,
      mac: hwaddr,
      addresses: addrs.map(({ type, addr, prefix }) => ({
        family: addressTypeName(type),
        address: addr,
        prefixLength: prefix,
      })),
    }));
  }

  /**
   * A command in the agent's own JSON, its answer the same way. `timeoutSeconds` is the daemon's patience with the agent;
   * the call gives it five seconds more.
   */
  async agentCommand(
    dom: DomainRef,
    command: object,
    timeoutSeconds = AGENT_TIMEOUT_S,
    options: CallOptions = {},
  ): Promise<unknown> {
    const args = { dom, cmd: JSON.stringify(command), timeout: timeoutSeconds, flags: 0 };
    const deadlineMs = options.deadlineMs ?? (timeoutSeconds + 5) * 1_000;
    const { result } = await this.#caller.call('qemuDomainAgentCommand', args, { ...options, deadlineMs });
    return result === null ? null : (JSON.parse(result) as unknown);
  }

  /** Users, OS, time zone, hostname, file systems, disks, interfaces as the agent tells them. `types` of `guestInfoTypes`. */
  async info(
    dom: DomainRef,
    types: number = guestInfoTypes.all,
    options?: CallOptions,
  ): Promise<TypedParameterRecord> {
    return (await this.#caller.call('domainGetGuestInfo', { dom, types, flags: 0 }, options)).params;
  }

  async hostname(dom: DomainRef, options?: CallOptions): Promise<string> {
    return (await this.#caller.call('domainGetHostname', { dom, flags: 0 }, options)).hostname;
  }

  async fileSystems(dom: DomainRef, options?: CallOptions) {
    return (await this.#caller.call('domainGetFsinfo', { dom, flags: 0 }, options)).info;
  }

  /** The guest's clock, in milliseconds since 1970. */
  async timeMs(dom: DomainRef, options?: CallOptions): Promise<number> {
    const { seconds, nseconds } = await this.#caller.call('domainGetTime', { dom, flags: 0 }, options);
    return seconds * 1_000 + Math.floor(nseconds / 1_000_000);
  }

  async setTimeMs(dom: DomainRef, timeMs: number, options?: CallOptions): Promise<void> {
    const args = {
      dom,
      seconds: Math.floor(timeMs / 1_000),
      nseconds: (timeMs % 1_000) * 1_000_000,
      flags: 0,
    };
    await this.#caller.call('domainSetTime', args, options);
  }

  /** Freezes the file systems (all, or those mounted there) and says how many. Thaw soon: the guest cannot write meanwhile. */
  async freeze(dom: DomainRef, mountpoints: readonly string[] = [], options?: CallOptions): Promise<number> {
    return (await this.#caller.call('domainFsfreeze', { dom, mountpoints, flags: 0 }, options)).filesystems;
  }

  async thaw(dom: DomainRef, mountpoints: readonly string[] = [], options?: CallOptions): Promise<number> {
    return (await this.#caller.call('domainFsthaw', { dom, mountpoints, flags: 0 }, options)).filesystems;
  }

  /** Gives unused blocks back to the host. */
  async trim(
    dom: DomainRef,
    settings: { mountpoint?: string; minimumBytes?: number } = {},
    options?: CallOptions,
  ): Promise<void> {
    const args = {
      dom,
      mountPoint: settings.mountpoint ?? null,
      minimum: settings.minimumBytes ?? 0,
      flags: 0,
    };
    await this.#caller.call('domainFstrim', args, options);
  }

  async setUserPassword(
    dom: DomainRef,
    account: { readonly user: string; readonly password: string },
    options?: CallOptions,
  ): Promise<void> {
    await this.#caller.call(
      'domainSetUserPassword',
      { dom, user: account.user, password: account.password, flags: 0 },
      options,
    );
  }

  async authorizedSshKeys(dom: DomainRef, user: string, options?: CallOptions): Promise<string[]> {
    return (await this.#caller.call('domainAuthorizedSshKeysGet', { dom, user, flags: 0 }, options)).keys;
  }

  /** Replaces the user's keys. */
  async setAuthorizedSshKeys(
    dom: DomainRef,
    user: string,
    keys: readonly string[],
    options?: CallOptions,
  ): Promise<void> {
    if (keys.length > limits.sshKeys)
      throw new RangeError(`${keys.length} SSH keys, libvirt takes ${limits.sshKeys}`);
    await this.#caller.call('domainAuthorizedSshKeysSet', { dom, user, keys, flags: 0 }, options);
  }
}
