import type { LibvirtApi } from '../../../platform/libvirt/libvirt-api.ts';

export interface HostLoad {
  readonly memoryUsedBytes: number;
  /** Since the reading before; undefined at the first. */
  readonly cpuPercent: number | undefined;
}

/** How busy a host is as a whole. One per host: CPU load is a difference between two readings. */
export class HostLoadMeter {
  #before: { readonly busyNs: number; readonly totalNs: number } | undefined;

  #cpuKinds: number | undefined;
  #memoryKinds: number | undefined;

  async read(api: LibvirtApi, signal: AbortSignal): Promise<HostLoad> {
    const [cpu, memory] = await Promise.all([
      api.host.cpuStats(undefined, { signal, kinds: this.#cpuKinds }),
      api.host.memoryStatsKib(undefined, { signal, kinds: this.#memoryKinds }),
    ]);
    this.#cpuKinds = Object.keys(cpu).length;
    this.#memoryKinds = Object.keys(memory).length;
    const total = memory['total'] ?? 0;
    const unused = (memory['free'] ?? 0) + (memory['buffers'] ?? 0) + (memory['cached'] ?? 0);
    return { memoryUsedBytes: Math.max(0, total - unused) * 1024, cpuPercent: this.#cpuPercent(cpu) };
  }

  /** Kinds of time as virNodeGetCPUStats names them; some hypervisors tell `utilization` alone. */
  #cpuPercent(cpu: Readonly<Record<string, number>>): number | undefined {
    if (cpu['utilization'] !== undefined) return cpu['utilization'];
    const idleNs = (cpu['idle'] ?? 0) + (cpu['iowait'] ?? 0);
    const totalNs = (cpu['kernel'] ?? 0) + (cpu['user'] ?? 0) + (cpu['intr'] ?? 0) + idleNs;
    const now = { busyNs: totalNs - idleNs, totalNs };
    const before = this.#before;
    this.#before = now;
    if (before === undefined || now.totalNs <= before.totalNs || now.busyNs < before.busyNs) return undefined;
    return Math.min(100, ((now.busyNs - before.busyNs) / (now.totalNs - before.totalNs)) * 100);
  }
}
