import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import { usageTermsOf, type OpenDays, type SoldPlansKept, type UsageTerms } from './usage-terms.ts';

/** Some hundred bytes each. */
const KEPT_AT_MOST = 200_000;

/**
 * Terms that were read while their calendar was held, kept from batch to batch of usage: they hold as long as nobody had a turn to change
 * something in that calendar (`billing_calendar.turns`). For whoever holds the days and changes no subscription: what a transaction of
 * somebody who has such a turn reads may never be committed.
 */
export class UsageTermsKept {
  private readonly kept = new Map<string, { readonly terms: UsageTerms; readonly turns: number }>();
  private readonly plans: SoldPlansKept = new Map();
  private readonly kind: StoreKind;

  constructor(kind: StoreKind) {
    this.kind = kind;
  }

  /** As {@link usageTermsOf}; `days` are those that the caller's transaction holds. */
  async termsOf(
    db: AnyDatabase,
    subscriptionIds: readonly string[],
    days: ReadonlyMap<string, OpenDays>,
  ): Promise<ReadonlyMap<string, UsageTerms>> {
    const found = new Map<string, UsageTerms>();
    const missing: string[] = [];
    for (const id of subscriptionIds) {
      const known = this.kept.get(id);
      if (known !== undefined && days.get(known.terms.calendar)?.turns === known.turns)
        found.set(id, known.terms);
      else missing.push(id);
    }
    if (missing.length === 0) return found;
    if (this.kept.size + missing.length > KEPT_AT_MOST) this.kept.clear();
    for (const [id, terms] of await usageTermsOf(db, this.kind, missing, this.plans)) {
      found.set(id, terms);
      const turns = days.get(terms.calendar)?.turns;
      // Its calendar was made a moment ago and is not held.
      if (turns !== undefined) this.kept.set(id, { terms, turns });
    }
    return found;
  }
}
