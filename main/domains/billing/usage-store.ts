import { dayStartMs, addDays, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { DayUsage } from '../../../shared/domains/billing/charge-rules.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { BillingUsage } from './billing-parts.ts';

const HOUR_MS = 3_600_000;
/** VMs asked for at once: 24 rows each. */
const VMS_PER_READ = 500;

/** With how long it was powered. */
export type VmDayUsage = DayUsage & { readonly runningMs: bigint };

export const NO_USAGE: VmDayUsage = { runningMs: 0n, vcpuMs: 0n, mibMs: 0n };

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
): Promise<ReadonlyMap<string, VmDayUsage>> {
  const range = rangeOfDay(asked.day, asked.zone);
  const found = new Map<string, VmDayUsage>();
  for (let start = 0; start < asked.vmIds.length; start += VMS_PER_READ) {
    const vmIds = asked.vmIds.slice(start, start + VMS_PER_READ);
    for (const hour of await usage.usageOf(db, vmIds, range)) {
      const sum = found.get(hour.vmId) ?? NO_USAGE;
      found.set(hour.vmId, {
        runningMs: sum.runningMs + BigInt(hour.runningMs),
        vcpuMs: sum.vcpuMs + BigInt(hour.vcpuMs),
        mibMs: sum.mibMs + BigInt(hour.mibMs),
      });
    }
  }
  return found;
}
