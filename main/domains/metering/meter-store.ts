import type { Kysely } from 'kysely';
import type { UsageMeter } from '../../../shared/domains/metering/usage-meter-rules.ts';
import type { MeteringTables } from './metering-tables.ts';

type Db = Kysely<MeteringTables>;

/** Every meter that is told from outside: there are few. */
export async function declaredMeters(db: Db): Promise<UsageMeter[]> {
  return await db
    .selectFrom('usage_meter')
    .select(['name', 'unit', 'aggregation', 'decimals'])
    .orderBy('name')
    .execute();
}
