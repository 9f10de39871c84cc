import { LibvirtError } from './libvirt-errors.ts';
import type { CallOptions, LibvirtCaller } from './rpc-channel.ts';

/** libvirt packs a version into one number: major × 1,000,000 + minor × 1,000 + release. */
export type PackedVersion = {
  readonly major: number;
  readonly minor: number;
  readonly release: number;
  readonly text: string;
};

export type NodeInfo = {
  readonly cpuModel: string;
  readonly memoryBytes: number;
  /** CPUs the host can use now. */
  readonly activeCpus: number;
  readonly cpuMhz: number;
  readonly numaCells: number;
  readonly socketsPerCell: number;
  readonly coresPerSocket: number;
  readonly threadsPerCore: number;
};

/** Which guest the capabilities are asked for; null lets the host choose. */
export type GuestKind = {
  readonly emulatorPath?: string;
  readonly arch?: string;
  readonly machine?: string;
  readonly virtType?: string;
};

const ALL = -1;
const KIB = 1_024;

export function unpackVersion(packed: number): PackedVersion {
  const major = Math.floor(packed / 1_000_000);
  const minor = Math.floor((packed % 1_000_000) / 1_000);
  const release = packed % 1_000;
  return { major, minor, release, text: `${major}.${minor}.${release}` };
}

/** How many kinds the host told the last time, so that it need not be asked first. */
export type KnownCount = { readonly kinds?: number | undefined };

type Counted = {
  readonly nparams: number;
  readonly params: readonly { readonly field: string; readonly value: number }[];
};

/** The host wants to be asked for exactly as many kinds as it has. */
async function counted(
  kinds: number | undefined,
  ask: (nparams: number) => Promise<Counted>,
): Promise<Readonly<Record<string, number>>> {
  if (kinds !== undefined && kinds > 0) {
    try {
      return record((await ask(kinds)).params);
    } catch (error) {
      // By now it has more, or less.
      if (!(error instanceof LibvirtError) || error.codeName !== 'VIR_ERR_INVALID_ARG') throw error;
    }
  }
  const { nparams } = await ask(0);
  return nparams === 0 ? {} : record((await ask(nparams)).params);
}

function record(
  stats: readonly { readonly field: string; readonly value: number }[],
): Readonly<Record<string, number>> {
  return Object.fromEntries(stats.map(({ field, value }) => [field, value]));
}

/** The host itself: who it is, what it has, what it can do. */
export class HostCalls {
  readonly #caller: LibvirtCaller;

  constructor(caller: LibvirtCaller) {
    this.#caller = caller;
  }

  /** `QEMU`, `TEST`, … */
  async hypervisorType(options?: CallOptions): Promise<string> {
    return (await this.#caller.call('connectGetType', undefined, options)).type;
  }

  async hypervisorVersion(options?: CallOptions): Promise<PackedVersion> {
    return unpackVersion((await this.#caller.call('connectGetVersion', undefined, options)).hvVer);
  }

  async libvirtVersion(options?: CallOptions): Promise<PackedVersion> {
    return unpackVersion((await this.#caller.call('connectGetLibVersion', undefined, options)).libVer);
  }

  async hostname(options?: CallOptions): Promise<string> {
    return (await this.#caller.call('connectGetHostname', undefined, options)).hostname;
  }

  async uri(options?: CallOptions): Promise<string> {
    return (await this.#caller.call('connectGetUri', undefined, options)).uri;
  }

  async isSecure(options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call('connectIsSecure', undefined, options)).secure;
  }

  /** One of `driverFeatures`. */
  async supports(feature: number, options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call('connectSupportsFeature', { feature }, options)).supported;
  }

  async capabilitiesXml(options?: CallOptions): Promise<string> {
    return (await this.#caller.call('connectGetCapabilities', undefined, options)).capabilities;
  }

  async domainCapabilitiesXml(kind: GuestKind = {}, options?: CallOptions): Promise<string> {
    const args = {
      emulatorbin: kind.emulatorPath ?? null,
      arch: kind.arch ?? null,
      machine: kind.machine ?? null,
      virttype: kind.virtType ?? null,
      flags: 0,
    };
    return (await this.#caller.call('connectGetDomainCapabilities', args, options)).capabilities;
  }

  async storagePoolCapabilitiesXml(options?: CallOptions): Promise<string> {
    return (await this.#caller.call('connectGetStoragePoolCapabilities', { flags: 0 }, options)).capabilities;
  }

  /** Whether a guest with this `<cpu>` runs here (`virCPUCompareResult`): 0 no, 1 exactly, 2 with something to spare. */
  async compareHypervisorCpu(cpuXml: string, options?: CallOptions): Promise<number> {
    const args = { emulator: null, arch: null, machine: null, virttype: null, xmlCPU: cpuXml, flags: 0 };
    return (await this.#caller.call('connectCompareHypervisorCpu', args, options)).result;
  }

  /** SMBIOS of the host as XML; refused where the host has none. */
  async sysinfoXml(options?: CallOptions): Promise<string> {
    return (await this.#caller.call('connectGetSysinfo', { flags: 0 }, options)).sysinfo;
  }

  /** The most vCPUs one guest may have. */
  async maxVcpus(virtType: string | null = null, options?: CallOptions): Promise<number> {
    return (await this.#caller.call('connectGetMaxVcpus', { type: virtType }, options)).maxVcpus;
  }

  async cpuModelNames(arch: string, options?: CallOptions): Promise<string[]> {
    return (await this.#caller.call('connectGetCpuModelNames', { arch, needResults: 1, flags: 0 }, options))
      .models;
  }

  async nodeInfo(options?: CallOptions): Promise<NodeInfo> {
    const info = await this.#caller.call('nodeGetInfo', undefined, options);
    return {
      cpuModel: info.model,
      memoryBytes: info.memory * KIB,
      activeCpus: info.cpus,
      cpuMhz: info.mhz,
      numaCells: info.nodes,
      socketsPerCell: info.sockets,
      coresPerSocket: info.cores,
      threadsPerCore: info.threads,
    };
  }

  /** Nanoseconds since boot by kind (`kernel`, `user`, `idle`, `iowait`, …), of all CPUs or one. */
  async cpuStats(
    cpu: number = ALL,
    options?: CallOptions & KnownCount,
  ): Promise<Readonly<Record<string, number>>> {
    return await counted(
      options?.kinds,
      async (nparams) =>
        await this.#caller.call('nodeGetCpuStats', { cpuNum: cpu, nparams, flags: 0 }, options),
    );
  }

  /** KiB by kind (`total`, `free`, `buffers`, `cached`), of all NUMA cells or one. */
  async memoryStatsKib(
    cell: number = ALL,
    options?: CallOptions & KnownCount,
  ): Promise<Readonly<Record<string, number>>> {
    return await counted(
      options?.kinds,
      async (nparams) =>
        await this.#caller.call('nodeGetMemoryStats', { nparams, cellNum: cell, flags: 0 }, options),
    );
  }

  async freeMemoryBytes(options?: CallOptions): Promise<number> {
    return (await this.#caller.call('nodeGetFreeMemory', undefined, options)).freeMem;
  }

  /** Free bytes of each NUMA cell from `startCell` on. */
  async cellsFreeMemoryBytes(startCell = 0, maxCells = 1_024, options?: CallOptions): Promise<number[]> {
    return (await this.#caller.call('nodeGetCellsFreeMemory', { startCell, maxcells: maxCells }, options))
      .cells;
  }
}
