import type { BillingTables } from '../../domains/billing/billing-tables.ts';
import { testCompany } from '../billing-room.ts';

/** The company that sells in a bench, its days in this zone. */
export function companyRowForBench(zone: string): BillingTables['company'] {
  const { email, footer } = testCompany;
  return {
    id: 'com_1',
    name: testCompany.name,
    street: testCompany.street,
    postcode: testCompany.postcode,
    city: testCompany.city,
    country: testCompany.country,
    vat_id: testCompany.vatId,
    accounts: JSON.stringify(testCompany.accounts),
    email,
    footer,
    number_format: 'FV {year}/{seq}',
    credit_number_format: 'KOR {year}/{seq}',
    advance_number_format: null,
    paper_number_formats: null,
    vat_scheme: 'standard',
    consumers_abroad: 'held',
    payment_days: 14,
    time_zone: zone,
    logo: null,
    stamp: null,
    signature: null,
    is_default: 1,
    created_at_ms: 0,
  };
}
