import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';

/** Tables of this domain. All are append-only; days are `YYYY-MM-DD` of the billing zone, `…_minor` minor units. */
export interface PaymentsTables {
  payment: PaymentTable;
  /** What of a payment stands on an invoice. */
  payment_allocation: {
    payment_id: string;
    /** Counts the allocations of a payment from 1. */
    allocation_no: number;
    invoice_id: string;
    amount_minor: number;
    booked_on: LocalDate;
    entry_id: string;
  };
  /** A payment that was taken back, whole. */
  payment_reversal: {
    payment_id: string;
    reason: string;
    booked_on: LocalDate;
    entry_id: string;
    reversed_at_ms: number;
  };
}

export interface PaymentTable {
  id: string;
  company_id: string;
  customer_id: string;
  customer_name: string;
  currency: Currency;
  amount_minor: number;
  received_on: LocalDate;
  /** What the bank calls it: one payment of a company has it. */
  reference: string;
  note: string;
  entry_id: string;
  recorded_at_ms: number;
}
