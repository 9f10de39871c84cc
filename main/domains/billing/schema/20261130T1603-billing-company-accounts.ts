import { currencyOfCountry } from '../../../../shared/domains/customers/country-currency.ts';
import type { SchemaStep } from '../../../platform/store/schema-step.ts';

interface Before {
  company: { id: string; country: string; iban: string; bic: string; accounts: string };
  customer: { company_id: string; currency: string };
}

/**
 * A company has a bank account per currency. The one it had was printed on invoices of every currency: it stays that of its own one and of
 * those its customers are invoiced in.
 */
export const billingCompanyAccounts: SchemaStep = {
  id: '20261130T1603-billing-company-accounts',
  async up(to) {
    // JSON: company-accounts.ts.
    await to.run(`alter table company add column accounts text not null default '[]'`);
    const db = to.tables<Before>();
    const used = await db.selectFrom('customer').select(['company_id', 'currency']).distinct().execute();
    for (const { id, country, iban, bic } of await db.selectFrom('company').selectAll().execute()) {
      const invoiced = used.filter((row) => row.company_id === id).map(({ currency }) => currency);
      const currencies = [...new Set([currencyOfCountry(country), ...invoiced])].toSorted();
      const accounts = JSON.stringify(currencies.map((currency) => ({ currency, iban, bic })));
      await db.updateTable('company').set({ accounts }).where('id', '=', id).execute();
    }
    await to.run('alter table company drop column iban', 'alter table company drop column bic');
  },
};
