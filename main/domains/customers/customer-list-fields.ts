import { sql } from 'kysely';
import type { CUSTOMER_FIELDS } from '../../../shared/domains/customers/customer-fields.ts';
import type { ListFields } from '../../platform/paging/list-query-filter.ts';
import {
  customerHas,
  customerNameHas,
  customerNameIs,
  customerNumberHas,
  customerNumberIs,
} from './customer-search.ts';

/** What the list of customers is asked by. */
export const customerListFields: ListFields<keyof typeof CUSTOMER_FIELDS> = {
  fields: {
    name: { kind: 'text', has: customerNameHas, is: customerNameIs },
    number: { kind: 'text', has: customerNumberHas, is: customerNumberIs },
    country: { kind: 'word', column: sql.ref('country') },
    currency: { kind: 'word', column: sql.ref('currency') },
    kind: { kind: 'word', column: sql.ref('kind'), values: ['company', 'person'] },
    active: {
      kind: 'word',
      column: sql<string>`case active when 1 then 'yes' else 'no' end`,
      values: ['yes', 'no'],
    },
    // What stands last of yes and no; a silence takes none away (vat-check.ts). Null of who has no VAT id.
    vat: {
      kind: 'word',
      column: sql<string>`case when vat_id = '' then null else coalesce(
        (select result from vat_check where vat_check.vat_id = customer.vat_id and result <> 'unknown'
          order by checked_at_ms desc, vat_check.id desc limit 1),
        case when exists (select 1 from vat_check where vat_check.vat_id = customer.vat_id) then 'unknown' else 'never' end) end`,
      values: ['valid', 'invalid', 'unknown', 'never'],
    },
    checked: {
      kind: 'instant',
      column: sql<number>`(select max(checked_at_ms) from vat_check
        where vat_check.vat_id = customer.vat_id and customer.vat_id <> '' and result <> 'unknown')`,
    },
    address: {
      kind: 'word',
      column: sql<string>`case when street <> '' and city <> '' then 'complete' else 'missing' end`,
      values: ['complete', 'missing'],
    },
    created: { kind: 'instant', column: sql.ref('created_at_ms') },
  },
  bare: customerHas,
};
