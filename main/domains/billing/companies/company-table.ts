/** A company that sells. */
export interface CompanyTable {
  id: string;
  name: string;
  street: string;
  postcode: string;
  city: string;
  country: string;
  vat_id: string;
  /** JSON of its bank accounts: company-accounts.ts. */
  accounts: string;
  email: string;
  footer: string;
  number_format: string;
  credit_number_format: string;
  /** Null: the usual one (`USUAL_ADVANCE_FORMAT`). */
  advance_number_format: string | null;
  /** JSON of those of papers that are not the usual ones (`PAPER_NUMBERS`), by kind; null: none. */
  paper_number_formats: string | null;
  vat_scheme: 'standard' | 'exempt';
  consumers_abroad: 'held' | 'oss' | 'home';
  payment_days: number;
  time_zone: string;
  /** Hashes of the pictures that documents are issued with from now on (`company_image`); null: without. */
  logo: string | null;
  stamp: string | null;
  signature: string | null;
  /** 1 of exactly one: whose customers and books are meant where no company is named. */
  is_default: 0 | 1;
  created_at_ms: number;
}
