import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { nothing } from '../../contract/page.ts';
import { companyFields, companyFaults, noCompany } from '../billing/company-contract.ts';

const companyRow = z.object({
  id: z.string(),
  name: z.string(),
  country: z.string(),
  vatId: z.string(),
  timeZone: z.string(),
  /** Where no company is named, this one is meant; new customers are its. */
  isDefault: z.boolean(),
  customers: z.number().int(),
});
export type CompanyRow = z.infer<typeof companyRow>;

/** Our own companies: each with customers, series of numbers, days, VAT and books of its own. */
export const companiesContract = {
  companyList: query({
    summary: 'Our own companies, the default one first',
    input: nothing,
    permission: 'billing.read',
    output: z.object({ rows: z.array(companyRow) }),
  }),
  companyAdd: command({
    summary: 'Add another company that sells: its numbers, days and books begin anew',
    input: companyFields,
    permission: 'billing.write',
    output: z.object({ companyId: z.string() }),
    refusals: companyFaults,
    effect: 'store',
  }),
  companyMakeDefault: command({
    summary: 'Make a company the one that is meant where none is named; customers stay where they are',
    input: z.object({ companyId: z.string() }),
    permission: 'billing.write',
    output: nothing,
    refusals: noCompany,
    effect: 'store',
  }),
};
