import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { BillingTables } from '../billing-tables.ts';

const PROBLEMS_MAX = 100;

/** What belongs together and must be of one company: two tables, how they are joined, and what is said of a pair that is not. */
const TOGETHER: readonly {
  readonly what: string;
  readonly name: RawBuilder<string>;
  readonly from: RawBuilder<unknown>;
}[] = [
  {
    what: 'The subscription',
    name: sql<string>`subscription.id`,
    from: sql`subscription join customer on customer.id = subscription.customer_id
      where subscription.company_id <> customer.company_id`,
  },
  {
    what: 'The charge',
    name: sql<string>`charge.id`,
    from: sql`charge join subscription on subscription.id = charge.subscription_id
      where charge.company_id <> subscription.company_id or charge.customer_id <> subscription.customer_id`,
  },
  {
    what: 'The charge',
    name: sql<string>`charge.id`,
    from: sql`charge join ledger_entry on ledger_entry.id = charge.entry_id
      where charge.company_id <> ledger_entry.company_id`,
  },
  {
    what: 'The document',
    name: sql<string>`invoice.number`,
    from: sql`invoice join customer on customer.id = invoice.customer_id
      where invoice.company_id <> customer.company_id`,
  },
  {
    what: 'The document',
    name: sql<string>`invoice.number`,
    from: sql`invoice join ledger_entry on ledger_entry.id = invoice.entry_id
      where invoice.company_id <> ledger_entry.company_id`,
  },
  {
    what: 'The document',
    name: sql<string>`invoice.number`,
    from: sql`invoice join invoice_charge on invoice_charge.invoice_id = invoice.id
      join charge on charge.id = invoice_charge.charge_id where invoice.company_id <> charge.company_id`,
  },
  {
    what: 'The credit note',
    name: sql<string>`invoice.number`,
    from: sql`invoice join invoice as credited on credited.id = invoice.credits_id
      where invoice.company_id <> credited.company_id`,
  },
  {
    what: 'The entry',
    name: sql<string>`ledger_entry.source`,
    from: sql`ledger_entry join ledger_line on ledger_line.entry_id = ledger_entry.id
      join customer on customer.id = ledger_line.customer_id where ledger_entry.company_id <> customer.company_id`,
  },
  {
    what: 'The entry',
    name: sql<string>`ledger_entry.source`,
    from: sql`ledger_entry join ledger_line on ledger_line.entry_id = ledger_entry.id
      join invoice on invoice.id = ledger_line.document_id where ledger_entry.company_id <> invoice.company_id`,
  },
];

/** Companies never mix: what a thing belongs to, is posted in and is made of is of its own company. */
export async function companiesMixed(db: Kysely<BillingTables>): Promise<string[]> {
  const problems: string[] = [];
  for (const { what, name, from } of TOGETHER) {
    const { rows } = await sql<{ name: string }>`
      select distinct ${name} as name from ${from} limit ${PROBLEMS_MAX}`.execute(db);
    problems.push(...rows.map((row) => `${what} ${row.name} mixes two companies.`));
  }
  return problems;
}
