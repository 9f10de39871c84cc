import type { VmState } from '../../../shared/domains/fleet/vm-rules.ts';
import type { TypedParameterBytes } from '../../platform/libvirt/xdr-typed-parameter-bytes.ts';
import type {
  TypedParameterRecord,
  TypedParameterValue,
} from '../../platform/libvirt/xdr-typed-parameters.ts';
import type { LoadCounters } from './load-meter.ts';

/** `virDomainState` of libvirt-domain.h, by number. */
const states: readonly VmState[] = [
  'unknown',
  'running',
  'blocked',
  'paused',
  'shutting-down',
  'shut-off',
  'crashed',
  'suspended',
];

/** A state this program does not know is told as `unknown`. */
export function vmStateOf(libvirtState: number): VmState {
  return states[libvirtState] ?? 'unknown';
}

/** Its host keeps it active: it has its memory and its place there, and is billed. */
export function isPowered(state: VmState): boolean {
  return (
    state === 'running' ||
    state === 'blocked' ||
    state === 'paused' ||
    state === 'shutting-down' ||
    state === 'suspended'
  );
}

export interface BlockSizes {
  readonly target: string;
  readonly capacityBytes: number;
  readonly allocationBytes: number;
}

/** One VM as the bulk statistics call tells it. Null where the host did not say (NOWAIT leaves out what its monitor is busy with). */
export interface VmStatistics {
  readonly state: VmState;
  readonly vcpus: number | null;
  readonly memoryBytes: number | null;
  readonly blocks: readonly BlockSizes[];
  readonly counters: Omit<LoadCounters, 'atMs' | 'boot' | 'vcpus'>;
}

/** Reads the parameters described under virConnectGetAllDomainStats; sizes there are KiB for memory and bytes for disks. */
export function vmStatisticsOf(params: TypedParameterRecord): VmStatistics {
  const tally = new StatisticsTally();
  for (const [name, value] of Object.entries(params)) {
    const place = placeOf(name);
    if (place !== undefined) tally.take(place, value);
  }
  return tally.result();
}

/** The same of parameters as they came, of which only those that count are looked at. */
export function vmStatisticsIn(params: TypedParameterBytes): VmStatistics {
  const tally = new StatisticsTally();
  params.pick(placeOf, (place, value) => tally.take(place, value));
  return tally.result();
}

/** What comes once, with its name in libvirt. */
const SINGLE = {
  state: 'state.state',
  vcpus: 'vcpu.current',
  cpuTimeNs: 'cpu.time',
  maximumKib: 'balloon.maximum',
  availableKib: 'balloon.available',
  usableKib: 'balloon.usable',
  unusedKib: 'balloon.unused',
  residentKib: 'balloon.rss',
  blocks: 'block.count',
  nics: 'net.count',
} as const;
type Single = keyof typeof SINGLE;

/** What comes of each disk, network interface and vCPU and is added up, by group and what follows the number. */
const ADDED = {
  diskReadBytes: 'block rd.bytes',
  diskWriteBytes: 'block wr.bytes',
  diskReadRequests: 'block rd.reqs',
  diskWriteRequests: 'block wr.reqs',
  netReceiveBytes: 'net rx.bytes',
  netTransmitBytes: 'net tx.bytes',
  /** From the kernel's run queues; numbers of vCPUs have gaps where some are unplugged. */
  stolenTimeNs: 'vcpu delay',
} as const;
type Added = keyof typeof ADDED;

const OF_BLOCK = {
  name: 'block name',
  capacityBytes: 'block capacity',
  allocationBytes: 'block allocation',
} as const;
type OfBlock = keyof typeof OF_BLOCK;

/** Where a parameter goes. */
type Place =
  | { readonly single: Single }
  | { readonly added: Added }
  | { readonly ofBlock: OfBlock; readonly index: number };

const singles = byName(SINGLE);
const added = byName(ADDED);
const ofBlock = byName(OF_BLOCK);

function byName<K extends string>(names: Readonly<Record<K, string>>): ReadonlyMap<string, K> {
  return new Map(Object.entries<string>(names).map(([key, name]) => [name, key as K]));
}

/** Names that were met, with their place or none: the same few hundred of every VM, every time. */
const places = new Map<string, Place | null>();
/** A host that invents names fills no memory. */
const PLACES_MAX = 20_000;

function placeOf(name: string): Place | undefined {
  const known = places.get(name);
  if (known !== undefined) return known ?? undefined;
  const place = newPlaceOf(name);
  if (places.size >= PLACES_MAX) places.clear();
  places.set(name, place ?? null);
  return place;
}

function newPlaceOf(name: string): Place | undefined {
  const single = singles.get(name);
  if (single !== undefined) return { single };
  const numbered = /^(block|net|vcpu)\.(\d+)\.(.+)$/.exec(name);
  if (numbered === null) return undefined;
  const [, group, index, rest] = numbered;
  const sum = added.get(`${group} ${rest}`);
  if (sum !== undefined) return { added: sum };
  const block = ofBlock.get(`${group} ${rest}`);
  return block === undefined ? undefined : { ofBlock: block, index: Number(index) };
}

type WritableBlock = {
  index: number;
  target: string | null;
  capacityBytes: number | null;
  allocationBytes: number;
};

/** No guest has as many disks; a host that says so costs no more than this. */
const BLOCKS_MAX = 1024;

/** What was told of one VM by now. */
class StatisticsTally {
  readonly #single: Partial<Record<Single, number>> = {};
  readonly #sums: Partial<Record<Added, number>> = {};
  readonly #blocks: WritableBlock[] = [];

  take(place: Place, value: TypedParameterValue): void {
    if ('ofBlock' in place) this.#ofBlock(place.ofBlock, place.index, value);
    else if (typeof value !== 'number') return;
    else if ('single' in place) this.#single[place.single] = value;
    else this.#sums[place.added] = (this.#sums[place.added] ?? 0) + value;
  }

  #ofBlock(what: OfBlock, index: number, value: TypedParameterValue): void {
    if (index >= BLOCKS_MAX) return;
    let block = this.#blocks.find((one) => one.index === index);
    if (block === undefined) {
      block = { index, target: null, capacityBytes: null, allocationBytes: 0 };
      this.#blocks.push(block);
    }
    if (what === 'name') block.target = typeof value === 'string' ? value : null;
    else if (typeof value === 'number') block[what] = value;
  }

  result(): VmStatistics {
    const { state, vcpus = null, maximumKib, cpuTimeNs = null, blocks, nics } = this.#single;
    const sums = this.#sums;
    const ofDisks = (sum: number | undefined): number | null => (blocks === undefined ? null : (sum ?? null));
    const ofNics = (sum: number | undefined): number | null => (nics === undefined ? null : (sum ?? null));
    return {
      state: state === undefined ? 'unknown' : vmStateOf(state),
      vcpus,
      memoryBytes: maximumKib === undefined ? null : maximumKib * 1024,
      blocks: this.#blockSizes(),
      counters: {
        cpuTimeNs,
        memoryBytes: this.#usedMemoryBytes(),
        diskReadBytes: ofDisks(sums.diskReadBytes),
        diskWriteBytes: ofDisks(sums.diskWriteBytes),
        netReceiveBytes: ofNics(sums.netReceiveBytes),
        netTransmitBytes: ofNics(sums.netTransmitBytes),
        diskReadRequests: ofDisks(sums.diskReadRequests),
        diskWriteRequests: ofDisks(sums.diskWriteRequests),
        stolenTimeNs: sums.stolenTimeNs ?? null,
      },
    };
  }

  /** What the guest itself says it uses, where its balloon driver tells; else what QEMU occupies on the host. */
  #usedMemoryBytes(): number | null {
    const { availableKib, usableKib, unusedKib, residentKib } = this.#single;
    const freeKib = usableKib ?? unusedKib;
    if (availableKib !== undefined && freeKib !== undefined && freeKib <= availableKib)
      return (availableKib - freeKib) * 1024;
    return residentKib === undefined ? null : residentKib * 1024;
  }

  #blockSizes(): BlockSizes[] {
    return this.#blocks.flatMap(({ target, capacityBytes, allocationBytes }) =>
      target === null || capacityBytes === null ? [] : [{ target, capacityBytes, allocationBytes }],
    );
  }
}
