import type { LocalDate } from '../../kernel/local-date.ts';
import { ratio, ratioText } from '../../kernel/ratio.ts';
import { GIB_HOUR_MIB_MS, HOUR_MS } from './charge-rules.ts';
import type { PeriodPrice } from './price-component.ts';
import type { UsageEvent } from './rating-lines.ts';

/**
 * What the collector counts of a VM: the meters there are. Hours it is on, those times vCPUs and GiB of memory; the GiB of its disks times
 * all hours, on or off; GiB that it sent; and marks of a day, of the hour in which there was most: addresses at once, vCPUs and GiB of
 * memory that were on, GiB of disks. Of a pool each is what its members come to together, hour by hour: pool-usage-rules.ts.
 */
export const VM_METERS = [
  'vm-hours',
  'vcpu-hours',
  'memory-gib-hours',
  'vm-disk-gib-hours',
  'vm-sent-gib',
  'vm-addresses',
  'vm-vcpus',
  'vm-memory-gib',
  'vm-disk-gib',
] as const;
export type VmMeter = (typeof VM_METERS)[number];

/** Meters that are marks, with what they are of in the hour that has the most of it. */
export const MARK_METERS = {
  'vm-addresses': 'addresses',
  'vm-vcpus': 'vcpuMs',
  'vm-memory-gib': 'mibMs',
  'vm-disk-gib': 'diskMibMs',
} as const satisfies Partial<Record<VmMeter, string>>;
export type MarkMeter = keyof typeof MARK_METERS;

export const GIB_BYTES = 1024n ** 3n;

/** What each meter is of, and how much of that is one of its unit. */
export const METERED = {
  'vm-hours': { of: 'runningMs', unit: HOUR_MS },
  'vcpu-hours': { of: 'vcpuMs', unit: HOUR_MS },
  'memory-gib-hours': { of: 'mibMs', unit: GIB_HOUR_MIB_MS },
  'vm-disk-gib-hours': { of: 'diskMibMs', unit: GIB_HOUR_MIB_MS },
  'vm-sent-gib': { of: 'sentBytes', unit: GIB_BYTES },
  'vm-addresses': { of: 'addresses', unit: 1n },
  'vm-vcpus': { of: 'vcpuMarkMs', unit: HOUR_MS },
  'vm-memory-gib': { of: 'mibMarkMs', unit: GIB_HOUR_MIB_MS },
  'vm-disk-gib': { of: 'diskMarkMibMs', unit: GIB_HOUR_MIB_MS },
} as const satisfies Readonly<Record<VmMeter, { readonly of: keyof VmUsage; readonly unit: bigint }>>;

/** What a VM, or a pool of them, used in a while: milliseconds powered, those times vCPUs, and times MiB of memory; milliseconds times MiB of disks. */
export interface VmUsage {
  readonly runningMs: bigint;
  readonly vcpuMs: bigint;
  readonly mibMs: bigint;
  readonly diskMibMs: bigint;
  readonly sentBytes: bigint;
  /** The most at once. */
  readonly addresses: number;
  /** The same in the hour that has the most of each. */
  readonly vcpuMarkMs: bigint;
  readonly mibMarkMs: bigint;
  readonly diskMarkMibMs: bigint;
}

const meters: readonly string[] = VM_METERS;

/** Whether hosts count a meter themselves; all others are told from outside. */
export function isCountedByHosts(meter: string): meter is VmMeter {
  return meters.includes(meter);
}

/** Whether a plan charges by what the collector counts. */
export function isMeteredByVm(plan: PeriodPrice): boolean {
  return plan.components.some((component) => 'meter' in component && meters.includes(component.meter));
}

/** Whether a plan has a pool of what the collector counts: VMs become its members, and none is named when it is sold. */
export function isPoolOfVms(plan: PeriodPrice): boolean {
  return plan.components.some(
    ({ kind, ...of }) => kind === 'pool' && 'meter' in of && meters.includes(of.meter),
  );
}

/** Whether days of a subscription of this plan are read from hosts: it is for a VM, or has members. */
export function readsHosts(plan: PeriodPrice, vmId: string): boolean {
  return isMeteredByVm(plan) && (vmId !== '' || isPoolOfVms(plan));
}

/** Whether a plan charges by what is told from outside. */
export function isMeteredByEvents(plan: PeriodPrice): boolean {
  return plan.components.some((component) => 'meter' in component && !meters.includes(component.meter));
}

/** The first meter of a plan that neither the collector counts nor anybody declared: sold, it would be used for nothing. */
export function meterNobodyCounts(plan: PeriodPrice, told: readonly string[]): string | undefined {
  return plan.components
    .flatMap((component) => ('meter' in component ? [component.meter] : []))
    .find((meter) => !meters.includes(meter) && !told.includes(meter));
}

/**
 * What was used of a meter on a day as usage, exactly. Its id is the same whoever reads it and whenever.
 *
 * @param on.known the day whose close reckons with it first: later than `day` where its host was away
 */
export function usageOfReading(
  meter: VmMeter,
  used: bigint,
  { day, known }: { readonly day: LocalDate; readonly known: LocalDate },
): UsageEvent {
  const quantity = ratioText(ratio(used, METERED[meter].unit));
  return { id: `${day} ${meter}`, meter, day, known, quantity };
}
