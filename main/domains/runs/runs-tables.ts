import {
  FINDING_CODES,
  type Finding,
  type RunDocumentType,
  type RunRowState,
  type RunState,
} from '../../../shared/domains/runs/run-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';

/** Tables of this domain. Days are `YYYY-MM-DD` of the billing zone, `…_minor` minor units, `…_at_ms` epoch milliseconds. */
export interface RunsTables {
  billing_run: {
    id: string;
    company_id: string;
    period_start: LocalDate;
    period_end_exclusive: LocalDate;
    /** Empty: every currency. */
    currency: Currency | '';
    query: string;
    change_percent: number;
    limit_minor: number | null;
    two_people: 0 | 1;
    state: RunState;
    state_reason: string;
    /** Counts its previews and postings: a task of an earlier one does nothing any more. */
    round: number;
    task_id: string;
    prepared_by: string;
    prepared_at_ms: number;
    approved_by: string;
    approved_at_ms: number | null;
    approval_note: string;
    issued_on: LocalDate | null;
    /** What the preview was worked out from: last charged day, table of VAT rates, days that wait, the company's data. */
    closed_until: string;
    vat_table: string;
    waiting_days: number;
    inputs_hash: string;
    frozen_at_ms: number | null;
    digest: string;
    /** Customers looked at, of how many, and the number of the last one. */
    previewed: number;
    to_preview: number;
    preview_after: string;
    /** Since when it is previewed or posted without a stop, and what was done before. */
    working_at_ms: number | null;
    worked_before: number;
    row_count: number;
    posted: number;
    report_hash: string;
    ended_at_ms: number | null;
    /** JSON of what is remarkable among its rows and why some are held (run-remarks.ts); empty before its preview is there. */
    remarks: string;
    /** JSON of the currency and the rates its rows are compared by (run-rates.ts); empty before there were any. */
    compared_at: string;
  };
  /** What its rows come to by document, state and currency, see run-sums.ts. */
  billing_run_sum: {
    run_id: string;
    document_type: RunDocumentType;
    state: RunRowState;
    currency: Currency;
    row_count: number;
    net_minor: number;
    vat_minor: number;
    gross_minor: number;
    before_minor: number;
  };
  billing_run_row: {
    /** The run's id and `seq`, so that they sort alike. */
    id: string;
    run_id: string;
    /** Order of customers' numbers, in which invoices are numbered, and after all of them credit notes. */
    seq: number;
    document_type: RunDocumentType;
    /** Of a credit note the invoice it takes from, once in a run; null and empty of invoices. */
    credits_id: string | null;
    credits_number: string;
    customer_id: string;
    customer_number: string;
    customer_name: string;
    currency: Currency;
    state: RunRowState;
    /** Code of the refusal that holds it, or of what makes it nothing; empty else. */
    code: string;
    why: string;
    /** {@link Finding}s between spaces, also around them: ` new over-limit `. */
    findings: string;
    severity: number;
    before_minor: number | null;
    net_minor: number | null;
    vat_minor: number | null;
    gross_minor: number | null;
    change_minor: number;
    change_permille: number | null;
    /** Change, now and before in the currency of the run's company; 0 where no rate is known. For sorting alone. */
    own_change_minor: number;
    own_gross_minor: number;
    own_before_minor: number;
    /** Severity first, then the size of the change in that currency. */
    weight: number;
    lines: number;
    /** How many charges it would settle. */
    charges: number;
    /** What was left of the customer's advance invoices in its currency when it was previewed. */
    advances_minor: number;
    /** What it settles of them, and the day of the last one it does; empty: none. */
    settled_minor: number;
    settled_until: LocalDate | '';
    customer_hash: string;
    body_hash: string;
    decision: '' | 'accepted' | 'left-out';
    decision_note: string;
    decided_by: string;
    invoice_id: string | null;
    number: string | null;
  };
  /** `body` is JSON of the body of an invoice or credit note, `charges` of `ChargesOfRow` (run-row-draft.ts). */
  billing_run_body: { row_id: string; run_id: string; body: string; charges: string };
  invoice_delivery: {
    invoice_id: string;
    channel: 'email';
    address: string;
    run_id: string | null;
    state: 'waiting' | 'sent';
    queued_at_ms: number;
  };
}

export type RunRecord = RunsTables['billing_run'];
export type RowRecord = RunsTables['billing_run_row'];

export function findingsText(findings: readonly Finding[]): string {
  return findings.length === 0 ? '' : ` ${findings.join(' ')} `;
}

export function findingsIn(text: string): Finding[] {
  return text.split(' ').filter((word): word is Finding => FINDING_CODES.some((code) => code === word));
}
