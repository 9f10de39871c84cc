import type { Kysely } from 'kysely';
import type { HistoryEvent } from '../../../../shared/domains/billing/segment-rules.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import { holdMisplaced } from '../usage/usage-terms.ts';
import { standingOn } from './subscription-course.ts';
import {
  addEvent,
  earlier,
  nextSeq,
  SoldPlans,
  type StoredChange,
  type StoredEvent,
} from './subscription-history.ts';
import { updateSubscription } from './subscription-store.ts';

type Db = Kysely<BillingTables>;

/** Something that was decided about a subscription, nothing speaks against, and its history with it. */
export interface Decided {
  readonly found: SubscriptionTable;
  readonly on: LocalDate;
  /** All that is in its history so far. */
  readonly events: readonly StoredEvent[];
  readonly event: StoredEvent;
  readonly history: readonly HistoryEvent[];
}

/** Its history before and with a change that was asked for. */
export async function withChange(
  db: Db,
  of: {
    readonly found: SubscriptionTable;
    readonly events: readonly StoredEvent[];
    readonly on: LocalDate;
    readonly change: StoredChange;
  },
): Promise<Decided> {
  const { found, events, on, change } = of;
  const seq = nextSeq(events);
  const event: StoredEvent = {
    subscriptionId: found.id,
    seq,
    on,
    known: on,
    madeAtMs: 0,
    change,
    source: null,
  };
  const histories = await new SoldPlans(db).historiesOf(new Map([['with', [...events, event]]]));
  return { found, on, events, event, history: histories.get('with') ?? [] };
}

/** Writes down what was decided; the caller holds the calendar's lock. */
export async function addDecided(
  parts: BillingParts,
  db: Db,
  { found, on, event, history }: Decided,
  at: { readonly today: LocalDate; readonly nowMs: number },
): Promise<void> {
  const { id: subscriptionId } = found;
  await addEvent(db, { subscriptionId, on, madeAtMs: at.nowMs, change: event.change });
  await holdMisplaced(parts, db, { subscriptionId, on, nowMs: at.nowMs });
  await updateSubscription(db, subscriptionId, {
    ...(await standingOn(db, { found, history, day: at.today })),
    next_due: earlier(found.next_due, on),
  });
}
