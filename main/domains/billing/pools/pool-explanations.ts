import type { Kysely } from 'kysely';
import type { ChargeRow } from '../../../../shared/domains/billing/billing-contract.ts';
import { isCountedByHosts } from '../../../../shared/domains/billing/meter-rules.ts';
import { localDate } from '../../../../shared/kernel/local-date.ts';
import { ratioText } from '../../../../shared/kernel/ratio.ts';
import type { BillingTables } from '../billing-tables.ts';
import { dayAfterLast, PoolDays } from './pool-days.ts';

interface UsageExplanation {
  readonly kind: 'usage';
  readonly meter: string;
  readonly events: readonly string[];
}

/**
 * Charges with the members that the readings they were made of are of: of a mark, which of them had what in its hour. What was read is
 * frozen, so this is what was charged, whenever it is asked.
 */
export async function withPoolMembers(
  db: Kysely<BillingTables>,
  subscriptionId: string,
  charges: readonly ChargeRow[],
): Promise<ChargeRow[]> {
  const days = charges
    .map(({ explanation }) => explanation)
    .filter(isOfHosts)
    .flatMap(({ events }) => events.map(dayOf));
  const toExclusive = dayAfterLast(days);
  const [from] = days.toSorted();
  if (from === undefined || toExclusive === undefined) return [...charges];
  const read = await PoolDays.read(db, subscriptionId, { from, toExclusive });
  return charges.map((charge) => {
    const { explanation } = charge;
    if (!isOfHosts(explanation) || !isCountedByHosts(explanation.meter)) return charge;
    const charged = new Set(explanation.events.map(dayOf));
    const pool = read
      .of(explanation.meter)
      .filter(({ day }) => charged.has(day))
      .map(({ quantity, ...day }) => ({ ...day, quantity: ratioText(quantity) }));
    return pool.length === 0 ? charge : { ...charge, explanation: { ...explanation, pool } };
  });
}

/** Readings of hosts are named by their day and meter: meter-rules.ts. */
function dayOf(event: string): ReturnType<typeof localDate> {
  return localDate(event.slice(0, 10));
}

function isOfHosts(explanation: unknown): explanation is UsageExplanation {
  const of = explanation as Partial<UsageExplanation> | null;
  return of?.kind === 'usage' && of.meter !== undefined && isCountedByHosts(of.meter);
}
