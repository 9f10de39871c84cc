import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { customersContract } from '../../../shared/domains/customers/customers-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { billingProfileGet, billingProfileSave } from './billing-profile-save.ts';
import { customerArchive } from './customer-archive.ts';
import { customerCreate } from './customer-create.ts';
import { customerList, customerRowOf } from './customer-list.ts';
import { customerSave } from './customer-save.ts';
import { customerVatCheck } from './vat-check.ts';
import { vatRoundPreview, vatRoundStart } from './vat-round-start.ts';
import type { CustomersCommandParts } from './customers-parts.ts';
import type { CustomersTables } from './customers-tables.ts';

export function customersHandlers(
  parts: CustomersCommandParts,
): DomainHandlers<typeof customersContract, CallContext> {
  return {
    customerList: async (input, context) =>
      done(await customerList(parts, input, context.tables<CustomersTables>())),
    customerGet: async ({ customerId }, context) => {
      const row = await customerRowOf(parts, context.tables<CustomersTables>(), customerId);
      return row === undefined ? refuse('no-such-customer', { customerId }) : done(row);
    },
    customerCreate: async (input, context) => await customerCreate(parts, input, context),
    customerVatCheck: async (input, context) => await customerVatCheck(parts, input, context),
    vatRoundPreview: async (input, context) => done(await vatRoundPreview(parts, input, context.tables())),
    vatRoundStart: async (input, context) => await vatRoundStart(parts, input, context),
    customerSave: async (input, context) => await customerSave(input, context),
    billingProfileGet: async (input, context) => await billingProfileGet(input, context.tables()),
    billingProfileSave: async (input, context) => await billingProfileSave(input, context),
    customerArchive: async (input, context) => await customerArchive(parts, input, context),
  };
}
