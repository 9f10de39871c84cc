import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { companiesContract } from '../../../shared/domains/companies/companies-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { makeDefaultCompany } from '../billing/billing-public.ts';
import type { CompaniesParts } from './companies-parts.ts';
import { companyAdd } from './company-add.ts';
import { companyImageList } from './company-image-list.ts';
import { companyImageRemove } from './company-image-remove.ts';
import { companyImageSet } from './company-image-set.ts';
import { companyList } from './company-list.ts';

export function companiesHandlers(
  parts: CompaniesParts,
): DomainHandlers<typeof companiesContract, CallContext> {
  return {
    companyList: async (_input, context) => done(await companyList(context.tables())),
    companyAdd: async (input, context) => await companyAdd(parts, input, context),
    companyMakeDefault: async ({ companyId }, context) => {
      const name = await makeDefaultCompany(context.tables(), companyId);
      if (name === undefined) return refuse('no-such-company', { companyId });
      context.subject(name);
      await context.note('company', companyId);
      return done({});
    },
    companyImageList: async (input, context) => await companyImageList(context.tables(), input),
    companyImageSet: async (input, context) => await companyImageSet(parts, input, context),
    companyImageRemove: async (input, context) => await companyImageRemove(parts, input, context),
  };
}
