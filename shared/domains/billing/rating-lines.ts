import type { LocalDate } from '../../kernel/local-date.ts';
import type { Aggregate } from './price-component.ts';
import type { PricedStep } from './tier-rules.ts';
import type { Proration } from './proration-rules.ts';

/**
 * Why there is a line. `service`: a period or a part of one. `usage`: what was metered. `overage`: used beyond a pool. `true-up`: what
 * a minimum lacked. `repair`: days that were charged and then not served, or usage that was not so. `adjustment`: a person's credit.
 */
export type LineReason = 'set-up' | 'service' | 'usage' | 'overage' | 'true-up' | 'repair' | 'adjustment';

/** First day and first day after. */
export type Dates = readonly [from: LocalDate, toExclusive: LocalDate];

/** What a service line was charged by, kept with it: a repair uses this, never the price of the day. */
export interface ChargedBy {
  /** Plan, component, price and units as one text: the same terms, the same service. */
  readonly terms: string;
  /** The day this service began or went on after a pause. */
  readonly since: LocalDate;
  /** The days it was charged for at first, before any repair. */
  readonly planned: Dates;
  /** The whole billing period those are a part of. */
  readonly period: Dates;
  readonly every: string;
  readonly proration: Proration;
  /** Exact amount of a whole period in major units, discounts taken off: decimal text or a fraction. */
  readonly perPeriod: string;
  /** Discounts taken off; each counts this period once. */
  readonly discounts: readonly string[];
}

/** A line as it stands in the ledger of charges. What rating gives is what it needs to be given the next time. */
export interface ChargedLine {
  /** Natural key: subscription, component, period, reason, and how many of the same there were before. */
  readonly key: string;
  readonly subscriptionId: string;
  /** Component of the plan it was sold by. */
  readonly component: string;
  readonly planId: string;
  readonly planVersion: string;
  readonly reason: LineReason;
  readonly from: LocalDate;
  readonly toExclusive: LocalDate;
  /** Minor units of the plan's currency; negative for credits. */
  readonly amountMinor: bigint;
  /** The line that is repaired or adjusted. */
  readonly of?: string;
  readonly chargedBy?: ChargedBy;
  /** Days of `planned` that are no longer charged: by this repair, or left out when the line was first posted. */
  readonly cut?: readonly Dates[];
}

export interface DiscountTaken {
  readonly id: string;
  readonly kind: string;
  /** Exact amount of a whole period after it, in major units. */
  readonly leaves: string;
}

/** How the amount of a line came about, down to what was put in. Amounts are exact texts in major units unless named minor. */
export type Explanation =
  | {
      readonly kind: 'set-up';
      readonly price: string;
      readonly units: string;
      readonly discounts: readonly DiscountTaken[];
    }
  | {
      readonly kind: 'service';
      readonly price: string;
      readonly units: string;
      readonly discounts: readonly DiscountTaken[];
      readonly perPeriod: string;
      readonly days: number;
      readonly ofDays: number;
      readonly proration: Proration;
      readonly period: Dates;
      readonly exact: string;
      /** Minor units of days that were over before the line was posted, taken off. */
      readonly leftOutMinor: bigint;
    }
  | {
      readonly kind: 'usage';
      readonly meter: string;
      readonly aggregate: Aggregate;
      /** Events it was summed from. */
      readonly events: readonly string[];
      readonly quantity: string;
      /** Of a pool by the day: of each day what was within it, together. */
      readonly included: string;
      readonly billable: string;
      readonly steps: readonly PricedStep[];
      /** Part of the period, where the rest of it was served otherwise: it has this part of all that is of a period. */
      readonly share?: string;
      readonly minimum: string | null;
      readonly cap: string | null;
      /** Taken off last; absent where there are none. */
      readonly discounts?: readonly DiscountTaken[];
      /** What it comes to with all that. */
      readonly exact: string;
      /** What lines before came to for the same period. */
      readonly alreadyMinor: bigint;
    }
  | {
      readonly kind: 'repair';
      readonly perPeriod: string;
      /** Days not served, of the days that the line was charged for. */
      readonly days: number;
      readonly ofDays: number;
      /** What the line was charged for. */
      readonly period: Dates;
      readonly invoicedMinor: bigint;
      readonly adjustedMinor: bigint;
      readonly repairedBeforeMinor: bigint;
      /** Whether adjustments had left less than the days are worth. */
      readonly isCapped: boolean;
    }
  | { readonly kind: 'usage-withdrawn'; readonly alreadyMinor: bigint };

export interface RatedLine extends ChargedLine {
  readonly explanation: Explanation;
}

/** A metered quantity. `id` is the event's own: the same id is the same event, once. */
export interface UsageEvent {
  readonly id: string;
  readonly meter: string;
  /** The local day it was used. */
  readonly day: LocalDate;
  /** Exact decimal text. */
  readonly quantity: string;
  /** The local day we heard of it; the day it was used where absent. */
  readonly known?: LocalDate;
  /** Which of a pool's members it is of. */
  readonly member?: string;
}

/** Usage that has no place on a bill, and why. */
export interface HeldUsage {
  readonly eventId: string;
  readonly meter: string;
  readonly day: LocalDate;
  readonly reason: 'before-start' | 'after-end' | 'paused' | 'not-metered';
}
