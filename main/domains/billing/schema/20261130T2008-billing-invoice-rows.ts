import { sql } from 'kysely';
import type { SchemaContext, SchemaStep } from '../../../platform/store/schema-step.ts';

/** Of a document as it stands, whatever its type. */
const KEPT = `id, company_id, document_type, year, seq, number, customer_id, currency, issued_on, due_on, net_minor, gross_minor`;

const ofReceivables = (line: string): string =>
  `(${line}.debit = 'receivables' or ${line}.credit = 'receivables')`;
const moved = (line: string): string =>
  `case when ${line}.debit = 'receivables' then ${line}.amount_minor else -${line}.amount_minor end`;
const posted = (
  id: string,
): string => `coalesce((select cast(sum(${moved('line')}) as bigint) from ledger_line as line
  where line.document_id = ${id} and ${ofReceivables('line')}), 0)`;
const folded = (row: string): string =>
  `fold_text(${row}.customer_name), fold_text(${row}.number || '\n' || ${row}.customer_name)`;
const columnsOf = (row: string): string => KEPT.replaceAll(/\w+/g, (column) => `${row}.${column}`);

/**
 * The list of invoices reads narrow rows beside the documents: what it shows, compares and sorts by, with names folded as they are searched, what
 * the ledger says is open and what was credited. The database keeps them true, whoever posts. No index holds an amount that changes.
 */
export const billingInvoiceRows: SchemaStep = {
  id: '20261130T2008-billing-invoice-rows',
  async up(to) {
    await to.run(
      `create table invoice_row (
        id text primary key references invoice (id), company_id text not null, document_type text not null,
        year bigint not null, seq bigint not null, number text not null, customer_id text not null, currency text not null,
        issued_on text not null, due_on text not null, net_minor bigint not null, gross_minor bigint not null,
        customer_folded text not null, search text not null, open_minor bigint not null, credited_minor bigint not null)`,
      `insert into invoice_row (${KEPT}, customer_folded, search, open_minor, credited_minor)
        select ${columnsOf('invoice')}, ${folded('invoice')}, ${posted('invoice.id')},
          coalesce((select cast(-sum(credit.gross_minor) as bigint) from invoice as credit where credit.credits_id = invoice.id), 0)
        from invoice`,
      'create index invoice_row_by_number on invoice_row ((year * 1000000000 + seq), id)',
      'create index invoice_row_by_issue on invoice_row (issued_on, id)',
      'create index invoice_row_by_due on invoice_row (due_on, id)',
      'create index invoice_row_by_customer_folded on invoice_row (customer_folded, id)',
      'create index invoice_row_by_gross on invoice_row (gross_minor, id)',
      'create index invoice_row_by_customer on invoice_row (customer_id)',
      // Nobody asks for these any more.
      'drop index invoice_narrow',
      'drop index invoice_by_number',
      'drop index invoice_by_gross',
    );
    if (to.kind === 'sqlite') await keptBySqlite(to);
    else await keptByPostgres(to);
    // Room beside the row for what is paid of it: then no index is written for that (HOT updates).
    if (to.kind === 'postgres') await to.run('alter table invoice_row set (fillfactor = 80)');
    await sql`analyze invoice_row`.execute(to.tables());
  },
};

async function keptBySqlite(to: SchemaContext): Promise<void> {
  await to.run(
    `create trigger invoice_row_make after insert on invoice begin
      insert into invoice_row (${KEPT}, customer_folded, search, open_minor, credited_minor)
        values (${columnsOf('new')}, ${folded('new')}, ${posted('new.id')}, 0);
      update invoice_row set credited_minor = credited_minor - new.gross_minor where id = new.credits_id; end`,
    `create trigger invoice_row_move after insert on ledger_line
      when new.document_id is not null and ${ofReceivables('new')} begin
      update invoice_row set open_minor = open_minor + ${moved('new')} where id = new.document_id; end`,
  );
}

/** By the statement, not by the row: a run posts hundreds at a time. Rows are locked in the order of their ids. */
async function keptByPostgres(to: SchemaContext): Promise<void> {
  await to.run(
    `create function invoice_row_make() returns trigger language plpgsql as $$ begin
      insert into invoice_row (${KEPT}, customer_folded, search, open_minor, credited_minor)
        select ${columnsOf('made')}, ${folded('made')}, ${posted('made.id')}, 0 from made;
      if exists (select 1 from made where credits_id is not null) then
        perform 1 from invoice_row where id = any(array(select credits_id from made)) order by id for no key update;
        update invoice_row set credited_minor = credited_minor - credit.minor
          from (select credits_id, sum(gross_minor) as minor from made where credits_id is not null group by credits_id) as credit
          where invoice_row.id = credit.credits_id;
      end if;
      return null; end $$`,
    `create trigger invoice_row_make after insert on invoice referencing new table as made
      for each statement execute function invoice_row_make()`,
    `create function invoice_row_move() returns trigger language plpgsql as $$
      declare documents text[] := array(select distinct document_id from made
        where document_id is not null and ${ofReceivables('made')});
      begin
        if cardinality(documents) = 0 then return null; end if;
        perform 1 from invoice_row where id = any(documents) order by id for no key update;
        if not found then return null; end if;
        update invoice_row set open_minor = open_minor + line.minor
          from (select document_id, sum(${moved('made')}) as minor from made
            where document_id is not null and ${ofReceivables('made')} group by document_id) as line
          where invoice_row.id = line.document_id and invoice_row.id = any(documents);
        return null; end $$`,
    `create trigger invoice_row_move after insert on ledger_line referencing new table as made
      for each statement execute function invoice_row_move()`,
  );
}
