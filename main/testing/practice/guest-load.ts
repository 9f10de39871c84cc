import { seededUnit } from './seeded-random.ts';

/** What a guest does all day, as means over the day; it swings around them. */
export type LoadProfile = {
  /** Of all its vCPUs, 0…1. */
  readonly cpuShare: number;
  /** How much more at the busiest hour than at the mean, 0…0.7. */
  readonly daySwing: number;
  /** Hour of the day (UTC) it is busiest. */
  readonly peakHour: number;
  /** Of its memory, 0…1. */
  readonly memoryShare: number;
  readonly rxBytesPerSecond: number;
  readonly txBytesPerSecond: number;
  readonly readBytesPerSecond: number;
  readonly writeBytesPerSecond: number;
};

/** Counters since the guest was started. */
export type LoadCounters = {
  readonly cpuNs: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly readBytes: number;
  readonly writeBytes: number;
};

export const noCounters: LoadCounters = { cpuNs: 0, rxBytes: 0, txBytes: 0, readBytes: 0, writeBytes: 0 };

const DAY_SECONDS = 86_400;
const TURN = 2 * Math.PI;
/** Noise: waves of these periods, each of this height. With the day's swing they stay below 1, so load is never negative. */
const waves = [
  [47, 0.07],
  [313, 0.08],
  [1_811, 0.07],
  [7_283, 0.06],
] as const;

/** What counters of one guest must not share: CPU, network and disk are busy at different moments. */
const purposes = { cpu: 11, receive: 23, transmit: 29, read: 37, write: 41 } as const;

/**
 * Load relative to the mean, integrated from the epoch, in seconds: the counters of a guest at any moment are differences of
 * this, so nothing has to tick and nothing is computed while nobody asks. Strictly growing.
 */
export function loadIntegral(
  profile: LoadProfile,
  options: { seed: number; purpose: number; atSeconds: number },
): number {
  const { seed, purpose, atSeconds } = options;
  let sum = atSeconds - wave(DAY_SECONDS, profile.daySwing, atSeconds - (profile.peakHour - 6) * 3_600);
  for (const [period, height] of waves)
    sum -= wave(period, height, atSeconds + seededUnit(seed, purpose + period) * period);
  return sum;
}

/** Minus the integral of `height × sin`. */
function wave(period: number, height: number, atSeconds: number): number {
  return (height * period * Math.cos((TURN * atSeconds) / period)) / TURN;
}

/** Load relative to the mean at one moment, 0.02…1.98. */
export function loadNow(
  profile: LoadProfile,
  options: { seed: number; purpose: number; atSeconds: number },
): number {
  const { atSeconds, ...rest } = options;
  return (
    loadIntegral(profile, { ...rest, atSeconds }) -
    loadIntegral(profile, { ...rest, atSeconds: atSeconds - 1 })
  );
}

/** What a guest with this profile uses between two moments (milliseconds of the epoch). */
export function countersBetween(
  profile: LoadProfile,
  options: { seed: number; vcpus: number; fromMs: number; toMs: number },
): LoadCounters {
  const { seed, vcpus, fromMs, toMs } = options;
  const of = (purpose: number): number =>
    loadIntegral(profile, { seed, purpose, atSeconds: toMs / 1_000 }) -
    loadIntegral(profile, { seed, purpose, atSeconds: fromMs / 1_000 });
  return {
    cpuNs: of(purposes.cpu) * profile.cpuShare * vcpus * 1e9,
    rxBytes: of(purposes.receive) * profile.rxBytesPerSecond,
    txBytes: of(purposes.transmit) * profile.txBytesPerSecond,
    readBytes: of(purposes.read) * profile.readBytesPerSecond,
    writeBytes: of(purposes.write) * profile.writeBytesPerSecond,
  };
}

/** What booting costs on top: all vCPUs nearly full and the system read from disk, spread over the boot. */
export function bootCounters(options: { vcpus: number; elapsedMs: number; bootMs: number }): LoadCounters {
  const { vcpus, elapsedMs, bootMs } = options;
  const done = Math.min(1, Math.max(0, elapsedMs / bootMs));
  return {
    cpuNs: done * bootMs * 0.85 * Math.min(vcpus, 2) * 1e6,
    rxBytes: done * 24_000,
    txBytes: done * 9_000,
    readBytes: done * 190_000_000,
    writeBytes: done * 12_000_000,
  };
}

export function addCounters(a: LoadCounters, b: LoadCounters): LoadCounters {
  return {
    cpuNs: a.cpuNs + b.cpuNs,
    rxBytes: a.rxBytes + b.rxBytes,
    txBytes: a.txBytes + b.txBytes,
    readBytes: a.readBytes + b.readBytes,
    writeBytes: a.writeBytes + b.writeBytes,
  };
}
