import type { Kysely } from 'kysely';
import { done, refuse, sentenceOf, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { takeBackReasons } from '../../../../shared/domains/billing/subscription-reasons.ts';
import { dayAt, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { billingZone, calendarOfSubscription, readCalendar } from '../companies/company-store.ts';
import { poolTermsOf } from '../pools/pool-terms.ts';
import { moneyFacts, moneyOfChange } from './change-money.ts';
import { rowsOfEvents } from './subscription-events.ts';
import { eventsOf, takenBackBy, withoutTakenBack } from './subscription-history.ts';
import { subscriptionById } from './subscription-store.ts';
import { whyKept } from './subscription-take-back.ts';

type Db = Kysely<BillingTables>;
type Operation = typeof billingContract.subscriptionPlanned;
type Planned = OutputOf<Operation>['rows'][number];

/** What is decided about a subscription and not charged yet, the first that comes first, each with what it moves by itself. */
export async function subscriptionPlanned(
  parts: Pick<BillingParts, 'nowMs' | 'kind'>,
  db: Db,
  subscriptionId: string,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const found = await subscriptionById(db, subscriptionId);
  if (found === undefined) return refuse('no-such-subscription', { subscriptionId });
  const calendar = await readCalendar(db, await calendarOfSubscription(db, subscriptionId));
  const closedUntil = calendar?.closedUntil ?? null;
  const nowMs = await parts.nowMs(db);
  const today = dayAt(nowMs, calendar?.timeZone ?? (await billingZone(db)));
  const isOpen = (on: LocalDate): boolean => closedUntil === null || on > closedUntil;
  const all = (await eventsOf(db, [subscriptionId])).get(subscriptionId) ?? [];
  const backs = takenBackBy(all);
  const events = withoutTakenBack(all);
  const planned = events
    .filter(({ on, change, seq }) => isOpen(on) && change.do !== 'start' && !backs.has(seq))
    .toSorted((one, other) => (one.on === other.on ? one.seq - other.seq : one.on < other.on ? -1 : 1));
  const told = new Map((await rowsOfEvents(db, all)).map((row) => [row.seq, row]));
  const facts = await moneyFacts(parts, db, { found, events, closedUntil });
  const pool = (await poolTermsOf(parts, db, { rows: [found], atMs: nowMs })).get(found.id);
  const rows: Planned[] = [];
  for (const made of planned) {
    const event = told.get(made.seq);
    if (event === undefined) continue;
    const kept = await whyKept({ ...facts, pool }, { events, made });
    const money = await moneyOfChange(facts, {
      without: events.filter((each) => each !== made),
      on: made.on,
      until: made.on > today ? made.on : today,
    });
    rows.push({ ...money, event, whyKept: kept && sentenceOf(takeBackReasons[kept.code], kept.facts) });
  }
  return done({ today, rows });
}
