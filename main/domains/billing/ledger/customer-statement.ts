import { sql, type Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import { customerFacts } from '../../customers/customers-public.ts';
import type { BillingTables } from '../billing-tables.ts';
import { findCompany } from '../companies/company-store.ts';
import { movesOwed, netOwed } from './owed-sums.ts';

type Operation = typeof billingContract.customerStatement;
type Account = OutputOf<Operation>['accounts'][number];

const ENTRIES_MAX = 5000;

interface Movement {
  currency: Currency;
  booked_on: string;
  kind: Account['entries'][number]['kind'];
  words: string;
  document_id: string | null;
  minor: number;
}

/** What a customer owes by the ledger, less what it paid in advance: before the period, each entry of it with the balance after, and at its end. */
export async function customerStatement(
  db: Kysely<BillingTables>,
  { customerId, start, endExclusive }: InputOf<Operation>,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const customer = await customerFacts(db, customerId);
  if (customer === undefined) return refuse('no-such-customer', { customerId });
  const moved = sql<number>`cast(${netOwed} as bigint)`;
  const ofCustomer = sql`ledger_line.customer_id = ${customerId} and ${movesOwed}`;
  const { rows: before } = await sql<{ currency: Currency; minor: number }>`
    select currency, ${moved} as minor from ledger_line join ledger_entry on ledger_entry.id = ledger_line.entry_id
    where ${ofCustomer} and booked_on < ${start} group by currency`.execute(db);
  const { rows } = await sql<Movement>`
    select entry.currency as currency, entry.booked_on as booked_on, entry.kind as kind,
      coalesce(issued.number, entry.memo) as words, coalesce(issued.id, entry.document_id) as document_id, entry.minor as minor
    from (
      select ledger_entry.id as id, ledger_entry.currency as currency, booked_on, kind, memo, posted_at_ms,
        ledger_line.document_id as document_id, ${moved} as minor
      from ledger_line join ledger_entry on ledger_entry.id = ledger_line.entry_id
      where ${ofCustomer} and booked_on >= ${start} and booked_on < ${endExclusive}
      group by ledger_entry.id, ledger_entry.currency, booked_on, kind, memo, posted_at_ms, ledger_line.document_id having ${netOwed} <> 0) as entry
    left join invoice as issued on issued.entry_id = entry.id
    order by entry.booked_on, entry.posted_at_ms, entry.id limit ${ENTRIES_MAX + 1}`.execute(db);
  if (rows.length > ENTRIES_MAX) return refuse('too-long', { most: ENTRIES_MAX });
  const opening = new Map(before.map(({ currency, minor }) => [currency, BigInt(minor)]));
  const currencies = [...new Set([...opening.keys(), ...rows.map(({ currency }) => currency)])].toSorted();
  return done({
    customer: customer.name,
    company: (await findCompany(db, customer.companyId))?.name ?? '',
    accounts: currencies.map((currency) =>
      accountOf(
        currency,
        opening.get(currency) ?? 0n,
        rows.filter((row) => row.currency === currency),
      ),
    ),
  });
}

function accountOf(currency: Currency, opening: bigint, rows: readonly Movement[]): Account {
  const wire = (minor: bigint): Account['opening'] => ({ amountMinor: minor.toString(), currency });
  let balance = opening;
  const entries = rows.map((row) => {
    balance += BigInt(row.minor);
    return {
      bookedOn: row.booked_on,
      kind: row.kind,
      words: row.words,
      invoiceId: row.document_id,
      amount: wire(BigInt(row.minor)),
      balance: wire(balance),
    };
  });
  return { currency, opening: wire(opening), entries, closing: wire(balance) };
}
