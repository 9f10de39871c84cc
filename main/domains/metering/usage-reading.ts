import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import { textList } from '../../platform/store/update-many.ts';
import type { MeteringTables } from './metering-tables.ts';

type Db = Kysely<MeteringTables>;

/** What a member of a subscription used of a meter on a day: its events made one by the meter's aggregation. */
export interface DayReading {
  readonly subscription_id: string;
  readonly meter: string;
  readonly member: string;
  readonly day: LocalDate;
  /** In the smallest unit of the meter. */
  readonly units: string;
  readonly decimals: number;
  readonly unit: string;
  readonly events: number;
  readonly late: number;
}

interface Asked {
  readonly subscriptionIds: readonly string[];
  readonly from: LocalDate;
  readonly toExclusive?: LocalDate;
  /** What is reckoned with until the close of this day. */
  readonly knownUntil?: LocalDate;
}

/** The days of these subscriptions with usage, in order; one statement for any number of them. */
export async function dayReadings(db: Db, kind: StoreKind, asked: Asked): Promise<DayReading[]> {
  const { subscriptionIds, from, toExclusive, knownUntil } = asked;
  if (subscriptionIds.length === 0) return [];
  // The last one of a day is marked while they are read, so that one pass makes all four kinds of readings.
  const { rows } = await sql<DayReading>`
    select subscription_id, meter, member, day, unit, decimals, count(*) as events,
      sum(case when day < known_on then 1 else 0 end) as late,
      cast(case aggregation
        when 'sum' then sum(units)
        when 'last' then max(case when place = 1 then units end)
        else max(units) end as text) as units
    from (select usage_event.*, usage_meter.aggregation, usage_meter.decimals, usage_meter.unit,
        case when aggregation = 'last' then row_number() over (
          partition by subscription_id, meter, member, day order by at_ms desc, id desc) end as place
      from usage_event join usage_meter on usage_meter.name = usage_event.meter
      where subscription_id in ${textList(kind, subscriptionIds)} and day >= ${from}
        ${bound(toExclusive, (day) => sql`and day < ${day}`)}
        and ${bound(knownUntil, (day) => sql`known_on <= ${day}`, sql`known_on is not null`)}) as told
    group by subscription_id, meter, member, day, aggregation, unit, decimals
    order by subscription_id, day, meter, member`.execute(db);
  return rows.map((row) => ({ ...row, events: Number(row.events), late: Number(row.late) }));
}

function bound(
  day: LocalDate | undefined,
  condition: (day: LocalDate) => RawBuilder<unknown>,
  otherwise: RawBuilder<unknown> = sql``,
): RawBuilder<unknown> {
  return day === undefined ? otherwise : condition(day);
}
