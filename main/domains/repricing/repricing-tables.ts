import type { Every } from '../../../shared/domains/billing/period-rules.ts';
import type {
  RepricingItemState,
  RepricingState,
} from '../../../shared/domains/repricing/repricing-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';

/** Tables of this domain. Days are `YYYY-MM-DD` of the billing zone, `…_minor` minor units, `…_at_ms` epoch milliseconds. */
export interface RepricingTables {
  repricing: {
    id: string;
    plan_id: string;
    plan_name: string;
    /** Empty: the one in force on the day it takes effect, in each currency. */
    version_id: string;
    query: string;
    effect: 'now' | 'period-end' | LocalDate;
    state: RepricingState;
    state_reason: string;
    /** Counts its previews and starts: a task of an earlier one does nothing any more. */
    round: number;
    task_id: string;
    prepared_by: string;
    prepared_at_ms: number;
    started_by: string;
    started_at_ms: number | null;
    digest: string;
    /** `seq` of the last item this round's preview has looked at. */
    previewed_until: number;
    total: number;
    ended_at_ms: number | null;
  };
  repricing_item: {
    /** The move's id and `seq`, so that they sort alike. */
    id: string;
    repricing_id: string;
    /** Order of customers' numbers, in which they are moved. */
    seq: number;
    subscription_id: string;
    /** As they were when the set was frozen. */
    customer_id: string;
    customer_number: string;
    customer_name: string;
    plan_name: string;
    vm_name: string;
    currency: Currency;
    state: RepricingItemState;
    /** Code of why it is not moved, or not taken back; and the sentence. Empty else. */
    code: string;
    why: string;
    on_day: LocalDate | null;
    version_before: string;
    version_after: string;
    /** The period amounts are for; empty where there are none. */
    every: Every | '';
    now_minor: number | null;
    then_minor: number | null;
    change_minor: number;
    once_minor: number;
    usage: 'none' | 'same' | 'other';
    ended_at_ms: number | null;
  };
  /** What the items of a move come to by the first six columns, kept with every change of them; see repricing-sums.ts. */
  repricing_sum: {
    repricing_id: string;
    state: RepricingItemState;
    code: string;
    currency: Currency;
    every: Every | '';
    /** Empty where an item has none. */
    on_day: LocalDate | '';
    item_count: number;
    /** Of them those whose usage is priced otherwise then. */
    other_usage: number;
    now_minor: number;
    then_minor: number;
    change_minor: number;
    once_minor: number;
  };
}

export type RepricingRecord = RepricingTables['repricing'];
export type ItemRecord = RepricingTables['repricing_item'];
