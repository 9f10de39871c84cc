import type { VmState } from '../../../../shared/domains/fleet/vm-rules.ts';
import { ParameterPicker } from '../../../platform/libvirt/xdr-parameter-picker.ts';
import type { TypedParameterBytes } from '../../../platform/libvirt/xdr-typed-parameter-bytes.ts';
import type {
  TypedParameterRecord,
  TypedParameterValue,
} from '../../../platform/libvirt/xdr-typed-parameters.ts';
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

/** Numbers of `virDomainPausedReason` and `virDomainShutoffReason`. */
const HANDED_OVER = { paused: { state: 3, reason: 2 }, shutoff: { state: 5, reason: 4 } } as const;

function isHandedOver(state: number | null, reason: number | null): boolean {
  return Object.values(HANDED_OVER).some((one) => one.state === state && one.reason === reason);
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
  /** It stands still, or is off, because it is being handed over to another host: for a moment only, and not because somebody wanted it so. */
  readonly isHandedOver: boolean;
  readonly vcpus: number | null;
  readonly memoryBytes: number | null;
  readonly blocks: readonly BlockSizes[];
  readonly counters: Omit<LoadCounters, 'atMs' | 'boot' | 'vcpus'>;
}

/** Reads the parameters described under virConnectGetAllDomainStats; sizes there are KiB for memory and bytes for disks. */
export function vmStatisticsOf(params: TypedParameterRecord): VmStatistics {
  tally.begin();
  for (const [name, value] of Object.entries(params)) {
    const place = placeOf(name);
    if (place !== undefined) tally.take(place, value);
  }
  return tally.result();
}

/** The same of parameters as they came, of which only those that count are looked at. */
export function vmStatisticsIn(params: TypedParameterBytes): VmStatistics {
  tally.begin();
  params.pick(picker, takeOne);
  return tally.result();
}

/** What comes once, with its name in libvirt, and what comes of each disk, network interface and vCPU (by group and what follows the number) and is added up. */
const NAMES = {
  state: 'state.state',
  stateReason: 'state.reason',
  vcpus: 'vcpu.current',
  cpuTimeNs: 'cpu.time',
  maximumKib: 'balloon.maximum',
  availableKib: 'balloon.available',
  usableKib: 'balloon.usable',
  unusedKib: 'balloon.unused',
  residentKib: 'balloon.rss',
  blocks: 'block.count',
  nics: 'net.count',
  diskReadBytes: 'block rd.bytes',
  diskWriteBytes: 'block wr.bytes',
  diskReadRequests: 'block rd.reqs',
  diskWriteRequests: 'block wr.reqs',
  netReceiveBytes: 'net rx.bytes',
  netTransmitBytes: 'net tx.bytes',
  /** From the kernel's run queues; numbers of vCPUs have gaps where some are unplugged. */
  stolenTimeNs: 'vcpu delay',
} as const;
type Told = keyof typeof NAMES;

const told = Object.keys(NAMES) as Told[];
const slotsByName = new Map<string, number>(told.map((key, slot) => [NAMES[key], slot]));
const SLOT = Object.fromEntries(told.map((key, slot) => [key, slot])) as Readonly<Record<Told, number>>;

const OF_BLOCK = new Map<string, OfBlock>([
  ['block name', 'name'],
  ['block capacity', 'capacityBytes'],
  ['block allocation', 'allocationBytes'],
]);
type OfBlock = 'name' | 'capacityBytes' | 'allocationBytes';

/** Where a parameter goes: into a sum, or to a disk. */
interface Place {
  /** Of `NAMES`; -1 where it goes to a disk. */
  readonly slot: number;
  readonly ofBlock: OfBlock;
  readonly index: number;
}

/** Undefined for a parameter that is not wanted. */
function placeOf(name: string): Place | undefined {
  const single = slotsByName.get(name);
  if (single !== undefined) return { slot: single, ofBlock: 'name', index: 0 };
  const numbered = /^(block|net|vcpu)\.(\d+)\.(.+)$/.exec(name);
  if (numbered === null) return undefined;
  const [, group, index, rest] = numbered;
  const slot = slotsByName.get(`${group} ${rest}`);
  if (slot !== undefined) return { slot, ofBlock: 'name', index: 0 };
  const ofBlock = OF_BLOCK.get(`${group} ${rest}`);
  return ofBlock === undefined ? undefined : { slot: -1, ofBlock, index: Number(index) };
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
  /** NaN: nothing was told. */
  readonly #values = new Float64Array(told.length);
  #blocks: WritableBlock[] = [];

  begin(): void {
    this.#values.fill(Number.NaN);
    this.#blocks = [];
  }

  take(place: Place, value: TypedParameterValue): void {
    const { slot } = place;
    if (slot < 0) this.#ofBlock(place.ofBlock, place.index, value);
    else if (typeof value === 'number') {
      const had = this.#values[slot] as number;
      this.#values[slot] = Number.isNaN(had) ? value : had + value;
    }
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

  #value(slot: number): number | null {
    const value = this.#values[slot] as number;
    return Number.isNaN(value) ? null : value;
  }

  result(): VmStatistics {
    const state = this.#value(SLOT.state);
    const maximumKib = this.#value(SLOT.maximumKib);
    const hasDisks = this.#value(SLOT.blocks) !== null;
    const hasNics = this.#value(SLOT.nics) !== null;
    return {
      state: state === null ? 'unknown' : vmStateOf(state),
      isHandedOver: isHandedOver(state, this.#value(SLOT.stateReason)),
      vcpus: this.#value(SLOT.vcpus),
      memoryBytes: maximumKib === null ? null : maximumKib * 1024,
      blocks: this.#blockSizes(),
      counters: {
        cpuTimeNs: this.#value(SLOT.cpuTimeNs),
        memoryBytes: this.#usedMemoryBytes(),
        diskReadBytes: hasDisks ? this.#value(SLOT.diskReadBytes) : null,
        diskWriteBytes: hasDisks ? this.#value(SLOT.diskWriteBytes) : null,
        netReceiveBytes: hasNics ? this.#value(SLOT.netReceiveBytes) : null,
        netTransmitBytes: hasNics ? this.#value(SLOT.netTransmitBytes) : null,
        diskReadRequests: hasDisks ? this.#value(SLOT.diskReadRequests) : null,
        diskWriteRequests: hasDisks ? this.#value(SLOT.diskWriteRequests) : null,
        stolenTimeNs: this.#value(SLOT.stolenTimeNs),
      },
    };
  }

  /** What the guest itself says it uses, where its balloon driver tells; else what QEMU occupies on the host. */
  #usedMemoryBytes(): number | null {
    const availableKib = this.#value(SLOT.availableKib);
    const freeKib = this.#value(SLOT.usableKib) ?? this.#value(SLOT.unusedKib);
    if (availableKib !== null && freeKib !== null && freeKib <= availableKib)
      return (availableKib - freeKib) * 1024;
    const residentKib = this.#value(SLOT.residentKib);
    return residentKib === null ? null : residentKib * 1024;
  }

  #blockSizes(): BlockSizes[] {
    const sizes: BlockSizes[] = [];
    for (const { target, capacityBytes, allocationBytes } of this.#blocks)
      if (target !== null && capacityBytes !== null) sizes.push({ target, capacityBytes, allocationBytes });
    return sizes;
  }
}

/** One for all: whoever reads a VM's statistics does so at once. */
const tally = new StatisticsTally();
const picker = new ParameterPicker(placeOf);
const takeOne = (place: Place, value: TypedParameterValue): void => tally.take(place, value);
