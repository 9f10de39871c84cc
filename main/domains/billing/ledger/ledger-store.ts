import { sql, type Kysely } from 'kysely';
import type { OutputOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { ACCOUNTS, type Account, type LedgerLine } from '../../../../shared/domains/billing/ledger-rules.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import { invariant } from '../../../../shared/kernel/invariant.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import type { InsertMany } from '../../../platform/store/insert-many.ts';
import type { AnyTransaction } from '../../../platform/store/store.ts';
import type { BillingTables } from '../billing-tables.ts';
import { requireOpenBooks } from '../companies/company-books.ts';

type Db = Kysely<BillingTables>;

export interface Posting {
  /** Where what it is of had to name it before it was there. */
  readonly id?: string;
  readonly companyId: string;
  readonly currency: Currency;
  readonly bookedOn: LocalDate;
  readonly kind: BillingTables['ledger_entry']['kind'];
  /** Natural key of what is posted: posting it twice violates a unique rule. */
  readonly source: string;
  /** For people who read the ledger. */
  readonly memo: string;
  readonly lines: readonly LedgerLine[];
  readonly customerId?: string;
  readonly documentId?: string;
  readonly postedAtMs: number;
}

/** Writes one entry, whole, inside the caller's transaction. Returns its id. Throws InputRejected where the books of its day are closed. */
export async function post(trx: Db, posting: Posting): Promise<string> {
  await requireOpenBooks(trx, [posting]);
  const id = posting.id ?? newId('entry', posting.postedAtMs);
  await trx.insertInto('ledger_entry').values(entryRow(id, posting)).execute();
  await trx.insertInto('ledger_line').values(lineRows(id, posting)).execute();
  return id;
}

/** Writes many, each under the id it names. */
export async function postMany(
  insertMany: InsertMany,
  trx: Db,
  postings: readonly (Posting & { readonly id: string })[],
): Promise<void> {
  await requireOpenBooks(trx, postings);
  const within = trx as unknown as AnyTransaction;
  await insertMany(
    within,
    'ledger_entry',
    postings.map((posting) => entryRow(posting.id, posting)),
  );
  await insertMany(
    within,
    'ledger_line',
    postings.flatMap((posting) => lineRows(posting.id, posting)),
  );
}

function entryRow(id: string, posting: Posting): BillingTables['ledger_entry'] {
  return {
    id,
    company_id: posting.companyId,
    currency: posting.currency,
    booked_on: posting.bookedOn,
    kind: posting.kind,
    source: posting.source,
    memo: posting.memo,
    posted_at_ms: posting.postedAtMs,
  };
}

function lineRows(id: string, posting: Posting): BillingTables['ledger_line'][] {
  invariant(posting.lines.length > 0, `nothing to post for ${posting.source}`);
  return posting.lines.map((line, at) => ({
    entry_id: id,
    line_no: at + 1,
    debit: line.debit,
    credit: line.credit,
    amount_minor: Number(line.amountMinor),
    customer_id: posting.customerId ?? null,
    document_id: posting.documentId ?? null,
  }));
}

export interface AccountTotal {
  readonly currency: Currency;
  readonly account: Account;
  readonly debitMinor: bigint;
  readonly creditMinor: bigint;
}

export interface Books {
  readonly companyId: string;
  /** Until the end of this day; all there is where it is absent. */
  readonly asOf?: LocalDate | undefined;
}

/** Everything ever debited and credited in a company's books, per currency and account. */
export async function accountTotals(db: Db, { companyId, asOf }: Books): Promise<AccountTotal[]> {
  const until = asOf === undefined ? sql`` : sql`and ledger_entry.booked_on <= ${asOf}`;
  const { rows } = await sql<{ currency: Currency; account: Account; debit: string; credit: string }>`
    with movement as (
      select currency, debit, credit, sum(amount_minor) as amount
      from ledger_line join ledger_entry on ledger_entry.id = ledger_line.entry_id
      where ledger_entry.company_id = ${companyId} ${until}
      group by currency, debit, credit)
    select currency, account, cast(sum(debited) as text) as debit, cast(sum(credited) as text) as credit from (
      select currency, debit as account, amount as debited, 0 as credited from movement
      union all
      select currency, credit as account, 0 as debited, amount as credited from movement) as sides
    group by currency, account order by currency, account`.execute(db);
  return rows.map((row) => ({
    currency: row.currency,
    account: row.account,
    debitMinor: BigInt(row.debit),
    creditMinor: BigInt(row.credit),
  }));
}

/** Balance of every account, on the side where it lies; debits and credits of a currency come to the same sum. */
export async function trialBalance(
  db: Db,
  books: Books,
): Promise<OutputOf<typeof billingContract.trialBalance>> {
  const totals = await accountTotals(db, books);
  const order = Object.keys(ACCOUNTS);
  const rows = totals
    .toSorted((a, b) =>
      a.currency === b.currency
        ? order.indexOf(a.account) - order.indexOf(b.account)
        : a.currency < b.currency
          ? -1
          : 1,
    )
    .map(({ account, currency, debitMinor, creditMinor }) => {
      const balance = debitMinor - creditMinor;
      const side = (amount: bigint): { amountMinor: string; currency: Currency } => ({
        amountMinor: (amount > 0n ? amount : 0n).toString(),
        currency,
      });
      return { account, debit: side(balance), credit: side(-balance) };
    });
  return { rows };
}
