import { sql, type Kysely } from 'kysely';
import type { InputOf, OutputOf } from '../../../shared/contract/operation.ts';
import type {
  HeldUsageRow,
  meteringContract,
  UsageDay,
  UsageEventRow,
} from '../../../shared/domains/metering/metering-contract.ts';
import { heldSentence } from '../../../shared/domains/metering/usage-event-rules.ts';
import { quantityText } from '../../../shared/domains/metering/usage-meter-rules.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { customerNames } from '../customers/customers-public.ts';
import type { MeteringParts } from './metering-parts.ts';
import type { MeteringTables, UsageEventTable } from './metering-tables.ts';
import { dayReadings } from './usage-reading.ts';

type Db = Kysely<MeteringTables>;
type Contract = typeof meteringContract;

/** Usage of a subscription by day and meter. */
export async function usageDayList(
  parts: Pick<MeteringParts, 'kind'>,
  db: Db,
  input: InputOf<Contract['usageDayList']>,
): Promise<UsageDay[]> {
  const { subscriptionId, start, endExclusive } = input;
  const asked = { subscriptionIds: [subscriptionId], from: start, toExclusive: endExclusive };
  const readings = await dayReadings(db, parts.kind, asked);
  return readings.map(({ day, meter, unit, member, units, decimals, events, late }) => ({
    day,
    meter,
    unit,
    member,
    quantity: quantityText(units, decimals),
    events,
    late,
  }));
}

/** Events of a subscription on one day, in the order they happened. */
export async function usageEventList(
  db: Db,
  input: InputOf<Contract['usageEventList']>,
): Promise<OutputOf<Contract['usageEventList']>> {
  let query = db
    .selectFrom('usage_event')
    .innerJoin('usage_meter', 'usage_meter.name', 'usage_event.meter')
    .selectAll('usage_event')
    .select(['unit', 'decimals'])
    .where('subscription_id', '=', input.subscriptionId)
    .where('day', '=', input.day);
  if (input.meter !== undefined) query = query.where('meter', '=', input.meter);
  const { rows, total, nextCursor } = await keysetPage({
    query,
    sortKey: sql.ref('at_ms'),
    id: sql.ref<string>('usage_event.id'),
    page: { ...input, sort: 'at', direction: 'asc' },
  });
  return { rows: rows.map(eventRow), total, nextCursor };
}

/** Usage that waits for a person, or did, the longest waiting first; what was decided, the latest first. */
export async function heldUsageList(
  parts: Pick<MeteringParts, 'billing'>,
  db: Db,
  input: InputOf<Contract['heldUsageList']>,
): Promise<OutputOf<Contract['heldUsageList']>> {
  const query = db
    .selectFrom('held_usage')
    .innerJoin('usage_event', 'usage_event.id', 'held_usage.event_id')
    .innerJoin('usage_meter', 'usage_meter.name', 'usage_event.meter')
    .selectAll(['usage_event', 'held_usage'])
    .select(['unit', 'decimals'])
    .where('state', '=', input.state);
  const { rows, total, nextCursor } = await keysetPage({
    query,
    sortKey: sql`coalesce(decided_at_ms, held_at_ms)`,
    id: sql.ref<string>('usage_event.id'),
    page: { ...input, sort: 'at', direction: input.state === 'held' ? 'asc' : 'desc' },
  });
  const terms = await parts.billing.termsOf(db, [...new Set(rows.map((row) => row.told_subscription_id))]);
  const names = await customerNames(
    db,
    [...terms.values()].map(({ customerId }) => customerId),
  );
  return {
    rows: rows.map((row): HeldUsageRow => {
      const of = terms.get(row.told_subscription_id);
      const customer = names.get(of?.customerId ?? '')?.name ?? '';
      const { told_subscription_id: subscriptionId, meter, day, reason } = row;
      const what = of?.what ?? '';
      return {
        ...eventRow(row),
        subscriptionId,
        customerId: of?.customerId ?? null,
        customer,
        what,
        reason,
        sentence: heldSentence(reason, { subscriptionId, meter, day, what, customer }),
        heldAt: instantOf(row.held_at_ms),
        state: row.state,
        decidedBy: row.decided_by,
        decidedAt: row.decided_at_ms === null ? null : instantOf(row.decided_at_ms),
        note: row.note,
      };
    }),
    total,
    nextCursor,
  };
}

function eventRow(
  row: UsageEventTable & { readonly unit: string; readonly decimals: number },
): UsageEventRow {
  return {
    id: row.id,
    meter: row.meter,
    unit: row.unit,
    member: row.member,
    day: row.day,
    at: instantOf(row.at_ms),
    quantity: quantityText(String(row.units), row.decimals),
    receivedAt: instantOf(row.received_at_ms),
    knownOn: row.known_on,
  };
}

function instantOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
