import type { VmState } from '../../../shared/domains/fleet/vm-rules.ts';
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
  const state = numberAt(params, 'state.state');
  const maximum = numberAt(params, 'balloon.maximum');
  return {
    state: state === null ? 'unknown' : vmStateOf(state),
    vcpus: numberAt(params, 'vcpu.current'),
    memoryBytes: maximum === null ? null : maximum * 1024,
    blocks: blocksOf(params),
    counters: {
      cpuTimeNs: numberAt(params, 'cpu.time'),
      memoryBytes: usedMemoryBytes(params),
      diskReadBytes: sumOver(params, 'block', 'rd.bytes'),
      diskWriteBytes: sumOver(params, 'block', 'wr.bytes'),
      netReceiveBytes: sumOver(params, 'net', 'rx.bytes'),
      netTransmitBytes: sumOver(params, 'net', 'tx.bytes'),
      diskReadRequests: sumOver(params, 'block', 'rd.reqs'),
      diskWriteRequests: sumOver(params, 'block', 'wr.reqs'),
      stolenTimeNs: stolenTimeNs(params),
    },
  };
}

/** What the guest itself says it uses, where its balloon driver tells; else what QEMU occupies on the host. */
function usedMemoryBytes(params: TypedParameterRecord): number | null {
  const available = numberAt(params, 'balloon.available');
  const free = numberAt(params, 'balloon.usable') ?? numberAt(params, 'balloon.unused');
  if (available !== null && free !== null && free <= available) return (available - free) * 1024;
  const resident = numberAt(params, 'balloon.rss');
  return resident === null ? null : resident * 1024;
}

function blocksOf(params: TypedParameterRecord): BlockSizes[] {
  const count = numberAt(params, 'block.count') ?? 0;
  const found: BlockSizes[] = [];
  for (let index = 0; index < count; index += 1) {
    const target = params[`block.${index}.name`];
    const capacityBytes = numberAt(params, `block.${index}.capacity`);
    if (typeof target !== 'string' || capacityBytes === null) continue;
    found.push({
      target,
      capacityBytes,
      allocationBytes: numberAt(params, `block.${index}.allocation`) ?? 0,
    });
  }
  return found;
}

function sumOver(params: TypedParameterRecord, group: 'block' | 'net', field: string): number | null {
  const count = numberAt(params, `${group}.count`);
  if (count === null) return null;
  let sum: number | null = null;
  for (let index = 0; index < count; index += 1) {
    const value = numberAt(params, `${group}.${index}.${field}`);
    if (value !== null) sum = (sum ?? 0) + value;
  }
  return sum;
}

/** `vcpu.<n>.delay`, from the kernel's run queues; numbers of vCPUs have gaps where some are unplugged. */
function stolenTimeNs(params: TypedParameterRecord): number | null {
  const count = numberAt(params, 'vcpu.maximum') ?? numberAt(params, 'vcpu.current') ?? 0;
  let sum: number | null = null;
  for (let index = 0; index < count; index += 1) {
    const delayNs = numberAt(params, `vcpu.${index}.delay`);
    if (delayNs !== null) sum = (sum ?? 0) + delayNs;
  }
  return sum;
}

function numberAt(params: TypedParameterRecord, name: string): number | null {
  const value: TypedParameterValue | undefined = params[name];
  return typeof value === 'number' ? value : null;
}
