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
  /** What a credit note freed of what stood on its invoice. */
  payment_release: {
    /** Of the entry that had put it there: of an allocation, or of an advance invoice that the invoice settles. */
    put_entry_id: string;
    credit_note_id: string;
    payment_id: string;
    invoice_id: string;
    amount_minor: number;
    booked_on: LocalDate;
    entry_id: string;
  };
  /** What of a payment was paid back. */
  payment_refund: PaymentRefundTable;
  /** A refund that came back, whole. */
  payment_refund_reversal: {
    refund_id: string;
    reason: string;
    booked_on: LocalDate;
    entry_id: string;
    reversed_at_ms: number;
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

export interface PaymentRefundTable {
  id: string;
  payment_id: string;
  company_id: string;
  amount_minor: number;
  paid_on: LocalDate;
  /** What the bank calls it: one refund of a company has it. */
  reference: string;
  /** The account of the company that it left. */
  iban: string;
  note: string;
  entry_id: string;
  recorded_at_ms: number;
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
