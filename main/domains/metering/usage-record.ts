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
import { declaredMeters } from './meter-store.ts';
import type { MeteringParts, SubscriptionTerms } from './metering-parts.ts';
import type { MeteringTables, UsageEventTable } from './metering-tables.ts';
import { sentenceOfHeld, UsageBatch, type Fault, type ReadEvent } from './usage-batch.ts';
import { eventsKept, keepEvents, saysTheSame } from './usage-event-store.ts';

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
 * certain day closes: its own, or, where that is closed, the next.
 */
export async function recordUsageEvents(
  parts: MeteringParts,
  db: Db,
  events: readonly ToldEvent[],
): Promise<UsageRecorded | undefined> {
  const days = await parts.billing.daysHeldOpen(db);
  if (days.size === 0) return undefined;
  const terms = await parts.billing.termsOf(db, [...new Set(events.map((event) => event.subscriptionId))]);
  const meters = await declaredMeters(db);
  const batch = new UsageBatch({ meters, terms, days, nowMs: await parts.nowMs(db) });
  for (const [index, event] of events.entries()) batch.add(event, index);
  const { fresh, repeated, faults } = await keep(parts, db, batch.read);
  const held = fresh.filter(isHeld);
  await holdEvents(
    parts,
    db,
    held.map(({ row, held: reason }) => ({
      event_id: row.id,
      told_subscription_id: row.subscription_id,
      reason,
      held_at_ms: row.received_at_ms,
    })),
  );
  const refused = [...batch.faults, ...faults].toSorted((one, other) => one.index - other.index);
  return {
    received: events.length,
    counted: fresh.length - held.length,
    repeated,
    held: held.length,
    refused: refused.length,
    problems: [
      ...refused.slice(0, PROBLEMS_MAX).map((fault): UsageProblem => ({ ...fault, what: 'refused' })),
      ...(await heldProblems(db, held.slice(0, Math.max(0, PROBLEMS_MAX - refused.length)), terms)),
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
    if (saysTheSame(before, event.row)) repeated += 1;
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
  const { id, subscription_id: subscriptionId } = row;
  return {
    index,
    id,
    sentence: `The event ${id} of ${subscriptionId} was told before with other content (of ${before}): what was told first stands; give this one an id of its own.`,
  };
}

type HeldEvent = ReadEvent & { readonly held: HeldReason };

function isHeld(event: ReadEvent): event is HeldEvent {
  return event.held !== null;
}

async function heldProblems(
  db: Db,
  held: readonly HeldEvent[],
  terms: ReadonlyMap<string, SubscriptionTerms>,
): Promise<UsageProblem[]> {
  const of = held.map(({ row }) => terms.get(row.subscription_id));
  const names = await customerNames(
    db,
    of.flatMap((one) => (one === undefined ? [] : [one.customerId])),
  );
  return held.map((event, at) => {
    const what = of[at]?.what ?? '';
    const customer = names.get(of[at]?.customerId ?? '')?.name ?? '';
    const { index, row } = event;
    return { index, id: row.id, what: 'held', sentence: sentenceOfHeld(event, { what, customer }) };
  });
}
