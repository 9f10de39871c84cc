import { sql } from 'kysely';
import type { SchemaContext, SchemaStep } from '../../../platform/store/schema-step.ts';

/**
 * Lists fold the names of 56,000 customers for each letter that is typed: what a customer is found by stands in its row, folded, and in an
 * index that counts and sorts without reading the rows. The database keeps it true, whoever writes.
 */
export const customersSearch: SchemaStep = {
  id: '20261201T0503-customers-search',
  async up(to) {
    await to.run(`alter table customer add column search text not null default ''`);
    await to.run(
      `update customer set search = ${searchOf(to, 'customer')}`,
      'create index customer_by_search on customer (search, id, company_id)',
      // Lists sort by what is folded.
      'drop index customer_by_name',
    );
    if (to.kind === 'sqlite') await keptBySqlite(to);
    else await keptByPostgres(to);
    await sql`analyze customer`.execute(to.tables());
  },
};

const SOURCES = ['name', 'number', 'vat_id', 'email'];

/** See customer-search.ts, which reads it. SQLite's fold_text is a call into JavaScript: text without any other letters is spared that. */
function searchOf(to: SchemaContext, row: string): string {
  const text = `(${SOURCES.map((column) => `${row}.${column}`).join(` || '\n' || `)})`;
  if (to.kind === 'postgres') return `fold_text(${text})`;
  return `case when octet_length(${text}) = length(${text}) then lower(${text}) else fold_text(${text}) end`;
}

async function keptBySqlite(to: SchemaContext): Promise<void> {
  const write = `update customer set search = ${searchOf(to, 'new')} where rowid = new.rowid`;
  const differs = SOURCES.map((column) => `new.${column} is not old.${column}`).join(' or ');
  await to.run(
    `create trigger customer_search_made after insert on customer begin ${write}; end`,
    `create trigger customer_search_kept after update of ${SOURCES.join(', ')} on customer when ${differs} begin ${write}; end`,
  );
}

async function keptByPostgres(to: SchemaContext): Promise<void> {
  await to.run(
    `create function customer_search_keep() returns trigger language plpgsql as $$ begin
      new.search := ${searchOf(to, 'new')}; return new; end $$`,
    `create trigger customer_search_keep before insert or update of ${SOURCES.join(', ')} on customer
      for each row execute function customer_search_keep()`,
  );
}
