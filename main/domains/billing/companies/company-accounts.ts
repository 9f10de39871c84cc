import type { BankAccount } from '../../../../shared/domains/billing/company-contract.ts';
import { isValidIban, plainIban } from '../../../../shared/domains/billing/iban-rules.ts';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import type { BillingTables } from '../billing-tables.ts';

type WithAccounts = Pick<BillingTables['company'], 'accounts'>;

/** Bank accounts of a company, each in a currency of its own, in the order of currencies. */
export function accountsOf({ accounts }: WithAccounts): readonly BankAccount[] {
  return JSON.parse(accounts) as BankAccount[];
}

/** The one that customers pay to who are invoiced in a currency; undefined where it has none. */
export function accountIn(
  company: WithAccounts,
  currency: Currency,
): { readonly iban: string; readonly bic: string } | undefined {
  const found = accountsOf(company).find((account) => account.currency === currency);
  return found && { iban: found.iban, bic: found.bic };
}

/** As they are kept: JSON, by currency, IBANs without spaces. */
export function accountsColumn(accounts: readonly BankAccount[]): Outcome<string, 'iban-wrong'> {
  const wrong = accounts.find(({ iban }) => !isValidIban(iban));
  if (wrong !== undefined) return refuse('iban-wrong', { iban: wrong.iban });
  const kept = accounts
    .map(({ currency, iban, bic }) => ({ currency, iban: plainIban(iban), bic }))
    .toSorted((a, b) => (a.currency < b.currency ? -1 : 1));
  return done(JSON.stringify(kept));
}
