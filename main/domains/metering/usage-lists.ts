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
import { isOfHeld } from './usage-event-store.ts';
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
    // The day within the join: rows of a page are read by their ids without other conditions, and on SQLite no index has the ids.
    .innerJoin('usage_meter', (join) =>
      join
        .onRef('usage_meter.name', '=', 'usage_event.meter')
        .on('usage_event.subscription_id', '=', input.subscriptionId)
        .on('usage_event.day', '=', input.day),
    )
    .selectAll('usage_event')
    .select(['unit', 'decimals']);
  if (input.meter !== undefined) query = query.where('meter', '=', input.meter);
  if (input.member !== undefined) query = query.where('member', '=', input.member);
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
  parts: Pick<MeteringParts, 'billing' | 'kind'>,
  db: Db,
  input: InputOf<Contract['heldUsageList']>,
): Promise<OutputOf<Contract['heldUsageList']>> {
  const waits = input.state === 'held';
  const query = db
    .selectFrom('held_usage')
    .innerJoin('usage_event', (join) => join.on(isOfHeld(parts.kind)))
    .innerJoin('usage_meter', 'usage_meter.name', 'usage_event.meter')
    .selectAll(['usage_event', 'held_usage'])
    .select(['unit', 'decimals'])
    .where('state', '=', input.state);
  const { rows, total, nextCursor } = await keysetPage({
    query,
    // Each an index of its own: held_usage_by_state, held_usage_by_decision. Whatever is decided has the time it was.
    narrow: db.selectFrom('held_usage').where('state', '=', input.state),
    sortKey: sql.ref(waits ? 'held_at_ms' : 'decided_at_ms'),
    id: sql.ref<string>('held_usage.event_id'),
    page: { ...input, sort: 'at', direction: waits ? 'asc' : 'desc' },
  });
  // Of what waits: where a person put it meanwhile, for why it waits is said of that one.
  const subscriptionOf = (row: (typeof rows)[number]): string =>
    waits ? row.subscription_id : row.told_subscription_id;
  const terms = await parts.billing.termsOf(db, [...new Set(rows.map(subscriptionOf))]);
  const names = await customerNames(
    db,
    [...terms.values()].map(({ customerId }) => customerId),
  );
  return {
    rows: rows.map((row): HeldUsageRow => {
      const subscriptionId = subscriptionOf(row);
      const of = terms.get(subscriptionId);
      const customer = names.get(of?.customerId ?? '')?.name ?? '';
      const { meter, day, reason } = row;
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
