import { sql, type Kysely } from 'kysely';
import type { BillingTables } from '../billing-tables.ts';

/** What its own lines came to again; the repairs that its credit notes settled are taken back again beside them. */
const again = sql`coalesce((select sum(charge.amount_minor) from charge where charge.entry_id = billed_again.entry_id
  and charge.reason like 'again ' || billed_again.invoice_id || ' %'), 0)`;

/**
 * Of each invoice whose lines were charged again: it is credited in full, and its lines were charged again as they stood, each once,
 * under the entry that says so.
 */
export async function againOffTheirInvoices(db: Kysely<BillingTables>): Promise<string[]> {
  const { rows } = await sql<{ number: string; net: string; again: string; left: string }>`
    select invoice.number as number, cast(invoice.net_minor as text) as net, cast(${again} as text) as again,
      cast(invoice.gross_minor + coalesce(credited.total, 0) as text) as left
    from billed_again
    join invoice on invoice.id = billed_again.invoice_id
    left join (select credits_id, sum(gross_minor) as total from invoice where credits_id is not null group by credits_id) as credited
      on credited.credits_id = invoice.id
    where ${again} <> invoice.net_minor or invoice.gross_minor + coalesce(credited.total, 0) <> 0`.execute(
    db,
  );
  const { rows: stray } = await sql<{ id: string }>`
    select charge.id as id from charge
    where open_until is not null and reason like 'again %' and entry_id is not null
      and not exists (select 1 from billed_again where billed_again.entry_id = charge.entry_id) limit 100`.execute(
    db,
  );
  const { rows: untold } = await sql<{ id: string }>`
    select charge.id as id from charge_credit
    join charge on charge.id = substr(charge_credit.source, 7)
    where charge_credit.source >= 'again ' and charge_credit.source < 'again!' and charge_credit.amount_minor <> coalesce(charge.gross_minor, charge.amount_minor) limit 100`.execute(
    db,
  );
  return [
    ...untold.map(({ id }) => `The charge ${id} bills another amount again than its first charge knows of.`),
    ...rows.map(({ number, net, again, left }) =>
      left === '0'
        ? `Invoice ${number}: it is ${net} minor units, ${again} of it are charged again.`
        : `Invoice ${number}: it is billed again, and ${left} minor units of it still stand.`,
    ),
    ...stray.map(({ id }) => `The charge ${id} is of an invoice that was not billed again.`),
  ];
}
