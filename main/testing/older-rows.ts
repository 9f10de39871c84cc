import { testCompany } from './billing-room.ts';

/** The test company as a row of the schema's first step, for stores of another time. */
export function olderCompany(
  id: string,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    id,
    name: testCompany.name,
    street: testCompany.street,
    postcode: testCompany.postcode,
    city: testCompany.city,
    country: testCompany.country,
    vat_id: testCompany.vatId,
    iban: 'PL61109010140000071219812874',
    bic: '',
    email: '',
    footer: '',
    number_format: testCompany.numberFormat,
    payment_days: 14,
    time_zone: testCompany.timeZone,
    created_at_ms: 1,
    ...more,
  };
}

/** The `n`th customer as a row of the schema's first step. */
export function olderCustomer(
  n: number,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    id: `cus_${n}`,
    number: `C-${10_000 + n}`,
    kind: 'company',
    name: `Klient ${n}`,
    street: '',
    postcode: '',
    city: '',
    country: 'PL',
    vat_id: '',
    email: '',
    currency: 'PLN',
    language: 'pl',
    time_zone: 'Europe/Warsaw',
    notes: '',
    active: 1,
    created_at_ms: n,
    ...more,
  };
}
