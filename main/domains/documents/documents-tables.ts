import type { PaperKind } from '../../../shared/domains/documents/paper-kinds.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';

/** Tables of this domain; all but the series are append-only. */
export interface DocumentsTables {
  paper_series: {
    company_id: string;
    kind: PaperKind;
    year: number;
    last_seq: number;
    last_issued_on: LocalDate;
    /** Of all its numbers, as the company had it when the first was given; null before. */
    number_format: string | null;
  };
  paper: PaperTable;
  /** Advance invoices for what was paid on a pro forma. */
  paper_advance: { paper_id: string; invoice_id: string };
  /** The invoice that a pro forma became. */
  paper_invoice: { paper_id: string; invoice_id: string };
  /** Its pages as they were first drawn. */
  paper_file: { paper_id: string; sha256: string; bytes: number };
}

export interface PaperTable {
  id: string;
  company_id: string;
  kind: PaperKind;
  year: number;
  seq: number;
  number: string;
  customer_id: string;
  customer_name: string;
  currency: Currency;
  issued_on: LocalDate;
  amount_minor: number;
  /** What there is one paper of its kind of: the payment of a receipt. */
  subject_id: string | null;
  /** Canonical JSON, see paper-forms.ts. */
  document: string;
  /** SHA-256 of `document`. */
  hash: string;
  issued_at_ms: number;
}
