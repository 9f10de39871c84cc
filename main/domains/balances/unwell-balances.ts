import type { Kysely } from 'kysely';
import { addDays, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import { customersPostedSince, type ClosedCalendar } from '../billing/billing-public.ts';
import { customerTerms, type CustomerOnTerms } from './balance-terms-store.ts';
import type { BalancesTables } from './balances-tables.ts';

type Db = Kysely<BalancesTables>;

/** Longer than any posting takes from its time to its commit: what is posted in it may be seen twice, never not at all. */
const OPEN_AT_MOST_MS = 600_000;

interface ToLookAt {
  readonly companyId: string;
  readonly day: LocalDate;
  readonly customers: readonly CustomerOnTerms[];
}

/**
 * Which customers that are not well may be by now: something was posted of them, their terms or their day are others than at the last look.
 * The history of all others is not summed up again. What it remembers is of one duty alone; the next one begins with all of them.
 */
export class UnwellBalances {
  private seen: ReadonlyMap<string, string> = new Map();
  private next = new Map<string, string>();
  private lookedAtMs: number | undefined;

  /** Of whom something was posted since the last look; before the first, nobody is known. */
  async whoMoved(db: Db): Promise<ReadonlySet<string>> {
    this.next = new Map();
    if (this.lookedAtMs === undefined) return new Set();
    return await customersPostedSince(db, this.lookedAtMs - OPEN_AT_MOST_MS);
  }

  /** Of these customers those to look at, by company and day: the day after the last that closed in each one's own zone. */
  async toLookAt(
    db: Db,
    kind: StoreKind,
    among: {
      readonly ids: readonly string[];
      readonly closed: readonly ClosedCalendar[];
      readonly moved: ReadonlySet<string>;
    },
  ): Promise<ToLookAt[]> {
    const days = new Map(among.closed.map((of) => [`${of.companyId} ${of.billingZone}`, of.closedUntil]));
    const found = new Map<string, { companyId: string; day: LocalDate; customers: CustomerOnTerms[] }>();
    for (const customer of await customerTerms(db, kind, among.ids)) {
      const { id, companyId, billingZone, mode, lowMinor, creditLimitMinor } = customer;
      const closedUntil = days.get(`${companyId} ${billingZone}`);
      if (closedUntil === undefined) continue;
      const day = addDays(closedUntil, 1);
      const known = [day, mode, lowMinor, creditLimitMinor].join(' ');
      this.next.set(id, known);
      if (this.seen.get(id) === known && !among.moved.has(id)) continue;
      const key = `${companyId} ${day}`;
      const group = found.get(key) ?? { companyId, day, customers: [] };
      group.customers.push(customer);
      found.set(key, group);
    }
    return [...found.values()];
  }

  /** All of them were looked at, as of then. */
  looked(nowMs: number): void {
    this.seen = this.next;
    this.lookedAtMs = nowMs;
  }
}
