import type { Kysely } from 'kysely';
import type { Discount, PricedPlan } from '../../../shared/domains/billing/price-component.ts';
import type { HistoryEvent } from '../../../shared/domains/billing/segment-rules.ts';
import { invariant } from '../../../shared/kernel/invariant.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import { textList } from '../../platform/store/update-many.ts';
import { planVersionsById } from '../catalog/catalog-public.ts';
import type { BillingTables } from './billing-tables.ts';

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
      readonly allocations?: Readonly<Record<string, string>> | undefined;
    }
  | { readonly do: 'pause' | 'resume' | 'cancel' }
  | { readonly do: 'anchor'; readonly day: number }
  | { readonly do: 'discount'; readonly discount: Discount };

export interface StoredEvent {
  readonly subscriptionId: string;
  readonly seq: number;
  readonly on: LocalDate;
  /** The day whose close reckons with it first. */
  readonly known: LocalDate;
  readonly madeAtMs: number;
  readonly change: StoredChange;
}

/** Adds what happened; the caller holds the calendar's lock, behind which numbers are given. */
export async function addEvent(db: Db, event: Omit<StoredEvent, 'seq'>): Promise<void> {
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
      known_on: event.known,
      change: JSON.stringify(event.change),
      made_at_ms: event.madeAtMs,
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
    .where('subscription_id', 'in', kind === undefined ? subscriptionIds : textList(kind, subscriptionIds))
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
  }));
  return Map.groupBy(events, (event) => event.subscriptionId);
}

/** Plans as they were sold, each read once; rating is quick where it sees the same object again. */
export class SoldPlans {
  private readonly plans = new Map<string, PricedPlan>();
  private readonly db: Db;

  constructor(db: Db) {
    this.db = db;
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
    return new Map([...events].map(([id, all]) => [id, all.map((event) => this.historyEvent(event))]));
  }

  private historyEvent({ on, known, change }: StoredEvent): HistoryEvent {
    const dated = { on, known };
    switch (change.do) {
      case 'start': {
        const { version, quantity, allocations, anchorDay } = change;
        return { ...dated, do: 'start', plan: this.plan(version), quantity, allocations, anchorDay };
      }
      case 'change': {
        const { version, quantity, allocations } = change;
        const plan = version === undefined ? undefined : this.plan(version);
        return { ...dated, do: 'change', plan, quantity, allocations };
      }
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
