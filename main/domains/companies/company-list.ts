import type { OutputOf } from '../../../shared/contract/operation.ts';
import type { companiesContract } from '../../../shared/domains/companies/companies-contract.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { sellingCompanies } from '../billing/billing-public.ts';
import { customersOfCompanies } from '../customers/customers-public.ts';

type List = OutputOf<typeof companiesContract.companyList>;

/** Our own companies, with how many customers each has. */
export async function companyList(db: AnyDatabase): Promise<List> {
  const customers = await customersOfCompanies(db);
  const companies = await sellingCompanies(db);
  return {
    rows: companies.map((company) => ({
      id: company.id,
      name: company.name,
      country: company.country,
      vatId: company.vat_id,
      timeZone: company.time_zone,
      isDefault: company.is_default === 1,
      customers: customers.get(company.id) ?? 0,
    })),
  };
}
