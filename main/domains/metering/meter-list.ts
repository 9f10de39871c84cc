import type { Kysely } from 'kysely';
import { VM_METERS, type VmMeter } from '../../../shared/domains/billing/meter-rules.ts';
import type { MeterRow } from '../../../shared/domains/metering/metering-contract.ts';
import { plansByMeter } from '../catalog/catalog-public.ts';
import { declaredMeters } from './meter-store.ts';
import type { MeteringParts } from './metering-parts.ts';
import type { MeteringTables } from './metering-tables.ts';

type Db = Kysely<MeteringTables>;

/** Enough for what is divided exactly when it is priced. */
const DECIMALS_OF_HOSTS = 6;

const READ_AS: Readonly<Record<VmMeter, Pick<MeterRow, 'unit' | 'aggregation'> & { readonly decimals?: 0 }>> =
  {
    'vm-hours': { unit: 'hours', aggregation: 'sum' },
    'vcpu-hours': { unit: 'vCPU-hours', aggregation: 'sum' },
    'memory-gib-hours': { unit: 'GiB-hours', aggregation: 'sum' },
    'vm-disk-gib-hours': { unit: 'GiB-hours', aggregation: 'sum' },
    'vm-sent-gib': { unit: 'GiB', aggregation: 'sum' },
    'vm-addresses': { unit: 'addresses', aggregation: 'high-water', decimals: 0 },
    'vm-vcpus': { unit: 'vCPUs', aggregation: 'high-water' },
    'vm-memory-gib': { unit: 'GiB', aggregation: 'high-water' },
    'vm-disk-gib': { unit: 'GiB', aggregation: 'high-water' },
  };

/** All meters: those hosts count first, then those that are told, by name. */
export async function meterList({ billing }: Pick<MeteringParts, 'billing'>, db: Db): Promise<MeterRow[]> {
  const { today, ids: subscribed } = await billing.versionsSubscribed(db);
  const plans = await plansByMeter(db, { today, subscribed });
  const declared = await declaredMeters(db);
  return [
    ...VM_METERS.map((name): MeterRow => ({
      name,
      decimals: DECIMALS_OF_HOSTS,
      ...READ_AS[name],
      source: 'hosts',
      plans: [...(plans.get(name) ?? [])],
    })),
    ...declared.map((meter): MeterRow => ({
      ...meter,
      source: 'events',
      plans: [...(plans.get(meter.name) ?? [])],
    })),
  ];
}
