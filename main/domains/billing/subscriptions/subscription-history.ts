import type { Kysely } from 'kysely';
import type { Units } from '../../../../shared/domains/billing/allotment-rules.ts';
import type { Discount, PricedPlan } from '../../../../shared/domains/billing/price-component.ts';
import type { HistoryEvent } from '../../../../shared/domains/billing/segment-rules.ts';
import { invariant, InvariantViolation } from '../../../../shared/kernel/invariant.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import { isAmong } from '../../../platform/store/update-many.ts';
import { planVersionsById } from '../../catalog/catalog-public.ts';
import type { BillingTables } from '../billing-tables.ts';

type Db = Kysely<BillingTables>;

/** What happened, as it is kept: a plan by the version that was sold. */
export type StoredChange =
  | {
      readonly do: 'start';
      readonly version: string;
      readonly quantity?: string | undefined;
      readonly allocations?: Readonly<Record<string, string>> | undefined;
      readonly anchorDay?: number | undefined;
    }
  | {
      readonly do: 'change';
      readonly version?: string | undefined;
      readonly quantity?: string | undefined;
      /** All units there are from then on: of changes made when the whole set was kept. They mean that for ever. */
      readonly allocations?: Units | undefined;
      /** Those that become others: what is ordered before it takes effect stays. */
      readonly units?: Units | undefined;
    }
  | { readonly do: 'pause' | 'resume' | 'cancel' }
  | { readonly do: 'anchor'; readonly day: number }
  | { readonly do: 'discount'; readonly discount: Discount }
  | { readonly do: 'discount-end'; readonly discountId: string }
  /** As if the one with that number had never been: nothing was reckoned with it yet. */
  | { readonly do: 'take-back'; readonly seq: number };

export interface StoredEvent {
  readonly subscriptionId: string;
  readonly seq: number;
  readonly on: LocalDate;
  /** The day whose close reckons with it first. */
  readonly known: LocalDate;
  readonly madeAtMs: number;
  readonly change: StoredChange;
  /** What made it for many at once; null of what a person did to one. */
  readonly source: string | null;
}

/**
 * Adds what happened; the caller holds the calendar's lock, behind which numbers are given. It is reckoned with from the day it takes
 * effect, not from the one it was decided on: until then nothing is charged or credited for it, and it can be taken back.
 */
export async function addEvent(db: Db, event: Omit<StoredEvent, 'seq' | 'source' | 'known'>): Promise<void> {
  const { last } = await db
    .selectFrom('subscription_event')
    .select((of) => of.fn.max('seq').as('last'))
    .where('subscription_id', '=', event.subscriptionId)
    .executeTakeFirstOrThrow();
  await db
    .insertInto('subscription_event')
    .values({
      subscription_id: event.subscriptionId,
      seq: Number(last ?? 0) + 1,
      on_day: event.on,
      known_on: event.on,
      change: JSON.stringify(event.change),
      made_at_ms: event.madeAtMs,
      source: null,
    })
    .execute();
}

/** What happened to each of these subscriptions, in order; at most some hundreds at once where the kind of the store is not said. */
export async function eventsOf(
  db: Db,
  subscriptionIds: readonly string[],
  kind?: StoreKind,
): Promise<ReadonlyMap<string, readonly StoredEvent[]>> {
  if (subscriptionIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('subscription_event')
    .selectAll()
    .where((is) =>
      kind === undefined
        ? is('subscription_id', 'in', subscriptionIds)
        : isAmong(kind, 'subscription_id', subscriptionIds),
    )
    .orderBy('subscription_id')
    .orderBy('seq')
    .execute();
  const events = rows.map((row) => ({
    subscriptionId: row.subscription_id,
    seq: row.seq,
    on: row.on_day,
    known: row.known_on,
    madeAtMs: row.made_at_ms,
    change: JSON.parse(row.change) as StoredChange,
    source: row.source,
  }));
  return Map.groupBy(events, (event) => event.subscriptionId);
}

export function nextSeq(events: readonly StoredEvent[]): number {
  return (events.at(-1)?.seq ?? 0) + 1;
}

/** The day on which it is due, where it is due on another one, too. */
export function earlier(due: LocalDate | null, on: LocalDate): LocalDate {
  return due !== null && due < on ? due : on;
}

/** Key of what takes back what was made under a key. */
export function takenBackSource(source: string): string {
  return `${source} taken back`;
}

/**
 * What is reckoned with: what was taken back before it was known is as if it had never been, and so is its taking back. Else that would
 * bring the version of before back on its day, whatever was decided since.
 */
export function withoutTakenBack(events: readonly StoredEvent[]): readonly StoredEvent[] {
  const backs = takenBackBy(events);
  if (backs.size === 0) return events;
  const unseen = new Set([...backs.keys(), ...backs.values()]);
  return events.filter(({ seq }) => !unseen.has(seq));
}

/** Numbers of events that were taken back before they were known, each with the number of what took it back. */
export function takenBackBy(events: readonly StoredEvent[]): ReadonlyMap<number, number> {
  if (events.every(({ source, change }) => source === null && change.do !== 'take-back')) return new Map();
  const bySource = new Map(
    events.flatMap((event) => (event.source === null ? [] : [[event.source, event] as const])),
  );
  const byHand = events.flatMap(({ seq, change }): [number, number][] =>
    change.do === 'take-back' ? [[change.seq, seq]] : [],
  );
  const ofMoves = events.flatMap((made): [number, number][] => {
    const back = made.source === null ? undefined : bySource.get(takenBackSource(made.source));
    return back !== undefined && back.known <= made.known ? [[made.seq, back.seq]] : [];
  });
  return new Map([...ofMoves, ...byHand]);
}

/** By version; what was sold never changes. */
export type SoldPlansKept = Map<string, PricedPlan>;

/** Plans as they were sold, each read once; rating is quick where it sees the same object again. */
export class SoldPlans {
  private readonly plans: SoldPlansKept;
  private readonly db: Db;

  /** @param kept those read before, which this one adds to */
  constructor(db: Db, kept: SoldPlansKept = new Map()) {
    this.db = db;
    this.plans = kept;
  }

  /** The history as rating takes it. */
  async historiesOf(
    events: ReadonlyMap<string, readonly StoredEvent[]>,
  ): Promise<ReadonlyMap<string, readonly HistoryEvent[]>> {
    const missing = new Set<string>();
    for (const { change } of [...events.values()].flat()) {
      if ('version' in change && change.version !== undefined && !this.plans.has(change.version))
        missing.add(change.version);
    }
    for (const [id, { priced }] of await planVersionsById(this.db, [...missing])) this.plans.set(id, priced);
    return new Map(
      [...events].map(([id, all]) => [id, withoutTakenBack(all).map((event) => this.historyEvent(event))]),
    );
  }

  private historyEvent({ on, known, change }: StoredEvent): HistoryEvent {
    const dated = { on, known };
    switch (change.do) {
      case 'start': {
        const { version, quantity, allocations, anchorDay } = change;
        return { ...dated, do: 'start', plan: this.plan(version), quantity, allocations, anchorDay };
      }
      case 'change': {
        const { version, quantity, allocations, units } = change;
        const plan = version === undefined ? undefined : this.plan(version);
        return { ...dated, do: 'change', plan, quantity, allocations, units };
      }
      case 'take-back':
        throw new InvariantViolation(`what takes ${change.seq} back is nothing to reckon with`);
      default:
        return { ...dated, ...change };
    }
  }

  private plan(version: string): PricedPlan {
    const plan = this.plans.get(version);
    invariant(plan !== undefined, `the version ${version} that was sold is not there`);
    return plan;
  }
}

/** The history of one subscription. */
export async function historyOf(db: Db, subscriptionId: string): Promise<readonly HistoryEvent[]> {
  const histories = await new SoldPlans(db).historiesOf(await eventsOf(db, [subscriptionId]));
  return histories.get(subscriptionId) ?? [];
}
