import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { billingContract } from '../../../shared/domains/billing/billing-contract.ts';
import { GIB_HOUR_MIB_MS, HOUR_MS, quantityText } from '../../../shared/domains/billing/charge-rules.ts';
import { dayStartMs } from '../../../shared/kernel/local-date.ts';
import { Exact } from '../../../shared/kernel/rounding.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { BillingParts, UsageHour } from './billing-parts.ts';
import type { BillingTables } from './billing-tables.ts';
import { billingZone } from './company-store.ts';

type Operation = typeof billingContract.usageList;

/** Hours of a VM in local days of the billing zone, with their sums as they are charged. */
export async function usageList(
  parts: BillingParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const { vmId } = input;
  if (!(await parts.vms.vmNames(db, [vmId])).has(vmId)) return refuse('no-such-vm', { vmId });
  const zone = await billingZone(db);
  const range = { startMs: dayStartMs(input.start, zone), endMs: dayStartMs(input.endExclusive, zone) };
  const hours = [...(await parts.usage.usageOf(db, [vmId], range))].toSorted(
    (a, b) => a.hourAtMs - b.hourAtMs,
  );
  const sum = (of: (hour: UsageHour) => number): bigint =>
    hours.reduce((total, hour) => total + BigInt(of(hour)), 0n);
  return done({
    rows: hours.map((hour) => ({
      hour: new Date(hour.hourAtMs).toISOString(),
      vcpuSeconds: hour.vcpuMs / 1000,
      gibSeconds: new Exact(hour.mibMs).div(1024).div(1000).toDecimalPlaces(6).toString(),
      runningSeconds: hour.runningMs / 1000,
    })),
    vcpuHours: quantityText('vcpu-hours', { numerator: sum((hour) => hour.vcpuMs), denominator: HOUR_MS }),
    gibHours: quantityText('gib-hours', {
      numerator: sum((hour) => hour.mibMs),
      denominator: GIB_HOUR_MIB_MS,
    }),
  });
}
