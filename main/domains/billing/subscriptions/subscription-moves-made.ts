import type { Kysely } from 'kysely';
import { readsHosts } from '../../../../shared/domains/billing/meter-rules.ts';
import { dayAt, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import type { AnyTransaction } from '../../../platform/store/store.ts';
import { planVersionsById } from '../../catalog/catalog-public.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import {
  earlier,
  eventsOf,
  nextSeq,
  takenBackBy,
  takenBackSource,
  withoutTakenBack,
  type StoredEvent,
} from './subscription-history.ts';
import { calendarsFor, keyOf, noMove, rowsOf, type FoundMove, type NoMove } from './subscription-move.ts';
import { holdMisplacedOfMany, releaseFitting, usageTermsOf } from '../usage/usage-terms.ts';

type Db = Kysely<BillingTables>;
type Parts = Pick<BillingParts, 'kind' | 'insertMany' | 'updateMany'>;

/** Adds these moves to the histories of their subscriptions, as single changes are added; the caller judged them behind their lock. */
export async function makeMoves(
  parts: Parts,
  db: AnyDatabase,
  of: { readonly moves: readonly FoundMove[]; readonly nowMs: number },
): Promise<void> {
  const trx = db as unknown as AnyTransaction;
  await parts.insertMany(
    trx,
    'subscription_event',
    of.moves.map(({ event }) => eventRow(event)),
  );
  await parts.updateMany(
    trx,
    'subscription',
    of.moves.map(({ row }) => row),
    'id',
  );
  const changed = of.moves.map(({ event: { subscriptionId, on } }) => ({ subscriptionId, on }));
  await holdMisplacedOfMany(parts, db, { changed, nowMs: of.nowMs });
}

function eventRow(event: StoredEvent): BillingTables['subscription_event'] {
  return {
    subscription_id: event.subscriptionId,
    seq: event.seq,
    on_day: event.on,
    known_on: event.known,
    change: JSON.stringify(event.change),
    made_at_ms: event.madeAtMs,
    source: event.source,
  };
}

/**
 * Takes back moves that are not in effect yet: rating reckons with a move from its day on, so nothing of one that is taken back before
 * is ever charged or credited. Says why of those that stay.
 */
export async function takeMovesBack(
  parts: Parts,
  db: AnyDatabase,
  of: {
    readonly subscriptionIds: readonly string[];
    readonly source: string;
    /** Who takes them back. */
    readonly by: string;
    readonly nowMs: number;
  },
): Promise<ReadonlyMap<string, NoMove | null>> {
  const ours = db as Db;
  const ids = of.subscriptionIds;
  const calendars = await calendarsFor(ours, await rowsOf(ours, parts.kind, ids), true);
  const rows = await rowsOf(ours, parts.kind, ids);
  const events = await eventsOf(ours, ids, parts.kind);
  const versions = await versionsIn(ours, events);
  const answers = new Map<string, NoMove | null>();
  const taken: { row: TakenRow; event: StoredEvent }[] = [];
  const termsBefore = await usageTermsOf(db, parts.kind, ids);
  for (const row of rows) {
    const all = events.get(row.id) ?? [];
    const calendar = calendars.get(keyOf(row));
    const today = dayAt(of.nowMs, calendar?.timeZone ?? 'UTC');
    const found = takenBack(all, { source: of.source, today, closedUntil: calendar?.closedUntil ?? null });
    answers.set(row.id, found === 'by-hand' || !('code' in found) ? null : found);
    if (found === 'by-hand' || 'code' in found) continue;
    const { made, before } = found;
    const event: StoredEvent = {
      subscriptionId: row.id,
      seq: nextSeq(all),
      on: made.on,
      known: today,
      madeAtMs: of.nowMs,
      change: { do: 'change', version: before },
      source: takenBackSource(of.source),
    };
    const left = withoutTakenBack([...all, event]).flatMap((each) => versionOf(each) ?? []);
    const sold = left.flatMap((id) => versions.get(id) ?? []);
    const isMetered = sold.some(({ priced }) => readsHosts(priced, row.vm_id));
    taken.push({
      row: {
        id: row.id,
        is_metered: isMetered ? 1 : 0,
        is_daily: sold.some(({ charged }) => charged === 'daily') ? 1 : 0,
        next_due: earlier(row.next_due, today),
      },
      event,
    });
  }
  const trx = db as unknown as AnyTransaction;
  await parts.insertMany(
    trx,
    'subscription_event',
    taken.map(({ event }) => eventRow(event)),
  );
  await parts.updateMany(
    trx,
    'subscription',
    taken.map(({ row }) => row),
    'id',
  );
  const changed = taken.map(({ event: { subscriptionId, on } }) => ({ subscriptionId, on }));
  await holdMisplacedOfMany(parts, db, { changed, nowMs: of.nowMs });
  await releaseFitting(parts, db, { changed, before: termsBefore, by: of.by, nowMs: of.nowMs });
  return answers;
}

type TakenRow = Pick<SubscriptionTable, 'id' | 'is_metered' | 'is_daily' | 'next_due'>;

/** The versions in these histories. */
async function versionsIn(
  db: Db,
  events: ReadonlyMap<string, readonly StoredEvent[]>,
): ReturnType<typeof planVersionsById> {
  const ids = new Set([...events.values()].flatMap((all) => all.flatMap((event) => versionOf(event) ?? [])));
  return await planVersionsById(db, [...ids]);
}

/** The move to be taken back, and the version that holds without it; or why it stays, or that somebody took it back by itself. */
function takenBack(
  all: readonly StoredEvent[],
  of: { readonly source: string; readonly today: LocalDate; readonly closedUntil: LocalDate | null },
): { readonly made: StoredEvent; readonly before: string } | NoMove | 'by-hand' {
  const { today, closedUntil } = of;
  const made = all.find(({ source }) => source === of.source);
  if (made !== undefined && takenBackBy(all).has(made.seq)) return 'by-hand';
  const before = made && versionBefore(all, made);
  if (made === undefined || before === undefined) return noMove('changed-since');
  const isInEffect = made.on <= today || (closedUntil !== null && made.on <= closedUntil);
  if (isInEffect) return noMove('in-effect', { on: made.on });
  return withoutTakenBack(all).some((event) => isBuiltOn(made, event))
    ? noMove('changed-since')
    : { made, before };
}

/** Whether an event came after a move and reckons with it: another plan, or units that were ordered for days of the new one. */
function isBuiltOn(made: StoredEvent, { seq, on, change }: StoredEvent): boolean {
  if (seq <= made.seq || change.do !== 'change') return false;
  const ordersUnits = change.allocations !== undefined || change.units !== undefined;
  return change.version !== undefined || (ordersUnits && on >= made.on);
}

/**
 * The first move in a history that was decided by the version something gave which is not in `without`: it moves the customers of that
 * version, so without it this one would not have been moved.
 */
export function moveBuiltOn(
  events: readonly StoredEvent[],
  without: readonly StoredEvent[],
): StoredEvent | undefined {
  return withoutTakenBack(events).find(
    (event) =>
      event.source !== null &&
      without.includes(event) &&
      versionBefore(events, event) !== versionBefore(without, event),
  );
}

function versionOf({ change }: StoredEvent): string | undefined {
  return 'version' in change ? change.version : undefined;
}

/** The version that would hold on the day of a move if it had not been made: the last by day, then by order, of those before it. */
function versionBefore(all: readonly StoredEvent[], made: StoredEvent): string | undefined {
  const last = withoutTakenBack(all)
    .filter((event) => event.seq < made.seq && event.on <= made.on && versionOf(event) !== undefined)
    .toSorted((one, other) => (one.on === other.on ? one.seq - other.seq : one.on < other.on ? -1 : 1))
    .at(-1);
  return last && versionOf(last);
}
