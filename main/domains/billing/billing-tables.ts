import type { CompanyTable } from './companies/company-table.ts';
import type { Generated } from 'kysely';
import type { YearRule } from '../../../shared/domains/billing/company-books-contract.ts';
import type { RateSource } from '../../../shared/domains/billing/exchange-rate-rules.ts';
import type { Account, EntryKind } from '../../../shared/domains/billing/ledger-rules.ts';
import type { VatCategory } from '../../../shared/domains/billing/vat-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';

/** Tables of this domain. Days are `YYYY-MM-DD` of the billing zone, `…_minor` minor units, `…_at_ms` epoch milliseconds. */
export interface BillingTables {
  company: CompanyTable;
  /** Pictures of companies by the SHA-256 of their bytes, hexadecimal. Rows never change and never go: documents name them. */
  company_image: { hash: string; png: Uint8Array; width: number; height: number; added_at_ms: number };
  /** Nothing is booked until the end of `closed_until`, which the database holds. */
  company_books: { company_id: string; closed_until: LocalDate | null; years: YearRule };
  /** Years of documents that were opened by hand. */
  company_year: { company_id: string; year: number; opened_by: string; opened_at_ms: number };
  /** One per company and billing zone (empty: the company's own); `closed_until` is the last closed day. */
  billing_calendar: {
    company_id: string;
    billing_zone: string;
    closed_until: LocalDate | null;
    /** How often it was locked to change something (usage-terms-kept.ts). */
    turns: Generated<number>;
  };
  billed_day: {
    company_id: string;
    billing_zone: string;
    day: LocalDate;
    subscriptions: number;
    charges: number;
    closed_at_ms: number;
  };
  /** Subscriptions a closed day still waits for. */
  held_day: { subscription_id: string; day: LocalDate; reason: string; held_at_ms: number };
  subscription: SubscriptionTable;
  /** What happened to a subscription that is charged by the period, in the order it was decided. `change` is JSON: subscription-history.ts. */
  subscription_event: {
    subscription_id: string;
    seq: number;
    on_day: LocalDate;
    known_on: LocalDate;
    change: string;
    made_at_ms: number;
    /** Natural key of what was made for many at once, `move rep_…` and `move rep_… taken back`: each once. Null of what a person did to one. */
    source: string | null;
  };
  /** What the VM of a metered subscription used on a closed day, frozen when it closed or was heard of. */
  usage_reading: {
    subscription_id: string;
    day: LocalDate;
    known_on: LocalDate;
    running_ms: number;
    vcpu_ms: number;
    mib_ms: number;
    disk_mib_ms: number;
    sent_bytes: number;
    /** The most at once, and of vCPUs, memory and disks what the hour with most of it had. */
    addresses: number;
    vcpu_mark_ms: number;
    mib_mark_ms: number;
    disk_mark_mib_ms: number;
  };
  /** A VM that is, or was, in the pool of a subscription: the hours that begin from `from_ms` until before `to_ms` count for it. */
  pool_member: PoolMemberTable;
  /** What a member of a pool used on a closed day, and in the hours of the pool's marks: what usage_reading adds up. */
  pool_reading: {
    subscription_id: string;
    day: LocalDate;
    vm_id: string;
    vm_name: string;
    running_ms: number;
    vcpu_ms: number;
    mib_ms: number;
    disk_mib_ms: number;
    sent_bytes: number;
    addresses_at_mark: number;
    vcpu_at_mark_ms: number;
    mib_at_mark_ms: number;
    disk_at_mark_mib_ms: number;
  };
  /** The hour of each mark of a pool's day; null where there was nothing. */
  pool_mark: {
    subscription_id: string;
    day: LocalDate;
    addresses_hour_ms: number | null;
    vcpu_hour_ms: number | null;
    mib_hour_ms: number | null;
    disk_hour_ms: number | null;
  };
  charge: ChargeTable;
  /**
   * Of a charge that rating made, besides its repairs: what credit notes took (below 0; `note inv_… 1`, the line of its invoice) and what was
   * billed again (`again chg_…`), as the charge counts: with VAT where its price has it.
   */
  charge_credit: { charge_id: string; source: string; subscription_id: string; amount_minor: number };
  /** Entries posted until `opened_after_ms` knew nothing of the account. */
  ledger_account: { code: Account; side: 'debit' | 'credit'; name: string; opened_after_ms: number };
  ledger_entry: {
    id: string;
    company_id: string;
    currency: Currency;
    booked_on: LocalDate;
    kind: EntryKind;
    /**
     * Natural key of what is posted: `charges 2026-08-01 EUR`, `charges 2026-08-01 EUR in Asia/Tokyo`, `… from sub_…`,
     * `recognised 2026-08-02 EUR`, `charge chg_…` (by hand), `charges again of inv_…`, `invoice inv_…`, `credit-note inv_…`,
     * `advance-invoice inv_…`, `advance inv_… 1` (its first use), `write-off wro_…`, `write-off-return inv_…` (of the note), `exchange xch_… paid` and `… settled`.
     */
    source: string;
    memo: string;
    posted_at_ms: number;
  };
  ledger_line: {
    entry_id: string;
    line_no: number;
    debit: Account;
    credit: Account;
    amount_minor: number;
    customer_id: string | null;
    /** The invoice whose open amount it moves: that of a credit note is the invoice it takes from. */
    document_id: string | null;
  };
  /** What an entry charged or credited for the days `[from_day, to_day)`, beyond what was earned by the end of `earned_until`. */
  deferral: {
    entry_id: string;
    company_id: string;
    /** Whose days they are: empty for the company's own zone. */
    billing_zone: string;
    currency: Currency;
    from_day: LocalDate;
    to_day: LocalDate;
    earned_until: LocalDate;
    amount_minor: number;
  };
  document_series: {
    company_id: string;
    document_type: DocumentType;
    year: number;
    last_seq: number;
    last_issued_on: LocalDate;
    /** Of all its numbers, as the company had it when the first was given; null before. */
    number_format: string | null;
  };
  /** Published rates, see shared/domains/billing/exchange-rate-rules.ts; and the days of the files they came in. */
  exchange_rate: {
    source: RateSource;
    currency: string;
    day: LocalDate;
    rate: string;
    imported_at_ms: number;
  };
  exchange_rate_file: {
    id: string;
    source: RateSource;
    first_day: LocalDate;
    last_day: LocalDate;
    rates: number;
    imported_at_ms: number;
  };
  invoice: InvoiceTable;
  /** Of an advance invoice: the payment it documents, and its one category and rate. */
  advance: {
    invoice_id: string;
    company_id: string;
    customer_id: string;
    payment_id: string;
    currency: Currency;
    vat_category: VatCategory;
    vat_rate: string;
    gross_minor: number;
    vat_minor: number;
  };
  /**
   * What takes of an advance invoice, counted from 1: an invoice that settles a part of it (with the entry that moves the money), or a
   * credit note (with its own). The database holds that together they are never more than it is.
   */
  advance_use: {
    advance_id: string;
    use_no: number;
    kind: 'invoice' | 'credit-note';
    invoice_id: string;
    gross_minor: number;
    vat_minor: number;
    entry_id: string;
  };
  /** What the list of invoices is read from; the database keeps it. */
  invoice_row: InvoiceRowTable;
  /** Money of one currency that settled an invoice in another; `quotes` is JSON of the rates it was reckoned by. */
  exchange: {
    id: string;
    company_id: string;
    customer_id: string;
    invoice_id: string;
    reference: string;
    received_on: LocalDate;
    paid_currency: Currency;
    paid_minor: number;
    currency: Currency;
    converted_minor: number;
    settled_minor: number;
    rate_source: RateSource;
    rate_day: LocalDate;
    quotes: string;
    paid_entry_id: string;
    settled_entry_id: string;
    recorded_at_ms: number;
  };
  /** What was given up of an invoice's open amount. */
  write_off: {
    id: string;
    company_id: string;
    invoice_id: string;
    customer_id: string;
    currency: Currency;
    amount_minor: number;
    reason: string;
    booked_on: LocalDate;
    entry_id: string;
    written_at_ms: number;
  };
  /** What a credit note took back of what was given up of its invoice. */
  write_off_return: Pick<
    BillingTables['write_off'],
    'invoice_id' | 'amount_minor' | 'booked_on' | 'entry_id'
  > & {
    credit_note_id: string;
  };
  /** A wholly credited invoice whose lines were charged again. */
  billed_again: { invoice_id: string; entry_id: string; day: LocalDate; made_at_ms: number };
  invoice_charge: { charge_id: string; invoice_id: string; line_no: number };
  invoice_file: { invoice_id: string; language: string; layout: string; sha256: string; bytes: number };
}

export interface PoolMemberTable {
  id: string;
  subscription_id: string;
  vm_id: string;
  vm_name: string;
  from_ms: number;
  to_ms: number | null;
  added_at_ms: number;
  removed_at_ms: number | null;
  /** Taken back on the day it was added: no hour of it counts. */
  undone: 0 | 1;
}

export interface SubscriptionTable {
  id: string;
  company_id: string;
  customer_id: string;
  plan_id: string;
  /** Name, price and VM as sold. */
  plan_name: string;
  price_id: string;
  /** Empty where it is for no VM. */
  vm_id: string;
  vm_name: string;
  currency: Currency;
  /** The price of one that is charged day by day; 0 of others. */
  per_month: string;
  per_vcpu_hour: string;
  per_gib_hour: string;
  /** Units of the month of one that is charged day by day; 1 of others. */
  daily_quantity: number;
  starts_on: LocalDate;
  /** First day no longer charged. */
  ends_on: LocalDate | null;
  created_at_ms: number;
  /** `by-hand`: no subscription, but what lines of a customer that are of none stand under (charge-by-hand.ts); one per customer. */
  charged: 'daily' | 'by-period' | 'by-hand';
  /** A plan it has, had or is to have charges by what its VM uses: its days wait until that is counted. */
  is_metered: 0 | 1;
  /** A day that is not closed is charged by the day, or may be: closing days look at it. */
  is_daily: 0 | 1;
  /**
   * No day before it needs rating; null where nothing is due any more. Of one that is charged day by day null says too that what its row
   * says of its price and pause holds on all days to come.
   */
  next_due: LocalDate | null;
  /** First day not served of the last pause, and the first one served again. */
  /** More is left of a charge of it than repairs had found: rating looks at all from this day on again. Null once it has. */
  reopened_from: LocalDate | null;
  paused_from: LocalDate | null;
  paused_until: LocalDate | null;
  /** Where its days begin and end (IANA); empty: where the company's do. */
  billing_zone: string;
}

export interface ChargeTable {
  id: string;
  company_id: string;
  subscription_id: string;
  customer_id: string;
  /** Of those charged day by day a `Component`; else the plan's own name of it. */
  component: string;
  /** The day whose close posted it. */
  day: LocalDate;
  /** `service` for what a day came to; of a line by the period its natural key without the subscription. */
  reason: string;
  /** The price that a day came to it by; null of lines by the period, which say it themselves, and of days that closed before it was kept. */
  version_id: string | null;
  /** Exact quantity: numerator / denominator months or hours. */
  numerator: number;
  denominator: number;
  unit_price: string;
  currency: Currency;
  amount_minor: number;
  /** By a price that has VAT in it: what it comes to by that, and the rate taken out of it to make `amount_minor`; null of others. */
  gross_minor: number | null;
  price_vat_rate: string | null;
  /** Where it is in the ledger; null for an amount of 0. */
  entry_id: string | null;
  posted_at_ms: number;
  /** JSON of a line by the period and of its explanation (charge-lines.ts); null of those charged day by day. */
  line: string | null;
  explanation: string | null;
  /** The day from which on nothing of it can be repaired any more; null of those charged day by day. */
  open_until: LocalDate | null;
}

export type DocumentType = 'invoice' | 'credit-note' | 'advance-invoice';

export interface InvoiceRowTable extends Pick<
  InvoiceTable,
  | 'id'
  | 'company_id'
  | 'document_type'
  | 'year'
  | 'seq'
  | 'number'
  | 'customer_id'
  | 'currency'
  | 'issued_on'
  | 'due_on'
  | 'net_minor'
  | 'gross_minor'
> {
  customer_folded: string;
  /** Number and customer, a line each, folded. */
  search: string;
  /** What the ledger says the customer still owes on it. */
  open_minor: number;
  /** Of an invoice: what its credit notes come to. */
  credited_minor: number;
}

/** Invoices, credit notes and advance invoices. */
export interface InvoiceTable {
  id: string;
  company_id: string;
  document_type: DocumentType;
  year: number;
  seq: number;
  number: string;
  customer_id: string;
  customer_name: string;
  currency: Currency;
  issued_on: LocalDate;
  due_on: LocalDate;
  period_start: LocalDate;
  period_end_exclusive: LocalDate;
  net_minor: number;
  vat_minor: number;
  gross_minor: number;
  /** Canonical JSON, see invoice-document.ts. */
  document: string;
  /** SHA-256 of `document`. */
  hash: string;
  entry_id: string;
  issued_at_ms: number;
  /** The invoice or advance invoice that a credit note takes from, and its how many-th it is, from 1; null for invoices. */
  credits_id: string | null;
  credit_no: number | null;
}
