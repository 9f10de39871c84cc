import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { billingContract } from '../../../shared/domains/billing/billing-contract.ts';
import { linesNeededFrom } from '../../../shared/domains/billing/day-rating-rules.ts';
import type { ChargedLine, RatedLine } from '../../../shared/domains/billing/rating-lines.ts';
import { rate } from '../../../shared/domains/billing/rating-rules.ts';
import type { HistoryEvent } from '../../../shared/domains/billing/segment-rules.ts';
import { addDays, dayAt, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { planFacts, planNames } from '../catalog/catalog-public.ts';
import type { BillingParts } from './billing-parts.ts';
import type { BillingTables, SubscriptionTable } from './billing-tables.ts';
import { openLinesOf } from './charge-lines.ts';
import { billingZone, calendarOfSubscription, readCalendar } from './company-store.ts';
import { versionsWithVat } from './price-vat.ts';
import { changeAsked, periodEndFrom } from './subscription-change.ts';
import { SoldPlans, eventsOf, type StoredChange, type StoredEvent } from './subscription-history.ts';
import { subscriptionById } from './subscription-store.ts';

type Db = Kysely<BillingTables>;
type Operation = typeof billingContract.subscriptionPreview;
type Input = InputOf<Operation>;
type Refusal = RefusalCodeOf<Operation>;
type Preview = OutputOf<Operation>;

interface ToCome {
  readonly found: SubscriptionTable;
  readonly on: LocalDate;
  readonly known: LocalDate;
  readonly change: StoredChange;
}

/**
 * What a change would charge and take back: what is due by the end of the day it takes effect, with it and without it, by the same rule
 * that charges days as they close. What they have in common is left out. Writes nothing.
 */
export async function subscriptionPreview(
  parts: Pick<BillingParts, 'nowMs'>,
  input: Input,
  db: Db,
): Promise<Outcome<Preview, Refusal>> {
  const calendar = await readCalendar(db, await calendarOfSubscription(db, input.subscriptionId));
  const closedUntil = calendar?.closedUntil ?? null;
  const today = dayAt(await parts.nowMs(db), calendar?.timeZone ?? (await billingZone(db)));
  const asked = await toCome(db, input, { closedUntil, today });
  if (!asked.ok) return asked;
  const { found, on, known, change } = asked.value;
  const events = (await eventsOf(db, [found.id])).get(found.id) ?? [];
  const made: StoredEvent = { subscriptionId: found.id, seq: 0, on, known, madeAtMs: 0, change };
  const plans = new SoldPlans(db);
  const histories = await plans.historiesOf(
    new Map([
      ['without', events],
      ['with', [...events, made]],
    ]),
  );
  const settledBefore = closedUntil ?? addDays(found.starts_on, -1);
  const history = histories.get('with') ?? [];
  const open = await openLinesOf(db, [found.id], linesNeededFrom(history, settledBefore));
  const charged = (open.get(found.id) ?? []).map(({ line }) => line);
  const until = on > today ? on : today;
  const due = (of: readonly HistoryEvent[]): readonly RatedLine[] =>
    rate({
      subscriptionId: found.id,
      currency: found.currency,
      history: of,
      charged,
      target: until,
      isDayOver: true,
      settledBefore,
      ...(closedUntil !== null && { ratedUntil: closedUntil }),
    }).lines.filter(isOfPeriods);
  const [before, after] = [due(histories.get('without') ?? []), due(history)];
  const names = await planNames(db);
  const withVat = versionsWithVat(history);
  const words = (line: RatedLine): Preview['lines'][number] => ({
    component: line.component,
    plan: names.get(line.planId) ?? '',
    reason: line.reason,
    start: line.from,
    endExclusive: line.toExclusive,
    amount: { amountMinor: line.amountMinor.toString(), currency: found.currency },
    hasVat: withVat.has(line.planVersion),
  });
  const lines = after.filter((line) => !before.some((other) => isSame(other, line)));
  const instead = before.filter((line) => !after.some((other) => isSame(other, line)));
  const sum = (of: readonly ChargedLine[]): bigint => of.reduce((all, line) => all + line.amountMinor, 0n);
  return done({
    on,
    until,
    lines: lines.map(words),
    instead: instead.map(words),
    difference: { amountMinor: (sum(lines) - sum(instead)).toString(), currency: found.currency },
  });
}

async function toCome(
  db: Db,
  input: Input,
  of: { readonly closedUntil: LocalDate | null; readonly today: LocalDate },
): Promise<Outcome<ToCome, Refusal>> {
  const { subscriptionId, change, on } = input;
  if (change.do !== 'cancel')
    return await changeAsked(db, { subscriptionId, change, on }, { ...of, planOf: planFacts });
  const { closedUntil, today } = of;
  const found = await subscriptionById(db, subscriptionId);
  if (found === undefined) return refuse('no-such-subscription', { subscriptionId });
  if (found.charged !== 'by-period') return refuse('charged-daily', { plan: found.plan_name });
  if (found.ends_on !== null) return refuse('already-ended', { endsOn: found.ends_on });
  const endsOn = on === 'period-end' ? await periodEndFrom(db, found, today) : (on ?? today);
  if (endsOn < found.starts_on) return refuse('before-start', { startsOn: found.starts_on });
  if (closedUntil !== null && endsOn <= closedUntil)
    return refuse('day-closed', { on: endsOn, firstOpenDay: addDays(closedUntil, 1) });
  const known = endsOn < today ? endsOn : today;
  return done({ found, on: endsOn, known, change: { do: 'cancel' } });
}

/** Usage is not looked at: what was used is charged whatever changes. */
function isOfPeriods(line: RatedLine): boolean {
  return line.reason === 'set-up' || line.reason === 'service' || line.explanation.kind === 'repair';
}

function isSame(one: RatedLine, other: RatedLine): boolean {
  return one.key === other.key && one.amountMinor === other.amountMinor;
}
