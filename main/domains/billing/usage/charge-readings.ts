import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract, ChargeRow } from '../../../../shared/domains/billing/billing-contract.ts';
import { isCountedByHosts } from '../../../../shared/domains/billing/meter-rules.ts';
import { conditionsOn } from '../../../../shared/domains/billing/period-price-rules.ts';
import type { Explanation, UsageEvent } from '../../../../shared/domains/billing/rating-lines.ts';
import type { ChargeReadings } from '../../../../shared/domains/billing/reading-contract.ts';
import { readingDays } from '../../../../shared/domains/billing/reading-rules.ts';
import type { HistoryEvent } from '../../../../shared/domains/billing/segment-rules.ts';
import { localDate, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { multiply, ratioFrom, ratioText, type Ratio } from '../../../../shared/kernel/ratio.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import { usageTold } from '../../metering/metering-public.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { chargesOf } from '../charges/charge-store.ts';
import { historyOf } from '../subscriptions/subscription-history.ts';
import { subscriptionById } from '../subscriptions/subscription-store.ts';
import { readingsOf } from './usage-reading-store.ts';

type Operation = typeof billingContract.chargeReadings;
type Used = Extract<Explanation, { kind: 'usage' }>;
type UsedCharge = ChargeRow & { readonly explanation: Used };

/** What charges of usage were made of: the readings they name, as they were known when each was charged. Some statements for all of them. */
export async function chargeReadings(
  parts: Pick<BillingParts, 'kind'>,
  { subscriptionId, chargeIds }: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  if ((await subscriptionById(db, subscriptionId)) === undefined)
    return refuse('no-such-subscription', { subscriptionId });
  const charges = (await chargesOf(db, subscriptionId, { ids: chargeIds })).filter(isOfUsage);
  const [from] = charges.flatMap(({ explanation }) => explanation.events.map(dayNamed)).toSorted();
  if (from === undefined) return done({ rows: [] });
  const history = await historyOf(db, subscriptionId);
  const meters = [...new Set(charges.map(({ explanation }) => explanation.meter))];
  const asked = { subscriptionIds: [subscriptionId], from };
  const counted = (await readingsOf(db, parts.kind, { ...asked, meters })).get(subscriptionId) ?? [];
  const told = new Map<string, readonly UsageEvent[]>();
  for (const { explanation, day } of charges) {
    if (isCountedByHosts(explanation.meter) || told.has(day)) continue;
    const known = await usageTold(db, parts.kind, { ...asked, knownUntil: localDate(day) });
    told.set(day, known.get(subscriptionId) ?? []);
  }
  return done({
    rows: charges.map((charge) => {
      const known = isCountedByHosts(charge.explanation.meter) ? counted : (told.get(charge.day) ?? []);
      return readingsOfCharge(charge, known, history);
    }),
  });
}

function readingsOfCharge(
  { id, component, serviceStart, serviceEndExclusive, explanation }: UsedCharge,
  known: readonly UsageEvent[],
  history: readonly HistoryEvent[],
): ChargeReadings {
  const { aggregate, meter, quantity, billable, included } = explanation;
  const named = new Set(explanation.events);
  const includedOn = (day: LocalDate): Ratio =>
    aggregate === 'daily' ? boughtOn(history, component, day) : ratioFrom(included);
  const readings = known.filter((event) => named.has(event.id));
  const levels = new Set(
    [localDate(serviceStart), ...readings.map(({ day }) => day)].map((day) => ratioText(includedOn(day))),
  );
  const [level = null, ...others] = levels;
  return {
    chargeId: id,
    meter,
    measuredBy: aggregate,
    start: serviceStart,
    endExclusive: serviceEndExclusive,
    quantity,
    billable,
    included,
    includedPerDay: aggregate === 'sum' || others.length > 0 ? null : level,
    days: readingDays(readings, { aggregate, includedOn }),
  };
}

/** By the terms of that day. */
function boughtOn(history: readonly HistoryEvent[], component: string, day: LocalDate): Ratio {
  const terms = conditionsOn(history, day);
  const pool = terms?.plan.components.find(({ id, kind }) => id === component && kind === 'pool');
  if (terms === undefined || pool?.kind !== 'pool') return ratioFrom('0');
  return multiply(ratioFrom(pool.bought), ratioFrom(terms.quantity));
}

/** Readings are named by their day: meter-rules.ts, metering-public.ts. */
function dayNamed(event: string): LocalDate {
  return localDate(event.slice(0, 10));
}

/** What is missing of a minimum was made of the same readings as the usage beside it. */
function isOfUsage(charge: ChargeRow): charge is UsedCharge {
  const of = charge.explanation as Partial<Used> | null;
  return of?.kind === 'usage' && charge.reason !== 'true-up';
}
