import type { RateSource } from '../../../shared/domains/billing/exchange-rate-rules.ts';
import type { Account } from '../../../shared/domains/billing/ledger-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';

/** Tables of this domain. Days are `YYYY-MM-DD` of the billing zone, `…_minor` minor units, `…_at_ms` epoch milliseconds. */
export interface BillingTables {
  company: {
    id: string;
    name: string;
    street: string;
    postcode: string;
    city: string;
    country: string;
    vat_id: string;
    iban: string;
    bic: string;
    email: string;
    footer: string;
    number_format: string;
    credit_number_format: string;
    vat_scheme: 'standard' | 'exempt';
    consumers_abroad: 'held' | 'oss' | 'home';
    payment_days: number;
    time_zone: string;
    /** 1 of exactly one: whose customers and books are meant where no company is named. */
    is_default: 0 | 1;
    created_at_ms: number;
  };
  /** One per company and billing zone (empty: the company's own); `closed_until` is the last closed day. */
  billing_calendar: { company_id: string; billing_zone: string; closed_until: LocalDate | null };
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
  };
  /** What the VM of a metered subscription used on a closed day, frozen when it closed or was heard of. */
  usage_reading: {
    subscription_id: string;
    day: LocalDate;
    known_on: LocalDate;
    running_ms: number;
    vcpu_ms: number;
    mib_ms: number;
  };
  charge: ChargeTable;
  /** Entries posted until `opened_after_ms` knew nothing of the account. */
  ledger_account: { code: Account; side: 'debit' | 'credit'; name: string; opened_after_ms: number };
  ledger_entry: {
    id: string;
    company_id: string;
    currency: Currency;
    booked_on: LocalDate;
    kind: 'charges' | 'recognition' | 'invoice' | 'credit-note' | 'write-off' | 'payment' | 'exchange';
    /**
     * Natural key of what is posted: `charges 2026-08-01 EUR`, `charges 2026-08-01 EUR in Asia/Tokyo`, `… from sub_…`,
     * `recognised 2026-08-02 EUR`, `charge chg_…` (by hand), `charges again of inv_…`, `invoice inv_…`, `credit-note inv_…`,
     * `write-off wro_…`, `exchange xch_… paid` and `… settled`.
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
  /** A wholly credited invoice whose lines were charged again. */
  billed_again: { invoice_id: string; entry_id: string; day: LocalDate; made_at_ms: number };
  invoice_charge: { charge_id: string; invoice_id: string; line_no: number };
  invoice_file: { invoice_id: string; language: string; layout: string; sha256: string; bytes: number };
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
  starts_on: LocalDate;
  /** First day no longer charged. */
  ends_on: LocalDate | null;
  created_at_ms: number;
  /** `by-hand`: no subscription, but what lines of a customer that are of none stand under (charge-by-hand.ts); one per customer. */
  charged: 'daily' | 'by-period' | 'by-hand';
  /** Charged by the period, and by what its VM uses: its days are read as they close. */
  is_metered: 0 | 1;
  /** No day before it needs rating; null where nothing is due any more. */
  next_due: LocalDate | null;
  /** First day not served of the last pause, and the first one served again. */
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

export type DocumentType = 'invoice' | 'credit-note';

/** Invoices and credit notes. */
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
  /** The invoice that a credit note takes from, and its how many-th it is, from 1; null for invoices. */
  credits_id: string | null;
  credit_no: number | null;
}
