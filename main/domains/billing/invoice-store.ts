import { sql, type Expression, type Kysely } from 'kysely';
import type { InputOf, OutputOf } from '../../../shared/contract/operation.ts';
import type { billingContract, InvoiceRow } from '../../../shared/domains/billing/billing-contract.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../platform/paging/list-query-filter.ts';
import type { BillingTables, InvoiceTable } from './billing-tables.ts';

type Operation = typeof billingContract.invoiceList;
type Db = Kysely<BillingTables>;

/** Gross less what was paid: what the ledger says the customer still owes on this document. */
export const openMinor = sql<number>`coalesce((
  select cast(sum(case when debit = 'receivables' then amount_minor else -amount_minor end) as bigint)
  from ledger_line where document_id = invoice.id and (debit = 'receivables' or credit = 'receivables')), 0)`;

function fieldsOn(today: LocalDate): ListFields {
  const state = sql<string>`case when ${openMinor} <= 0 then 'paid'
    when due_on < ${today} then 'overdue' else 'open' end`;
  return {
    fields: {
      customer: { kind: 'text', column: sql.ref('customer_name') },
      customerid: { kind: 'word', column: sql.ref('customer_id') },
      number: { kind: 'text', column: sql.ref('number') },
      currency: { kind: 'word', column: sql.ref('currency') },
      issued: { kind: 'text', column: sql.ref('issued_on') },
      state: { kind: 'word', column: state, values: ['open', 'overdue', 'paid'] },
    },
    bare: [sql.ref('number'), sql.ref('customer_name')],
  };
}

const sortKeys: Readonly<Record<InputOf<Operation>['sort'], Expression<unknown>>> = {
  // The order in which they were numbered, whatever the format of the number.
  number: sql`year * 1000000000 + seq`,
  issued: sql.ref('issued_on'),
  due: sql.ref('due_on'),
  customer: sql`lower(customer_name)`,
  gross: sql.ref('gross_minor'),
};

export async function invoiceList(
  db: Db,
  input: InputOf<Operation>,
  today: LocalDate,
): Promise<OutputOf<Operation>> {
  const filter = listQueryFilter(input.query, fieldsOn(today));
  let query = db.selectFrom('invoice').selectAll('invoice').select(openMinor.as('open_minor'));
  if (filter !== undefined) query = query.where(filter);
  const page = await keysetPage({
    query,
    sortKey: sortKeys[input.sort],
    id: sql.ref<string>('invoice.id'),
    page: input,
  });
  return { ...page, rows: page.rows.map((row) => invoiceRowOf(row, today)) };
}

export type OpenInvoice = InvoiceTable & { open_minor: number };

export async function invoiceById(db: Db, id: string): Promise<OpenInvoice | undefined> {
  return await db
    .selectFrom('invoice')
    .selectAll('invoice')
    .select(openMinor.as('open_minor'))
    .where('id', '=', id)
    .executeTakeFirst();
}

/** The pages as they were issued: language and SHA-256. */
export async function issuedFile(
  db: Db,
  invoiceId: string,
  language: string,
): Promise<BillingTables['invoice_file'] | undefined> {
  return await db
    .selectFrom('invoice_file')
    .selectAll()
    .where('invoice_id', '=', invoiceId)
    .where('language', '=', language)
    .executeTakeFirst();
}

export function invoiceRowOf(row: OpenInvoice, today: LocalDate): InvoiceRow {
  const money = (amountMinor: number): InvoiceRow['net'] => ({
    amountMinor: String(amountMinor),
    currency: row.currency,
  });
  return {
    id: row.id,
    number: row.number,
    customerId: row.customer_id,
    customer: row.customer_name,
    issuedOn: row.issued_on,
    dueOn: row.due_on,
    periodStart: row.period_start,
    periodEndExclusive: row.period_end_exclusive,
    net: money(row.net_minor),
    vat: money(row.vat_minor),
    gross: money(row.gross_minor),
    open: money(row.open_minor),
    overdue: row.open_minor > 0 && row.due_on < today,
  };
}
