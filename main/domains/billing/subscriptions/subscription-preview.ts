import type { Kysely } from 'kysely';
import { done, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { dayAt } from '../../../../shared/kernel/local-date.ts';
import { planFacts } from '../../catalog/catalog-public.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { billingZone, calendarOfSubscription, readCalendar } from '../companies/company-store.ts';
import { moneyFacts, moneyOfChange } from './change-money.ts';
import { changeAsked, endAsked } from './subscription-asked.ts';

type Operation = typeof billingContract.subscriptionPreview;

/** What a change would charge and take back when the day it takes effect closes. Writes nothing. */
export async function subscriptionPreview(
  parts: Pick<BillingParts, 'nowMs' | 'kind'>,
  { subscriptionId, change, on: asked }: InputOf<Operation>,
  db: Kysely<BillingTables>,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const calendar = await readCalendar(db, await calendarOfSubscription(db, subscriptionId));
  const closedUntil = calendar?.closedUntil ?? null;
  const nowMs = await parts.nowMs(db);
  const today = dayAt(nowMs, calendar?.timeZone ?? (await billingZone(db)));
  const of = { closedUntil, today, planOf: planFacts, kind: parts.kind, nowMs };
  const decided =
    change.do === 'cancel'
      ? await endAsked(db, { ...of, subscriptionId, endsOn: asked ?? today })
      : await changeAsked(db, { subscriptionId, change, on: asked }, of);
  if (!decided.ok) return decided;
  const { found, on, events, event } = decided.value;
  const facts = await moneyFacts(parts, db, { found, events: [...events, event], closedUntil });
  const money = await moneyOfChange(facts, { without: events, on, until: on > today ? on : today });
  return done({ on, ...money });
}
