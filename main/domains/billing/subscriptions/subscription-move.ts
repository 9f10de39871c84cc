import type { Kysely } from 'kysely';
import { sentenceOf, type Facts } from '../../../../shared/contract/outcome.ts';
import { unitsToPrice } from '../../../../shared/domains/billing/allotment-rules.ts';
import { readsHosts } from '../../../../shared/domains/billing/meter-rules.ts';
import {
  comparedBy,
  conditionsOn,
  meteredTerms,
  perPeriodMinor,
  setUpsMinor,
  type Conditions,
} from '../../../../shared/domains/billing/period-price-rules.ts';
import type { Every } from '../../../../shared/domains/billing/period-rules.ts';
import type { PricedPlan } from '../../../../shared/domains/billing/price-component.ts';
import type { ChargedLine } from '../../../../shared/domains/billing/rating-lines.ts';
import { periodEndOf } from '../../../../shared/domains/billing/rating-rules.ts';
import type { HistoryEvent } from '../../../../shared/domains/billing/segment-rules.ts';
import { moveReasons, type MoveReason } from '../../../../shared/domains/billing/subscription-reasons.ts';
import { priceInForce } from '../../../../shared/domains/catalog/price-rules.ts';
import { addDays, dayAt, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import { textList } from '../../../platform/store/update-many.ts';
import type { StoredVersion } from '../../catalog/catalog-public.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, SubscriptionTable } from '../billing-tables.ts';
import { openLinesOf } from '../charges/charge-lines.ts';
import { lockCalendar, readCalendar, type Calendar, type CalendarKey } from '../companies/company-store.ts';
import { heldReasonsOf } from '../charges/day-held.ts';
import { poolTermsOf, type PoolTerms } from '../pools/pool-terms.ts';
import { laterFacts } from './subscription-asked.ts';
import { misfitAfter, soldBefore, soldBy } from './subscription-course.ts';
import {
  earlier,
  eventsOf,
  nextSeq,
  SoldPlans,
  type StoredChange,
  type StoredEvent,
} from './subscription-history.ts';
import type { MoveTarget } from './subscription-move-target.ts';
import { termsFault } from './subscription-terms.ts';

type Db = Kysely<BillingTables>;

/** When moves take effect: today, at the end of the period each subscription is in, or on a day. */
export type MoveEffect = 'now' | 'period-end' | LocalDate;

/** A subscription that would be moved, what it pays now for a whole period and what it would pay. */
export interface FoundMove {
  readonly ok: true;
  readonly on: LocalDate;
  readonly versionBefore: string;
  readonly versionAfter: string;
  readonly every: Every;
  readonly nowMinor: bigint;
  readonly thenMinor: bigint;
  /** Set-ups that the move would charge. */
  readonly onceMinor: bigint;
  /** Whether what is metered is priced otherwise then. */
  readonly usage: 'none' | 'same' | 'other';
  /** What it does to the row of the subscription. */
  readonly row: { readonly id: string } & Pick<
    SubscriptionTable,
    | 'plan_id'
    | 'plan_name'
    | 'price_id'
    | 'charged'
    | 'per_month'
    | 'per_vcpu_hour'
    | 'per_gib_hour'
    | 'daily_quantity'
    | 'is_metered'
    | 'is_daily'
    | 'next_due'
  >;
  readonly event: StoredEvent;
}
export interface NoMove {
  readonly ok: false;
  readonly code: MoveReason;
  /** A sentence. */
  readonly why: string;
}
export type JudgedMove = FoundMove | NoMove;

export function noMove(code: MoveReason, facts: Facts = {}): NoMove {
  return { ok: false, code, why: sentenceOf(moveReasons[code], facts) };
}

export interface MovesAsked {
  readonly subscriptionIds: readonly string[];
  /** Read when the calendars are held: the plan is locked after them, as everywhere. */
  readonly target: () => Promise<MoveTarget>;
  readonly effect: MoveEffect;
  readonly nowMs: number;
  /** Natural key of the move; every subscription is moved by it once. */
  readonly source: string;
  /** Holds the calendars of these subscriptions, so that no day closes and nobody else changes them until the transaction ends. */
  readonly locked?: boolean;
  /** Plans as they were sold, kept from page to page. */
  readonly plans?: SoldPlans;
}

type Judging = Pick<MovesAsked, 'effect' | 'nowMs' | 'source'> & { readonly target: MoveTarget };

/**
 * Says of each of these subscriptions (some hundreds at once) whether it is moved, from when on and what it pays then, or why it is not.
 * What is read is read for all of them together; what it comes to is worked out in memory by the rules that charge it.
 */
export async function judgeMoves(
  parts: Pick<BillingParts, 'kind'>,
  db: AnyDatabase,
  asked: MovesAsked,
): Promise<ReadonlyMap<string, JudgedMove>> {
  const ours = db as Db;
  const { kind } = parts;
  const ids = asked.subscriptionIds;
  const calendars = await calendarsFor(ours, await rowsOf(ours, kind, ids), asked.locked === true);
  const judging = { ...asked, target: await asked.target() };
  // Read behind the locks.
  const rows = await rowsOf(ours, kind, ids);
  const events = await eventsOf(ours, ids, kind);
  const histories = await (asked.plans ?? new SoldPlans(ours)).historiesOf(events);
  const held = await heldReasonsOf(ours, kind, ids);
  const todayOf = (row: SubscriptionTable): LocalDate =>
    dayAt(asked.nowMs, calendars.get(keyOf(row))?.timeZone ?? 'UTC');
  const pools = await poolTermsOf(parts, ours, { rows, atMs: asked.nowMs });
  const lines = asked.effect === 'period-end' ? await linesAround(ours, rows, todayOf) : new Map();
  const judged = rows.map((row): [string, JudgedMove] => {
    const of = {
      row,
      events: events.get(row.id) ?? [],
      history: histories.get(row.id) ?? [],
      held: held.get(row.id),
      pool: pools.get(row.id),
      lines: lines.get(row.id) ?? [],
      today: todayOf(row),
      closedUntil: calendars.get(keyOf(row))?.closedUntil ?? null,
    };
    return [row.id, judge(of, judging)];
  });
  const found = new Map(judged);
  for (const id of ids)
    if (!found.has(id)) found.set(id, noMove('no-such-subscription', { subscriptionId: id }));
  return found;
}

export async function rowsOf(
  db: Db,
  kind: BillingParts['kind'],
  ids: readonly string[],
): Promise<SubscriptionTable[]> {
  return await db
    .selectFrom('subscription')
    .selectAll()
    .where('id', 'in', textList(kind, ids))
    .orderBy('id')
    .execute();
}

export function keyOf(row: Pick<SubscriptionTable, 'company_id' | 'billing_zone'>): string {
  return `${row.company_id} ${row.billing_zone}`;
}

/** Those by whose days these are charged: few, and locked in one order. */
export async function calendarsFor(
  db: Db,
  rows: readonly SubscriptionTable[],
  locked: boolean,
): Promise<ReadonlyMap<string, Calendar>> {
  const keys = new Map<string, CalendarKey>(
    rows.map((row) => [keyOf(row), { companyId: row.company_id, billingZone: row.billing_zone }]),
  );
  const found = new Map<string, Calendar>();
  for (const [name, key] of [...keys].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const calendar = locked ? await lockCalendar(db, key) : await readCalendar(db, key);
    if (calendar !== undefined) found.set(name, calendar);
  }
  return found;
}

async function linesAround(
  db: Db,
  rows: readonly SubscriptionTable[],
  todayOf: (row: SubscriptionTable) => LocalDate,
): Promise<ReadonlyMap<string, readonly ChargedLine[]>> {
  const first = rows
    .map((row) => laterOf(todayOf(row), row.starts_on))
    .toSorted()
    .at(0);
  if (first === undefined) return new Map();
  const ids = rows.map(({ id }) => id);
  const open = await openLinesOf(db, ids, addDays(first, -1));
  return new Map([...open].map(([id, all]) => [id, all.map(({ line }) => line)]));
}

function laterOf(one: LocalDate, other: LocalDate): LocalDate {
  return one < other ? other : one;
}

interface Known {
  readonly row: SubscriptionTable;
  readonly events: readonly StoredEvent[];
  readonly history: readonly HistoryEvent[];
  readonly pool: PoolTerms | undefined;
  readonly held: { readonly day: LocalDate; readonly reason: string } | undefined;
  readonly lines: readonly ChargedLine[];
  readonly today: LocalDate;
  readonly closedUntil: LocalDate | null;
}

function judge(of: Known, asked: Judging): JudgedMove {
  const { row, history, today, closedUntil } = of;
  const { plan } = asked.target;
  // Before anything about days: of one that has ended they mean nothing.
  if (row.ends_on !== null && row.ends_on <= today) return noMove('already-ended', { endsOn: row.ends_on });
  const on = effectOn(of, asked.effect);
  if (closedUntil !== null && on <= closedUntil)
    return noMove('day-closed', { on, firstOpenDay: addDays(closedUntil, 1) });
  if (on < row.starts_on) return noMove('before-start', { startsOn: row.starts_on });
  if (row.ends_on !== null && on >= row.ends_on) return noMove('already-ended', { endsOn: row.ends_on });
  const now = conditionsOn(history, on);
  if (now === undefined) return noMove('before-start', { startsOn: row.starts_on });
  const version = versionFor(asked.target, row.currency, on);
  if ('code' in version) return version;
  const planned = plannedChange(history, today);
  if (planned !== undefined) {
    const { on: day, plan: other } = planned;
    if (other.version === version.id) return noMove('planned-already', { on: day });
    return noMove('change-planned', { plan: asked.target.names.get(other.id) ?? other.id, on: day });
  }
  if (now.plan.version === version.id) return noMove('so-already');
  if (!plan.active && plan.id !== row.plan_id) return noMove('plan-retired', { plan: plan.name });
  if (of.held !== undefined) return noMove('held', of.held);
  if (now.plan.vat !== version.priced.vat)
    return noMove('vat-otherwise', { vatNow: vatWords(now.plan), vatThen: vatWords(version.priced) });
  const { priced } = version;
  const allocations = unitsToPrice({ before: now.plan, after: priced, ordered: now.allocations });
  const terms = { allocations, quantity: now.quantity, vmId: row.vm_id, pool: of.pool, on };
  const fault = termsFault({ name: plan.name, priced }, terms, asked.target.told);
  if (fault !== undefined) return noMove(fault.code, fault.facts);
  const moved = [...history, { do: 'change', on, plan: priced } as const];
  const misfit = misfitAfter(moved, { day: on, vmId: row.vm_id, names: asked.target.names });
  if (misfit !== undefined) return noMove('later-terms', laterFacts(misfit));
  return found(of, asked, { on, now, version });
}

function effectOn({ row, history, lines, today }: Known, effect: MoveEffect): LocalDate {
  if (effect === 'now') return laterOf(today, row.starts_on);
  if (effect !== 'period-end') return effect;
  const at = laterOf(today, row.starts_on);
  return periodEndOf({ history, at, charged: lines, currency: row.currency });
}

function versionFor(target: MoveTarget, currency: Currency, on: LocalDate): StoredVersion | NoMove {
  const { plan, versions, versionId } = target;
  const version =
    versionId === '' ? priceInForce(versions, currency, on) : versions.find(({ id }) => id === versionId);
  if (version === undefined) return noMove('no-price', { plan: plan.name, currency, startsOn: on });
  if (version.currency !== currency)
    return noMove('version-currency', { plan: plan.name, currency, versionCurrency: version.currency });
  if (version.validFrom > on)
    return noMove('version-later', { plan: plan.name, validFrom: version.validFrom, on });
  return version;
}

/** The first change of plan that is decided and not in effect yet, by all that was decided: one that was taken back is none. */
function plannedChange(
  history: readonly HistoryEvent[],
  today: LocalDate,
): { readonly on: LocalDate; readonly plan: PricedPlan } | undefined {
  let before = conditionsOn(history, today)?.plan;
  const days = new Set(
    history.flatMap((event) => (event.do === 'change' && event.plan !== undefined ? [event.on] : [])),
  );
  for (const on of [...days].filter((day) => day > today).toSorted()) {
    const plan = conditionsOn(history, on)?.plan;
    if (plan !== undefined && plan.version !== before?.version) return { on, plan };
    before = plan;
  }
  return undefined;
}

function vatWords({ vat }: PricedPlan): string {
  return vat === 'included' ? 'in it' : 'on top';
}

function found(
  { row, events, history, today }: Known,
  asked: Judging,
  of: { readonly on: LocalDate; readonly now: Conditions; readonly version: StoredVersion },
): FoundMove {
  const { on, now, version } = of;
  const { plan } = asked.target;
  const { currency } = row;
  const then = { ...now, plan: version.priced };
  const every = comparedBy([now.plan, then.plan]);
  const [usedNow, usedThen] = [meteredTerms(now.plan), meteredTerms(then.plan)];
  const isInEffect = on <= today;
  const change: StoredChange = { do: 'change', version: version.id };
  return {
    ok: true,
    on,
    versionBefore: now.plan.version,
    versionAfter: version.id,
    every,
    nowMinor: perPeriodMinor(now, on, every, currency),
    thenMinor: perPeriodMinor(then, on, every, currency),
    onceMinor: setUpsMinor(then, { history, on, currency }),
    usage: usedNow === '' && usedThen === '' ? 'none' : usedNow === usedThen ? 'same' : 'other',
    row: {
      id: row.id,
      // What begins later is shown from its day on.
      plan_id: isInEffect ? plan.id : row.plan_id,
      plan_name: isInEffect ? plan.name : row.plan_name,
      price_id: isInEffect ? version.id : row.price_id,
      ...(isInEffect ? soldBy(version.priced, now.quantity) : soldBefore(row)),
      is_metered: readsHosts(version.priced, row.vm_id) ? 1 : row.is_metered,
      is_daily: version.charged === 'daily' ? 1 : row.is_daily,
      next_due: earlier(row.next_due, on),
    },
    event: {
      subscriptionId: row.id,
      seq: nextSeq(events),
      on,
      // Not from the day it was planned: until its own nothing is credited, and what is taken back before was never reckoned with.
      known: on,
      madeAtMs: asked.nowMs,
      change,
      source: asked.source,
    },
  };
}
