import { done, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { dayAt } from '../../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import { planFactsLocked } from '../../catalog/catalog-public.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { billingZone, calendarOfSubscription, lockCalendar } from '../companies/company-store.ts';
import { changeAsked } from './subscription-asked.ts';
import { addDecided } from './subscription-decided.ts';

type Operation = typeof billingContract.subscriptionChange;

/**
 * Adds a change to the history of a subscription, on a day that is not closed yet; what it comes to is charged and credited when that
 * day closes. Behind the calendar's lock, so that no day closes meanwhile.
 */
export async function subscriptionChange(
  parts: BillingParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const { subscriptionId } = input;
  const calendar = await lockCalendar(db, await calendarOfSubscription(db, subscriptionId));
  const nowMs = await parts.nowMs(db);
  const today = dayAt(nowMs, calendar?.timeZone ?? (await billingZone(db)));
  const asked = await changeAsked(db, input, {
    closedUntil: calendar?.closedUntil ?? null,
    today,
    planOf: planFactsLocked,
    kind: parts.kind,
    nowMs,
    subject: context.subject,
  });
  if (!asked.ok) return asked;
  await addDecided(parts, db, asked.value, { today, nowMs });
  await context.note('subscription', subscriptionId);
  return done({ on: asked.value.on });
}
