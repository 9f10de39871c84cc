import { loadOf, MINUTE_MS, MinuteAverages, type Load, type MinuteLoad } from '../sweep/load-meter.ts';
import type { VmSighting } from '../sweep/vm-sighting.ts';

/** What a host says of itself. */
export type OwnLoad = Pick<Load, 'cpuPercent' | 'memoryBytes'>;

/** What VMs do one beside the other adds up; their memory and processor are within the host's own. */
const ADDED = [
  'diskReadRate',
  'diskWriteRate',
  'netReceiveRate',
  'netTransmitRate',
  'diskReadOpsRate',
  'diskWriteOpsRate',
] as const satisfies readonly (keyof Load)[];

/** A VM that was looked at right before a sweep tells its minute with the next one: its host's is told again. */
const KEPT_MINUTES = 5;

interface Minute {
  own: OwnLoad | undefined;
  vms: Together | undefined;
  isTold: boolean;
}

/**
 * Load of one host by the minute: its own processor and memory between two sweeps, and what its VMs together read, wrote, received
 * and sent, from their own minutes. A VM's counter that was set back is unknown for that VM alone, so the host's sum never falls below zero.
 */
export class HostMinutes {
  readonly #longestMs: number;
  #averages: MinuteAverages;
  #sweptAtMs: number | undefined;
  readonly #minutes = new Map<number, Minute>();

  /** Sweeps that are further apart than `longestMs` leave a hole. */
  constructor(longestMs: number) {
    this.#longestMs = longestMs;
    this.#averages = new MinuteAverages(longestMs);
  }

  /** Takes in the minutes that VMs have told, in a sweep or in between. */
  add(vms: readonly Pick<VmSighting, 'vcpus' | 'minutes'>[]): void {
    for (const { vcpus = 1, minutes } of vms) {
      for (const { minute, load } of minutes) {
        const into = this.#minute(minute);
        into.vms ??= new Together();
        into.vms.add(load, vcpus);
        into.isTold = false;
      }
    }
  }

  /** The host was swept, and all its VMs with it: the minutes that are over, oldest first. */
  swept(atMs: number, own: OwnLoad): MinuteLoad[] {
    const before = this.#sweptAtMs;
    this.#sweptAtMs = atMs;
    // A clock that was set back begins anew.
    if (before !== undefined && atMs < before) this.#averages = new MinuteAverages(this.#longestMs);
    else if (before !== undefined) this.#measured(before, atMs, own);
    const now = Math.floor(atMs / MINUTE_MS);
    const due = [...this.#minutes].filter(([minute, { isTold }]) => minute < now && !isTold);
    const over = due
      .toSorted(([one], [other]) => one - other)
      .map(([minute, told]) => ({ minute, load: loadOfMinute(told) }));
    for (const [, told] of due) told.isTold = true;
    for (const minute of this.#minutes.keys())
      if (minute < now - KEPT_MINUTES || minute > now) this.#minutes.delete(minute);
    return over;
  }

  #measured(fromMs: number, untilMs: number, own: OwnLoad): void {
    const load = loadOf((field) => (field === 'cpuPercent' || field === 'memoryBytes' ? own[field] : null));
    for (const { minute, load: average } of this.#averages.add(fromMs, untilMs, load)) {
      const into = this.#minute(minute);
      into.own = average;
      into.isTold = false;
    }
  }

  #minute(minute: number): Minute {
    const had = this.#minutes.get(minute);
    if (had !== undefined) return had;
    const made: Minute = { own: undefined, vms: undefined, isTold: false };
    this.#minutes.set(minute, made);
    return made;
  }
}

function loadOfMinute({ own, vms }: Minute): Load {
  return loadOf((field) =>
    field === 'cpuPercent' || field === 'memoryBytes'
      ? (own?.[field] ?? null)
      : // Watched, and no VM did anything: nothing was read, as opposed to not known.
        vms === undefined
        ? 0
        : vms.value(field),
  );
}

/** Several VMs in one minute. */
class Together {
  readonly #sums = new Map<keyof Load, number>();
  #stolen = 0;
  #vcpus = 0;

  add(load: Load, vcpus: number): void {
    for (const field of ADDED) {
      const rate = load[field];
      if (rate !== null) this.#sums.set(field, (this.#sums.get(field) ?? 0) + rate);
    }
    if (load.stealPercent === null) return;
    this.#stolen += load.stealPercent * vcpus;
    this.#vcpus += vcpus;
  }

  /** Null where no VM said. */
  value(field: keyof Load): number | null {
    if (field === 'stealPercent') return this.#vcpus === 0 ? null : this.#stolen / this.#vcpus;
    return this.#sums.get(field) ?? null;
  }
}
