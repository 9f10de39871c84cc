import type {
  BalanceEventKind,
  BalanceState,
  PaymentMode,
} from '../../../shared/domains/balances/balance-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';

/** Tables of this domain. `…_minor` are minor units of `currency`, the customer's own. */
export interface BalancesTables {
  /** How a customer pays; without a row: after the invoice, without a limit. */
  balance_terms: {
    customer_id: string;
    mode: PaymentMode;
    low_minor: number | null;
    credit_limit_minor: number | null;
  };
  /** Until which day the balances of a calendar's customers are burned. */
  balance_calendar_mark: { company_id: string; billing_zone: string; burned_until: LocalDate };
  /** As it was looked at last. */
  balance_state: {
    customer_id: string;
    mode: PaymentMode;
    state: BalanceState;
    balance_minor: number;
    currency: Currency;
    /** The day by whose end it came to this state. */
    since: LocalDate;
  };
  /** What a closed day left of what a prepaid customer had paid; append only. */
  balance_day: {
    customer_id: string;
    day: LocalDate;
    currency: Currency;
    /** All that was ever paid. */
    paid_minor: number;
    burned_minor: number;
    balance_minor: number;
  };
  /** Append only. */
  balance_event: {
    seq: number;
    customer_id: string;
    /** Counts the events of a customer from 1. */
    event_no: number;
    kind: BalanceEventKind;
    was: BalanceState;
    on_day: LocalDate;
    currency: Currency;
    balance_minor: number;
    bound_minor: number;
    noticed_at_ms: number;
  };
  /** One row: the last seq given out. Changing it is the lock of who writes events, so they are seen in their order. */
  balance_counter: { name: 'event'; last_seq: number };
  /** How far those who listen are. */
  balance_listener: { name: string; seen_seq: number };
}
