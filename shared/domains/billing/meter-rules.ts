import type { LocalDate } from '../../kernel/local-date.ts';
import { ratio, ratioText } from '../../kernel/ratio.ts';
import { GIB_HOUR_MIB_MS, HOUR_MS } from './charge-rules.ts';
import type { PeriodPrice } from './price-component.ts';
import type { UsageEvent } from './rating-lines.ts';

/** What the collector counts of a VM: the meters there are. */
export const VM_METERS = ['vm-hours', 'vcpu-hours', 'memory-gib-hours'] as const;

/** What a VM used in a local day: milliseconds powered, those times vCPUs, and times MiB of memory. */
export interface VmReading {
  readonly day: LocalDate;
  /** The day whose close reckons with it first: later than `day` where its host was away. */
  readonly known: LocalDate;
  readonly runningMs: number;
  readonly vcpuMs: number;
  readonly mibMs: number;
}

const meters: readonly string[] = VM_METERS;

/** Whether hosts count a meter themselves; all others are told from outside. */
export function isCountedByHosts(meter: string): boolean {
  return meters.includes(meter);
}

/** Whether a plan charges by what the collector counts. */
export function isMeteredByVm(plan: PeriodPrice): boolean {
  return plan.components.some((component) => 'meter' in component && meters.includes(component.meter));
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

/** A day's reading as usage of each meter, exactly. Its id is the same whoever reads it and whenever. */
export function usageOfReading(reading: VmReading): UsageEvent[] {
  const { day, known, runningMs, vcpuMs, mibMs } = reading;
  const event = (meter: string, used: number, unit: bigint): UsageEvent[] =>
    used === 0 ? [] : [{ id: `${day} ${meter}`, meter, day, known, quantity: ratioText(ratio(used, unit)) }];
  return [
    ...event('vm-hours', runningMs, HOUR_MS),
    ...event('vcpu-hours', vcpuMs, HOUR_MS),
    ...event('memory-gib-hours', mibMs, GIB_HOUR_MIB_MS),
  ];
}
