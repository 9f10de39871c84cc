import { loadIntegral } from './guest-load.ts';
import type { LoadProfile } from './guest-load.ts';

export type HostHardware = {
  /** As the kernel calls it. */
  readonly cpuName: string;
  /** As libvirt calls it: the architecture. */
  readonly cpuModel: string;
  readonly sockets: number;
  readonly coresPerSocket: number;
  readonly threadsPerCore: number;
  readonly mhz: number;
  readonly memoryKiB: number;
  readonly poolBytes: number;
  readonly uuid: string;
  readonly bootedAtMs: number;
};

const SMALLEST_GIB = 128;

/** A machine that has room for what is to run on it: memory is the next usual size above 1.3 times what is sold. */
export function hostHardware(options: {
  uuid: string;
  memorySoldGiB: number;
  diskSoldBytes: number;
  bootedAtMs: number;
}): HostHardware {
  let memoryGiB = SMALLEST_GIB;
  while (memoryGiB < options.memorySoldGiB * 1.3) memoryGiB *= 2;
  let poolTB = 2;
  while (poolTB * 1e12 < options.diskSoldBytes * 1.2) poolTB *= 2;
  return {
    cpuName: memoryGiB > 256 ? 'AMD EPYC 7502 32-Core Processor' : 'AMD EPYC 7302 16-Core Processor',
    cpuModel: 'x86_64',
    sockets: 2,
    coresPerSocket: memoryGiB > 256 ? 32 : 16,
    threadsPerCore: 2,
    mhz: 2_250,
    // A little of it is the firmware's.
    memoryKiB: Math.round(memoryGiB * 1_048_576 * 0.9845),
    poolBytes: poolTB * 1_000_000_000_000,
    uuid: options.uuid,
    bootedAtMs: options.bootedAtMs,
  };
}

export const cpuCount = (one: HostHardware): number => one.sockets * one.coresPerSocket * one.threadsPerCore;

/** How a host's load goes through the day; its height is that of its VMs. */
export const hostLoad: LoadProfile = {
  cpuShare: 0,
  daySwing: 0.4,
  peakHour: 12,
  memoryShare: 0,
  rxBytesPerSecond: 0,
  txBytesPerSecond: 0,
  readBytesPerSecond: 0,
  writeBytesPerSecond: 0,
};

/** Nanoseconds all CPUs have spent since the host was booted, as `/proc/stat` would say. `busyCpus` is the mean of `day`. */
export function nodeCpuTimes(
  hardware: HostHardware,
  options: { seed: number; nowMs: number; busyCpus: number; day: LoadProfile },
): { kernel: number; user: number; idle: number; iowait: number } {
  const { seed, nowMs, busyCpus, day } = options;
  const of = (atMs: number): number => loadIntegral(day, { seed, purpose: 71, atSeconds: atMs / 1_000 });
  const total = ((nowMs - hardware.bootedAtMs) / 1_000) * cpuCount(hardware);
  const busy = (of(nowMs) - of(hardware.bootedAtMs)) * busyCpus;
  const iowait = busy * 0.02;
  // /proc/stat counts in ticks of 10 ms.
  const ticks = (seconds: number): number => Math.floor(seconds * 100) * 10_000_000;
  return {
    kernel: ticks(busy * 0.2),
    user: ticks(busy * 0.78),
    idle: ticks(Math.max(0, total - busy)),
    iowait: ticks(iowait),
  };
}
