import type { Kysely } from 'kysely';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import { textList } from '../../platform/store/update-many.ts';
import type { MeteringParts } from './metering-parts.ts';
import type { MeteringTables, UsageEventTable } from './metering-tables.ts';

type Db = Kysely<MeteringTables>;
type Late = MeteringTables['usage_late'];

/**
 * Writes down of whom usage came after its day was closed, and from which day on. What a person gives up later stays written: a bill is
 * looked at once more, and comes to the same.
 */
export async function noteLate(
  parts: Pick<MeteringParts, 'kind' | 'insertMany'>,
  db: Db,
  events: readonly Pick<UsageEventTable, 'subscription_id' | 'day' | 'known_on'>[],
): Promise<void> {
  const firsts = new Map<string, Late>();
  for (const { subscription_id, day, known_on } of events) {
    if (known_on === null || day >= known_on) continue;
    const key = `${known_on} ${subscription_id}`;
    const had = firsts.get(key);
    if (had === undefined || day < had.first_day)
      firsts.set(key, { known_on, subscription_id, first_day: day });
  }
  const known = await knownLate(parts, db, [...firsts.values()]);
  const news = [...firsts].filter(([key, { first_day }]) => first_day < (known.get(key) ?? '9999'));
  // In one order, so that two who write the same ones at once wait for each other and no more.
  const rows = news.toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
  await parts.insertMany(db as unknown as AnyTransaction, 'usage_late', rows, {
    onConflict: { key: ['known_on', 'subscription_id'], lowest: ['first_day'] },
  });
}

/** Read first: rows that say it already are not written, and so not waited for. */
async function knownLate(
  { kind }: Pick<MeteringParts, 'kind'>,
  db: Db,
  firsts: readonly Late[],
): Promise<ReadonlyMap<string, LocalDate>> {
  if (firsts.length === 0) return new Map();
  const texts = (of: keyof Late): string[] => [...new Set(firsts.map((late) => late[of]))];
  const rows = await db
    .selectFrom('usage_late')
    .selectAll()
    .where('known_on', 'in', textList(kind, texts('known_on')) as never)
    .where('subscription_id', 'in', textList(kind, texts('subscription_id')))
    .execute();
  return new Map(rows.map((row) => [`${row.known_on} ${row.subscription_id}`, row.first_day]));
}
