import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { billingToday } from '../billing/billing-public.ts';
import type { CatalogParts } from './catalog-handlers.ts';
import type { CatalogTables, PlanTable } from './catalog-tables.ts';
import { lockPlan } from './plan-store.ts';
import { versionOfDay } from './version-store.ts';

interface PlanToPrice {
  readonly db: Kysely<CatalogTables>;
  readonly plan: PlanTable;
  readonly nowMs: number;
  /** The version that is there for that day already. */
  readonly other: Awaited<ReturnType<typeof versionOfDay>>;
}

/** Locks the plan that is to get a version in a currency from a day on, which is today at the earliest. */
export async function planToPrice(
  parts: CatalogParts,
  asked: { readonly planId: string; readonly currency: Currency; readonly validFrom: LocalDate },
  context: CallContext,
): Promise<Outcome<PlanToPrice, 'no-such-plan' | 'price-in-past'>> {
  const db = context.tables<CatalogTables>();
  const plan = await lockPlan(db, asked.planId);
  if (plan === undefined) return refuse('no-such-plan', { planId: asked.planId });
  context.subject(`${plan.name} in ${asked.currency}`);
  const nowMs = await parts.nowMs(db);
  const today = await billingToday(db, nowMs);
  if (asked.validFrom < today) {
    const { currency, validFrom } = asked;
    return refuse('price-in-past', { plan: plan.name, currency, validFrom, today });
  }
  return done({ db, plan, nowMs, other: await versionOfDay(db, asked) });
}
