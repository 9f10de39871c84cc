import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { GIB_HOUR_MIB_MS, HOUR_MS, quantityText } from '../../../../shared/domains/billing/charge-rules.ts';
import { dayStartMs, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { Exact } from '../../../../shared/kernel/rounding.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { BillingParts, UsageHour } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { billingZone, readCalendar } from '../companies/company-store.ts';

type Operation = typeof billingContract.usageList;

/** Hours of a VM in local days of the zone its subscription is billed in, with their sums as they are charged. */
export async function usageList(
  parts: BillingParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const { vmId } = input;
  if (!(await parts.vms.vmNames(db, [vmId])).has(vmId)) return refuse('no-such-vm', { vmId });
  const zone = await zoneOfVm(db, vmId, input.endExclusive);
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
    diskGibHours: quantityText('gib-hours', {
      numerator: sum((hour) => hour.diskMibMs),
      denominator: GIB_HOUR_MIB_MS,
    }),
    sentGib: new Exact(String(sum((hour) => hour.sentBytes)))
      .div(1024 ** 3)
      .toDecimalPlaces(6)
      .toString(),
    addresses: hours.reduce((most, hour) => Math.max(most, hour.addresses), 0),
  });
}

/** That of the subscription that charges it last before a day; the default company's where there is none. */
async function zoneOfVm(db: Kysely<BillingTables>, vmId: string, before: LocalDate): Promise<string> {
  const sold = await db
    .selectFrom('subscription')
    .select(['company_id as companyId', 'billing_zone as billingZone'])
    .where('vm_id', '=', vmId)
    .where('starts_on', '<', before)
    .orderBy('starts_on', 'desc')
    .limit(1)
    .executeTakeFirst();
  const calendar = sold && (await readCalendar(db, sold));
  return calendar?.timeZone ?? (await billingZone(db));
}
