import { sql, type Kysely } from 'kysely';
import type { OutputOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import type { BookMonth } from '../../../../shared/domains/billing/books-contract.ts';
import { currencyOfCountry } from '../../../../shared/domains/customers/country-currency.ts';
import { addMonths, firstOfMonth, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import type { BillingTables } from '../billing-tables.ts';
import type { CompanyRow } from '../companies/company-store.ts';
import { finalMonths } from '../charges/month-final.ts';
import { owedByMonth } from './owed-by-month.ts';

type Db = Kysely<BillingTables>;
type Kind = BillingTables['ledger_entry']['kind'];

interface Moved {
  currency: Currency;
  month: string;
  kind: Kind;
  /** What entries of a kind added to revenue, and to what is owed, in a month. */
  revenue: number;
  owed: number;
}

/** The ledger by month: what was earned, what moved receivables and by what, and where they stood at the end. */
export async function booksByMonth(
  db: Db,
  asked: { readonly company: CompanyRow | undefined; readonly today: LocalDate; readonly months: number },
): Promise<OutputOf<typeof billingContract.booksByMonth>> {
  const { today, months: count } = asked;
  if (asked.company === undefined) return { currencies: [] };
  const { id: companyId, country } = asked.company;
  const from = addMonths(firstOfMonth(today), 1 - asked.months);
  const moved = await movedByMonth(db, companyId, { from, until: today });
  const owed = await owedByMonth(db, { companyId, today, months: count });
  const isFinal = await finalMonths(db, { companyId, today });
  const own = currencyOfCountry(country);
  const currencies = [...new Set([...owed.keys(), ...moved.map(({ currency }) => currency)])].toSorted(
    (a, b) => Number(b === own) - Number(a === own) || a.localeCompare(b, 'en'),
  );
  const months = Array.from({ length: asked.months }, (_, at) => addMonths(from, at).slice(0, 7));
  return {
    currencies: currencies.map((currency) => {
      const ofCurrency = moved.filter((row) => row.currency === currency);
      return {
        currency,
        months: months.map((month): BookMonth => {
          const rows = ofCurrency.filter((row) => row.month === month);
          const then = owed.get(currency)?.find((row) => row.month === month);
          const wire = (minor: number): BookMonth['revenue'] => ({ amountMinor: String(minor), currency });
          const owedBy = (kind: Kind): number => rows.find((row) => row.kind === kind)?.owed ?? 0;
          return {
            month,
            final: isFinal(month),
            revenue: wire(rows.reduce((sum, row) => sum + row.revenue, 0)),
            invoiced: wire(owedBy('invoice')),
            credited: wire(0 - owedBy('credit-note')),
            paid: wire(0 - owedBy('payment') - owedBy('exchange')),
            writtenOff: wire(0 - owedBy('write-off')),
            receivables: wire(then?.receivables ?? 0),
            overdue: wire(then?.overdue ?? 0),
          };
        }),
      };
    }),
  };
}

async function movedByMonth(
  db: Db,
  companyId: string,
  { from, until }: { readonly from: LocalDate; readonly until: LocalDate },
): Promise<Moved[]> {
  const { rows } = await sql<Moved>`
    select currency, substr(booked_on, 1, 7) as month, kind,
      cast(sum(case when credit = 'revenue' then amount_minor when debit = 'revenue' then -amount_minor else 0 end) as bigint) as revenue,
      cast(sum(case when debit = 'receivables' then amount_minor when credit = 'receivables' then -amount_minor else 0 end) as bigint) as owed
    from ledger_entry join ledger_line on ledger_line.entry_id = ledger_entry.id
    where company_id = ${companyId} and booked_on >= ${from} and booked_on <= ${until}
      and (debit in ('revenue', 'receivables') or credit in ('revenue', 'receivables'))
    group by currency, substr(booked_on, 1, 7), kind`.execute(db);
  return rows.map((row) => ({ ...row, revenue: Number(row.revenue), owed: Number(row.owed) }));
}
