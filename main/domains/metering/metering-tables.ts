import type { HeldReason } from '../../../shared/domains/metering/usage-event-rules.ts';
import type { Aggregation } from '../../../shared/domains/metering/usage-meter-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';

/** Tables of this domain. `units` are of the smallest unit of a meter, days those of the billing zone. */
export interface MeteringTables {
  usage_meter: {
    name: string;
    unit: string;
    aggregation: Aggregation;
    decimals: number;
    declared_at_ms: number;
  };
  usage_event: UsageEventTable;
  /** The earliest day of usage of a subscription that came after its day was closed, by the day whose close reckons with it. */
  usage_late: { known_on: LocalDate; subscription_id: string; first_day: LocalDate };
  /** Of events that nobody could be charged for when they came, or when their period was rated. */
  held_usage: {
    event_id: string;
    told_subscription_id: string;
    reason: HeldReason;
    state: 'held' | 'charged' | 'dismissed';
    held_at_ms: number;
    decided_by: string;
    decided_at_ms: number | null;
    note: string;
  };
}

export interface UsageEventTable {
  id: string;
  subscription_id: string;
  meter: string;
  member: string;
  /** The day it is charged on: its own, unless a person chose another. */
  day: LocalDate;
  /** The day whose close reckons with it first; null while it is held, and for ever once it is dismissed. */
  known_on: LocalDate | null;
  at_ms: number;
  units: number;
  received_at_ms: number;
}
