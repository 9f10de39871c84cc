import { sql, type Expression, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import type { InputOf, OutputOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import type { InvoiceRow } from '../../../../shared/domains/billing/invoice-contract.ts';
import { INVOICE_STATES, type InvoiceState } from '../../../../shared/domains/billing/invoice-state-rules.ts';
import { foldText } from '../../../../shared/kernel/fold-text.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import { keysetPage } from '../../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../../platform/paging/list-query-filter.ts';
import { forNoKeyUpdate } from '../../../platform/store/for-update.ts';
import type { StoreKind } from '../../../platform/store/store.ts';
import type { BillingTables, InvoiceTable } from '../billing-tables.ts';

type Operation = typeof billingContract.invoiceList;
type Db = Kysely<BillingTables>;

/** Gross less what was paid: what the ledger says the customer still owes on this document. */
export const openMinor = sql<number>`coalesce((
  select cast(sum(case when debit = 'receivables' then amount_minor else -amount_minor end) as bigint)
  from ledger_line where document_id = invoice.id and (debit = 'receivables' or credit = 'receivables')), 0)`;

const creditedMinor = sql<number>`coalesce((
  select cast(-sum(credit.gross_minor) as bigint) from invoice as credit where credit.credits_id = invoice.id), 0)`;
/** What of an advance invoice no invoice has settled and no credit note taken back. */
const advanceLeft = sql<number>`(invoice.gross_minor - coalesce((
  select cast(sum(used.gross_minor) as bigint) from advance_use as used where used.advance_id = invoice.id), 0))`;
/** What was given up of an invoice, less what credit notes took back of that. */
export const givenUpMinor = sql<number>`(coalesce((
  select cast(sum(write_off.amount_minor) as bigint) from write_off where write_off.invoice_id = invoice.id), 0) - coalesce((
  select cast(sum(back.amount_minor) as bigint) from write_off_return as back where back.invoice_id = invoice.id), 0))`;
const isWrittenOff = sql<boolean>`${givenUpMinor} > 0`;

/** See shared/domains/billing/invoice-state-rules.ts. */
function stateOn(today: LocalDate): RawBuilder<InvoiceState> {
  return sql<InvoiceState>`case when invoice.document_type = 'credit-note' then 'credit-note'
    when invoice.document_type = 'advance-invoice' then case when ${advanceLeft} > 0 then 'advance'
      when ${creditedMinor} >= invoice.gross_minor then 'credited' else 'used-up' end
    when ${openMinor} > 0 then case when due_on < ${today} then 'overdue' else 'open' end
    when ${creditedMinor} >= invoice.gross_minor then 'credited'
    when ${isWrittenOff} then 'written-off' else 'paid' end`;
}

/** The same of a row of the list, `invoice_row as invoice`, where the database keeps them. */
const openKept = sql.ref<number>('invoice.open_minor');
const creditedKept = sql.ref<number>('invoice.credited_minor');

const isAmongWrittenOff = sql<SqlBool>`(invoice.id in (select invoice_id from write_off) and ${givenUpMinor} > 0)`;

/** One state as a condition on rows of the list. */
function isIn(state: InvoiceState, today: LocalDate): RawBuilder<SqlBool> {
  const isInvoice = sql`invoice.document_type = 'invoice'`;
  const isAdvance = sql`invoice.document_type = 'advance-invoice'`;
  const isWhollyCredited = sql`invoice.gross_minor <= ${creditedKept}`;
  switch (state) {
    case 'credit-note':
      return sql`invoice.document_type = 'credit-note'`;
    case 'overdue':
      return sql`(${isInvoice} and due_on < ${today} and ${openKept} > 0)`;
    case 'open':
      return sql`(${isInvoice} and due_on >= ${today} and ${openKept} > 0)`;
    case 'advance':
      return sql`(${isAdvance} and ${advanceLeft} > 0)`;
    case 'used-up':
      return sql`(${isAdvance} and not ${isWhollyCredited} and ${advanceLeft} <= 0)`;
    case 'credited':
      return sql`((${isInvoice} or ${isAdvance}) and ${isWhollyCredited} and ${openKept} <= 0)`;
    case 'written-off':
      return sql`(${isInvoice} and ${isAmongWrittenOff} and not ${isWhollyCredited} and ${openKept} <= 0)`;
    case 'paid':
      return sql`(${isInvoice} and ${openKept} <= 0 and not ${isAmongWrittenOff} and not ${isWhollyCredited})`;
  }
}

/** A typed amount, `1711.18` or `1711,18`, in minor units. */
function typedMinor(value: string): number | undefined {
  const found = /^(\d{1,12})(?:[.,](\d{1,2}))?$/.exec(value);
  if (found === null) return undefined;
  return Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0'));
}

/** Of a row of the list: by number or name, and by gross where it reads as an amount. */
export function isNamed(value: string): RawBuilder<SqlBool> {
  const minor = typedMinor(value);
  const byAmount = minor === undefined ? sql`` : sql` or gross_minor = cast(${minor} as bigint)`;
  return sql`(instr(search, ${foldText(value)}) > 0${byAmount})`;
}

function fieldsOn(today: LocalDate): ListFields {
  return {
    fields: {
      customer: {
        kind: 'text',
        has: (words) => sql`instr(customer_folded, ${foldText(words)}) > 0`,
        is: (name) => sql`customer_folded = ${foldText(name)}`,
      },
      customerid: { kind: 'word', column: sql.ref('customer_id') },
      number: { kind: 'text', column: sql.ref('number') },
      amount: { kind: 'number', unit: 'money', column: sql.ref('gross_minor') },
      net: { kind: 'number', unit: 'money', column: sql.ref('net_minor') },
      open: { kind: 'number', unit: 'money', column: openKept },
      currency: { kind: 'word', column: sql.ref('currency') },
      issued: { kind: 'text', column: sql.ref('issued_on') },
      due: { kind: 'text', column: sql.ref('due_on') },
      type: {
        kind: 'word',
        column: sql.ref('document_type'),
        values: ['invoice', 'credit-note', 'advance-invoice'],
      },
      state: {
        kind: 'word',
        among: (values) =>
          sql<SqlBool>`(${sql.join(
            INVOICE_STATES.filter((state) => values.includes(state)).map((state) => isIn(state, today)),
            sql` or `,
          )})`,
        values: INVOICE_STATES,
      },
    },
    bare: isNamed,
  };
}

const sortKeys: Readonly<Record<InputOf<Operation>['sort'], Expression<unknown>>> = {
  // The order in which they were numbered, whatever the format of the number.
  number: sql`year * 1000000000 + seq`,
  issued: sql.ref('issued_on'),
  due: sql.ref('due_on'),
  customer: sql.ref('customer_folded'),
  gross: sql.ref('gross_minor'),
};

export async function invoiceList(
  db: Db,
  input: InputOf<Operation>,
  today: LocalDate,
): Promise<OutputOf<Operation>> {
  const filter = listQueryFilter(input.query, fieldsOn(today));
  const rows = db.selectFrom('invoice_row as invoice');
  const page = await keysetPage({
    query: openInvoices(db, today),
    narrow: filter === undefined ? rows : rows.where(filter),
    sortKey: sortKeys[input.sort],
    id: sql.ref<string>('invoice.id'),
    page: input,
  });
  return { ...page, rows: page.rows.map(invoiceRowOf) };
}

export type OpenInvoice = InvoiceTable & { open_minor: number; state: InvoiceState };

// eslint-disable-next-line @typescript-eslint/explicit-function-return-type -- the builder's type is the query itself
function openInvoices(db: Db, today: LocalDate) {
  return db
    .selectFrom('invoice')
    .selectAll('invoice')
    .select([openMinor.as('open_minor'), stateOn(today).as('state')]);
}

/** As it stands on a day. */
export async function invoiceById(db: Db, id: string, today: LocalDate): Promise<OpenInvoice | undefined> {
  return await openInvoices(db, today).where('id', '=', id).executeTakeFirst();
}

/** A document alone, locked until the transaction ends where `lock` names the kind of store. */
export async function documentById(db: Db, id: string, lock?: StoreKind): Promise<InvoiceTable | undefined> {
  const found = db.selectFrom('invoice').selectAll().where('id', '=', id);
  return await (lock === undefined ? found : forNoKeyUpdate(found, lock)).executeTakeFirst();
}

/** Numbers by id. */
export async function documentNumbers(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('invoice')
    .select(['id', 'number'])
    .where('id', 'in', [...new Set(ids)])
    .execute();
  return new Map(rows.map(({ id, number }) => [id, number]));
}

/** Minor units the ledger says are owed on it. */
export async function openMinorOf(db: Db, invoiceId: string): Promise<bigint> {
  const { open } = await db
    .selectFrom('invoice')
    .select(openMinor.as('open'))
    .where('id', '=', invoiceId)
    .executeTakeFirstOrThrow();
  return BigInt(open);
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

export function invoiceRowOf(row: OpenInvoice): InvoiceRow {
  const money = (amountMinor: number): InvoiceRow['net'] => ({
    amountMinor: String(amountMinor),
    currency: row.currency,
  });
  return {
    id: row.id,
    type: row.document_type,
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
    state: row.state,
    overdue: row.state === 'overdue',
  };
}

/** `FV-2026-10-0001`: a document's number as the name of a file. */
export function fileNameOf(number: string): string {
  return number.replace(/[^\p{L}\p{N}]+/gu, '-');
}
