import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { customersContract } from '../../../shared/domains/customers/customers-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { sellingCompany } from '../billing/billing-public.ts';
import { columnsOf, insertCustomer, nextCustomerNumber } from './customer-store.ts';
import { checkedVatId } from './customer-vat-id.ts';
import type { CustomersParts } from './customers-parts.ts';
import type { CustomersTables } from './customers-tables.ts';

type Operation = typeof customersContract.customerCreate;

/** Adds a customer under the next number. */
export async function customerCreate(
  parts: CustomersParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<CustomersTables>();
  const company = await sellingCompany(db, input.companyId);
  if (company === undefined) return refuse('no-such-company', { companyId: input.companyId ?? '' });
  const checked = await checkedVatId(db, input, { companyId: company.id });
  if (!checked.ok) return refuse(checked.code, checked.facts);
  const createdAtMs = await parts.nowMs(db);
  const id = newId('cus', createdAtMs);
  const number = await nextCustomerNumber(db);
  context.subject(`${input.name} (${number})`);
  await insertCustomer(db, {
    ...columnsOf(input, checked.value),
    id,
    number,
    active: 1,
    company_id: company.id,
    created_at_ms: createdAtMs,
  });
  await context.note('customer', id);
  return done({ customerId: id, number });
}
