import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import {
  PROBLEMS_MAX,
  type meteringContract,
  type UsageProblem,
  type UsageRecorded,
} from '../../../shared/domains/metering/metering-contract.ts';
import type { HeldReason, ToldEvent } from '../../../shared/domains/metering/usage-event-rules.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { customerNames } from '../customers/customers-public.ts';
import { holdEvents } from './held-usage-store.ts';
import { noteLate } from './late-usage-store.ts';
import { declaredMeters } from './meter-store.ts';
import type { MeteringParts, SubscriptionTerms } from './metering-parts.ts';
import type { MeteringTables, UsageEventTable } from './metering-tables.ts';
import { canBeKept, sentenceOfHeld, UsageBatch, type Fault, type ReadEvent } from './usage-batch.ts';
import { holdSubscriptionDays } from './subscription-days.ts';
import { eventsKept, findByIndexes, keepEvents, saysTheSame } from './usage-event-store.ts';

type Operation = typeof meteringContract.usageRecord;
type Db = Kysely<MeteringTables>;

/** `metering.usageRecord`: a batch in the caller's transaction, all of it or nothing. */
export async function usageRecord(
  parts: MeteringParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  context.subject(`${input.events.length} events`);
  const recorded = await recordUsageEvents(parts, context.tables<MeteringTables>(), input.events);
  if (recorded === undefined) return refuse('no-company');
  if (recorded.counted > 0) await context.note('usage', 'events');
  if (recorded.held > 0) await context.note('held-usage', 'events');
  return done(recorded);
}

/**
 * Records a batch of events in the caller's transaction; undefined while nobody sells. An event is counted by its id, once for ever,
 * whoever sends it how often and beside whom: what its id says first stands, and the same id with other content is refused. What
 * nobody can be charged for is held, which is counted as well. No day closes meanwhile, so each event is reckoned with as one
 * certain day of its subscription's billing zone closes: its own, or, where that is closed, the next.
 */
export async function recordUsageEvents(
  parts: MeteringParts,
  db: Db,
  events: readonly ToldEvent[],
): Promise<UsageRecorded | undefined> {
  await findByIndexes(parts, db);
  const held = await holdSubscriptionDays(
    parts,
    db,
    events.map((event) => event.subscriptionId).filter(canBeKept),
  );
  if (held === undefined) return undefined;
  const meters = await declaredMeters(db);
  const batch = new UsageBatch({ ...held, meters, nowMs: await parts.nowMs(db) });
  for (const [index, event] of events.entries()) batch.add(event, index);
  const { fresh, repeated, faults } = await keep(parts, db, batch.read);
  await noteLate(
    parts,
    db,
    fresh.map(({ row }) => row),
  );
  const waiting = fresh.filter(isHeld);
  await holdEvents(
    parts,
    db,
    waiting.map(({ row, held: reason }) => ({
      event_id: row.id,
      told_subscription_id: row.subscription_id,
      reason,
      held_at_ms: row.received_at_ms,
    })),
  );
  const refused = [...batch.faults, ...faults].toSorted((one, other) => one.index - other.index);
  return {
    received: events.length,
    counted: fresh.length - waiting.length,
    repeated,
    held: waiting.length,
    refused: refused.length,
    problems: [
      ...(await refusedProblems(db, refused.slice(0, PROBLEMS_MAX), held.terms)),
      ...(await heldProblems(db, waiting.slice(0, Math.max(0, PROBLEMS_MAX - refused.length)), held.terms)),
    ],
  };
}

interface Kept {
  readonly fresh: readonly ReadEvent[];
  readonly repeated: number;
  readonly faults: readonly Fault[];
}

/** Keeps what is new and compares the rest with what is kept. */
async function keep(parts: MeteringParts, db: Db, read: readonly ReadEvent[]): Promise<Kept> {
  const byId = new Map<string, ReadEvent>();
  const again: ReadEvent[] = [];
  for (const event of read) {
    if (byId.has(event.row.id)) again.push(event);
    else byId.set(event.row.id, event);
  }
  const ids = [...byId.keys()];
  let kept = await eventsKept(db, parts.kind, ids);
  const inserted = await keepEvents(parts, db, rowsOf(byId, kept));
  const late = ids.filter((id) => !inserted.has(id) && !kept.has(id));
  if (late.length > 0) kept = new Map([...kept, ...(await eventsKept(db, parts.kind, late))]);
  const faults: Fault[] = [];
  let repeated = 0;
  for (const event of [...byId.values(), ...again]) {
    const first = byId.get(event.row.id)?.row;
    const before = kept.get(event.row.id) ?? first;
    const isFirst = first === event.row && inserted.has(event.row.id);
    if (isFirst || before === undefined) continue;
    if (saysTheSame(before, event)) repeated += 1;
    else faults.push(reusedId(event, before.subscription_id));
  }
  return { fresh: [...byId.values()].filter(({ row }) => inserted.has(row.id)), repeated, faults };
}

function rowsOf(
  events: ReadonlyMap<string, ReadEvent>,
  kept: ReadonlyMap<string, unknown>,
): UsageEventTable[] {
  const rows = [...events.values()].flatMap(({ row }) => (kept.has(row.id) ? [] : [row]));
  return rows.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

function reusedId({ index, row }: ReadEvent, before: string): Fault {
  const words = `was told before with other content (of ${before}): what was told first stands; give this one an id of its own.`;
  return { index, id: row.id, subscriptionId: row.subscription_id, words };
}

type HeldEvent = ReadEvent & { readonly held: HeldReason };

function isHeld(event: ReadEvent): event is HeldEvent {
  return event.held !== null;
}

type Terms = ReadonlyMap<string, SubscriptionTerms>;

async function heldProblems(db: Db, held: readonly HeldEvent[], terms: Terms): Promise<UsageProblem[]> {
  const ids = held.map(({ row }) => row.subscription_id);
  const named = await namesOf(db, ids, terms);
  return held.map((event): UsageProblem => {
    const { index, row } = event;
    const of = named.get(row.subscription_id) ?? { what: '', customer: '' };
    return { index, id: row.id, what: 'held', sentence: sentenceOfHeld(event, of) };
  });
}

async function refusedProblems(db: Db, faults: readonly Fault[], terms: Terms): Promise<UsageProblem[]> {
  const ids = faults.map(({ subscriptionId }) => subscriptionId);
  const named = await namesOf(db, ids, terms);
  return faults.map(({ index, id, subscriptionId, words }): UsageProblem => {
    const of = named.get(subscriptionId);
    const whose = of === undefined ? subscriptionId : `${subscriptionId} (${of.what} of ${of.customer})`;
    const sentence = `The event ${id} of ${whose} ${words}`;
    return { index, id: readable(id), what: 'refused', sentence: readable(sentence) };
  });
}

/** What is no text is told by signs that stand for it. */
function readable(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\ufffd');
}

/** What these subscriptions are and whose, in words; of those that are there. */
async function namesOf(
  db: Db,
  subscriptionIds: readonly string[],
  terms: Terms,
): Promise<ReadonlyMap<string, { readonly what: string; readonly customer: string }>> {
  const known = [...new Set(subscriptionIds)].flatMap((id) => {
    const of = terms.get(id);
    return of === undefined ? [] : [[id, of] as const];
  });
  const names = await customerNames(
    db,
    known.map(([, of]) => of.customerId),
  );
  return new Map(
    known.map(([id, { what, customerId }]) => [id, { what, customer: names.get(customerId)?.name ?? '' }]),
  );
}
