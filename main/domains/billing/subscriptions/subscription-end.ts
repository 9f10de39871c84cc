import { done, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { dayAt } from '../../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { billingZone, calendarOfSubscription, lockCalendar } from '../companies/company-store.ts';
import { endAsked } from './subscription-asked.ts';
import { addDecided } from './subscription-decided.ts';

type Operation = typeof billingContract.subscriptionEnd;

/**
 * Ends a subscription on a day that is not closed yet: that day and all after it are free, and what was paid beyond is taken back when
 * the day closes. Or at the end of its period, which is a day where it is charged day by day.
 */
export async function subscriptionEnd(
  parts: BillingParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  const { subscriptionId, endsOn } = input;
  const calendar = await lockCalendar(db, await calendarOfSubscription(db, subscriptionId));
  const nowMs = await parts.nowMs(db);
  const today = dayAt(nowMs, calendar?.timeZone ?? (await billingZone(db)));
  const closedUntil = calendar?.closedUntil ?? null;
  const { subject } = context;
  const asked = await endAsked(db, { subscriptionId, endsOn, closedUntil, today, subject });
  if (!asked.ok) return asked;
  await addDecided(parts, db, asked.value, { today, nowMs });
  await context.note('subscription', subscriptionId);
  return done({});
}
