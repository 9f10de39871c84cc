import { dayStartMs, addDays, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { VmUsage } from '../../../../shared/domains/billing/meter-rules.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import type { BillingUsage } from '../billing-parts.ts';

const HOUR_MS = 3_600_000;
/** VMs asked for at once. */
const VMS_PER_READ = 500;

export const NO_USAGE: VmUsage = {
  runningMs: 0n,
  vcpuMs: 0n,
  mibMs: 0n,
  diskMibMs: 0n,
  sentBytes: 0n,
  addresses: 0,
  vcpuMarkMs: 0n,
  mibMarkMs: 0n,
  diskMarkMibMs: 0n,
};

/** First and last instant of a local day; an hour belongs to the day it begins in. */
export function rangeOfDay(day: LocalDate, zone: string): { startMs: number; endMs: number } {
  return { startMs: dayStartMs(day, zone), endMs: dayStartMs(addDays(day, 1), zone) };
}

/**
 * The instant from which on the usage of a local day is final. Where midnight is not on a full hour of UTC (India, Newfoundland),
 * the last hour of a day runs on into the next.
 */
export function usageOfDayEndsAtMs(day: LocalDate, zone: string): number {
  return Math.ceil(rangeOfDay(day, zone).endMs / HOUR_MS) * HOUR_MS;
}

/** What each VM used on a local day of `zone`; VMs without usage are left out. */
export async function usageOfDay(
  usage: BillingUsage,
  db: AnyDatabase,
  asked: { readonly vmIds: readonly string[]; readonly day: LocalDate; readonly zone: string },
): Promise<ReadonlyMap<string, VmUsage>> {
  const range = rangeOfDay(asked.day, asked.zone);
  const found = new Map<string, VmUsage>();
  for (let start = 0; start < asked.vmIds.length; start += VMS_PER_READ) {
    const vmIds = asked.vmIds.slice(start, start + VMS_PER_READ);
    for (const sum of await usage.usageSums(db, vmIds, range)) found.set(sum.vmId, sum);
  }
  return found;
}
