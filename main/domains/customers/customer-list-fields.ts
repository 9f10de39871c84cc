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
    created: { kind: 'instant', column: sql.ref('created_at_ms') },
  },
  bare: customerHas,
};
