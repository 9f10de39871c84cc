import type { LoadProfile } from './guest-load.ts';
import { seededInt, seededPick, seededUnit } from './seeded-random.ts';

/** What the guests of the fleet are: systems, customers, sizes and work, as a provider of accountants' servers has them. */
export type GuestSystem = {
  /** As libosinfo names it. */
  readonly osinfo: string;
  readonly id: string;
  readonly prettyName: string;
  readonly version: string;
  readonly kernel: string;
};

const debian: GuestSystem = {
  osinfo: 'http://debian.org/debian/12',
  id: 'debian',
  prettyName: 'Debian GNU/Linux 12 (bookworm)',
  version: '12',
  kernel: '6.1.0-28-cloud-amd64',
};
const ubuntu: GuestSystem = {
  osinfo: 'http://ubuntu.com/ubuntu/24.04',
  id: 'ubuntu',
  prettyName: 'Ubuntu 24.04.1 LTS',
  version: '24.04',
  kernel: '6.8.0-48-generic',
};
const rocky: GuestSystem = {
  osinfo: 'http://rockylinux.org/rocky/9',
  id: 'rocky',
  prettyName: 'Rocky Linux 9.4 (Blue Onyx)',
  version: '9.4',
  kernel: '5.14.0-427.42.1.el9_4.x86_64',
};
const windows: GuestSystem = {
  osinfo: 'http://microsoft.com/win/2k22',
  id: 'mswindows',
  prettyName: 'Windows Server 2022 Standard',
  version: 'Microsoft Windows Server 2022',
  kernel: '10.0.20348',
};

const systems = [debian, debian, debian, ubuntu, ubuntu, rocky, windows] as const;

const customers = [
  'Biuro Podatkowe Modrzew sp. z o.o.',
  'Konta Carpați SRL',
  'Contab Mureș SRL',
  'Biuro Jarzębina',
  'Księgi Plus',
  'Orzeł Podatki sp. k.',
  'Dunaj Konzult s.r.o.',
  'Balt Finanse',
  'Ostrava Účto s.r.o.',
  'Biuro Lipowa',
  'Szabó Audit Kft.',
  'Novák a syn',
  'Tóth Könyvelő Bt.',
  'Účtárna Vltava',
  'Steuerkanzlei Brandner',
  'Meyer & Söhne Treuhand',
  'Studio Contabile Bianchi',
  'Gestoría Alcántara',
  'Hansen Regnskab ApS',
  'De Vries Administratie BV',
  "O'Leary Bookkeeping Ltd",
  'Cabinet Lefèvre',
] as const;

/** vCPU, GiB of memory, GB of disk. */
const sizes = [
  [1, 2, 20],
  [2, 4, 40],
  [2, 4, 80],
  [2, 8, 80],
  [4, 8, 120],
  [4, 16, 160],
  [8, 16, 240],
  [8, 32, 320],
  [16, 64, 640],
] as const;
const sizeWeights = [3, 8, 6, 5, 5, 3, 2, 1, 0.4] as const;

export type GuestCast = {
  readonly name: string;
  readonly customer: string;
  readonly system: GuestSystem;
  readonly vcpus: number;
  readonly memoryGiB: number;
  readonly diskGB: number;
  /** A second disk, or null. */
  readonly dataGB: number | null;
  readonly uptimeSeconds: number;
  readonly state: 'running' | 'paused' | 'shut-off';
  readonly natted: boolean;
};

function pickSize(seed: number): (typeof sizes)[number] {
  let left = seededUnit(seed, 3) * sizeWeights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, size] of sizes.entries()) {
    left -= sizeWeights[index] ?? 0;
    if (left <= 0) return size;
  }
  return sizes[1];
}

/** The part a guest plays. `order` is its place in the whole fleet; at least one in twenty is off and one natted, the eighth is paused. */
export function castGuest(order: number, seed: number): GuestCast {
  const [vcpus, memoryGiB, diskGB] = pickSize(seed);
  const off = order % 20 === 13 || seededUnit(seed, 5) < 0.04;
  return {
    name: `acct-${4_700 + order * 6 + seededInt(0, 5, seed, 1)}`,
    customer: seededPick(customers, seed, 2),
    system: seededPick(systems, seed, 4),
    vcpus,
    memoryGiB,
    diskGB,
    dataGB: seededUnit(seed, 6) < 0.2 ? diskGB * 2 : null,
    uptimeSeconds: Math.round(3_600 + seededUnit(seed, 7) ** 2 * 180 * 86_400),
    state: order % 97 === 7 ? 'paused' : off ? 'shut-off' : 'running',
    natted: order % 20 === 4 || seededUnit(seed, 8) < 0.08,
  };
}

/** A guest nobody uses yet: its system's own housekeeping. */
export function idleLoad(seed: number): LoadProfile {
  return {
    ...castLoad(seed),
    cpuShare: 0.015,
    memoryShare: 0.22,
    rxBytesPerSecond: 900,
    txBytesPerSecond: 600,
    readBytesPerSecond: 1_500,
    writeBytesPerSecond: 5_000,
  };
}

/** Business hours for most, nights for those that close books in batches; a few work hard, most hardly at all. */
export function castLoad(seed: number): LoadProfile {
  const effort = seededUnit(seed, 12) ** 3;
  const nightly = seededUnit(seed, 13) < 0.15;
  return {
    cpuShare: 0.01 + effort * 0.44,
    daySwing: 0.25 + seededUnit(seed, 14) * 0.4,
    peakHour: nightly ? 1 : 9 + seededUnit(seed, 15) * 5,
    memoryShare: 0.25 + seededUnit(seed, 16) * 0.6,
    rxBytesPerSecond: 800 + effort * 900_000 * seededUnit(seed, 17),
    txBytesPerSecond: 500 + effort * 2_500_000 * seededUnit(seed, 18),
    readBytesPerSecond: 1_500 + effort * 1_800_000 * seededUnit(seed, 19),
    writeBytesPerSecond: 4_000 + effort * 1_200_000 * seededUnit(seed, 20),
  };
}
