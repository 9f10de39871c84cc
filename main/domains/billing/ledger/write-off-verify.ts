import { sql, type Kysely } from 'kysely';
import type { BillingTables } from '../billing-tables.ts';

type Db = Kysely<BillingTables>;

/** What was given up is what its entry took from receivables, and what a credit note took back of it what its entry gave them, never more. */
export async function writeOffsOffTheirEntry(db: Db): Promise<string[]> {
  const { rows } = await sql<{ number: string; amount: string; posted: string; what: string }>`
    select invoice.number as number, given.what as what, cast(given.amount_minor as text) as amount,
      cast(coalesce(posted.total, 0) as text) as posted
    from (
      select 'were given up' as what, invoice_id, entry_id, amount_minor from write_off
      union all select 'were taken back', invoice_id, entry_id, amount_minor from write_off_return) as given
    join invoice on invoice.id = given.invoice_id
    left join (
      select entry_id, document_id, sum(amount_minor) as total,
        case when debit = 'write-offs' then 'were given up' else 'were taken back' end as what
      from ledger_line where (debit = 'write-offs' and credit = 'receivables') or (debit = 'receivables' and credit = 'write-offs')
      group by entry_id, document_id, debit) as posted
      on posted.entry_id = given.entry_id and posted.document_id = given.invoice_id and posted.what = given.what
    where given.amount_minor <> coalesce(posted.total, 0)`.execute(db);
  return [
    ...rows.map(
      ({ number, what, amount, posted }) =>
        `Write-off of ${number}: ${amount} minor units ${what}, ${posted} are posted.`,
    ),
    ...(await returnedBeyond(db)),
  ];
}

async function returnedBeyond(db: Db): Promise<string[]> {
  const { rows } = await sql<{ number: string }>`
    select invoice.number as number from invoice join (
      select invoice_id, sum(amount_minor) as total from write_off_return group by invoice_id) as back on back.invoice_id = invoice.id
    where back.total > coalesce((
      select sum(amount_minor) from write_off where write_off.invoice_id = invoice.id), 0)`.execute(db);
  return rows.map(({ number }) => `Write-off of ${number}: more was taken back than was given up.`);
}
