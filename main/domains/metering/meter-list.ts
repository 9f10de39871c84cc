import type { Kysely } from 'kysely';
import { VM_METERS } from '../../../shared/domains/billing/meter-rules.ts';
import type { MeterRow } from '../../../shared/domains/metering/metering-contract.ts';
import { plansByMeter } from '../catalog/catalog-public.ts';
import { declaredMeters } from './meter-store.ts';
import type { MeteringTables } from './metering-tables.ts';

type Db = Kysely<MeteringTables>;

/** Enough for what is divided exactly when it is priced. */
const DECIMALS_OF_HOSTS = 6;

/** All meters: those hosts count first, then those that are told, by name. */
export async function meterList(db: Db): Promise<MeterRow[]> {
  const plans = await plansByMeter(db);
  const declared = await declaredMeters(db);
  return [
    ...VM_METERS.map((name): MeterRow => {
      const unit = name.startsWith('vm') ? 'hours' : name.startsWith('vcpu') ? 'vCPU-hours' : 'GiB-hours';
      const read = { aggregation: 'sum', decimals: DECIMALS_OF_HOSTS } as const;
      return { name, unit, ...read, source: 'hosts', plans: [...(plans.get(name) ?? [])] };
    }),
    ...declared.map((meter): MeterRow => ({
      ...meter,
      source: 'events',
      plans: [...(plans.get(meter.name) ?? [])],
    })),
  ];
}
