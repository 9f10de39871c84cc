import { blockResizeFlags, domainStatsFlags, metadataType } from './flags.ts';
import { domainStateName, domainStateReasonName, memoryStatName } from './enum-names.ts';
import type { HostStream } from './host-stream.ts';
import type { CallOptions, LibvirtCaller } from './rpc-channel.ts';
import { takeScreenshot } from './screenshot-take.ts';
import type { Screenshot, ScreenshotSettings } from './screenshot-take.ts';
import type { DomainRef } from './xdr-objects.ts';
import type { TypedParameterBytes } from './xdr-typed-parameter-bytes.ts';
import type { TypedParameterRecord } from './xdr-typed-parameters.ts';

export type DomainState = {
  /** `virDomainState`, and its reason; the names are `unknown-17` for numbers newer than this program. */
  readonly state: number;
  readonly reason: number;
  readonly stateName: string;
  readonly reasonName: string;
};

export type DomainInfo = {
  readonly state: number;
  readonly stateName: string;
  readonly maxMemoryBytes: number;
  readonly memoryBytes: number;
  readonly vcpus: number;
  readonly cpuTimeNs: number;
};

export type DomainStatsQuery = {
  /** Of `domainStatsGroups`; 0 or absent is everything. */
  readonly groups?: number;
  /** Of `domainStatsFlags`. NOWAIT is added unless `wait` is set: one stuck guest must not hold up the others' numbers. */
  readonly flags?: number;
  readonly wait?: boolean;
  /** Only these; absent or empty is every domain the flags let through. */
  readonly domains?: readonly DomainRef[];
};

export type DomainStats = { readonly domain: DomainRef; readonly stats: TypedParameterRecord };
export type DomainStatsBytes = { readonly domain: DomainRef; readonly stats: TypedParameterBytes };
export type BlockInfo = {
  readonly capacityBytes: number;
  readonly allocationBytes: number;
  readonly physicalBytes: number;
};
export type DomainMetadataKind = 'description' | 'title' | { readonly elementUri: string };

const KIB = 1_024;
const MEMORY_STATS = 64;

function metadataOf(kind: DomainMetadataKind): { type: number; uri: string | null } {
  return typeof kind === 'string'
    ? { type: metadataType[kind], uri: null }
    : { type: metadataType.element, uri: kind.elementUri };
}

/** Virtual machines: found, read, defined, run and changed. Sizes are bytes, times what their names say. */
export class DomainCalls {
  readonly #caller: LibvirtCaller;

  constructor(caller: LibvirtCaller) {
    this.#caller = caller;
  }

  /** `flags` of `domainListFlags`; 0 is all, running or not. */
  async listAll(flags = 0, options?: CallOptions): Promise<DomainRef[]> {
    return (await this.#caller.call('connectListAllDomains', { needResults: 1, flags }, options)).domains;
  }

  async lookupByUuid(uuid: string, options?: CallOptions): Promise<DomainRef> {
    return (await this.#caller.call('domainLookupByUuid', { uuid }, options)).dom;
  }

  async lookupByName(name: string, options?: CallOptions): Promise<DomainRef> {
    return (await this.#caller.call('domainLookupByName', { name }, options)).dom;
  }

  async lookupById(id: number, options?: CallOptions): Promise<DomainRef> {
    return (await this.#caller.call('domainLookupById', { id }, options)).dom;
  }

  /** Everything the host counts, of every domain, in one call. */
  async allStats(query: DomainStatsQuery = {}, options?: CallOptions): Promise<DomainStats[]> {
    const found = await this.allStatsBytes(query, options);
    return found.map(({ domain, stats }) => ({ domain, stats: stats.record() }));
  }

  /** The same, checked but not taken apart: for whoever wants a few of the numbers of thousands of domains. */
  async allStatsBytes(query: DomainStatsQuery = {}, options?: CallOptions): Promise<DomainStatsBytes[]> {
    const nowait = query.wait === true ? 0 : domainStatsFlags.nowait;
    const args = { doms: query.domains ?? [], stats: query.groups ?? 0, flags: (query.flags ?? 0) | nowait };
    const { retStats } = await this.#caller.call('connectGetAllDomainStats', args, options);
    return retStats.map(({ dom, params }) => ({ domain: dom, stats: params }));
  }

  async state(dom: DomainRef, options?: CallOptions): Promise<DomainState> {
    const { state, reason } = await this.#caller.call('domainGetState', { dom, flags: 0 }, options);
    return {
      state,
      reason,
      stateName: domainStateName(state),
      reasonName: domainStateReasonName(state, reason),
    };
  }

  async info(dom: DomainRef, options?: CallOptions): Promise<DomainInfo> {
    const info = await this.#caller.call('domainGetInfo', { dom }, options);
    return {
      state: info.state,
      stateName: domainStateName(info.state),
      maxMemoryBytes: info.maxMem * KIB,
      memoryBytes: info.memory * KIB,
      vcpus: info.nrVirtCpu,
      cpuTimeNs: info.cpuTime,
    };
  }

  /** `flags` of `domainXmlFlags`. */
  async xml(dom: DomainRef, flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#caller.call('domainGetXmlDesc', { dom, flags }, options)).xml;
  }

  async osType(dom: DomainRef, options?: CallOptions): Promise<string> {
    return (await this.#caller.call('domainGetOsType', { dom }, options)).type;
  }

  async maxMemoryBytes(dom: DomainRef, options?: CallOptions): Promise<number> {
    return (await this.#caller.call('domainGetMaxMemory', { dom }, options)).memory * KIB;
  }

  /** `flags` of `vcpuFlags`. */
  async vcpus(dom: DomainRef, flags = 0, options?: CallOptions): Promise<number> {
    return (await this.#caller.call('domainGetVcpusFlags', { dom, flags }, options)).num;
  }

  async isActive(dom: DomainRef, options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call('domainIsActive', { dom }, options)).active;
  }

  async isPersistent(dom: DomainRef, options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call('domainIsPersistent', { dom }, options)).persistent;
  }

  /** Whether the running domain's configuration differs from what it was started with. */
  async isUpdated(dom: DomainRef, options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call('domainIsUpdated', { dom }, options)).updated;
  }

  async autostart(dom: DomainRef, options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call('domainGetAutostart', { dom }, options)).autostart;
  }

  async setAutostart(dom: DomainRef, autostart: boolean, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainSetAutostart', { dom, autostart }, options);
  }

  /** Creates or replaces the configuration. `flags` of `domainDefineFlags`. */
  async define(xml: string, flags = 0, options?: CallOptions): Promise<DomainRef> {
    return (await this.#caller.call('domainDefineXmlFlags', { xml, flags }, options)).dom;
  }

  /** `flags` of `undefineFlags`: libvirt refuses while saved state, snapshots or NVRAM would be left over. */
  async undefine(dom: DomainRef, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainUndefineFlags', { dom, flags }, options);
  }

  /** Starts it. No deadline: a start may block for minutes. `flags` of `startFlags`. */
  async start(dom: DomainRef, flags = 0, options?: CallOptions): Promise<DomainRef> {
    return (await this.#caller.call('domainCreateWithFlags', { dom, flags }, options)).dom;
  }

  /** Starts a transient domain, which vanishes when it stops. */
  async createTransient(xml: string, flags = 0, options?: CallOptions): Promise<DomainRef> {
    return (await this.#caller.call('domainCreateXml', { xmlDesc: xml, flags }, options)).dom;
  }

  /** Asks the guest to shut down; it may refuse, and this returns at once. `flags` of `shutdownFlags`. */
  async shutdown(dom: DomainRef, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainShutdownFlags', { dom, flags }, options);
  }

  async reboot(dom: DomainRef, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainReboot', { dom, flags }, options);
  }

  /** The reset button. */
  async reset(dom: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainReset', { dom, flags: 0 }, options);
  }

  /** The power cord. `flags` of `destroyFlags`. */
  async destroy(dom: DomainRef, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainDestroyFlags', { dom, flags }, options);
  }

  async suspend(dom: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainSuspend', { dom }, options);
  }

  async resume(dom: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainResume', { dom }, options);
  }

  async injectNmi(dom: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainInjectNmi', { dom, flags: 0 }, options);
  }

  /** Writes memory and state to a file of the host and stops. `flags` of `saveFlags`. */
  async save(
    dom: DomainRef,
    toPath: string,
    settings: { flags?: number; xml?: string } = {},
    options?: CallOptions,
  ): Promise<void> {
    await this.#caller.call(
      'domainSaveFlags',
      { dom, to: toPath, dxml: settings.xml ?? null, flags: settings.flags ?? 0 },
      options,
    );
  }

  async restore(
    fromPath: string,
    settings: { flags?: number; xml?: string } = {},
    options?: CallOptions,
  ): Promise<void> {
    await this.#caller.call(
      'domainRestoreFlags',
      { from: fromPath, dxml: settings.xml ?? null, flags: settings.flags ?? 0 },
      options,
    );
  }

  /** As `save`, in a file libvirt keeps; the next start continues from it. */
  async managedSave(dom: DomainRef, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainManagedSave', { dom, flags }, options);
  }

  async hasManagedSave(dom: DomainRef, options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call('domainHasManagedSaveImage', { dom, flags: 0 }, options)).result;
  }

  async removeManagedSave(dom: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainManagedSaveRemove', { dom, flags: 0 }, options);
  }

  /** `flags` of `deviceFlags`. */
  async attachDevice(dom: DomainRef, xml: string, flags: number, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainAttachDeviceFlags', { dom, xml, flags }, options);
  }

  /** The guest may take its time to let a live device go: wait for the device-removed event. */
  async detachDevice(dom: DomainRef, xml: string, flags: number, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainDetachDeviceFlags', { dom, xml, flags }, options);
  }

  async updateDevice(dom: DomainRef, xml: string, flags: number, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainUpdateDeviceFlags', { dom, xml, flags }, options);
  }

  /** Rounded up to whole KiB. `flags` of `memoryFlags`. */
  async setMemory(dom: DomainRef, memoryBytes: number, flags: number, options?: CallOptions): Promise<void> {
    await this.#caller.call(
      'domainSetMemoryFlags',
      { dom, memory: Math.ceil(memoryBytes / KIB), flags },
      options,
    );
  }

  /** `flags` of `vcpuFlags`. */
  async setVcpus(dom: DomainRef, vcpus: number, flags: number, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainSetVcpusFlags', { dom, nvcpus: vcpus, flags }, options);
  }

  /** Grows the disk of a running domain; the guest sees it at once. */
  async blockResize(dom: DomainRef, disk: string, sizeBytes: number, options?: CallOptions): Promise<void> {
    await this.#caller.call(
      'domainBlockResize',
      { dom, disk, size: sizeBytes, flags: blockResizeFlags.bytes },
      options,
    );
  }

  async blockInfo(dom: DomainRef, disk: string, options?: CallOptions): Promise<BlockInfo> {
    const info = await this.#caller.call('domainGetBlockInfo', { dom, path: disk, flags: 0 }, options);
    return { capacityBytes: info.capacity, allocationBytes: info.allocation, physicalBytes: info.physical };
  }

  async blockStats(dom: DomainRef, disk: string, options?: CallOptions) {
    return this.#caller.call('domainBlockStats', { dom, path: disk }, options);
  }

  async interfaceStats(dom: DomainRef, device: string, options?: CallOptions) {
    return this.#caller.call('domainInterfaceStats', { dom, device }, options);
  }

  /** The balloon's statistics by name, in libvirt's units (KiB, counts). */
  async memoryStats(dom: DomainRef, options?: CallOptions): Promise<Readonly<Record<string, number>>> {
    const { stats } = await this.#caller.call(
      'domainMemoryStats',
      { dom, maxStats: MEMORY_STATS, flags: 0 },
      options,
    );
    return Object.fromEntries(stats.map(({ tag, val }) => [memoryStatName(tag), val]));
  }

  async controlInfo(dom: DomainRef, options?: CallOptions) {
    return this.#caller.call('domainGetControlInfo', { dom, flags: 0 }, options);
  }

  async diskErrors(dom: DomainRef, options?: CallOptions) {
    return (await this.#caller.call('domainGetDiskErrors', { dom, maxerrors: 256, flags: 0 }, options))
      .errors;
  }

  /** Warnings libvirt holds about the domain: tainted, deprecated. */
  async messages(dom: DomainRef, options?: CallOptions): Promise<string[]> {
    return (await this.#caller.call('domainGetMessages', { dom, flags: 0 }, options)).msgs;
  }

  /** `flags` of `affect`. */
  async metadata(
    dom: DomainRef,
    kind: DomainMetadataKind,
    flags = 0,
    options?: CallOptions,
  ): Promise<string> {
    return (await this.#caller.call('domainGetMetadata', { dom, ...metadataOf(kind), flags }, options))
      .metadata;
  }

  /** `value` null removes it. `key` is the XML prefix of an element of our own. */
  async setMetadata(
    dom: DomainRef,
    kind: DomainMetadataKind,
    change: { readonly value: string | null; readonly key?: string; readonly flags: number },
    options?: CallOptions,
  ): Promise<void> {
    const args = {
      dom,
      ...metadataOf(kind),
      metadata: change.value,
      key: change.key ?? null,
      flags: change.flags,
    };
    await this.#caller.call('domainSetMetadata', args, options);
  }

  /** Only while it is shut off. */
  async rename(dom: DomainRef, newName: string, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainRename', { dom, newName, flags: 0 }, options);
  }

  /** Keys pressed together and held. `codeset` of `keycodeSet`. */
  async sendKeys(
    dom: DomainRef,
    keys: { codeset: number; keycodes: readonly number[]; holdMs: number },
    options?: CallOptions,
  ): Promise<void> {
    const args = { dom, codeset: keys.codeset, holdtime: keys.holdMs, keycodes: keys.keycodes, flags: 0 };
    await this.#caller.call('domainSendKey', args, options);
  }

  /** One picture of a screen: see `takeScreenshot`. */
  async screenshot(
    dom: DomainRef,
    settings: ScreenshotSettings = {},
    options?: CallOptions,
  ): Promise<Screenshot> {
    return await takeScreenshot(this.#caller, { dom, ...settings }, options);
  }

  /**
   * The serial console as a duplex: what is read is the guest's output. Use a connection of its own (`openStreamConnection`),
   * since a reader that pauses it pauses everything else. A VNC screen cannot come this way: libvirt hands it over as a file
   * descriptor; dial its socket on the host instead. `flags` of `consoleFlags`.
   */
  async openConsole(
    dom: DomainRef,
    settings: { device?: string; flags?: number } = {},
    options?: CallOptions,
  ): Promise<HostStream> {
    const args = { dom, devName: settings.device ?? null, flags: settings.flags ?? 0 };
    return (await this.#caller.openStream('domainOpenConsole', args, options)).stream;
  }
}
