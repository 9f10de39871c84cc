import type { CustomerContact } from '../../../shared/domains/customers/billing-profile.ts';
import type { CustomerFields } from '../../../shared/domains/customers/customers-contract.ts';

export interface CustomerTable {
  id: string;
  /** `C-10001`. */
  number: string;
  kind: CustomerFields['kind'];
  name: string;
  street: string;
  postcode: string;
  city: string;
  country: string;
  /** Normal form (see readVatId) or empty. */
  vat_id: string;
  email: string;
  currency: CustomerFields['currency'];
  language: CustomerFields['language'];
  time_zone: string;
  notes: string;
  /** The own company that sells to it. */
  company_id: string;
  /** IANA; empty: the company's. */
  billing_zone: string;
  /** Empty: the country of its address. */
  tax_country: string;
  /** JSON of `BillingProfile['taxEvidence']` and of `BillingProfile['postal']`. */
  tax_evidence: string;
  postal: string;
  active: 0 | 1;
  created_at_ms: number;
}

export interface CustomersTables {
  /** Numbered in the order they are shown in. */
  customer_contact: CustomerContact & { customer_id: string; contact_no: number };
  /** Answers of VIES, append only. */
  vat_check: {
    id: string;
    customer_id: string;
    vat_id: string;
    result: 'valid' | 'invalid' | 'unknown';
    detail: string;
    request_identifier: string;
    request_date: string;
    name: string;
    address: string;
    checked_at_ms: number;
  };
  customer: CustomerTable;
  /** Rounds in which VIES is asked about many, and what they ask about. */
  vat_round: {
    id: string;
    query: string;
    older_than_days: number;
    total: number;
    started_by: string;
    started_at_ms: number;
  };
  vat_round_item: {
    round_id: string;
    seq: number;
    customer_id: string;
    vat_id: string;
    /** What VIES said; `changed`: the customer had another VAT id by then; `left`: the round ended before. */
    state: 'waiting' | 'valid' | 'invalid' | 'unknown' | 'changed' | 'left';
  };
  /** One row, `customer`: the last number given out. Changing it is also the lock of all writers of VAT ids. */
  customer_counter: { name: string; last_seq: number };
}
