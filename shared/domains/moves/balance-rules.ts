/** What the balancer goes by; all loads in percent of the host. */
export const BALANCER_DEFAULTS = { enabled: false, cpuPercent: 70, memoryPercent: 70 } as const;
/** At most so many of its moves are open at once. */
export const BALANCER_MOVES = 2;
/** A VM that was moved rests, whoever moved it. */
export const REST_MS = 30 * 60_000;
const LONG_MS = 30 * 60_000;
const SHORT_MS = 60_000;
const SHORT_WEIGHT = 0.75;
/** A target stays this far below the threshold, or load would go to and fro. */
const MARGIN = 5;

export interface LoadSample {
  readonly atMs: number;
  readonly cpuPercent: number;
  readonly memoryPercent: number;
}

export interface HostLoad {
  readonly cpuPercent: number;
  readonly memoryPercent: number;
  readonly samples: number;
}

/** Three quarters the mean of the last minute, one quarter that of the last half hour; undefined where nothing of the last minute is known. */
export function dampedLoad(samples: readonly LoadSample[], nowMs: number): HostLoad | undefined {
  const long = samples.filter((sample) => sample.atMs > nowMs - LONG_MS && sample.atMs <= nowMs);
  // A sample is taken once a minute, so the last of them may be a little older than that.
  const short = long.filter((sample) => sample.atMs > nowMs - 1.5 * SHORT_MS);
  if (short.length === 0) return undefined;
  const mean = (of: readonly LoadSample[], what: 'cpuPercent' | 'memoryPercent'): number =>
    of.reduce((sum, sample) => sum + sample[what], 0) / of.length;
  const damped = (what: 'cpuPercent' | 'memoryPercent'): number =>
    SHORT_WEIGHT * mean(short, what) + (1 - SHORT_WEIGHT) * mean(long, what);
  return { cpuPercent: damped('cpuPercent'), memoryPercent: damped('memoryPercent'), samples: long.length };
}

export interface BalancedHost {
  readonly id: string;
  readonly name: string;
  readonly clusterId: string;
  /** VMs may be put on it. */
  readonly isOpen: boolean;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly load: HostLoad;
}

export interface BalancedVm {
  readonly id: string;
  readonly name: string;
  readonly hostId: string;
  readonly vcpus: number;
  /** Of its own vCPUs. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  /** It runs, is not moved now and has rested. */
  readonly mayMove: boolean;
}

export interface BalanceMove {
  readonly vmId: string;
  readonly vm: string;
  readonly fromHostId: string;
  readonly from: string;
  /** Best first: the first that fits by all other rules is taken. */
  readonly targets: readonly { readonly id: string; readonly name: string }[];
  readonly why: string;
}

interface Thresholds {
  readonly cpuPercent: number;
  readonly memoryPercent: number;
}

/**
 * Which VMs should leave which busy hosts, the busiest host first, one VM of a host at a time: what the first move does is measured before the second.
 * Of the VMs the one is taken whose leaving brings the host just below the threshold, else the one that takes most away. Notes say of each busy host
 * that is left as it is why.
 */
export function planBalance(
  hosts: readonly BalancedHost[],
  vms: readonly BalancedVm[],
  thresholds: Thresholds,
): { readonly moves: BalanceMove[]; readonly notes: string[] } {
  const moves: BalanceMove[] = [];
  const notes: string[] = [];
  const over = (host: BalancedHost): number =>
    Math.max(
      host.load.cpuPercent - thresholds.cpuPercent,
      host.load.memoryPercent - thresholds.memoryPercent,
    );
  for (const host of hosts.filter((one) => over(one) > 0).toSorted((a, b) => over(b) - over(a))) {
    const byCpu =
      host.load.cpuPercent - thresholds.cpuPercent >= host.load.memoryPercent - thresholds.memoryPercent;
    const what = byCpu ? 'CPU' : 'memory';
    const limit = byCpu ? thresholds.cpuPercent : thresholds.memoryPercent;
    const load = byCpu ? host.load.cpuPercent : host.load.memoryPercent;
    const share = (vm: BalancedVm, on: BalancedHost): number =>
      byCpu ? cpuShare(vm, on) : (100 * vm.memoryBytes) / Math.max(1, on.memoryBytes);
    const there = vms.filter((vm) => vm.hostId === host.id && vm.mayMove && share(vm, host) >= 1);
    const enough = there
      .filter((vm) => load - share(vm, host) <= limit)
      .toSorted((a, b) => share(a, host) - share(b, host));
    const order = [
      ...enough,
      ...there.filter((vm) => !enough.includes(vm)).toSorted((a, b) => share(b, host) - share(a, host)),
    ];
    const found = order
      .map((vm) => ({ vm, targets: targetsFor(vm, host, { hosts, thresholds }) }))
      .find(({ targets }) => targets.length > 0);
    const busy = `${host.name} is at ${Math.round(load)} % ${what}, above ${limit} %`;
    if (found === undefined) {
      notes.push(
        there.length === 0
          ? `${busy}: none of its VMs that may move now (they rest ${REST_MS / 60_000} min after a move) would help.`
          : `${busy}: no other host of its cluster would stay below ${limit - MARGIN} % with one of its VMs.`,
      );
      continue;
    }
    moves.push({
      vmId: found.vm.id,
      vm: found.vm.name,
      fromHostId: host.id,
      from: host.name,
      targets: found.targets.map(({ id, name }) => ({ id, name })),
      why: `${busy}; ${found.vm.name} takes ${Math.round(share(found.vm, host))} % of it.`,
    });
  }
  return { moves, notes };
}

function cpuShare(vm: BalancedVm, host: BalancedHost): number {
  return (vm.cpuPercent * vm.vcpus) / Math.max(1, host.cpuCount);
}

function targetsFor(
  vm: BalancedVm,
  from: BalancedHost,
  { hosts, thresholds }: { hosts: readonly BalancedHost[]; thresholds: Thresholds },
): BalancedHost[] {
  const cpuAfter = (host: BalancedHost): number => host.load.cpuPercent + cpuShare(vm, host);
  const memoryAfter = (host: BalancedHost): number =>
    host.load.memoryPercent + (100 * vm.memoryBytes) / Math.max(1, host.memoryBytes);
  return hosts
    .filter(
      (host) =>
        host.id !== from.id &&
        host.clusterId === from.clusterId &&
        host.isOpen &&
        cpuAfter(host) <= thresholds.cpuPercent - MARGIN &&
        memoryAfter(host) <= thresholds.memoryPercent - MARGIN,
    )
    .toSorted((a, b) => Math.max(cpuAfter(a), memoryAfter(a)) - Math.max(cpuAfter(b), memoryAfter(b)));
}
