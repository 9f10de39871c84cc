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
  active: 0 | 1;
  created_at_ms: number;
  company_id: string;
  payment_mode: 'prepaid' | 'postpaid';
  credit_limit_minor: number | null;
}

export interface CustomersTables {
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
  /** One row, `customer`: the last number given out. Changing it is also the lock of all writers of VAT ids. */
  customer_counter: { name: string; last_seq: number };
}
